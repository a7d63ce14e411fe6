import { NOWHERE, VM, type Pool } from '../model/pool.ts'
import { type Reason, reason } from '../model/result.ts'
import { isServing } from '../model/transition.ts'
import type { Packed } from '../optimize/packing.ts'
import type { PlacementMemory } from '../policy/goals/placement.ts'
import type { Question } from './decide.ts'
import type { ControllerState } from './state.ts'

/** A solve that was asked for and is not answered yet. */
export interface OpenSolve {
  readonly id: string
  readonly deadlineMs: number
  readonly question: Question
  /** The VM that each item stood for: a slot may be another VM's by now. */
  readonly asked: readonly { readonly id: string; readonly sinceMs: number }[]
  /** What was known of waiting VMs before: they count as looked at when an answer is used. */
  readonly placementBefore: PlacementMemory
}

/** Answers in a row that the pool had overtaken; after so many the placement is found within the turn. */
export const STALE_MAX = 3

export function openSolve(id: string, deadlineMs: number, pool: Pool, question: Question, placementBefore: PlacementMemory): OpenSolve {
  return { id, deadlineMs, question, placementBefore, asked: Array.from(question.arbitrated.itemVm, (vm) => ({ id: pool.vms[vm]!.id, sinceMs: pool.vmSinceMs[vm]! })) }
}

/** The state as if what is being solved had not been asked. */
export const withoutSolve = (state: ControllerState): ControllerState => (state.solving === null ? state : { ...state, solving: null, placement: state.solving.placementBefore })

/**
 * Why the pool as it is now has overtaken the answer, or null. A VM that is where the answer found it, or where it
 * wants it, has not; nor has one that left the pool. A host that the answer fills must serve still.
 */
export function whyStale(pool: Pool, open: OpenSolve, packed: Packed): Reason | null {
  const { itemVm, packing } = open.question.arbitrated
  for (let item = 0; item < itemVm.length; item++) {
    const place = placeNow(pool, open, item)
    const wanted = packed.assignment[item]!
    if (place === null) continue
    if (place !== packing.assignment[item] && place !== wanted) return reason('solveStale', `${pool.vms[itemVm[item]!]!.id} is elsewhere by now`)
    if (place !== wanted && wanted !== NOWHERE && !isServing(pool, wanted)) return reason('solveStale', `${pool.hosts[wanted]!.id}, where ${pool.vms[itemVm[item]!]!.id} was to go, takes no VMs any more`)
  }
  return null
}

/** Host on which the item's VM is or arrives, NOWHERE without one; null when the VM has left the pool. */
function placeNow(pool: Pool, { question, asked }: OpenSolve, item: number): number | null {
  const vm = question.arbitrated.itemVm[item]!
  const { id, sinceMs } = asked[item]!
  if (pool.vmState[vm] === VM.gone || pool.vms[vm]!.id !== id || pool.vmSinceMs[vm] !== sinceMs) return null
  return pool.vmTarget[vm] !== NOWHERE ? pool.vmTarget[vm]! : pool.vmHost[vm]!
}

/** Question and answer without what has been done since, and without VMs that left or can't be moved now. */
export function stillToDo(pool: Pool, open: OpenSolve, packed: Packed): { readonly question: Question; readonly packed: Packed } {
  const { question } = open
  const { arbitrated } = question
  const isOpen = (item: number): boolean => {
    const place = placeNow(pool, open, item)
    if (place === null || place !== arbitrated.packing.assignment[item]) return false
    return place === NOWHERE || pool.vmState[arbitrated.itemVm[item]!] === VM.running || arbitrated.packing.movable[item] === 0
  }
  const stop = arbitrated.stop.filter(({ vm }) => pool.vmState[vm] === VM.running)
  return {
    question: { ...question, arbitrated: { ...arbitrated, stop } },
    packed: { ...packed, moves: packed.moves.filter(({ item }) => isOpen(item)), unmet: packed.unmet.filter(({ item }) => item < 0 || placeNow(pool, open, item) !== null) },
  }
}
