/** So many samples a linear method looks at. */
export const WINDOW = 48
const LAGS = 36
/** Ranks of the window's values that stand for its quantiles. */
const RANKS = [5, 12, 24, 36, 40, 43, 45] as const

export const FEATURE_COUNT = 1 + (LAGS - 1) + 6 + RANKS.length + 2

/**
 * Features of the last 48 values, most of them as changes against the last: a constant, lags, mean, maximum, minimum,
 * standard deviation, the last value and its root, ranked values, and time of day as sine and cosine.
 */
export function windowFeatures(values: Float32Array, last: number, dayAngle: number, out: Float32Array, at: number): void {
  const now = values[last]!
  const window = values.slice(last + 1 - WINDOW, last + 1)
  let index = at
  out[index++] = 1
  for (let lag = 1; lag < LAGS; lag++) out[index++] = values[last - lag]! - now
  let sum = 0
  for (const value of window) sum += value
  const mean = sum / WINDOW
  let squares = 0
  for (const value of window) squares += (value - mean) ** 2
  window.sort()
  out[index++] = mean - now
  out[index++] = window[WINDOW - 1]! - now
  out[index++] = window[0]! - now
  out[index++] = Math.sqrt(squares / WINDOW)
  out[index++] = now
  out[index++] = Math.sqrt(now)
  for (const rank of RANKS) out[index++] = window[rank]! - now
  out[index++] = Math.sin(dayAngle)
  out[index] = Math.cos(dayAngle)
}
