import { type SizeColumn, costOfRooms, withMixes } from '../bounds/binsNeeded.ts'
import { type BinTask, type FilledBins, checkTask, costOf } from './binTask.ts'
import { branchByClass } from './branchByClass.ts'
import { ColumnPool } from './columns.ts'
import { FILL_ORDERS, fillBins } from './fillBins.ts'
import type { LinearSolver } from './linear.ts'

export interface MinimumLimits {
  /** Dives into the column relaxation, each a packing. */
  readonly divesMax: number
  /** Relaxations when the numbers of bins of each class are branched on. */
  readonly nodesMax: number
  /** Rounds of column generation for the first relaxation, and nodes of one knapsack of it. */
  readonly roundsMax: number
  readonly knapsackNodesMax: number
  readonly shouldStop: () => boolean
}

export const MINIMUM_LIMITS: MinimumLimits = { divesMax: 12, nodesMax: 200, roundsMax: 400, knapsackNodesMax: 200_000, shouldStop: () => false }

export interface MinimumBins {
  /** The cheapest packing found; null: none was, or none exists. */
  readonly bins: readonly FilledBins[] | null
  /** Its cost: the number of bins where each costs 1. */
  readonly cost: number | null
  /** No packing costs less. */
  readonly lowerBound: number
  /** What gave the bound. */
  readonly by: 'dual-feasible functions' | 'columns'
  /** The cost is the least there is; or, without bins, there is no packing at all. */
  readonly proven: boolean
}

/**
 * The fewest (or cheapest) bins that hold all items: greedy packings against dual-feasible bounds; where a gap is left
 * and a solver is given, column generation and dives into its relaxation. Deterministic while `shouldStop` says no.
 * Refuses amounts that are not whole numbers.
 */
export function minimumBins(task: BinTask, solver: LinearSolver | null, limits: MinimumLimits = MINIMUM_LIMITS): MinimumBins {
  checkTask(task)
  const wanted = { ...task, flavours: task.flavours.filter(({ count }) => count > 0) }
  const found = minimumOf(wanted, solver, limits)
  return { ...found, bins: found.bins === null ? null : found.bins.map((one) => ({ ...one, counts: allFlavours(task, one.counts) })) }
}

/** Counts by the task's flavours from counts by those that have items. */
function allFlavours(task: BinTask, counts: Int32Array): Int32Array {
  let at = 0
  return Int32Array.from(task.flavours, ({ count }) => (count > 0 ? counts[at++]! : 0))
}

function minimumOf(task: BinTask, solver: LinearSolver | null, limits: MinimumLimits): MinimumBins {
  const simple = simpleBound(task)
  const answer = (bins: readonly FilledBins[] | null, lowerBound: number, by: MinimumBins['by']): MinimumBins => {
    const cost = bins === null ? null : costOf(task, bins)
    return { bins, cost, lowerBound, by, proven: cost !== null && cost - lowerBound <= 1e-9 * Math.max(1, cost) }
  }
  if (simple === null) return { bins: null, cost: null, lowerBound: 0, by: 'dual-feasible functions', proven: true }
  const pool = new ColumnPool()
  let best: readonly FilledBins[] | null = null
  for (const order of FILL_ORDERS) {
    const filled = fillBins(task, order)
    if (filled === null) continue
    filled.forEach(({ binClass, counts }) => pool.add({ binClass, counts }))
    if (best === null || costOf(task, filled) < costOf(task, best)) best = filled
    if (costOf(task, best) <= simple * (1 + 1e-9)) return answer(best, simple, 'dual-feasible functions')
  }
  if (solver === null || limits.shouldStop()) return answer(best, simple, 'dual-feasible functions')
  addSingles(task, pool)
  const { lowerBound, best: packed } = branchByClass(task, pool, solver, limits, { lowerBound: simple, best })
  return answer(packed, lowerBound, lowerBound > simple ? 'columns' : 'dual-feasible functions')
}

/** Of every dimension and mixes of two. Null: the bins can't hold the items. */
function simpleBound({ dimensions, flavours, classes }: BinTask): number | null {
  const columns = Array.from({ length: dimensions }, (_, d): SizeColumn => ({
    sizes: Float64Array.from(flavours, ({ size }) => size[d]!), sizeCounts: Float64Array.from(flavours, ({ count }) => count),
    rooms: Float64Array.from(classes, ({ room }) => room[d]!), roomCounts: Float64Array.from(classes, ({ count }) => count ?? Infinity),
  })).filter(({ sizes }) => sizes.some((size) => size > 0))
  const homeless = flavours.some(({ size }) => !classes.some(({ room, count }) => count !== 0 && size.every((amount, d) => amount <= room[d]!)))
  if (homeless) return null
  let best = 0
  for (const column of withMixes(columns)) {
    const here = costOfRooms(column, { cost: Float64Array.from(classes, ({ cost }) => cost), held: new Float64Array(classes.length) })
    if (here === null) return null
    best = Math.max(best, here)
  }
  return best
}

/** For every flavour and class, a bin full of it; and an empty bin. */
function addSingles({ flavours, classes }: BinTask, pool: ColumnPool): void {
  flavours.forEach(({ size, count }, flavour) => classes.forEach(({ room }, binClass) => {
    const copies = size.reduce((most, amount, d) => (amount === 0 ? most : Math.min(most, Math.floor(room[d]! / amount))), count)
    if (copies === 0) return
    const counts = new Int32Array(flavours.length)
    counts[flavour] = copies
    pool.add({ binClass, counts })
  }))
  classes.forEach((_, binClass) => pool.add({ binClass, counts: new Int32Array(flavours.length) }))
}
