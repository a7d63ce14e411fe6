import type { BinTask } from './binTask.ts'
import { type KnapsackAnswer, fillKnapsack } from './knapsack.ts'
import type { LinearSolver } from './linear.ts'

/** A way to fill a bin of a class: items by flavour. */
export interface Column {
  readonly binClass: number
  readonly counts: Int32Array
}

/** The columns known so far, each once. */
export class ColumnPool {
  readonly columns: Column[] = []
  readonly #known = new Set<string>()

  add(column: Column): boolean {
    const key = `${column.binClass}:${column.counts.join(',')}`
    if (this.#known.has(key)) return false
    this.#known.add(key)
    this.columns.push(column)
    return true
  }
}

export interface ColumnLimits {
  readonly roundsMax: number
  readonly knapsackNodesMax: number
  readonly shouldStop: () => boolean
}

export interface ColumnBound {
  /** No packing costs less; from exact arithmetic on whole duals, so that the solver's tolerances don't matter. */
  readonly lowerBound: number
  /** How often each column of the pool is used by the linear relaxation; null when the solver failed. */
  readonly weights: Float64Array | null
  /** Every round's bound, of which the best is `lowerBound`. */
  readonly rounds: readonly number[]
  /** Whether no column can better the relaxation any more. */
  readonly ended: boolean
}

/** Duals are rounded down to so many parts of the dearest class's cost. */
const DUAL_STEPS = 2 ** 24

/**
 * The linear relaxation over all ways to fill a bin (Gilmore and Gomory, 1961), by column generation: the solver prices
 * the flavours, a knapsack a class looks for a better column, until there is none. Each round gives a valid bound
 * (Farley, Operations Research 38, 1990), so it may stop after any. Columns found are added to the pool. Flavours that
 * the pool can't pack are paid for dearly in the relaxation.
 */
export function generateColumns(task: BinTask, pool: ColumnPool, solver: LinearSolver, limits: ColumnLimits, enough: number | null = null): ColumnBound {
  const rounds: number[] = []
  let lowerBound = 0
  for (let round = 0; round < limits.roundsMax; round++) {
    const master = solveMaster(task, pool, solver)
    if (master === null) return { lowerBound, weights: null, rounds, ended: false }
    const profit = wholeDuals(task, master.duals)
    const answers = task.classes.map((_, binClass) => price(task, binClass, profit, limits.knapsackNodesMax))
    rounds.push(farleyBound(task, profit, answers))
    lowerBound = Math.max(lowerBound, rounds.at(-1)!)
    // With the bound at what is wanted, or within its rounding of the relaxation, more columns tell nothing new.
    const settled = master.value - lowerBound <= 1e-9 * Math.max(1, master.value) || (enough !== null && lowerBound >= enough)
    if (settled || !addBetter(task, pool, profit, answers, master.classDuals) || limits.shouldStop()) return { lowerBound, weights: master.weights, rounds, ended: !limits.shouldStop() }
  }
  const last = solveMaster(task, pool, solver)
  return { lowerBound, weights: last?.weights ?? null, rounds, ended: false }
}

interface Master {
  readonly value: number
  readonly weights: Float64Array
  readonly duals: Float64Array
  /** What one more bin of a class that is used up would save; below 0 where so many are to be paid for that one more costs less. */
  readonly classDuals: Float64Array
}

/** The relaxation over the pool's columns, built anew: the solver keeps nothing. */
function solveMaster({ flavours, classes }: BinTask, { columns }: ColumnPool, solver: LinearSolver): Master | null {
  const dear = classes.reduce((sum, { cost }) => sum + cost, 0) * 10
  const entries: { columns: number[]; values: number[] }[] = flavours.map(() => ({ columns: [], values: [] }))
  columns.forEach(({ counts }, column) => counts.forEach((count, flavour) => {
    if (count === 0) return
    entries[flavour]!.columns.push(column)
    entries[flavour]!.values.push(count)
  }))
  entries.forEach((row, flavour) => {
    row.columns.push(columns.length + flavour)
    row.values.push(1)
  })
  const rows = entries.map((row, flavour) => ({ ...row, lower: flavours[flavour]!.count, upper: Infinity }))
  const limited = classes.flatMap(({ count, least = 0 }, binClass) => (count === null && least === 0 ? [] : [{ binClass, upper: count ?? Infinity, lower: least === 0 ? -Infinity : least }]))
  const classRows = limited.map(({ binClass, lower, upper }) => {
    const own = columns.flatMap((column, at) => (column.binClass === binClass ? [at] : []))
    return { columns: own, values: own.map(() => 1), lower, upper }
  })
  const cost = [...columns.map(({ binClass }) => classes[binClass]!.cost), ...flavours.map(() => dear)]
  const answer = solver.solve({ cost, lower: cost.map(() => 0), upper: cost.map(() => Infinity), integer: cost.map(() => false), rows: [...rows, ...classRows] }, { secondsMax: null })
  if (answer.status !== 'optimal' || answer.columns === null || answer.duals === null) return null
  const classDuals = new Float64Array(classes.length)
  limited.forEach(({ binClass }, at) => (classDuals[binClass] = -answer.duals![flavours.length + at]!))
  return { value: answer.value, weights: answer.columns.slice(0, columns.length), duals: answer.duals.slice(0, flavours.length), classDuals }
}

const unitOf = ({ classes }: Pick<BinTask, 'classes'>): number => classes.reduce((most, { cost }) => Math.max(most, cost), 0) / DUAL_STEPS

function wholeDuals(task: BinTask, duals: Float64Array): Float64Array {
  const unit = unitOf(task)
  return duals.map((dual) => Math.max(0, Math.floor(dual / unit)))
}

/** The filling of a bin of the class that is worth most at these prices. */
export function price(task: BinTask, binClass: number, profit: Float64Array, nodesMax: number): KnapsackAnswer {
  const size = new Float64Array(task.flavours.length * task.dimensions)
  task.flavours.forEach((flavour, at) => size.set(flavour.size, at * task.dimensions))
  return fillKnapsack({ dimensions: task.dimensions, room: task.classes[binClass]!.room, size, profit, most: Int32Array.from(task.flavours, ({ count }) => count) }, nodesMax)
}

/**
 * With prices p and best fillings K(c), for every scale t that no class without limit exceeds: packing costs at least (sum
 * of p x count) / t, less what the best filling of each bin of a limited class is worth above its cost, and more what it
 * falls short of it for each bin that is paid for anyhow. Linear in 1 / t between the classes' own ratios.
 */
export function farleyBound(task: BinTask, profit: Float64Array, answers: readonly { readonly upper: number }[]): number {
  const unit = unitOf(task)
  const worth = task.flavours.reduce((sum, { count }, flavour) => sum + count * profit[flavour]!, 0) * unit
  const ratios = task.classes.map(({ cost }, at) => (answers[at]!.upper * unit) / cost)
  const smallest = task.classes.reduce((most, { count }, at) => (count === null ? Math.max(most, ratios[at]!) : most), 0)
  const boundAt = (scale: number): number =>
    task.classes.reduce((sum, { cost, count, least = 0 }, at) => {
      const short = cost - (answers[at]!.upper * unit) / scale
      return sum + (short > 0 ? short * least : count === null ? 0 : short * count)
    }, worth / scale)
  const paid = task.classes.reduce((sum, { cost, least = 0 }) => sum + cost * least, 0)
  return ratios.filter((ratio) => ratio >= smallest && ratio > 0).reduce((best, scale) => Math.max(best, boundAt(scale)), paid)
}

/** Nodes of a knapsack that need not be the best. */
const FURTHER_NODES_MAX = 200_000

/** Columns of one class that a round may add. */
const COLUMNS_A_ROUND = 24

/** Adds the best fillings that better the relaxation, then the best of the items that they leave, and so on: fewer rounds. */
function addBetter(task: BinTask, pool: ColumnPool, profit: Float64Array, answers: readonly KnapsackAnswer[], classDuals: Float64Array): boolean {
  const unit = unitOf(task)
  let added = false
  answers.forEach((first, binClass) => {
    const enough = task.classes[binClass]!.cost + classDuals[binClass]! + unit
    let rest = task
    let answer = first
    for (let count = 0; count < COLUMNS_A_ROUND && answer.profit * unit > enough; count++) {
      const { counts } = answer
      if (pool.add({ binClass, counts })) added = true
      rest = { ...rest, flavours: rest.flavours.map((flavour, at) => ({ ...flavour, count: flavour.count - counts[at]! })) }
      answer = price(rest, binClass, profit, FURTHER_NODES_MAX)
    }
  })
  return added
}
