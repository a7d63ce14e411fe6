import type { StepId } from '../model/ids.ts'
import type { Step } from '../model/plan.ts'
import type { PoolIndex } from '../model/poolIndex.ts'
import type { Pool } from '../model/pool.ts'
import type { Refusal } from '../model/result.ts'
import { type TransitionLimits, begin, staleMigration } from '../model/transition.ts'

/** Refusals that pass by themselves: the step waits. Every other refusal means that the plan is stale. */
const PASSING = new Set(['hostOutgoingMax', 'hostIncomingMax', 'poolMigrationsMax', 'poolBootsMax', 'noMemory', 'hostReceiving', 'hostNotEmpty'])

/** Progress of a plan. `running` may also hold steps of the plan before. */
export interface Progress {
  readonly waiting: readonly Step[]
  readonly running: readonly { readonly step: Step; readonly sinceMs: number }[]
  /** Steps of this plan that ended otherwise than well: what comes after them is dropped. */
  readonly lost: ReadonlySet<StepId>
}

export const NO_PROGRESS: Progress = { waiting: [], running: [], lost: new Set() }

export interface Walked {
  readonly progress: Progress
  readonly started: readonly Step[]
  readonly dropped: readonly { readonly step: Step; readonly refusal: Refusal }[]
}

/**
 * Starts every waiting step whose predecessors have ended and that may begin now, on `draft`, a copy of the freshest
 * pool that the caller owns; those that `mustWait` go on waiting. A step that is refused for good is dropped with the
 * refusal, as is what comes after a lost one.
 */
export function startReady(draft: Pool, index: PoolIndex, progress: Progress, limits: TransitionLimits, atMs: number, mustWait: (step: Step) => boolean = () => false): Walked {
  const lost = new Set(progress.lost)
  const open = openSteps(progress)
  const waiting: Step[] = []
  const started: Step[] = []
  const dropped: { step: Step; refusal: Refusal }[] = []
  const drop = (step: Step, refusal: Refusal): void => {
    lost.add(step.id)
    open.delete(step.id)
    dropped.push({ step, refusal })
  }
  // Once the pool runs as many migrations as it may, nothing in this walk lets another begin: the rest is only looked at for what is stale.
  let isFull = false
  for (const step of progress.waiting) {
    const missing = step.after.find((before) => lost.has(before))
    if (missing !== undefined) drop(step, { code: 'predecessorLost', message: `${missing} did not succeed, and ${step.id} needs it` })
    else if (step.after.some((before) => open.has(before)) || mustWait(step)) waiting.push(step)
    else if (isFull && step.kind === 'migrate') {
      const stale = staleMigration(draft, index, step)
      if (stale === null) waiting.push(step)
      else drop(step, stale.refusal)
    } else {
      const begun = begin(draft, index, step, limits)
      if (begun.ok) started.push(step)
      else if (PASSING.has(begun.refusal.code)) waiting.push(step)
      else drop(step, begun.refusal)
      isFull ||= !begun.ok && begun.refusal.code === 'poolMigrationsMax'
    }
  }
  return { progress: { waiting, running: [...progress.running, ...started.map((step) => ({ step, sinceMs: atMs }))], lost }, started, dropped }
}

/** Ids of all that waits or runs; none where nothing waits for another, as in most plans: long plans are walked often. */
const openSteps = ({ waiting, running }: Progress): Set<StepId> =>
  waiting.some(({ after }) => after.length > 0) ? new Set([...waiting.map(({ id }) => id), ...running.map(({ step }) => step.id)]) : new Set()

/** Enters that a step has ended. A step that is not running is unknown here and changes nothing. */
export function endStep(progress: Progress, id: StepId, ok: boolean): { readonly progress: Progress; readonly ended: { readonly step: Step; readonly sinceMs: number } | null } {
  const ended = progress.running.find(({ step }) => step.id === id) ?? null
  if (!ended) return { progress, ended }
  return { progress: { ...progress, running: progress.running.filter(({ step }) => step.id !== id), lost: ok ? progress.lost : new Set([...progress.lost, id]) }, ended }
}
