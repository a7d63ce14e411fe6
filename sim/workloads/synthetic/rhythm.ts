import type { DayCurve } from './profiles.ts'

const WEEK_HOURS = 168

/** A rhythm of the week: 168 values from Monday 0:00 local time, with mean 0 and variance 1. */
export function weekCurve(weekday: DayCurve, weekend: DayCurve): Float64Array {
  const raw = Float64Array.from({ length: WEEK_HOURS }, (_, hour) => (hour < 120 ? weekday : weekend)[hour % 24]!)
  const mean = raw.reduce((sum, value) => sum + value, 0) / WEEK_HOURS
  const variance = raw.reduce((sum, value) => sum + (value - mean) ** 2, 0) / WEEK_HOURS
  return raw.map((value) => (value - mean) / Math.sqrt(variance))
}

/** The rhythm at an hour of the week, any real number; between full hours linear. */
export function curveAt(curve: Float64Array, weekHour: number): number {
  const floor = Math.floor(weekHour)
  const from = ((floor % WEEK_HOURS) + WEEK_HOURS) % WEEK_HOURS
  const to = from === WEEK_HOURS - 1 ? 0 : from + 1
  return curve[from]! + (curve[to]! - curve[from]!) * (weekHour - floor)
}

const HOUR_MS = 3_600_000

/** Hour of the week in local time: Unix time 0 was a Thursday. */
export const weekHourAt = (unixMs: number, utcOffsetMinutes: number): number => ((unixMs + utcOffsetMinutes * 60_000) / HOUR_MS + 72) % WEEK_HOURS
