import { inWholeSteps } from '../bounds/binsNeeded.ts'
import { type BinTask, type FilledBins, costOf } from './binTask.ts'
import { type ColumnLimits, ColumnPool, generateColumns } from './columns.ts'
import { fillWell } from './fillBins.ts'
import type { LinearSolver } from './linear.ts'

export interface DiveAim {
  /** A packing of this cost can't be bettered. */
  readonly lowerBound: number
  readonly best: readonly FilledBins[] | null
  /** At this depth the second best column is taken, so that dives differ; 0: at none. */
  readonly skip: number
}

/** Whole uses of a column are fixed, and beyond them those within this of the next whole. */
const NEARLY_WHOLE = 0.98

const ROUNDS_MAX = 40

/**
 * Rounds the column relaxation: what it uses wholly is fixed, else the column it uses most, and the rest is relaxed
 * anew with further columns (diving, Vanderbeck; Sadykov et al. 2019). At each depth the rest is also packed greedily.
 * Gives the best packing known.
 */
export function dive(task: BinTask, pool: ColumnPool, solver: LinearSolver, limits: ColumnLimits, { lowerBound, best, skip }: DiveAim): readonly FilledBins[] | null {
  const costs = task.classes.map(({ cost }) => cost)
  const fixed: FilledBins[] = []
  let known = best
  let rest = task
  // Each turn fixes a bin at least, so that there are no more than items.
  const depthMax = task.flavours.reduce((sum, { count }) => sum + count, 0)
  for (let depth = 1; depth <= depthMax; depth++) {
    const relaxed = generateColumns(rest, pool, solver, { ...limits, roundsMax: ROUNDS_MAX })
    if (relaxed.weights === null) return known
    const spent = costOf(task, fixed)
    if (known !== null && spent + inWholeSteps(relaxed.lowerBound, costs) >= costOf(task, known) * (1 - 1e-9)) return known
    const chosen = chosenColumns(rest, pool, relaxed.weights, skip, depth)
    if (chosen.length === 0) return known
    fixed.push(...chosen)
    rest = without(rest, chosen)
    const greedy = fillWell(rest, ['sum', 'largest', 'dot'])
    const done = greedy === null ? null : [...fixed, ...greedy]
    if (done !== null && (known === null || costOf(task, done) < costOf(task, known))) known = trimmed(done)
    if (known !== null && costOf(task, known) <= lowerBound * (1 + 1e-9)) return known
    if (rest.flavours.every(({ count }) => count === 0) || limits.shouldStop()) return known
  }
  return known
}

/** Whole uses; where there are none, one use of the column with the largest part (or the next largest). */
function chosenColumns(rest: BinTask, { columns }: ColumnPool, weights: Float64Array, skip: number, depth: number): FilledBins[] {
  const left = Int32Array.from(rest.flavours, ({ count }) => count)
  const open = rest.classes.map(({ count }) => count ?? Number.MAX_SAFE_INTEGER)
  const chosen: FilledBins[] = []
  const use = (column: number, most: number): void => {
    const { binClass, counts } = columns[column]!
    // Items the column has more of than are left are left out, as long as something of it is wanted.
    const clipped = counts.map((count, flavour) => Math.min(count, left[flavour]!))
    const times = Math.min(most, open[binClass]!, clipped.reduce((least, count, flavour) => (count === 0 ? least : Math.min(least, Math.floor(left[flavour]! / count))), most))
    if (times <= 0 || clipped.every((count) => count === 0)) return
    clipped.forEach((count, flavour) => (left[flavour]! -= count * times))
    open[binClass]! -= times
    chosen.push({ binClass, counts: clipped, times })
  }
  const byPart = Array.from(weights.keys()).filter((column) => weights[column]! > 1e-6).sort((a, b) => (weights[b]! % 1) - (weights[a]! % 1) || a - b)
  if (depth === skip) {
    if (byPart.length > 1) use(byPart[1]!, 1)
    return chosen
  }
  for (const column of byPart) {
    const whole = Math.floor(weights[column]! + 1 - NEARLY_WHOLE)
    if (whole > 0) use(column, whole)
  }
  // The first dive fixes an eighth of what is left at a time, later ones less and less: faster first, closer then.
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const steps = Math.max(1, Math.floor(total / (8 * (skip + 1))))
  for (const column of byPart) {
    if (chosen.length >= steps) break
    if (weights[column]! % 1 >= 0.5 || chosen.length === 0) use(column, 1)
  }
  return chosen
}

function without(task: BinTask, chosen: readonly FilledBins[]): BinTask {
  return {
    ...task,
    flavours: task.flavours.map((flavour, at) => ({ ...flavour, count: flavour.count - chosen.reduce((sum, { counts, times }) => sum + counts[at]! * times, 0) })),
    classes: task.classes.map((one, at) => ({ ...one, count: one.count === null ? null : one.count - chosen.reduce((sum, { binClass, times }) => sum + (binClass === at ? times : 0), 0) })),
  }
}

/** Without bins that hold nothing. */
const trimmed = (filled: readonly FilledBins[]): FilledBins[] => filled.filter(({ counts, times }) => times > 0 && counts.some((count) => count > 0))
