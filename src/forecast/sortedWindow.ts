import { invariant } from '../model/result.ts'

/**
 * A window's values in rising order, so that any quantile is a look-up. Adding and removing are a binary search and one
 * block move; windows here hold at most a month of samples.
 */
export class SortedWindow {
  #values: Float32Array
  #count = 0

  constructor(capacity: number) {
    this.#values = new Float32Array(Math.max(capacity, 1) + 1)
  }

  get count(): number {
    return this.#count
  }

  clear(): void {
    this.#count = 0
  }

  add(value: number): void {
    if (this.#count === this.#values.length) this.#grow()
    const at = this.#firstNotBelow(value)
    this.#values.copyWithin(at + 1, at, this.#count)
    this.#values[at] = value
    this.#count++
  }

  /** The value must be one that was added, as a 32-bit float. */
  remove(value: number): void {
    const at = this.#firstNotBelow(value)
    invariant(at < this.#count && this.#values[at] === value, 'a value is removed from a window that does not hold it')
    this.#values.copyWithin(at, at + 1, this.#count)
    this.#count--
  }

  /** Removes one value and adds another: only what lies between their places is moved. */
  replace(value: number, by: number): void {
    const values = this.#values
    const from = this.#firstNotBelow(value)
    invariant(from < this.#count && values[from] === value, 'a value is replaced in a window that does not hold it')
    const to = this.#firstNotBelow(by)
    if (to <= from) {
      values.copyWithin(to + 1, to, from)
      values[to] = by
    } else {
      values.copyWithin(from, from + 1, to)
      values[to - 1] = by
    }
  }

  /** Quantile by linear interpolation between ranks (type 7 of Hyndman & Fan 1996); NaN when the window is empty. */
  quantile(level: number): number {
    return sortedQuantile(this.#values, this.#count, level)
  }

  #firstNotBelow(value: number): number {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#values[middle]! < value) low = middle + 1
      else high = middle
    }
    return low
  }

  #grow(): void {
    const grown = new Float32Array(this.#values.length * 2)
    grown.set(this.#values)
    this.#values = grown
  }
}

/** Quantile of the first `count` of rising values, by linear interpolation between ranks; NaN when there are none. */
export function sortedQuantile(values: Float32Array | Float64Array, count: number, level: number): number {
  if (count === 0) return Number.NaN
  const rank = level * (count - 1)
  const low = Math.floor(rank)
  const share = rank - low
  return low + 1 < count ? values[low]! * (1 - share) + values[low + 1]! * share : values[low]!
}
