import { commonStep, inWholeSteps } from '../bounds/binsNeeded.ts'
import { type BinTask, type FilledBins, costOf } from './binTask.ts'
import { type ColumnBound, type ColumnPool, generateColumns } from './columns.ts'
import { dive } from './dive.ts'
import type { LinearSolver } from './linear.ts'
import type { MinimumLimits } from './minimumBins.ts'

/** What is known of the least cost. */
export interface Known {
  readonly lowerBound: number
  readonly best: readonly FilledBins[] | null
}

interface Node {
  readonly task: BinTask
  readonly bound: number
  readonly relaxed: ColumnBound
}

/**
 * Branch and bound on how many bins of each class are used: in the column relaxation these numbers are often broken, and
 * both sides of a whole number cost more. The node with the lowest bound goes first; at each, dives look for packings. A
 * node whose numbers are whole is kept with its bound: then the answer may stay unproven.
 */
export function branchByClass(task: BinTask, pool: ColumnPool, solver: LinearSolver, limits: MinimumLimits, known: Known): Known {
  const costs = task.classes.map(({ cost }) => cost)
  let { best } = known
  const isSettled = (bound: number): boolean => best !== null && bound >= costOf(task, best) * (1 - 1e-9)
  const relax = (branch: BinTask, parent: number): Node => {
    const enough = best === null ? null : costOf(task, best) - commonStep(costs) * (1 - 1e-6)
    const relaxed = generateColumns(branch, pool, solver, limits, enough)
    return { task: branch, relaxed, bound: Math.max(parent, inWholeSteps(relaxed.lowerBound, costs)) }
  }
  const open = [relax(task, known.lowerBound)]
  let whole: number | null = null
  for (let node = 0; node < limits.nodesMax && !limits.shouldStop(); node++) {
    open.sort((a, b) => b.bound - a.bound)
    const here = open.at(-1)
    if (here === undefined || isSettled(here.bound)) break
    for (let skip = 0; skip < (node === 0 ? limits.divesMax : 1) && !isSettled(here.bound) && !limits.shouldStop(); skip++) best = dive(here.task, pool, solver, limits, { lowerBound: here.bound, best, skip })
    if (isSettled(here.bound)) continue
    open.pop()
    const sides = sidesOf(here, pool)
    if (sides === null) whole = Math.min(whole ?? here.bound, here.bound)
    else open.push(...sides.map((side) => relax(side, here.bound)).filter(({ bound }) => !isSettled(bound)))
  }
  const bounds = [...open.map(({ bound }) => bound), ...(whole === null ? [] : [whole])]
  const proven = best === null ? [] : [costOf(task, best)]
  return { lowerBound: Math.max(known.lowerBound, [...bounds, ...proven].reduce((least, bound) => Math.min(least, bound), [...bounds, ...proven][0] ?? known.lowerBound)), best }
}

/** The two sides of the class whose number is most broken; null when all are whole. */
function sidesOf({ task, relaxed }: Node, { columns }: ColumnPool): readonly BinTask[] | null {
  if (relaxed.weights === null) return null
  const used = task.classes.map((_, binClass) => relaxed.weights!.reduce((sum, weight, column) => sum + (columns[column]!.binClass === binClass ? weight : 0), 0))
  const broken = used.map((bins) => Math.min(bins - Math.floor(bins), Math.ceil(bins) - bins))
  const most = broken.reduce((max, part) => Math.max(max, part), 0)
  if (most < 1e-5) return null
  const at = broken.indexOf(most)
  const withClass = (change: (one: BinTask['classes'][number]) => BinTask['classes'][number]): BinTask => ({ ...task, classes: task.classes.map((one, binClass) => (binClass === at ? change(one) : one)) })
  return [withClass((one) => ({ ...one, count: Math.floor(used[at]!) })), withClass((one) => ({ ...one, least: Math.ceil(used[at]!) }))]
}
