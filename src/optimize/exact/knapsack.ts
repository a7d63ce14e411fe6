/** A bin to be filled with the most profit: copies of items of several dimensions, at most so many of each. All whole numbers. */
export interface Knapsack {
  readonly dimensions: number
  readonly room: Float64Array
  /** Item x dimension. */
  readonly size: Float64Array
  readonly profit: Float64Array
  readonly most: Int32Array
}

/** The best copies found; no filling has a profit above `upper`, which is `profit` unless the search was cut short. */
export interface KnapsackAnswer {
  readonly counts: Int32Array
  readonly profit: number
  readonly upper: number
}

/** Cells of the table of a dynamic program; beyond, the search is by branch and bound. */
const CELLS_MAX = 4_000_000

/** The best filling: by dynamic programming where its table is small, else depth first with at most `nodesMax` nodes. */
export function fillKnapsack(knapsack: Knapsack, nodesMax: number): KnapsackAnswer {
  const table = tableOf(knapsack)
  return table === null ? fillByBranching(knapsack, nodesMax) : fillByTable(knapsack, table)
}

interface Table {
  /** Rooms in units of the sizes' common divisor. */
  readonly room: Int32Array
  readonly unit: Float64Array
  readonly states: number
  /** Items in bundles of 1, 2, 4 ... copies. */
  readonly bundles: readonly { readonly item: number; readonly copies: number }[]
}

function tableOf({ dimensions, room, size, profit, most }: Knapsack): Table | null {
  const unit = new Float64Array(dimensions)
  for (let at = 0; at < size.length; at++) unit[at % dimensions] = commonDivisor(unit[at % dimensions]!, size[at]!)
  const rooms = new Int32Array(dimensions)
  let states = 1
  for (let d = 0; d < dimensions; d++) {
    const steps = unit[d] === 0 ? 0 : Math.floor(room[d]! / unit[d]!)
    states *= steps + 1
    if (states > CELLS_MAX) return null
    rooms[d] = steps
  }
  const bundles: { item: number; copies: number }[] = []
  for (let item = 0; item < profit.length; item++) {
    if (profit[item]! <= 0) continue
    let left = copiesThatFit(room, size, item, dimensions, most[item]!)
    for (let copies = 1; left > 0; copies *= 2) {
      const here = Math.min(copies, left)
      bundles.push({ item, copies: here })
      left -= here
    }
  }
  return states * Math.max(1, bundles.length) > CELLS_MAX ? null : { room: rooms, unit, states, bundles }
}

function commonDivisor(a: number, b: number): number {
  let [large, small] = [a, b]
  while (small !== 0) [large, small] = [small, large % small]
  return large
}

function copiesThatFit(room: Float64Array, size: Float64Array, item: number, dimensions: number, most: number): number {
  let copies = most
  for (let d = 0; d < dimensions; d++) {
    const amount = size[item * dimensions + d]!
    if (amount > 0) copies = Math.min(copies, Math.floor(room[d]! / amount))
  }
  return Math.max(0, copies)
}

/** Best profit by room left in every dimension (mixed-radix index, the last dimension fastest), bundle by bundle. */
function fillByTable({ dimensions, size, profit }: Knapsack, { room, unit, states, bundles }: Table): KnapsackAnswer {
  const best = new Float64Array(states)
  const taken = bundles.map(() => new Uint8Array(states))
  const radix = new Int32Array(dimensions)
  for (let d = dimensions - 1, step = 1; d >= 0; d--) {
    radix[d] = step
    step *= room[d]! + 1
  }
  const needs = bundles.map(({ item, copies }) => Int32Array.from({ length: dimensions }, (_, d) => (unit[d] === 0 ? 0 : (size[item * dimensions + d]! / unit[d]!) * copies)))
  const digits = new Int32Array(dimensions)
  bundles.forEach(({ item, copies }, bundle) => {
    const need = needs[bundle]!
    const gain = profit[item]! * copies
    const offset = need.reduce((sum, steps, d) => sum + steps * radix[d]!, 0)
    const took = taken[bundle]!
    digits.set(room)
    // Downward, so that a bundle is taken once.
    for (let state = states - 1; state >= offset; state--) {
      let fits = true
      for (let d = 0; d < dimensions; d++) if (digits[d]! < need[d]!) fits = false
      if (fits && best[state - offset]! + gain > best[state]!) {
        best[state] = best[state - offset]! + gain
        took[state] = 1
      }
      for (let d = dimensions - 1; d >= 0 && --digits[d]! < 0; d--) digits[d] = room[d]!
    }
  })
  const counts = new Int32Array(profit.length)
  let state = states - 1
  for (let bundle = bundles.length - 1; bundle >= 0; bundle--) {
    if (taken[bundle]![state] === 0) continue
    counts[bundles[bundle]!.item]! += bundles[bundle]!.copies
    state -= needs[bundle]!.reduce((sum, steps, d) => sum + steps * radix[d]!, 0)
  }
  return { counts, profit: best[states - 1]!, upper: best[states - 1]! }
}

