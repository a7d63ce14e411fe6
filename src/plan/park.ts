import type { HostId } from '../model/ids.ts'
import { findHost, findVm } from '../model/poolIndex.ts'
import { POWER, memoryForVmsMib } from '../model/pool.ts'
import { reason } from '../model/result.ts'
import { refusalToHost } from '../model/transition.ts'
import { components } from './cycles.ts'
import { type Sequence, type Wanted, append } from './sequence.ts'

type Move = Extract<Wanted, { kind: 'migrate' }>
interface Stuck {
  readonly position: number
  readonly move: Move
  /** It is on a third host already: part of cycles, but not sent to another one. */
  readonly isParked: boolean
}

export interface Parked {
  readonly position: number
  /** Host that the VM has left. */
  readonly source: number
  readonly third: HostId
}

/**
 * Breaks cycles among moves that all wait for each other: of each, the smallest VM that a third host takes goes there.
 * Where no VM of any cycle finds one, the smallest of all that wait does: it may free what a cycle needs. Empty: nobody
 * finds one.
 */
export function parkSome(sequence: Sequence, stuck: readonly Stuck[]): Parked[] {
  const cycle = cycleOf(sequence, stuck)
  const bySize = stuck.map(({ position, move, isParked }, number) => ({ position, move, isParked, cycle: cycle[number]!, memoryMib: sequence.draft.vms[findVm(sequence.index, move.vm)]?.memoryMib ?? 0 }))
  const candidates = bySize.filter(({ isParked }) => !isParked).sort((a, b) => a.memoryMib - b.memoryMib || a.position - b.position)
  const mostFreeMib = mostFree(sequence)
  const wanted = new Set(stuck.map(({ move }) => findHost(sequence.index, move.target)))
  // A host that somebody waits for is only used when nothing else has freed anything.
  for (const hosts of [(host: number) => !wanted.has(host), () => true]) {
    const parked = new Map<number, Parked>()
    for (const { position, move, cycle: number, memoryMib } of candidates) {
      if (number === NO_CYCLE || parked.has(number) || memoryMib > mostFreeMib) continue
      const third = thirdHost(sequence, move, hosts)
      if (third !== null) parked.set(number, { position, source: findHost(sequence.index, move.source), third })
    }
    if (parked.size > 0) return [...parked.values()]
  }
  for (const { position, move, cycle: number, memoryMib } of candidates) {
    if (number !== NO_CYCLE || memoryMib > mostFreeMib) continue
    const third = thirdHost(sequence, move, () => true)
    if (third !== null) return [{ position, source: findHost(sequence.index, move.source), third }]
  }
  return []
}

const NO_CYCLE = -1

/** Number of the cycles each move is part of: those whose two hosts can each be reached from the other by way of moves that wait. */
function cycleOf({ draft, index }: Sequence, stuck: readonly Stuck[]): number[] {
  const edges = Int32Array.from(stuck.flatMap(({ move }) => [findHost(index, move.source), findHost(index, move.target)]))
  if (edges.includes(-1)) return stuck.map(() => NO_CYCLE)
  const component = components(draft.hosts.length, edges)
  return stuck.map((_, number) => (component[edges[2 * number]!] === component[edges[2 * number + 1]!] ? component[edges[2 * number]!]! : NO_CYCLE))
}

function mostFree({ draft, limits }: Sequence): number {
  if (!limits.memoryEnforced) return Number.MAX_VALUE
  return draft.hosts.reduce((most, host, number) => (draft.hostPower[number] === POWER.on ? Math.max(most, memoryForVmsMib(host) - draft.hostMemoryMib[number]!) : most), 0)
}

/** Sends the VM to the first of the hosts that takes it and that it neither leaves nor wants. */
function thirdHost(sequence: Sequence, move: Move, isAllowed: (host: number) => boolean): HostId | null {
  const { draft, index, limits } = sequence
  const vm = findVm(index, move.vm)
  if (vm < 0) return null
  for (let host = 0; host < draft.hosts.length; host++) {
    const name = draft.hosts[host]!.id
    if (!isAllowed(host) || name === move.source || name === move.target || draft.hostPower[host] !== POWER.on || refusalToHost(draft, vm, host, limits)) continue
    const text = `${move.reason.text}; by way of ${name}, because the target is freed only after it`
    if (append(sequence, { ...move, target: name, reason: reason(move.reason.code, text, move.reason.numbers) }) === null) return name
  }
  return null
}
