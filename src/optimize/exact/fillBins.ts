import type { BinTask, FilledBins } from './binTask.ts'
import { costOf } from './binTask.ts'
import { price } from './columns.ts'

/** How items and bins are compared in a greedy packing. */
export type FillOrder = 'largest' | 'sum' | 'dot' | 'subset'

export const FILL_ORDERS: readonly FillOrder[] = ['sum', 'largest', 'dot', 'subset']

/** Nodes of one knapsack when a bin is filled as full as can be. */
const SUBSET_NODES_MAX = 2_000

/**
 * A packing made bin by bin: of every class the bin is filled greedily (by the order of sizes, by the dot product of
 * size and room left (Panigrahy et al. 2011), or as full as can be, Gupta and Ho's minimum bin slack), and the class whose
 * filling costs least for what it holds is taken, as often as the items last. Null when the bins don't suffice.
 */
export function fillBins(task: BinTask, order: FillOrder): FilledBins[] | null {
  const left = Int32Array.from(task.flavours, ({ count }) => count)
  const available = task.classes.map(({ count }) => count)
  const weight = scarcity(task)
  const filled: FilledBins[] = []
  for (let rest = sumOf(left); rest > 0; rest = sumOf(left)) {
    const best = bestBin(task, left, available, weight, order)
    if (best === null) return null
    const open = available[best.binClass] ?? null
    const times = timesOf(best.counts, left, open)
    filled.push({ binClass: best.binClass, counts: best.counts, times })
    best.counts.forEach((count, flavour) => (left[flavour]! -= count * times))
    if (open !== null) available[best.binClass] = open - times
  }
  return cheapened(task, filled)
}

const sumOf = (counts: Int32Array): number => counts.reduce((sum, count) => sum + count, 0)

/** The bin that holds most for its cost, of the classes that are not used up. */
function bestBin(task: BinTask, left: Int32Array, available: readonly (number | null)[], weight: Float64Array, order: FillOrder): { readonly binClass: number; readonly counts: Int32Array } | null {
  const bins = task.classes.flatMap((one, binClass) => {
    if (available[binClass] === 0) return []
    const counts = order === 'subset' ? fullest(task, binClass, left, weight) : greedily(task, binClass, left, weight, order)
    return [{ binClass, counts, rate: worthOf(task, counts, weight) / one.cost }]
  })
  return bins.filter(({ rate }) => rate > 0).sort((a, b) => b.rate - a.rate || a.binClass - b.binClass)[0] ?? null
}

const timesOf = (counts: Int32Array, left: Int32Array, available: number | null): number =>
  counts.reduce((times, count, flavour) => (count === 0 ? times : Math.min(times, Math.floor(left[flavour]! / count))), available ?? Number.MAX_SAFE_INTEGER)

/** By dimension: what one unit weighs, a scarce dimension more. */
function scarcity({ dimensions, flavours, classes }: BinTask): Float64Array {
  return Float64Array.from({ length: dimensions }, (_, d) => {
    const need = flavours.reduce((sum, { size, count }) => sum + size[d]! * count, 0)
    const room = classes.reduce((most, class_) => Math.max(most, class_.room[d]!), 0)
    return room === 0 ? 0 : Math.max(need, 1e-3 * room) / room
  }).map((ratio, d, all) => ratio / (all.reduce((sum, other) => sum + other, 0) || 1) / Math.max(1, classes.reduce((most, class_) => Math.max(most, class_.room[d]!), 0)))
}

const weighted = ({ dimensions }: BinTask, size: Float64Array, weight: Float64Array): number => {
  let sum = 0
  for (let d = 0; d < dimensions; d++) sum += size[d]! * weight[d]!
  return sum
}

const worthOf = (task: BinTask, counts: Int32Array, weight: Float64Array): number => counts.reduce((sum, count, flavour) => sum + count * weighted(task, task.flavours[flavour]!.size, weight), 0)

function greedily(task: BinTask, binClass: number, left: Int32Array, weight: Float64Array, order: FillOrder): Int32Array {
  const { dimensions, flavours } = task
  const room = task.classes[binClass]!.room.slice()
  const counts = new Int32Array(flavours.length)
  const fits = (flavour: number): boolean => left[flavour]! > counts[flavour]! && flavours[flavour]!.size.every((amount, d) => amount <= room[d]!)
  const valueOf = (size: Float64Array): number => {
    let value = 0
    for (let d = 0; d < dimensions; d++) {
      const part = size[d]! * weight[d]!
      value = order === 'largest' ? Math.max(value, part) : value + part * (order === 'dot' ? room[d]! * weight[d]! : 1)
    }
    return value
  }
  for (;;) {
    let best = -1
    let bestValue = 0
    for (let flavour = 0; flavour < flavours.length; flavour++) {
      if (!fits(flavour)) continue
      const value = valueOf(flavours[flavour]!.size)
      if (best !== -1 && value <= bestValue) continue
      best = flavour
      bestValue = value
    }
    if (best === -1) return counts
    counts[best]!++
    for (let d = 0; d < dimensions; d++) room[d]! -= flavours[best]!.size[d]!
  }
}

/** As full as can be, large items worth a little more than their size, so that they don't stay for the end. */
function fullest(task: BinTask, binClass: number, left: Int32Array, weight: Float64Array): Int32Array {
  const profit = Float64Array.from(task.flavours, ({ size }) => Math.round(weighted(task, size, weight) ** 1.05 * 1e6))
  const rest = { ...task, flavours: task.flavours.map((flavour, at) => ({ ...flavour, count: left[at]! })) }
  return price(rest, binClass, profit, SUBSET_NODES_MAX).counts
}

/** Every bin in the cheapest class that holds as much and is not used up. */
function cheapened(task: BinTask, filled: readonly FilledBins[]): FilledBins[] {
  const used = task.classes.map((_, binClass) => filled.reduce((sum, one) => sum + (one.binClass === binClass ? one.times : 0), 0))
  const byCost = Array.from(task.classes.keys()).sort((a, b) => task.classes[a]!.cost - task.classes[b]!.cost || a - b)
  return filled.flatMap((one) => {
    const parts: FilledBins[] = []
    let left = one.times
    for (const binClass of byCost) {
      const { cost, count, room } = task.classes[binClass]!
      if (left === 0 || cost >= task.classes[one.binClass]!.cost) break
      if (!holds(task, one.counts, room)) continue
      const times = Math.min(left, count === null ? left : count - used[binClass]!)
      if (times <= 0) continue
      used[binClass]! += times
      used[one.binClass]! -= times
      left -= times
      parts.push({ ...one, binClass, times })
    }
    return left === 0 ? parts : [...parts, { ...one, times: left }]
  })
}

export function holds({ dimensions, flavours }: BinTask, counts: Int32Array, room: Float64Array): boolean {
  for (let d = 0; d < dimensions; d++) if (counts.reduce((sum, count, flavour) => sum + count * flavours[flavour]!.size[d]!, 0) > room[d]!) return false
  return true
}

/** The cheapest of the greedy packings, or null when none holds everything. `subset` only where it is asked for: it costs most. */
export function fillWell(task: BinTask, orders: readonly FillOrder[] = FILL_ORDERS): FilledBins[] | null {
  let best: FilledBins[] | null = null
  for (const order of orders) {
    const filled = fillBins(task, order)
    if (filled !== null && (best === null || costOf(task, filled) < costOf(task, best))) best = filled
  }
  return best
}
