import type { BaselineMove } from './baseline.ts'
import { type HostSearch, closeHost, closeSpare, findHost } from './hostSearch.ts'
import { type Round, append, largestFirst } from './round.ts'

/**
 * Empties hosts, the least utilized first, as long as all VMs of one find other hosts that are in use (section 6.4 of
 * the study's specification). Utilization is that at the start of the round. A host that took VMs here is not emptied.
 */
export function emptyUnderloaded(search: HostSearch, overHosts: ReadonlySet<number>): BaselineMove[] {
  const { round } = search
  closeSpare(search)
  // Hosts that were unused are no targets either, even those that are to get VMs now.
  for (let host = 0; host < round.lists.length; host++) if (round.utilization[host] === 0) closeHost(search, host)
  const targets = new Set<number>()
  const moves: BaselineMove[] = []
  for (const host of leastUtilizedFirst(round, overHosts)) {
    if (targets.has(host)) continue
    closeHost(search, host)
    for (const move of evacuate(search, host) ?? []) {
      targets.add(move.target)
      moves.push(move)
    }
  }
  return moves
}

function leastUtilizedFirst({ lists, utilization }: Round, overHosts: ReadonlySet<number>): number[] {
  const used: number[] = []
  lists.forEach((list, host) => {
    if (list && list.length > 0 && utilization[host]! > 0 && utilization[host]! < 1 && !overHosts.has(host)) used.push(host)
  })
  return used.sort((a, b) => utilization[a]! - utilization[b]! || a - b)
}

interface Undo {
  readonly host: number
  readonly requestedMhz: number
  readonly neededMhz: number
}

/** Places all VMs of a host elsewhere, or leaves the plan as it was and returns null. */
function evacuate(search: HostSearch, host: number): BaselineMove[] | null {
  const { round } = search
  const moves: BaselineMove[] = []
  const undos: Undo[] = []
  for (const vm of largestFirst(round, round.lists[host]!)) {
    const target = findHost(search, vm)
    if (target === null) {
      for (const undo of undos.reverse()) takeBack(round, undo)
      return null
    }
    undos.push({ host: target, requestedMhz: round.requestedMhz[target]!, neededMhz: round.neededMhz[target]! })
    append(round, target, vm)
    moves.push({ vm, target, cause: 'empty' })
  }
  return moves
}

/** Takes the last VM off a list again; the sums before it are those of the rest. */
function takeBack(round: Round, { host, requestedMhz, neededMhz }: Undo): void {
  round.lists[host]!.pop()
  round.requestedMhz[host] = requestedMhz
  round.neededMhz[host] = neededMhz
  round.listVersion[host]!++
}
