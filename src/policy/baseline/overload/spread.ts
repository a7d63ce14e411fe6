import { HISTORY_SAMPLES } from '../round.ts'
import { type HostHistory, hostHistories } from './hostHistory.ts'
import { FALLBACK_RATIO, type OverloadTest, requestedRatio } from './overload.ts'

const HISTORY_MIN = 12

/** How widely the first `length` of ascending values are spread. */
type Spread = (ascending: Float64Array, length: number) => number

/** The more a host's load varied, the lower the threshold: 1 - safety x spread. */
function adaptiveThreshold(safety: number, spread: Spread): OverloadTest {
  const historyOf = hostHistories(HISTORY_SAMPLES)
  const ascending = new Float64Array(HISTORY_SAMPLES)
  return (round, host, extra) => {
    const history = historyOf(round, host, extra)
    const ratioMax = history.length < HISTORY_MIN ? FALLBACK_RATIO : 1 - safety * spread(sorted(history, ascending), history.length)
    return requestedRatio(round, host, extra) > ratioMax
  }
}

/** IQR. */
export const interquartileRange = (safety: number): OverloadTest =>
  adaptiveThreshold(safety, (values, length) => values[Math.round(0.75 * (length + 1)) - 1]! - values[Math.round(0.25 * (length + 1)) - 1]!)

/** MAD. */
export function medianAbsoluteDeviation(safety: number): OverloadTest {
  const deviations: HostHistory = { ratios: new Float64Array(HISTORY_SAMPLES), length: 0 }
  const ascending = new Float64Array(HISTORY_SAMPLES)
  return adaptiveThreshold(safety, (values, length) => {
    const middle = median(values, length)
    for (let index = 0; index < length; index++) deviations.ratios[index] = Math.abs(middle - values[index]!)
    deviations.length = length
    return median(sorted(deviations, ascending), length)
  })
}

const median = (values: Float64Array, length: number): number => {
  const half = Math.floor(length / 2)
  return length % 2 === 1 ? values[half]! : (values[half - 1]! + values[half]!) / 2
}

/** By insertion: 30 values at most. */
function sorted({ ratios, length }: HostHistory, into: Float64Array): Float64Array {
  for (let index = 0; index < length; index++) {
    const value = ratios[index]!
    let hole = index
    for (; hole > 0 && into[hole - 1]! > value; hole--) into[hole] = into[hole - 1]!
    into[hole] = value
  }
  return into
}
