import type { Rng } from '../model/random.ts'
import { studentTQuantile } from './studentT.ts'

/** Holds the true difference in 95 of 100 repetitions, as far as its method's assumptions hold. */
export interface Interval {
  readonly low: number
  readonly high: number
}

const CONFIDENCE = 0.95
const upperProbability = (1 + CONFIDENCE) / 2

/** Below this a block of days can't be told from the whole run. */
export const BOOTSTRAP_DAYS_MIN = 4
/** The standard error is then right to about 1.6 % of itself. */
export const BOOTSTRAP_RESAMPLES = 2000

/** Half the 95 % interval of the mean of paired differences, one a seed, by Student's t; null with fewer than two. */
export function pairedHalfWidth(differences: readonly number[]): number | null {
  const count = differences.length
  if (count < 2) return null
  const mean = differences.reduce((sum, value) => sum + value, 0) / count
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1)
  return studentTQuantile(upperProbability, count - 1) * Math.sqrt(variance / count)
}

/** Whole days a block: the cube root of the days (Hall, Horowitz & Jing 1995), and at least two so that neighbours stay together. */
export const blockDays = (days: number): number => Math.max(2, Math.round(Math.cbrt(days)))

export interface Bootstrap {
  readonly days: number
  /** The value whose spread is wanted, from indices of days, of which some stand twice and some not at all. */
  readonly statistic: (dayIndices: Int32Array) => number
  readonly rng: Rng
}

/**
 * Half the 95 % interval of a statistic of a run's days by the circular block bootstrap (Politis & Romano 1992): the
 * standard error over resamples of whole blocks of days, widened by sqrt(m / (m - 1)) for the means that the resamples
 * share, m = days / block, and by Student's t with 1.5 m - 1 degrees of freedom, as overlapping blocks tell as much as 1.5
 * times as many separate ones (Künsch 1989). With a week of days it holds the truth in 96 of 100 cases when days are
 * independent, 90 at a correlation of 0.3; the plain percentile interval in 85 and 73. Null with fewer than
 * `BOOTSTRAP_DAYS_MIN` days.
 */
export function bootstrapHalfWidth(bootstrap: Bootstrap): number | null {
  if (bootstrap.days < BOOTSTRAP_DAYS_MIN) return null
  const blocks = bootstrap.days / blockDays(bootstrap.days)
  return studentTQuantile(upperProbability, 1.5 * blocks - 1) * Math.sqrt((resampledVariance(bootstrap) * blocks) / (blocks - 1))
}

/** Two passes over the values: a difference that no resample changes must come out as exactly no spread. */
function resampledVariance({ days, statistic, rng }: Bootstrap): number {
  const picked = new Int32Array(days)
  const block = blockDays(days)
  const values = new Float64Array(BOOTSTRAP_RESAMPLES)
  for (let resample = 0; resample < BOOTSTRAP_RESAMPLES; resample++) {
    pickBlocks(picked, block, rng)
    values[resample] = statistic(picked)
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / BOOTSTRAP_RESAMPLES
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / BOOTSTRAP_RESAMPLES
}

/** Fills with blocks from random days on, round the end of the run; the last block is cut to fit. */
function pickBlocks(picked: Int32Array, block: number, rng: Rng): void {
  for (let filled = 0; filled < picked.length; filled += block) {
    const first = rng.below(picked.length)
    for (let offset = 0; offset < block && filled + offset < picked.length; offset++) picked[filled + offset] = (first + offset) % picked.length
  }
}
