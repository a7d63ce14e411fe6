import type { Horizon } from './forecaster.ts'
import type { Member } from './member.ts'
import { ewma } from './methods/ewma.ts'
import { lastOwnChange } from './methods/lastOwnChange.ts'
import { lastValue } from './methods/lastValue.ts'
import { EWMA_HALF, EWMA_SLOW, HOUR_MAXIMUM, HOUR_MEAN, LAST, ownErrors, THREE_HOURS_MAXIMUM } from './methods/ownErrors.ts'
import { sameHours } from './methods/sameHours.ts'
import { towardsWindow } from './methods/towardsWindow.ts'
import { windowQuantiles } from './methods/windowQuantiles.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const recent: readonly Member[] = [
  lastValue, ewma(0.5), ewma(0.2), windowQuantiles('15 min', 15 * MINUTE_MS), windowQuantiles('1 h', HOUR_MS), windowQuantiles('3 h', 3 * HOUR_MS), windowQuantiles('6 h', 6 * HOUR_MS),
  windowQuantiles('24 h', DAY_MS), windowQuantiles('3 d', 3 * DAY_MS), sameHours(7, 30 * MINUTE_MS),
  towardsWindow(0.75, '7 d', 7 * DAY_MS), lastOwnChange('7 d', 7 * DAY_MS), lastOwnChange('24 h', DAY_MS),
  ...[LAST, HOUR_MEAN, EWMA_HALF, EWMA_SLOW, HOUR_MAXIMUM, THREE_HOURS_MAXIMUM].map((base) => ownErrors(base, '7 d', 7 * DAY_MS)),
  ...[LAST, EWMA_HALF, HOUR_MAXIMUM, THREE_HOURS_MAXIMUM].map((base) => ownErrors(base, '24 h', DAY_MS)),
]

const longWindows: readonly Member[] = [
  windowQuantiles('7 d', 7 * DAY_MS), windowQuantiles('14 d', 14 * DAY_MS), windowQuantiles('28 d', 28 * DAY_MS), sameHours(7), sameHours(14),
  towardsWindow(0.5, '7 d', 7 * DAY_MS), towardsWindow(0.25, '7 d', 7 * DAY_MS), lastOwnChange('14 d', 14 * DAY_MS),
]

/** The simple methods that a blend is made of. */
export const SIMPLE_MEMBERS: readonly Member[] = [...recent, ...longWindows]

/** From so long on, the maximum of a span is a matter of habits, not of the last hour. */
const LONG_MAXIMUM_MS = 6 * HOUR_MS

export const isLongMaximum = ({ kind, steps }: Horizon, stepMs: number): boolean => kind === 'maximum' && steps * stepMs >= LONG_MAXIMUM_MS

const LONG_EXPECTED = new Set(['last value', 'same hours 7 d', 'same hours 14 d', 'window 7 d', 'window 14 d', '0.25 of last value, rest window 7 d', '0.5 of last value, rest window 7 d'])
const LONG_QUANTILES = new Set(['same hours 7 d', 'same hours 14 d', 'window 7 d', 'window 14 d', 'window 28 d', 'last value + own errors 7 d', 'last + own changes 14 d'])

/** Methods that are measured but not listened to: none of them won on any trace. */
const SHOWN_ONLY = new Set(['seasonal naive 1 d', 'Holt-Winters'])

/** Whether a method has a say: for the maximum of a long span only those that look at many days. Trained ones always may. */
export function hasSay(member: Member, horizon: Horizon, stepMs: number, isExpected: boolean): boolean {
  if (SHOWN_ONLY.has(member.name)) return false
  if (member.kind === 'trained' || !isLongMaximum(horizon, stepMs)) return true
  return (isExpected ? LONG_EXPECTED : LONG_QUANTILES).has(member.name)
}
