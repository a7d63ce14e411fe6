import type { PolicySettings, Window } from '../model/policy.ts'
import { DAY_MS, MINUTE_MS } from '../model/resources.ts'
import { localMs } from '../model/zone.ts'

export { localMs }

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

/** Whether a goal with these windows is in force; no windows = always. */
export const inForce = (windows: readonly Window[], unixMs: number): boolean => windows.length === 0 || windows.some((window) => isInside(window, unixMs))

/** Whether all windows will be shut before so much time has gone by. Looks at whole minutes, in which windows are given. */
export function endsWithin(windows: readonly Window[], unixMs: number, withinMs: number): boolean {
  const step = MINUTE_MS
  for (let aheadMs = step; aheadMs <= withinMs; aheadMs += step) if (!inForce(windows, unixMs + aheadMs)) return true
  return false
}

/** The settings that hold at an instant: of the first scheduled ones whose window is open, else the policy's own. */
export const scheduledPolicy = (policy: PolicySettings, unixMs: number): PolicySettings =>
  policy.schedule.find(({ windows }) => windows.some((window) => isInside(window, unixMs)))?.settings ?? policy
