import type { LoadSeries } from '../../../../src/model/load.ts'

/** The five places at which the traces' READMEs give their distributions. */
export const PLACES = [0.05, 0.25, 0.5, 0.75, 0.95] as const

/** Quantile by linear interpolation; NaN are left out. */
export function quantile(values: readonly number[], probability: number): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
  const place = probability * (sorted.length - 1)
  const low = sorted[Math.floor(place)]!
  return low + (sorted[Math.ceil(place)]! - low) * (place - Math.floor(place))
}

export const fiveQuantiles = (values: readonly number[]): number[] => PLACES.map((place) => quantile(values, place))

/** One VM's samples in percent of its size. */
export const columnOf = (series: LoadSeries, column: number): number[] =>
  Array.from({ length: series.sampleCount }, (_, sample) => (100 * series.codes[sample * series.names.length + column]!) / series.divisor)

export const columnsOf = (series: LoadSeries): number[][] => series.names.map((_, column) => columnOf(series, column))

export function mean(values: readonly number[]): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}

/** Remembers the answer for each list: the same VM is asked for many figures. */
function remembered<T>(answer: (values: readonly number[]) => T): (values: readonly number[]) => T {
  const known = new WeakMap<readonly number[], T>()
  return (values) => {
    if (!known.has(values)) known.set(values, answer(values))
    return known.get(values)!
  }
}

const centred = remembered((values) => {
  const centre = mean(values)
  return Float64Array.from(values, (value) => value - centre)
})

export const deviation = remembered((values) => {
  const centre = mean(values)
  let square = 0
  for (const value of values) square += (value - centre) ** 2
  return Math.sqrt(square / values.length)
})

/** NaN for a constant column. */
export function autocorrelation(values: readonly number[], lag: number): number {
  const apart = centred(values)
  let product = 0
  for (let index = 0; index + lag < apart.length; index++) product += apart[index]! * apart[index + lag]!
  const variance = deviation(values) ** 2
  return variance === 0 ? Number.NaN : product / (values.length - lag) / variance
}

export function correlation(a: readonly number[], b: readonly number[]): number {
  const meanA = mean(a)
  const meanB = mean(b)
  return mean(a.map((value, index) => (value - meanA) * (b[index]! - meanB))) / deviation(a) / deviation(b)
}

/** Averages of 12 samples of 5 minutes. */
export const hourly = remembered((values) => Array.from({ length: Math.floor(values.length / 12) }, (_, hour) => mean(values.slice(hour * 12, hour * 12 + 12))))

/** Share of an hourly series' variance that its mean day explains; the series begins at midnight. */
export function timeOfDayShare(hours: readonly number[]): number {
  const day = Array.from({ length: 24 }, (_, hour) => mean(hours.filter((_value, index) => index % 24 === hour)))
  return (deviation(day) / deviation(hours)) ** 2
}

export const shareOf = <T>(values: readonly T[], claim: (value: T) => boolean): number => values.filter(claim).length / values.length

export const changesOf = (values: readonly number[]): number[] => values.slice(1).map((value, index) => Math.abs(value - values[index]!))
