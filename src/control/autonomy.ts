import { AUTONOMY, type Autonomy, type StagedAutonomy, type Trust, type TrustRecord } from '../model/livePool.ts'
import { DAY_MS, HOUR_MS } from '../model/resources.ts'
import { type Reason, reason } from '../model/result.ts'

/** A prediction that came true or did not: a step's end against what the plan expected of it. */
export interface Prediction {
  readonly expectedMs: number
  readonly tookMs: number
  readonly ok: boolean
}

export interface Staged {
  readonly trust: Trust
  /** Why the mode changed; null: it did not. */
  readonly change: Reason | null
}

export const trustIn = (mode: Autonomy, atMs: number): Trust => ({ mode, good: 0, goodMs: 0, countedMs: atMs, missedMs: [] })

/** A step may take three times as long as expected and half a minute more, and the prediction still held. */
export const holds = ({ expectedMs, tookMs, ok }: Prediction): boolean => ok && tookMs <= 3 * expectedMs + 30_000

/** Loads are foretold each hour; of a longer time without a prediction, because the loop stood still, no more than this counts. */
const COUNTED_MAX_MS = 2 * HOUR_MS

/** Enters a prediction: too many misses within a day and the mode falls by one, at once, but never below observing. */
export function judged(trust: Trust, prediction: Prediction, { missesMax }: StagedAutonomy, atMs: number): Staged {
  if (holds(prediction)) return { trust: { ...trust, good: trust.good + 1, goodMs: trust.goodMs + Math.min(COUNTED_MAX_MS, Math.max(0, atMs - trust.countedMs)), countedMs: atMs }, change: null }
  const missedMs = [...trust.missedMs.filter((missed) => atMs - missed < DAY_MS), atMs]
  const lower = AUTONOMY[AUTONOMY.indexOf(trust.mode) - 1]
  if (missedMs.length < missesMax || lower === undefined) return { trust: { ...trustIn(trust.mode, atMs), missedMs }, change: null }
  return { trust: trustIn(lower, atMs), change: reason('trustFell', `${missedMs.length} predictions were missed within a day: ${trust.mode} falls to ${lower}`, { missed: missedMs.length }) }
}

/** Lets the mode rise by one after days of predictions without a miss, up to what is allowed. */
export function risen(trust: Trust, { upTo, goodDays }: StagedAutonomy, atMs: number): Staged {
  const here = AUTONOMY.indexOf(trust.mode)
  const next = AUTONOMY[here + 1]
  if (next === undefined || here >= AUTONOMY.indexOf(upTo) || trust.goodMs < goodDays * DAY_MS) return { trust, change: null }
  return { trust: trustIn(next, atMs), change: reason('trustRose', `${trust.good} predictions held over ${goodDays} days: ${trust.mode} rises to ${next}`, { held: trust.good, days: goodDays }) }
}

/**
 * The mode that a loop begins in. What a person says now counts first; then what was recorded, unless the pool's file says
 * another mode than it did then; then the file. A mode that was reached is never above what is allowed now.
 */
export function trustAtStart(recorded: TrustRecord | null, configured: Autonomy, given: Autonomy | null, staged: StagedAutonomy | null, atMs: number): Trust {
  if (given !== null) return trustIn(given, atMs)
  if (recorded === null || recorded.configured !== configured) return trustIn(configured, atMs)
  const most = Math.max(AUTONOMY.indexOf(configured), AUTONOMY.indexOf(staged?.upTo ?? 'automatic'))
  return AUTONOMY.indexOf(recorded.trust.mode) > most ? trustIn(AUTONOMY[most]!, atMs) : recorded.trust
}
