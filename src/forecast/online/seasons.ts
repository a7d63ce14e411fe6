import { DAY_MS, HOUR_MS } from '../../model/resources.ts'

/** A rhythm that demand may follow: instants in the same bin are expected to be alike. */
export interface Season {
  readonly name: 'day' | 'workday' | 'week'
  readonly binCount: number
  /** Days of forecasts that must have come true before it may be used: after fewer, other days are unknown. */
  readonly periodDays: number
  /** The bin of an instant in local time (Unix ms plus the zone's offset). */
  binOf(localMs: number): number
}

export const BIN_MS = HOUR_MS / 2
const BINS_A_DAY = DAY_MS / BIN_MS

const dayOf = (localMs: number): number => Math.floor(localMs / DAY_MS)
/** 0 = Monday ... 6 = Sunday. Day 0 of the Unix scale was a Thursday. */
const weekdayOf = (localMs: number): number => (((dayOf(localMs) + 3) % 7) + 7) % 7
const binOfDay = (localMs: number): number => Math.floor((localMs - dayOf(localMs) * DAY_MS) / BIN_MS)

/** All days alike; Monday to Friday against the weekend; every day of the week by itself. */
export const SEASONS: readonly Season[] = [
  { name: 'day', binCount: BINS_A_DAY, periodDays: 1, binOf: binOfDay },
  { name: 'workday', binCount: 2 * BINS_A_DAY, periodDays: 1, binOf: (localMs) => (weekdayOf(localMs) < 5 ? 0 : BINS_A_DAY) + binOfDay(localMs) },
  { name: 'week', binCount: 7 * BINS_A_DAY, periodDays: 7, binOf: (localMs) => weekdayOf(localMs) * BINS_A_DAY + binOfDay(localMs) },
]
