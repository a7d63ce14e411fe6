import type { Horizon } from './forecaster.ts'

/** Demand of many series on one grid with everything a member may look at. Layout as in `SeriesHistory`. */
export interface SeriesFrame {
  readonly seriesCount: number
  readonly length: number
  readonly stepMs: number
  /** Instant at which sample 0 ends; sample k ends k steps later. */
  readonly startUnixMs: number
  /** Minutes that local time is ahead of UTC. */
  readonly zoneOffsetMinutes: number
  /** As measured: sample k of series s at `s * length + k`, NaN = not known. */
  readonly known: Float32Array
  /** The same with gaps filled from the past only: finite from the series' first known sample on, 0 before it. */
  readonly filled: Float32Array
  /** Index of each series' first known sample; `length` when it has none. */
  readonly firstKnown: Int32Array
  /** Highest value a forecast may take, in the series' unit; null: no limit. The lowest is 0. */
  readonly valueMax: number | null
}

/**
 * Instants to forecast from, of consecutive series: those of series `firstSeries + i` are `at[start[i]]` to
 * `at[start[i + 1] - 1]`, rising. An origin is the index of the last sample that may be looked at.
 */
export interface Origins {
  readonly firstSeries: number
  readonly start: Int32Array
  readonly at: Int32Array
}

/**
 * What a member says: for origin o (index into `Origins.at`) and horizon h, the expected value at `expected[o * H + h]` and
 * the quantile at `levels[q]` at `quantiles[(o * H + h) * Q + q]`. NaN = no answer here; the blend then does without it.
 */
export interface Answers {
  readonly expected: Float32Array
  readonly quantiles: Float32Array
}

/**
 * One forecaster inside a blend. It answers for a batch of (series, origin) pairs at once, so that it may slide its
 * windows along a series or fill one matrix for a network. Pure: looks at samples up to the origin only, and a pair's
 * answer doesn't depend on what else is in the batch. `writeAnswers` fills all of `answers`, which come filled with NaN.
 */
export interface Member {
  readonly name: string
  /** Simple ones are what the blend falls back to; trained ones must win to be listened to. */
  readonly kind: 'simple' | 'trained'
  writeAnswers(frame: SeriesFrame, origins: Origins, horizons: readonly Horizon[], levels: readonly number[], answers: Answers): void
}

/** Room for the answers to so many origins, filled with NaN. */
export function emptyAnswers(originCount: number, horizonCount: number, levelCount: number): Answers {
  return {
    expected: new Float32Array(originCount * horizonCount).fill(Number.NaN),
    quantiles: new Float32Array(originCount * horizonCount * levelCount).fill(Number.NaN),
  }
}
