import type { BinScorer } from './binScore.ts'
import type { GroupRule } from './problem.ts'

/**
 * A packing problem: items (VMs) in bins (hosts). All columns are indexed item x dimensions or bin x dimensions, row
 * after row. It knows nothing of hosts, power or reasons; `cause` numbers lead back to who asked.
 */
export interface Packing {
  readonly dimensions: number
  readonly itemCount: number
  readonly binCount: number
  readonly demand: Float64Array
  /** No move may fill a bin beyond this; Infinity where a dimension does not limit. */
  readonly capacity: Float64Array
  /** Wanted limit below `capacity`: passed only by items that must be somewhere. */
  readonly fillLimit: Float64Array
  /** What utilization is measured against, for terms and scores. */
  readonly size: Float64Array
  /** Held by something that is not an item (incoming copies of items counted elsewhere, the bin's own needs). */
  readonly base: Float64Array
  /** Current bin of each item, UNASSIGNED for items to be placed. */
  readonly assignment: Int32Array
  readonly movable: Uint8Array
  /** 1 for items that only mandatory moves (drain, preferred) may touch, because they moved lately. */
  readonly resting: Uint8Array
  /** What moving the item costs; the unit is the caller's. */
  readonly moveCost: Float64Array
  /** Bins that may take items. */
  readonly receives: Uint8Array
  /** Bins that must be left by every movable item. */
  readonly drain: Uint8Array
  /** Bins to bring under `relieveLimit` in the dimension `loadDimension`. */
  readonly relieve: Uint8Array
  readonly relieveLimit: Float64Array
  readonly loadDimension: number
  /** Where an item would rather be, UNASSIGNED for no wish. */
  readonly preferred: Int32Array
  /** Bins that may be emptied altogether, first the one to try first. */
  readonly emptyCandidates: Int32Array
  readonly emptyMax: number
  /** Balance until the largest and smallest utilization of receiving bins differ by no more; null: don't. */
  readonly spreadMax: number | null
  /** Put items where the least room is left (consolidation) or where the most is (even distribution). */
  readonly fit: 'pack' | 'spread'
  /** Cost of a bin in use. */
  readonly binCost: Float64Array
  /** Optional moves (relief, preferred places, emptying, balance) in all. */
  readonly optionalMovesMax: number
  /** Of these, at most so many for anything but relief. */
  readonly otherMovesMax: number
  /** Which bins may hold which items, and rules over groups of items: as in a Problem. Rules that relate items to no place yet bind when both have one. */
  readonly allowedRow: Int32Array
  readonly allowed: readonly Uint8Array[]
  readonly rules: readonly GroupRule[]
  /** A further wanted limit, which holds with `fillLimit`; absent or null: none. */
  readonly risk?: PackingRisk | null
  /** By what items without a bin are put into one; absent: as `fit` says. */
  readonly firstPlaces?: FirstPlaces
}

/** The bin that scores best among those within their wanted limits; when packing, bins in use come before empty ones. */
export interface FirstPlaces {
  readonly scorers: readonly BinScorer[]
  /** Wanted limits are not looked at. */
  readonly beyondFill: boolean
}

/**
 * Items want what can't be known. In each bin the sum of means + z x sqrt(sum of variances) must stay within its limit, z the largest
 * `deviations` of its items. How full bins are, for scores, is then measured by that sum.
 */
export interface PackingRisk {
  readonly mean: Float64Array
  readonly variance: Float64Array
  readonly deviations: Float64Array
  /** By bin. */
  readonly limit: Float64Array
}

export { UNASSIGNED } from './problem.ts'

/** Why the solver moved an item. */
export const CAUSES = ['place', 'drain', 'relieve', 'preferred', 'empty', 'spread'] as const
export type Cause = (typeof CAUSES)[number]

export interface Move {
  readonly item: number
  readonly source: number
  readonly target: number
  readonly cause: Cause
}

/** What the solver could not do, and for which item (and bin). A `relieve` with an item: it was kept by want of room that one more bin would have given. */
export interface Unmet {
  readonly cause: Cause
  readonly item: number
  readonly bin: number
  /** Not for want of room, but because `optionalMovesMax` left too few moves. */
  readonly outOfMoves?: true
  /** There is a place, but it is kept free. */
  readonly keepsRoom?: true
}

export interface Packed {
  readonly assignment: Int32Array
  readonly moves: readonly Move[]
  readonly unmet: readonly Unmet[]
  /** Bins of `emptyCandidates` that the answer empties. */
  readonly emptied: readonly number[]
  readonly objectiveBefore: number
  readonly objectiveAfter: number
  readonly lowerBound: number | null
}

/** Limits of one solve that a run must repeat: counts, never time. */
export interface PackingLimits {
  /** Proposals, nodes or moves tried to improve a first answer; 0: the first answer. */
  readonly nodesMax: number
  readonly seed: number
}

/** Whoever turns a problem into a placement. Same packing and limits: same answer, unless `shouldStop`, which is asked now and then, says so. */
export interface Solver {
  readonly name: string
  solve(packing: Packing, limits: PackingLimits, shouldStop: () => boolean): Packed
}
