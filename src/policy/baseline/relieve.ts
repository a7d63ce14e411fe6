import type { BaselineMove } from './baseline.ts'
import { type HostSearch, findHost, placeOn } from './hostSearch.ts'
import type { OverloadTest } from './overload/overload.ts'
import { type Round, largestFirst, takeOut } from './round.ts'
import type { VmSelection } from './selection/selection.ts'

/** Overloaded hosts, ascending. */
export function overloadedHosts(round: Round, overloaded: OverloadTest): number[] {
  const found: number[] = []
  for (let host = 0; host < round.lists.length; host++) if (round.lists[host] && overloaded(round, host, null)) found.push(host)
  return found
}

/** Takes VMs off overloaded hosts, at least one each, until none is overloaded (section 6.2 of the study's specification). */
export function takeOff(round: Round, hosts: readonly number[], overloaded: OverloadTest, select: VmSelection): number[] {
  const takenOff: number[] = []
  for (const host of hosts) {
    let taken = 0
    do {
      const vm = select(round, host, round.lists[host]!, taken++)
      takenOff.push(vm)
      takeOut(round, host, vm)
    } while (round.lists[host]!.length > 0 && overloaded(round, host, null))
  }
  return takenOff
}

/** Finds hosts for VMs that were taken off, the largest first; one that fits nowhere stays where it is (section 6.3). */
export function relieve(search: HostSearch, takenOff: readonly number[]): BaselineMove[] {
  const moves: BaselineMove[] = []
  for (const vm of largestFirst(search.round, takenOff)) {
    const target = findHost(search, vm)
    if (target === null) continue
    placeOn(search, target, vm)
    moves.push({ vm, target, cause: 'relieve' })
  }
  return moves
}
