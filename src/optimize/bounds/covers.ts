import type { ItemCosts } from './itemCosts.ts'

/**
 * A demand that items leave where they began: the amounts of those that leave, plus what is paid for instead at `penalty`
 * a unit (Infinity: nothing can be), reach `need`. Items are named once; fixed ones need not be.
 */
export interface Cover {
  readonly items: readonly number[]
  /** Amount of each item, above 0. */
  readonly amounts: readonly number[]
  readonly need: number
  readonly penalty: number
}

/** Of items and covers together: least cost of items with all covers met, and how much of it the covers added. */
export interface CoverBound {
  readonly value: number
  readonly forced: number
  /** False: some cover can't be met, so no assignment meets the hard limits. */
  readonly feasible: boolean
}

/**
 * A lower bound on what the items cost by themselves when the covers must be met: each item at its cheaper place, then
 * dual ascent over the covers in the order given (each takes the best dual price of its own fractional relaxation and
 * lowers what its items may still pay). Exact for covers without common items, but for cutting items.
 */
export function coverBound({ stay, leave, counted }: ItemCosts, covers: readonly Cover[]): CoverBound {
  const spare = new Float64Array(stay.length)
  let value = 0
  let feasible = true
  for (let item = 0; item < stay.length; item++) {
    if (counted[item] === 0) continue
    const least = Math.min(stay[item]!, leave[item]!)
    if (least === Infinity) feasible = false
    else value += least
    // Leaving costs this much more; an item without a first place has nothing to leave.
    spare[item] = stay[item] === Infinity ? Infinity : Math.max(0, leave[item]! - least)
  }
  let forced = 0
  for (const cover of covers) {
    const paid = ascend(cover, spare)
    if (paid === null) feasible = false
    else forced += paid
  }
  return { value: value + forced, forced, feasible }
}

/** What one cover adds; its items' spare is lowered by their share. Null when it can't be met. */
function ascend({ items, amounts, need, penalty }: Cover, spare: Float64Array): number | null {
  const capped = amounts.map((amount) => Math.min(amount, need))
  const order = items.map((_, at) => at).filter((at) => spare[items[at]!]! < Infinity)
  const ratio = (at: number): number => spare[items[at]!]! / capped[at]!
  order.sort((a, b) => ratio(a) - ratio(b) || a - b)
  let left = need
  let price = penalty
  for (const at of order) {
    if (left <= 0 || ratio(at) >= penalty) break
    left -= capped[at]!
    price = ratio(at)
  }
  if (left > 1e-9 * (1 + need + capped.reduce((sum, amount) => sum + amount, 0))) {
    if (penalty === Infinity) return null
    price = penalty
  }
  let value = price * need
  for (const at of order) {
    const share = price * capped[at]!
    const rest = spare[items[at]!]!
    value -= Math.max(0, share - rest)
    spare[items[at]!] = Math.max(0, rest - share)
  }
  return Math.max(0, value)
}
