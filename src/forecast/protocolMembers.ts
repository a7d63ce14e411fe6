import type { Member } from './member.ts'
import { SIMPLE_MEMBERS } from './members.ts'
import { ewma } from './methods/ewma.ts'
import { holtWinters } from './methods/holtWinters.ts'
import { lastOwnChange } from './methods/lastOwnChange.ts'
import { lastValue } from './methods/lastValue.ts'
import { movingAverage } from './methods/movingAverage.ts'
import { seasonalNaive } from './methods/seasonalNaive.ts'
import { towardsWindow } from './methods/towardsWindow.ts'
import { windowQuantiles } from './methods/windowQuantiles.ts'
import { trainLinear, type LinearTraining } from './linear/trainLinear.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Methods that are shown beside a blend and have no say in it. */
export const SHOWN_MEMBERS: readonly Member[] = [seasonalNaive('1 d', DAY_MS), movingAverage('1 h', HOUR_MS), holtWinters]

/** Methods that need no more than the last four hours. */
const SHORT_MEMBERS: readonly Member[] = [
  lastValue, ewma(0.3), movingAverage('1 h', HOUR_MS), windowQuantiles('25 min', 25 * MINUTE_MS), windowQuantiles('2 h', 2 * HOUR_MS), windowQuantiles('4 h', 4 * HOUR_MS),
  towardsWindow(0.1, '4 h', 4 * HOUR_MS), lastOwnChange('4 h', 4 * HOUR_MS),
]

/** Who takes part under a protocol: with four hours of history the short methods and global linear ones, trained here; else the simple ones. */
export function membersOf(protocol: string, training: LinearTraining | null): readonly Member[] {
  if (protocol !== 'p3') return [...SIMPLE_MEMBERS, ...SHOWN_MEMBERS]
  return training === null ? SHORT_MEMBERS : [...SHORT_MEMBERS, ...(['ridge', 'LAD', 'quantiles'] as const).map((kind) => trainLinear(kind, training))]
}
