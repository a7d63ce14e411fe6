import { OPERATOR } from '../model/plan.ts'
import type { StagedAutonomy, Trust } from '../model/livePool.ts'
import { HOUR_MS } from '../model/resources.ts'
import type { Reason } from '../model/result.ts'
import { type Prediction, type Staged, judged, risen } from './autonomy.ts'
import { loadNow } from './decide.ts'
import { AHEAD_MS, type Foretold, UTILIZATION_ERROR_MAX, foretell, utilizationError } from './foretelling.ts'
import type { Input } from './messages.ts'
import type { ControllerState } from './state.ts'

/** How far the loop is trusted now, and what it has foretold that nobody can judge yet. Instants of trust are Unix ms. */
export interface Staging {
  readonly trust: Trust
  readonly foretold: Foretold | null
  /** When loads were foretold last; null: never by this process. */
  readonly foretoldMs: number | null
}

export interface Followed {
  readonly staging: Staging
  /** Whether what must survive a restart is another now. */
  readonly isNew: boolean
  /** Why the mode changed; null: it did not. */
  readonly change: Reason | null
}

export const stagingIn = (trust: Trust): Staging => ({ trust, foretold: null, foretoldMs: null })

/** One turn as staged autonomy sees it: `before` and `after` are the controller's states around it. */
export interface TurnSeen {
  readonly input: Input
  readonly before: ControllerState
  readonly after: ControllerState
  readonly startUnixMs: number
}

const LOADS_EVERY_MS = HOUR_MS

/**
 * Judges what an input shows of earlier predictions, lets the mode rise or fall by it, and makes the next ones. Two kinds
 * count: how long steps of plans take and whether they succeed; and each hour, in every mode, what hosts will be loaded with.
 */
export function follow(before: Staging, staged: StagedAutonomy, seen: TurnSeen): Followed {
  const unixMs = seen.startUnixMs + seen.input.atMs
  const { predictions, staging } = seen.input.kind === 'stepEnded' ? { predictions: stepPrediction(seen), staging: before } : loadPrediction(before, seen)
  const fallen = predictions.reduce<Staged>((now, prediction) => merged(now, judged(now.trust, prediction, staged, unixMs)), { trust: staging.trust, change: null })
  const { trust, change } = merged(fallen, risen(fallen.trust, staged, unixMs))
  return { staging: { ...staging, trust }, isNew: trust !== before.trust, change }
}

const merged = (before: Staged, after: Staged): Staged => ({ trust: after.trust, change: after.change ?? before.change })

/** What a plan expected of a step, and what came. A step that was given back before it began says nothing, nor do people's own. */
function stepPrediction({ input, before }: TurnSeen): readonly Prediction[] {
  if (input.kind !== 'stepEnded' || input.outcome === 'refused') return []
  const running = before.progress.running.find(({ step }) => step.id === input.step)
  if (running === undefined || running.step.reason.code === OPERATOR) return []
  return [{ expectedMs: running.step.estimateMs, tookMs: input.atMs - running.sinceMs, ok: input.outcome === 'done' }]
}

/** Judges what was foretold of loads once it is due, and foretells them anew. */
function loadPrediction(staging: Staging, { input, after }: TurnSeen): { readonly predictions: readonly Prediction[]; readonly staging: Staging } {
  const { foretold, foretoldMs } = staging
  if (input.kind !== 'tick' || input.samples.length === 0) return { predictions: [], staging }
  const { atMs, pool } = input
  if (foretold !== null) {
    if (atMs - foretold.atMs < AHEAD_MS) return { predictions: [], staging }
    const error = atMs - foretold.atMs > 2 * AHEAD_MS ? null : utilizationError(pool, foretold, loadNow(after, pool, atMs))
    return { predictions: error === null ? [] : [{ expectedMs: AHEAD_MS, tookMs: AHEAD_MS, ok: error <= UTILIZATION_ERROR_MAX }], staging: { ...staging, foretold: null } }
  }
  if (foretoldMs !== null && atMs - foretoldMs < LOADS_EVERY_MS) return { predictions: [], staging }
  const made = foretell(pool, loadNow(after, pool, atMs))
  return { predictions: [], staging: made === null ? staging : { ...staging, foretold: made, foretoldMs: atMs } }
}
