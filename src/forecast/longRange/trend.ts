import type { Rng } from '../../model/random.ts'

/** One figure a day, the last being the present day; NaN = not known. */
export type DailyFigures = Float64Array

/** A straight line through days: `level` on the last day, `slopePerDay` in the figures' unit. */
export interface Line {
  readonly level: number
  readonly slopePerDay: number
}

/** A robust line with its uncertainty. */
export interface Trend {
  readonly line: Line
  /** Days with a figure. */
  readonly dayCount: number
  /** What days are above the line, rising, in the figures' unit: weekdays, seasons and chance. */
  readonly residuals: Float64Array
  /** Lines that could as well be the true one: each fitted to days drawn anew. */
  readonly replicas: readonly Line[]
}

/** Fewer days say nothing about months. */
export const DAYS_MIN = 14
/** From so many days on only days of the same weekday are compared. */
const WEEKLY_FROM_DAYS = 21
/** What lies further back is left out: growth of years ago is not that of next year. */
const DAYS_MAX = 366
const REPLICAS = 400
const BLOCK_DAYS = 7

/**
 * Trend of daily figures: the median of the slopes of all pairs of days (Theil 1950, Sen 1968), of the same weekday where there
 * are three weeks, so that the week does not tilt it (Hirsch, Slack and Smith 1982). Up to 29 % of the days may be wild without
 * harm. Uncertainty by refitting to the line plus residuals drawn in blocks of a week (Kuensch 1989), since neighbouring days
 * are alike. Null when fewer than 14 days are known.
 */
export function growthTrend(daily: DailyFigures, rng: Rng): Trend | null {
  const figures = daily.slice(-DAYS_MAX)
  const dayCount = figures.reduce((count, value) => count + (Number.isFinite(value) ? 1 : 0), 0)
  if (dayCount < DAYS_MIN) return null
  const line = robustLine(figures)
  const around = figures.map((value, day) => value - valueOf(line, day - figures.length + 1))
  const residuals = around.filter(Number.isFinite).sort()
  const replicas = Array.from({ length: REPLICAS }, () => robustLine(redrawn(line, around, rng)))
  return { line, dayCount, residuals, replicas }
}

/** The line's value so many days after the last. */
export const valueOf = ({ level, slopePerDay }: Line, day: number): number => level + slopePerDay * day

function robustLine(figures: Float64Array): Line {
  const known = [...figures.keys()].filter((day) => Number.isFinite(figures[day]!))
  const isWeekly = known.length >= WEEKLY_FROM_DAYS
  const slopes: number[] = []
  for (const [place, early] of known.entries()) {
    for (let other = place + 1; other < known.length; other++) {
      const late = known[other]!
      if (!isWeekly || (late - early) % 7 === 0) slopes.push((figures[late]! - figures[early]!) / (late - early))
    }
  }
  // Gaps can leave no pair of equal weekdays: then there is nothing to tilt the line by either.
  const slopePerDay = slopes.length === 0 ? 0 : medianOf(Float64Array.from(slopes))
  const last = figures.length - 1
  return { level: medianOf(Float64Array.from(known, (day) => figures[day]! - slopePerDay * (day - last))), slopePerDay }
}

/** The line with residuals in the places of others: whole blocks of days, so that their likeness stays. */
function redrawn(line: Line, around: Float64Array, rng: Rng): Float64Array {
  const figures = new Float64Array(around.length)
  const block = Math.min(BLOCK_DAYS, around.length)
  for (let day = 0; day < around.length; day += block) {
    const from = rng.below(around.length - block + 1)
    for (let within = 0; within < block && day + within < around.length; within++) {
      figures[day + within] = valueOf(line, day + within - around.length + 1) + around[from + within]!
    }
  }
  return figures
}

function medianOf(values: Float64Array): number {
  values.sort()
  const middle = values.length >> 1
  return values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2
}

/** Of sorted values, by linear interpolation. */
export function quantileOf(sorted: Float64Array, level: number): number {
  const place = level * (sorted.length - 1)
  const below = Math.floor(place)
  const above = Math.min(sorted.length - 1, below + 1)
  // Infinite values stand for "never": their difference would be no number.
  return sorted[below] === sorted[above] ? sorted[below]! : sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!)
}
