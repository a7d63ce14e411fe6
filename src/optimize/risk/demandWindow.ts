/** What is known of the demand of many items over one stretch of time: samples taken at the same instants. */
export interface DemandWindow {
  readonly itemCount: number
  readonly instantCount: number
  /** Instant x item, at least 0. NaN is a gap: no sample, never zero. */
  readonly values: Float64Array
  /** By item, above 0: what it is compared by with others when it has few samples (what it may want at most). */
  readonly size: Float64Array
}

/** Mean, variance (around that mean) and number of samples of each item; zeros for an item without samples. */
export interface Moments {
  readonly mean: Float64Array
  readonly variance: Float64Array
  readonly known: Int32Array
}

/** Sums are taken around the mean, so that constant samples have no variance at all. */
export function momentsOf({ itemCount, instantCount, values }: DemandWindow): Moments {
  const mean = new Float64Array(itemCount)
  const variance = new Float64Array(itemCount)
  const known = new Int32Array(itemCount)
  const overKnown = (visit: (item: number, value: number) => void): void => {
    for (let at = 0; at < instantCount * itemCount; at++) if (!Number.isNaN(values[at]!)) visit(at % itemCount, values[at]!)
  }
  overKnown((item, value) => {
    known[item]!++
    mean[item]! += (value - mean[item]!) / known[item]!
  })
  overKnown((item, value) => (variance[item]! += (value - mean[item]!) ** 2 / known[item]!))
  return { mean, variance, known }
}
