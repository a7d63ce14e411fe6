import { evaluate } from '../evaluate.ts'
import { type Problem, type Term, UNASSIGNED } from '../problem.ts'
import { areCounted } from './zoneGroups.ts'

type GroupMovesMax = Extract<Term, { kind: 'groupMovesMax' }>

/**
 * A problem whose cost is a sum of hinges, weight x max(0, slack) with slacks linear in the items of a bin, besides moves.
 * Columns, in this order: `priced` hinges of the objective; `held` limits, of which the last `transient` ones still count
 * an item where it began. An item's row says what it adds to each column's slack; a limit's slack is load - capacity.
 */
export interface HingeColumns {
  readonly priced: number
  readonly held: number
  readonly transient: number
  /** Item x column. */
  readonly items: Float64Array
  /** Bin x column: slack of the bin without items. */
  readonly empty: Float64Array
  /** By column; of limits 1 / the largest capacity: what a penalty is multiplied with. */
  readonly weights: Float64Array
  readonly groupMoves: GroupMovesMax | null
}

/** What one column is: a sum of parts of dimensions, beyond an offset by bin. */
interface Column {
  readonly weight: number
  readonly parts: readonly { readonly dimension: number; readonly factor: number }[]
  readonly offsetOf: (bin: number) => number
}

/** Columns of a problem, or null when it asks for more than hinges, counted rules and costs of moves, when `start` breaks hard limits or leaves items without a place, or when its numbers are not whole: running sums of fractions would drift. */
export function hingeColumns(problem: Problem, start: Int32Array): HingeColumns | null {
  if (!areCounted(problem.rules) || start.includes(UNASSIGNED) || problem.initial.includes(UNASSIGNED) || evaluate(problem, start).hard > 0) return null
  const groupTerms = problem.terms.filter((term) => term.kind === 'groupMovesMax')
  const hinges = problem.terms.filter((term) => term.kind !== 'groupMovesMax' && term.weight !== 0).map((term) => hingeOf(problem, term))
  if (groupTerms.length > 1 || hinges.includes(null)) return null
  const limits = limitsOf(problem)
  const columns = [...(hinges as Column[]), ...limits.map((dimension) => limitOf(problem, dimension))]
  const items = itemRows(problem, columns)
  const empty = emptyRows(problem, columns)
  if (!isExact(items) || !isExact(empty)) return null
  return {
    priced: hinges.length, held: limits.length, transient: limits.filter((dimension) => problem.transient[dimension] === 1).length,
    items, empty, weights: Float64Array.from(columns, ({ weight }) => weight), groupMoves: groupTerms[0] ?? null,
  }
}

/** Whole numbers add up without rounding. */
const isExact = (rows: Float64Array): boolean => rows.every((amount) => Number.isSafeInteger(amount))

function hingeOf(problem: Problem, term: Term): Column | null {
  const { dimensions, capacity, transient } = problem
  if (term.kind === 'excess') {
    const scale = term.scale[0] ?? 0
    if (term.weight < 0 || scale < 0 || transient[term.dimension] === 1 || term.scale.some((other) => other !== scale)) return null
    return { weight: term.weight * scale, parts: [{ dimension: term.dimension, factor: 1 }], offsetOf: (bin) => -term.limit[bin]! }
  }
  if (term.kind !== 'imbalance' || term.weight < 0 || transient[term.free] === 1 || transient[term.wanted] === 1) return null
  const offsetOf = (bin: number): number => term.target * capacity[bin * dimensions + term.free]! - capacity[bin * dimensions + term.wanted]!
  for (let bin = 0; bin < problem.binCount; bin++) if (!Number.isFinite(offsetOf(bin))) return null
  return { weight: term.weight, parts: [{ dimension: term.free, factor: -term.target }, { dimension: term.wanted, factor: 1 }], offsetOf }
}

function limitOf({ dimensions, capacity, binCount }: Problem, dimension: number): Column {
  let largest = 1
  for (let bin = 0; bin < binCount; bin++) if (capacity[bin * dimensions + dimension]! < Infinity) largest = Math.max(largest, capacity[bin * dimensions + dimension]!)
  // An unlimited bin is further from its limit than exact sums go.
  return { weight: 1 / largest, parts: [{ dimension, factor: 1 }], offsetOf: (bin) => -Math.min(capacity[bin * dimensions + dimension]!, 2 ** 52) }
}

/** Dimensions that limit, transient ones last; one that a transient twin implies is left out. */
function limitsOf(problem: Problem): number[] {
  const limiting = Array.from({ length: problem.dimensions }, (_, d) => d).filter((d) => someRow(problem.capacity, problem.dimensions, d, (amount) => amount < Infinity))
  const transient = limiting.filter((d) => problem.transient[d] === 1)
  const plain = limiting.filter((d) => problem.transient[d] === 0 && !transient.some((other) => isImplied(problem, d, other)))
  return [...plain, ...transient]
}

/** Whether a load within the capacity of the transient dimension is always within that of the other. */
function isImplied({ dimensions, demand, base, capacity }: Problem, plain: number, transient: number): boolean {
  return sameColumn(demand, dimensions, plain, transient) && sameColumn(base, dimensions, plain, transient) && sameColumn(capacity, dimensions, plain, transient)
}

function sameColumn(rows: Float64Array, width: number, one: number, other: number): boolean {
  for (let row = 0; row < rows.length; row += width) if (rows[row + one] !== rows[row + other]) return false
  return true
}

function someRow(rows: Float64Array, width: number, column: number, is: (amount: number) => boolean): boolean {
  for (let row = 0; row < rows.length; row += width) if (is(rows[row + column]!)) return true
  return false
}

function itemRows({ itemCount, dimensions, demand }: Problem, columns: readonly Column[]): Float64Array {
  const rows = new Float64Array(itemCount * columns.length)
  columns.forEach(({ parts }, at) => {
    for (const { dimension, factor } of parts) for (let item = 0; item < itemCount; item++) rows[item * columns.length + at]! += factor * demand[item * dimensions + dimension]!
  })
  return rows
}

function emptyRows({ binCount, dimensions, base }: Problem, columns: readonly Column[]): Float64Array {
  const rows = new Float64Array(binCount * columns.length)
  columns.forEach(({ parts, offsetOf }, at) => {
    for (let bin = 0; bin < binCount; bin++) {
      let slack = offsetOf(bin)
      for (const { dimension, factor } of parts) slack += factor * base[bin * dimensions + dimension]!
      rows[bin * columns.length + at] = slack
    }
  })
  return rows
}
