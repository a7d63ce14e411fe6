import { UNASSIGNED } from '../problem.ts'
import type { Draft } from './draft.ts'
import { LOOKED, SCANNED } from './effort.ts'
import { HARD_ROUNDING, type AssignmentState } from './state.ts'

/** Values closer than this are equal: the roomier bin is then the better target. */
const VALUE_ROUNDING = 1e-12

/** A move as it was priced. */
export interface PricedMove {
  readonly item: number
  readonly target: number
  readonly hard: number
  readonly value: number
}

export interface TargetLimits {
  /** Largest change of the hard violation: below 0 where it must shrink. */
  readonly hardMax: number
  /** Bins that are asked for; all without it. */
  readonly filter?: (bin: number) => boolean
  /** Whether some hard rule may be broken further if others gain as much. */
  readonly mayWorsen?: boolean
}

/**
 * The best bin with room for an item: the least change of the hard violation, then of the value; among equals home, then
 * the bin with the most room left. Null where there is none. O(bins) prices.
 */
export function bestTarget(draft: Draft, item: number, { hardMax, filter, mayWorsen = false }: TargetLimits): PricedMove | null {
  const { state, problem, effort } = draft
  const source = state.assignment[item]!
  const home = problem.initial[item]!
  const leaves = draft.mayLeave(item)
  const isFlat = state.isFlat(item)
  const isLevel = !isFlat && state.isLevel(item)
  let isPriced = false
  state.lift(item)
  state.priceAt(UNASSIGNED)
  const flatHard = state.hardChange
  if (isFlat && flatHard > hardMax) return null
  let best: PricedMove | null = null
  let bestRoom = 0
  effort.spend(problem.binCount * (isFlat || isLevel ? LOOKED : SCANNED))
  for (let bin = 0; bin < problem.binCount; bin++) {
    if (bin === source || !(leaves || bin === home) || !state.fits(item, bin) || (filter && !filter(bin))) continue
    if (!isFlat && !(isLevel && isPriced && bin !== home)) {
      state.priceAt(bin)
      // Home has a price of its own, which must not stand for the others.
      isPriced = bin !== home
    }
    const hard = isFlat ? flatHard : state.hardChange
    if (hard > hardMax || (state.worsens && !mayWorsen)) continue
    const value = isFlat ? 0 : state.valueChange
    const order = best === null ? -1 : compare(hard, value, best)
    if (order > 0) continue
    const room = bin === home ? Infinity : state.roomAfter(item, bin)
    if (order === 0 && room <= bestRoom) continue
    best = { item, target: bin, hard, value }
    bestRoom = room
  }
  return best
}

function compare(hard: number, value: number, other: PricedMove): number {
  if (Math.abs(hard - other.hard) > HARD_ROUNDING) return hard < other.hard ? -1 : 1
  if (Math.abs(value - other.value) > VALUE_ROUNDING) return value < other.value ? -1 : 1
  return 0
}

/** The better of two priced moves; the first among equals. */
export function betterOf(one: PricedMove | null, other: PricedMove | null): PricedMove | null {
  if (one === null || other === null) return one ?? other
  return compare(one.hard, one.value, other) <= 0 ? one : other
}

/** Demand of an item as a share of the bin's capacity in the dimension where that is largest. */
export function shareOf(state: AssignmentState, item: number, bin: number): number {
  const { demand, capacity, dimensions } = state.problem
  let share = 0
  for (const d of state.limited) {
    const whole = capacity[bin * dimensions + d]!
    if (whole > 0 && whole < Number.MAX_VALUE) share = Math.max(share, demand[item * dimensions + d]! / whole)
  }
  return share
}
