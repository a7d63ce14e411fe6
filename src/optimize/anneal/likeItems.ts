import type { Xorshift } from '../search/xorshift.ts'

const ORDERS = 4
const OFFSETS = 2048

/**
 * Pairs of like items: swaps of items that differ little are what a cold search still accepts. Items stand in a few orders
 * by random mixes of their columns; a partner is drawn at a distance whose logarithm is uniform, so that every scale of
 * likeness is tried.
 */
export class LikeItems {
  private readonly orders: readonly Int32Array[]
  private readonly positions: readonly Int32Array[]
  private readonly offsets: Int32Array

  /** `rows`: item x column of `width`; the first `weights.length` are compared. */
  constructor(items: Int32Array, itemCount: number, rows: Float64Array, width: number, weights: Float64Array, random: Xorshift) {
    const mixes = Array.from({ length: ORDERS }, (_, order) => Array.from(weights, (weight) => weight * (order === 0 ? 1 : 2 * random.next() - 1)))
    this.orders = mixes.map((mix) => {
      const keys = new Float64Array(itemCount)
      for (const item of items) mix.forEach((factor, at) => (keys[item]! += factor * rows[item * width + at]!))
      return items.slice().sort((a, b) => keys[a]! - keys[b]! || a - b)
    })
    this.positions = this.orders.map((order) => {
      const positions = new Int32Array(itemCount)
      order.forEach((item, at) => (positions[item] = at))
      return positions
    })
    this.offsets = Int32Array.from({ length: OFFSETS }, (_, at) => Math.floor((items.length / 2) ** (((at >> 1) + 0.5) / (OFFSETS / 2))) * (at % 2 === 0 ? 1 : -1))
  }

  /** An item like the given one, sometimes itself. */
  draw(item: number, random: Xorshift): number {
    const which = random.below(ORDERS)
    const order = this.orders[which]!
    let at = this.positions[which]![item]! + this.offsets[random.below(OFFSETS)]!
    if (at < 0) at += order.length
    else if (at >= order.length) at -= order.length
    return order[at]!
  }
}
