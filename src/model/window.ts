import type { Window } from './policy.ts'
import { DAY_MS, MINUTE_MS } from './resources.ts'
import { localMs } from './zone.ts'

/** 1 = Monday ... 7 = Sunday. Day 0 of the Unix scale was a Thursday. */
const weekday = (dayNumber: number): number => ((((dayNumber + 3) % 7) + 7) % 7) + 1

/**
 * Whether an instant lies in a window. Windows are [from, to) in local time; one that passes midnight belongs to the
 * day it began on. In the hour a clock change skips or doubles, local time decides: a skipped time is never reached, a
 * doubled one is inside both times.
 */
export function isInside(window: Window, unixMs: number): boolean {
  const local = localMs(window.zone, unixMs)
  const day = Math.floor(local / DAY_MS)
  const minute = (local - day * DAY_MS) / MINUTE_MS
  const overnight = window.toMinute <= window.fromMinute
  if (!overnight) return window.days.includes(weekday(day)) && minute >= window.fromMinute && minute < window.toMinute
  return (window.days.includes(weekday(day)) && minute >= window.fromMinute) || (window.days.includes(weekday(day - 1)) && minute < window.toMinute)
}
