/**
 * Past demand of many series on one grid, series after series: sample k of series s is `values[s * length + k]`, NaN = not
 * known. The last sample is the present; `endUnixMs` is the instant it ends, so that calendars can be read off.
 */
export interface SeriesHistory {
  readonly seriesCount: number
  readonly length: number
  readonly stepMs: number
  readonly endUnixMs: number
  /** Minutes that local time is ahead of UTC at the end of the history; seasons follow local time. */
  readonly zoneOffsetMinutes: number
  readonly values: Float32Array
}

/** What is asked about the future: the value `steps` ahead, or the highest of the next `steps`. */
export interface Horizon {
  readonly name: string
  readonly steps: number
  readonly kind: 'value' | 'maximum'
}

/**
 * For series s and horizon h: the expected value at `expected[s * horizonCount + h]`, and the quantile at `levels[q]` at
 * `quantiles[(s * horizonCount + h) * levels.length + q]`, not falling with q. Nothing here is ever NaN or infinite.
 */
export interface Forecast {
  readonly seriesCount: number
  readonly horizons: readonly Horizon[]
  readonly levels: readonly number[]
  readonly expected: Float32Array
  readonly quantiles: Float32Array
}

/** A way to forecast. Pure: the same history gives the same forecast, and series don't depend on each other's order. */
export interface Forecaster {
  readonly name: string
  forecast(history: SeriesHistory, horizons: readonly Horizon[], levels: readonly number[]): Forecast
}
