import { type Problem, UNASSIGNED } from '../problem.ts'
import { type BinPrices, type SizeColumn, costOfRooms, withMixes } from './binsNeeded.ts'
import type { LoadRange } from './convexLoads.ts'

/**
 * Least cost of the bins in use when bin b costs `cost[b]` (at least 0), by dual-feasible functions; `shouldStop` is asked
 * between dimensions. Bins that hold items which can't leave are in use anyhow. Null: not even all bins hold the items.
 */
export function costOfBins(problem: Problem, range: LoadRange, cost: Float64Array, shouldStop: () => boolean): number | null {
  const items = Array.from({ length: problem.itemCount }, (_, item) => item).filter((item) => problem.initial[item] !== UNASSIGNED || problem.movable[item] === 1)
  if (items.length === 0) return 0
  const prices: BinPrices = { cost, held: Float64Array.from(range.held) }
  let best = anyBin(prices)
  for (const column of withMixes(columnsOf(problem, range, items))) {
    const here = costOfRooms(column, prices)
    if (here === null) return null
    best = Math.max(best, here)
    if (shouldStop()) break
  }
  return best
}

/** Sizes and rooms in every dimension that limits. */
function columnsOf(problem: Problem, range: LoadRange, items: readonly number[]): SizeColumn[] {
  const { binCount, capacity, demand, dimensions } = problem
  return Array.from({ length: dimensions }, (_, d): SizeColumn => ({
    sizes: Float64Array.from(items, (item) => demand[item * dimensions + d]!), sizeCounts: new Float64Array(items.length).fill(1),
    rooms: Float64Array.from({ length: binCount }, (_, bin) => roomOf(problem, range, bin, d)), roomCounts: new Float64Array(binCount).fill(1),
  })).filter(({ sizes, rooms }, d) => rooms.some((_, bin) => capacity[bin * dimensions + d]! < Infinity) && sizes.some((size) => size > 0))
}

/** Room for items; a bin that receives none has room for those it holds. */
function roomOf({ base, capacity, dimensions, receives }: Problem, { total, present }: LoadRange, bin: number, d: number): number {
  const at = bin * dimensions + d
  const room = Math.max(0, Math.min(capacity[at]! - base[at]!, total[d]!))
  return receives[bin] === 1 ? room : Math.min(room, present[at]!)
}

/** Even items that need no room need a bin. */
function anyBin({ cost, held }: BinPrices): number {
  const forced = held.reduce((sum, here, bin) => sum + here * cost[bin]!, 0)
  return held.some((here) => here > 0) ? forced : cost.reduce((least, here) => Math.min(least, here), cost[0] ?? 0)
}
