import type { PolicySettings, Window } from '../model/policy.ts'
import { MINUTE_MS } from '../model/resources.ts'
import { isInside } from '../model/window.ts'

export { isInside }
export { localMs } from '../model/zone.ts'

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