interface Branching {
  readonly knapsack: Knapsack
  /** Items with profit, the most profitable for their size first. */
  readonly order: Int32Array
  /** Profit a unit of the weighted size of items from each position on, at most; the last row of `ratios` for the sum of dimensions. */
  readonly ratios: readonly Float64Array[]
  readonly weight: Float64Array
  readonly left: Float64Array
  readonly counts: Int32Array
  best: Int32Array
  bestProfit: number
  nodes: number
  cutOff: number
}

function fillByBranching(knapsack: Knapsack, nodesMax: number): KnapsackAnswer {
  const { dimensions, room, size, profit, most } = knapsack
  const able = Int32Array.from(profit.keys()).filter((item) => profit[item]! > 0 && copiesThatFit(room, size, item, dimensions, most[item]!) > 0)
  const weight = bestWeights(knapsack, able)
  const weighted = (item: number): number => weightedSize(weight, size, item)
  const order = able.sort((a, b) => profit[b]! * weighted(a) - profit[a]! * weighted(b) || a - b)
  const ratios = Array.from({ length: dimensions + 1 }, (_, d) => suffixMost(order, (item) => profit[item]! / (d === dimensions ? weighted(item) : size[item * dimensions + d]!)))
  const search: Branching = { knapsack, order, ratios, weight, left: room.slice(), counts: new Int32Array(profit.length), best: new Int32Array(profit.length), bestProfit: 0, nodes: nodesMax, cutOff: 0 }
  descend(search, 0, 0)
  return { counts: search.best, profit: search.bestProfit, upper: Math.max(search.bestProfit, search.cutOff) }
}

const weightedSize = (weight: Float64Array, size: Float64Array, item: number): number => {
  let sum = 0
  for (let d = 0; d < weight.length; d++) sum += weight[d]! * size[item * weight.length + d]!
  return sum
}

/** The dimensions' weights for which the continuous knapsack over the weighted sum is worth least: of all alike, and of one heavier than the others. */
function bestWeights(knapsack: Knapsack, able: Int32Array): Float64Array {
  const { dimensions, room } = knapsack
  const even = room.map((amount) => (amount === 0 ? 0 : 1 / amount))
  let best = even
  let least = continuousProfit(knapsack, able, even)
  if (dimensions === 1) return even
  for (let heavy = 0; heavy < dimensions; heavy++) {
    for (const factor of [1.25, 1.6, 2, 3, 5]) {
      const weight = even.map((unit, d) => (d === heavy ? unit * factor : unit))
      const profit = continuousProfit(knapsack, able, weight)
      if (profit >= least) continue
      least = profit
      best = weight
    }
  }
  return best
}

function continuousProfit({ dimensions, room, size, profit, most }: Knapsack, able: Int32Array, weight: Float64Array): number {
  const weights = Float64Array.from(able, (item) => weightedSize(weight, size, item))
  const order = Array.from(able.keys()).sort((a, b) => profit[able[b]!]! * weights[a]! - profit[able[a]!]! * weights[b]!)
  let left = 0
  for (let d = 0; d < dimensions; d++) left += weight[d]! * room[d]!
  let sum = 0
  for (const at of order) {
    const copies = Math.min(most[able[at]!]!, left / weights[at]!)
    sum += copies * profit[able[at]!]!
    left -= copies * weights[at]!
    if (left <= 0) break
  }
  return sum
}

function suffixMost(order: Int32Array, value: (item: number) => number): Float64Array {
  const most = new Float64Array(order.length + 1)
  for (let at = order.length - 1; at >= 0; at--) most[at] = Math.max(most[at + 1]!, value(order[at]!))
  return most
}

/** Fills from the position on; what is given up for want of nodes raises `cutOff`. */
function descend(search: Branching, at: number, profit: number): void {
  const { knapsack: { dimensions, size, profit: profits, most }, order, left, counts } = search
  if (profit > search.bestProfit) {
    search.bestProfit = profit
    search.best = counts.slice()
  }
  if (at === order.length) return
  const bound = profit + boundFrom(search, at)
  if (bound <= search.bestProfit) return
  if (search.nodes-- <= 0) {
    search.cutOff = Math.max(search.cutOff, bound)
    return
  }
  const item = order[at]!
  for (let copies = copiesThatFit(left, size, item, dimensions, most[item]!); copies >= 0; copies--) {
    for (let d = 0; d < dimensions; d++) left[d]! -= copies * size[item * dimensions + d]!
    counts[item] = copies
    descend(search, at + 1, profit + copies * profits[item]!)
    for (let d = 0; d < dimensions; d++) left[d]! += copies * size[item * dimensions + d]!
  }
  counts[item] = 0
}

/** Profits are whole, so the bound may be rounded down; a little above it, against rounding. */
function boundFrom({ knapsack: { dimensions }, ratios, weight, left }: Branching, at: number): number {
  let all = 0
  let bound = Infinity
  for (let d = 0; d < dimensions; d++) {
    all += left[d]! * weight[d]!
    const here = left[d] === 0 && ratios[d]![at] === Infinity ? Infinity : left[d]! * ratios[d]![at]!
    if (here < bound) bound = here
  }
  return Math.floor(Math.min(bound, all * ratios[dimensions]![at]!) * (1 + 1e-12) + 1e-6)
}
