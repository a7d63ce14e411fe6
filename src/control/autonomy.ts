import { AUTONOMY, type Autonomy, type StagedAutonomy } from '../model/livePool.ts'
import { DAY_MS } from '../model/resources.ts'
import { type Reason, reason } from '../model/result.ts'

/** How far the loop is trusted, and why. Instants are ms of the controller's clock. */
export interface Trust {
  readonly mode: Autonomy
  /** Since when every day was good in this mode. */
  readonly goodSinceMs: number
  /** Predictions that held since then. */
  readonly good: number
  /** When predictions were missed within the last day, oldest first. */
  readonly missedMs: readonly number[]
}

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

export const trustIn = (mode: Autonomy, atMs: number): Trust => ({ mode, goodSinceMs: atMs, good: 0, missedMs: [] })

/** A step may take three times as long as expected and half a minute more, and the prediction still held. */
export const holds = ({ expectedMs, tookMs, ok }: Prediction): boolean => ok && tookMs <= 3 * expectedMs + 30_000

/** At least so many predictions must have held in a mode before it rises: days without any prove nothing. */
const GOOD_MIN = 10

/** Enters a prediction: too many misses within a day and the mode falls by one, at once, but never below observing. */
export function judged(trust: Trust, prediction: Prediction, { missesMax }: StagedAutonomy, atMs: number): Staged {
  if (holds(prediction)) return { trust: { ...trust, good: trust.good + 1 }, change: null }
  const missedMs = [...trust.missedMs.filter((missed) => atMs - missed < DAY_MS), atMs]
  const lower = AUTONOMY[AUTONOMY.indexOf(trust.mode) - 1]
  if (missedMs.length < missesMax || lower === undefined) return { trust: { ...trust, goodSinceMs: atMs, good: 0, missedMs }, change: null }
  return { trust: trustIn(lower, atMs), change: reason('trustFell', `${missedMs.length} predictions were missed within a day: ${trust.mode} falls to ${lower}`, { missed: missedMs.length }) }
}

/** Lets the mode rise by one after days without a miss in which enough predictions held, up to what is allowed. */
export function risen(trust: Trust, { upTo, goodDays }: StagedAutonomy, atMs: number): Staged {
  const here = AUTONOMY.indexOf(trust.mode)
  const next = AUTONOMY[here + 1]
  if (next === undefined || here >= AUTONOMY.indexOf(upTo) || atMs - trust.goodSinceMs < goodDays * DAY_MS || trust.good < GOOD_MIN) return { trust, change: null }
  return { trust: trustIn(next, atMs), change: reason('trustRose', `${trust.good} predictions held over ${goodDays} days: ${trust.mode} rises to ${next}`, { held: trust.good, days: goodDays }) }
}
