import { dualFeasibleFunctions, wholeNumbers } from './dualFeasible.ts'
import { greatestDivisor } from './spread.ts'

/** Items and bins in one dimension (or one weighted sum of dimensions), each row standing for so many alike. */
export interface SizeColumn {
  readonly sizes: Float64Array
  readonly sizeCounts: Float64Array
  readonly rooms: Float64Array
  /** Infinity: as many as one likes. */
  readonly roomCounts: Float64Array
}

/** Cost of each row of bins, and how many of them are in use anyhow. */
export interface BinPrices {
  readonly cost: Float64Array
  readonly held: Float64Array
}

/** Weights of two dimensions, each as a share of the rooms, in which sizes are added up. */
const MIXES = [[1, 1], [1, 2], [2, 1], [1, 3], [3, 1]] as const

/** The columns, then mixes of every two of them: what fits in both fits in each weighted sum. */
export function* withMixes(columns: readonly SizeColumn[]): Generator<SizeColumn> {
  yield* columns
  for (let a = 0; a < columns.length; a++) for (let b = a + 1; b < columns.length; b++) for (const [left, right] of MIXES) yield mixed(columns[a]!, columns[b]!, left, right)
}

function mixed(a: SizeColumn, b: SizeColumn, left: number, right: number): SizeColumn {
  const unitA = left / (mostOf(a.rooms) || 1)
  const unitB = right / (mostOf(b.rooms) || 1)
  return { ...a, sizes: a.sizes.map((size, at) => size * unitA + b.sizes[at]! * unitB), rooms: a.rooms.map((room, at) => room * unitA + b.rooms[at]! * unitB) }
}

const mostOf = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, value), 0)

/**
 * A lower bound on the cost of the bins that hold all items, by dual-feasible functions: the bins in use must have the
 * value of the items, whatever the function; where all costs have a common measure, in whole steps of it. Null: not even
 * all bins hold the items. Costs are at least 0.
 */
export function costOfRooms(column: SizeColumn, prices: BinPrices): number | null {
  const whole = wholeNumbers(column.sizes, column.rooms)
  const largest = mostOf(whole.rooms)
  const counts = new Map<number, number>()
  whole.sizes.forEach((size, at) => counts.set(size, (counts.get(size) ?? 0) + column.sizeCounts[at]!))
  let best = 0
  for (const valueOf of dualFeasibleFunctions(counts.keys(), largest)) {
    let needed = 0
    for (const [size, count] of counts) needed += valueOf(Math.min(size, largest)) * count
    const here = buy(whole.rooms.map(valueOf), column.roomCounts, needed, prices)
    if (here === null) return null
    best = Math.max(best, here)
  }
  return best
}

/** The cheapest fractions of bins with so much value, beside those held anyhow. */
function buy(values: Float64Array, roomCounts: Float64Array, needed: number, { cost, held }: BinPrices): number | null {
  let left = needed
  let forced = 0
  held.forEach((count, row) => {
    left -= count * values[row]!
    forced += count * cost[row]!
  })
  const open = Array.from(values.keys()).filter((row) => values[row]! > 0 && roomCounts[row]! > held[row]!).sort((a, b) => cost[a]! * values[b]! - cost[b]! * values[a]! || a - b)
  let bought = 0
  for (const row of open) {
    if (left <= 0) break
    const bins = Math.min(roomCounts[row]! - held[row]!, left / values[row]!)
    bought += cost[row]! * bins
    left -= values[row]! * bins
  }
  if (left > needed * 1e-9) return null
  return forced + inWholeSteps(bought, open.map((row) => cost[row]!))
}

/** The next sum that whole bins of these costs can make, when the costs have a common measure. */
export function inWholeSteps(cost: number, costs: readonly number[]): number {
  const step = commonStep(costs)
  return step > 0 ? Math.ceil(cost / step - 1e-9) * step : cost
}

/** The largest number that all costs are multiples of; 0 when there is none worth naming. */
export function commonStep(costs: readonly number[]): number {
  const first = costs[0] ?? 0
  if (costs.every((cost) => cost === first)) return first
  return costs.every(Number.isSafeInteger) ? costs.reduce(greatestDivisor, 0) : 0
}
