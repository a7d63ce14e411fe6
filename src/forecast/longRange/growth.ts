import { type Trend, quantileOf, valueOf } from './trend.ts'

/** As growth of capacity questions: a month is 365/12 days. */
const MONTH_DAYS = 365 / 12
/** Ends of the interval that figures are given with: 80 %. */
export const INTERVAL = { low: 0.1, high: 0.9 } as const

/** Growth a month as a ratio of today's level; `low` to `high` is an 80 % interval. Null where today's level is 0: then no ratio tells. */
export interface Growth {
  readonly medianPerMonthRatio: number
  readonly lowPerMonthRatio: number
  readonly highPerMonthRatio: number
}

export function growthOf({ line, replicas }: Trend): Growth | null {
  if (line.level <= 0) return null
  const ratios = Float64Array.from(replicas, ({ slopePerDay }) => (MONTH_DAYS * slopePerDay) / line.level).sort()
  return { medianPerMonthRatio: (MONTH_DAYS * line.slopePerDay) / line.level, lowPerMonthRatio: quantileOf(ratios, INTERVAL.low), highPerMonthRatio: quantileOf(ratios, INTERVAL.high) }
}

/** In how many days from now demand reaches a capacity. Null: not within the horizon. */
export interface FullDay {
  /** When the trend itself does. */
  readonly medianDays: number | null
  /** By then a busy day (one in ten) does with one of ten likely trends: plan with this. */
  readonly conservativeDays: number | null
  /** Share of the likely trends that reach the capacity within the horizon. */
  readonly reachedShare: number
}

/** The day a capacity (in the figures' unit) is full, by a trend that goes on as it is, up to `horizonDays` ahead. 0 = full today. */
export function fullDay({ line, replicas, residuals }: Trend, capacity: number, horizonDays: number): FullDay {
  const busy = Math.max(0, quantileOf(residuals, INTERVAL.high))
  const daysUntil = (level: number, slopePerDay: number): number => (level >= capacity ? 0 : slopePerDay > 0 ? (capacity - level) / slopePerDay : Infinity)
  const within = (days: number): number | null => (days <= horizonDays ? days : null)
  const onBusyDays = Float64Array.from(replicas, ({ level, slopePerDay }) => daysUntil(level + busy, slopePerDay)).sort()
  const reached = replicas.filter(({ level, slopePerDay }) => daysUntil(level, slopePerDay) <= horizonDays).length
  return { medianDays: within(daysUntil(line.level, line.slopePerDay)), conservativeDays: within(quantileOf(onBusyDays, INTERVAL.low)), reachedShare: reached / replicas.length }
}

/** What a trend expects so many days ahead: the line, and an 80 % interval of single days, which holds the line's uncertainty and a day's own. */
export function expectedAhead(trend: Trend, days: number): { readonly median: number; readonly low: number; readonly high: number } {
  const values = Float64Array.from(trend.replicas, (line, place) => valueOf(line, days) + trend.residuals[(place * 7919) % trend.residuals.length]!).sort()
  return { median: Math.max(0, valueOf(trend.line, days)), low: Math.max(0, quantileOf(values, INTERVAL.low)), high: Math.max(0, quantileOf(values, INTERVAL.high)) }
}
