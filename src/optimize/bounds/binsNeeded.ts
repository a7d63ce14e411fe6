import { type Problem, UNASSIGNED } from '../problem.ts'
import type { LoadRange } from './convexLoads.ts'
import { dualFeasibleFunctions, wholeNumbers } from './dualFeasible.ts'
import { greatestDivisor } from './spread.ts'

/** Weights of dimensions, each as a share of the rooms' total, in which sizes are added up. */
const MIXES = [[1, 1], [1, 2], [2, 1], [1, 3], [3, 1]] as const

/**
 * Least cost of the bins that hold all items when bin b costs `cost[b]`, by dual-feasible functions of each dimension and
 * of weighted sums of two: the rooms of the bins in use must have the value of the items, bins bought by the piece where
 * all cost alike. `held` bins are in use anyhow. Every cost at least 0. Null: not even all bins hold the items.
 */
export function costOfBins(problem: Problem, range: LoadRange, cost: Float64Array, shouldStop: () => boolean): number | null {
  const items = Array.from({ length: problem.itemCount }, (_, item) => item).filter((item) => problem.initial[item] !== UNASSIGNED || problem.movable[item] === 1)
  if (items.length === 0) return 0
  let best: number | null = null
  for (const column of columnsOf(problem, range, items)) {
    if (shouldStop() && best !== null) break
    const here = bestOfColumn(column, range.held, cost)
    if (here === null) return null
    best = best === null ? here : Math.max(best, here)
  }
  return best ?? oneBin(range, cost)
}

interface Column {
  readonly sizes: Float64Array
  readonly rooms: Float64Array
}

/** Sizes and rooms in every dimension that limits, then in mixes of two. */
function* columnsOf(problem: Problem, range: LoadRange, items: readonly number[]): Generator<Column> {
  const { binCount, capacity, demand, dimensions } = problem
  const plain: Column[] = []
  for (let d = 0; d < dimensions; d++) {
    const rooms = Float64Array.from({ length: binCount }, (_, bin) => roomOf(problem, range, bin, d))
    const sizes = Float64Array.from(items, (item) => demand[item * dimensions + d]!)
    const limits = rooms.some((_, bin) => capacity[bin * dimensions + d]! < Infinity) && sizes.some((size) => size > 0)
    if (!limits) continue
    plain.push({ sizes, rooms })
    yield plain.at(-1)!
  }
  for (let a = 0; a < plain.length; a++) for (let b = a + 1; b < plain.length; b++) for (const [left, right] of MIXES) yield mixed(plain[a]!, plain[b]!, left, right)
}

/** Room for items, of bins that can hold any. */
function roomOf({ base, capacity, dimensions, receives }: Problem, { total, present }: LoadRange, bin: number, d: number): number {
  const at = bin * dimensions + d
  const room = Math.max(0, Math.min(capacity[at]! - base[at]!, total[d]!))
  return receives[bin] === 1 ? room : Math.min(room, present[at]!)
}

function mixed(a: Column, b: Column, left: number, right: number): Column {
  const unitA = left / Math.max(1e-300, sumOf(a.rooms))
  const unitB = right / Math.max(1e-300, sumOf(b.rooms))
  return { sizes: a.sizes.map((size, at) => size * unitA + b.sizes[at]! * unitB), rooms: a.rooms.map((room, at) => room * unitA + b.rooms[at]! * unitB) }
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0)

function bestOfColumn(column: Column, held: Uint8Array, cost: Float64Array): number | null {
  const { sizes, rooms } = wholeNumbers(column.sizes, column.rooms)
  const largest = rooms.reduce((most, room) => Math.max(most, room), 0)
  const counts = countsOf(sizes)
  let best = 0
  for (const f of dualFeasibleFunctions(counts.keys(), largest)) {
    let needed = 0
    for (const [size, count] of counts) needed += f(Math.min(size, largest)) * count
    const here = buy(rooms.map(f), needed, held, cost)
    if (here === null) return null
    best = Math.max(best, here)
  }
  return best
}

function countsOf(sizes: Float64Array): Map<number, number> {
  const counts = new Map<number, number>()
  for (const size of sizes) counts.set(size, (counts.get(size) ?? 0) + 1)
  return counts
}

/** Cheapest fraction of bins with so much value, on top of those held anyhow. */
function buy(values: Float64Array, needed: number, held: Uint8Array, cost: Float64Array): number | null {
  const open = Array.from(values.keys()).filter((bin) => held[bin] === 0 && values[bin]! > 0).sort((a, b) => cost[a]! * values[b]! - cost[b]! * values[a]! || a - b)
  let left = needed
  let forced = 0
  for (let bin = 0; bin < held.length; bin++) {
    if (held[bin] === 0) continue
    left -= values[bin]!
    forced += cost[bin]!
  }
  let bought = 0
  for (const bin of open) {
    if (left <= 0) break
    bought += cost[bin]! * Math.min(1, left / values[bin]!)
    left -= values[bin]!
  }
  if (left > needed * 1e-9) return null
  return forced + wholeSteps(bought, open.map((bin) => cost[bin]!))
}

/** The next sum that whole bins can cost, when their costs have a common measure. */
function wholeSteps(bought: number, costs: readonly number[]): number {
  const first = costs[0] ?? 0
  const step = costs.every((cost) => cost === first) ? first : costs.every(Number.isSafeInteger) ? costs.reduce(greatestDivisor, 0) : 0
  return step > 0 ? Math.ceil(bought / step - 1e-9) * step : bought
}

/** Items that need nothing still need a bin. */
function oneBin({ held }: LoadRange, cost: Float64Array): number {
  const forced = held.reduce((sum, here, bin) => sum + here * cost[bin]!, 0)
  return held.includes(1) ? forced : cost.reduce((least, here) => Math.min(least, here), cost[0] ?? 0)
}
