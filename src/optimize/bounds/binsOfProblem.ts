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
  const { columns, prices } = alikeRows(problem, range, items, cost)
  let best = anyBin(prices)
  for (const column of withMixes(columns)) {
    const here = costOfRooms(column, prices)
    if (here === null) return null
    best = Math.max(best, here)
    if (shouldStop()) break
  }
  return best
}

/** Sizes and rooms in every dimension that limits; items and bins that are alike in all of them share a row. */
function alikeRows(problem: Problem, range: LoadRange, items: readonly number[], cost: Float64Array): { readonly columns: readonly SizeColumn[]; readonly prices: BinPrices } {
  const { binCount, capacity, demand, dimensions } = problem
  const limiting = Array.from({ length: dimensions }, (_, d) => d).filter((d) => items.some((item) => demand[item * dimensions + d]! > 0) && capacity.some((room, at) => at % dimensions === d && room < Infinity))
  const flavours = rowsOf(items, (item) => limiting.map((d) => demand[item * dimensions + d]!))
  const bins = rowsOf(Array.from({ length: binCount }, (_, bin) => bin), (bin) => [...limiting.map((d) => roomOf(problem, range, bin, d)), cost[bin]!])
  return {
    columns: limiting.map((_, at) => ({
      sizes: Float64Array.from(flavours, ({ amounts }) => amounts[at]!), sizeCounts: Float64Array.from(flavours, ({ members }) => members.length),
      rooms: Float64Array.from(bins, ({ amounts }) => amounts[at]!), roomCounts: Float64Array.from(bins, ({ members }) => members.length),
    })),
    prices: { cost: Float64Array.from(bins, ({ amounts }) => amounts.at(-1)!), held: Float64Array.from(bins, ({ members }) => members.reduce((sum, bin) => sum + range.held[bin]!, 0)) },
  }
}

function rowsOf(members: readonly number[], amountsOf: (member: number) => readonly number[]): { readonly amounts: readonly number[]; readonly members: number[] }[] {
  const rows = new Map<string, { amounts: readonly number[]; members: number[] }>()
  for (const member of members) {
    const amounts = amountsOf(member)
    const known = rows.get(amounts.join(' '))
    if (known === undefined) rows.set(amounts.join(' '), { amounts, members: [member] })
    else known.members.push(member)
  }
  return [...rows.values()]
}

/** Room for items; a bin that receives none has room for those it holds. */
function roomOf({ base, capacity, dimensions, receives }: Problem, { total, present }: LoadRange, bin: number, d: number): number {
  const at = bin * dimensions + d
  const room = Math.max(0, Math.min(capacity[at]! - base[at]!, total[d]!))
  return receives[bin] === 1 ? room : Math.min(room, present[at]!)
}

/** Even items that need no room need a bin. */
function anyBin({ cost, held }: BinPrices): number {
  const forced = held.reduce((sum, here, row) => sum + here * cost[row]!, 0)
  return held.some((here) => here > 0) ? forced : cost.reduce((least, here) => Math.min(least, here), cost[0] ?? 0)
}
