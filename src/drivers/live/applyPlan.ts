import { NO_PROGRESS, type Progress, endStep, startReady } from '../../execute/walk.ts'
import type { StepId } from '../../model/ids.ts'
import type { Step, StepOutcome } from '../../model/plan.ts'
import { indexPool } from '../../model/poolIndex.ts'
import { type Pool, copyPool } from '../../model/pool.ts'
import { type Refusal, refuse } from '../../model/result.ts'
import { type TransitionLimits, begin } from '../../model/transition.ts'
import { Inbox } from './inbox.ts'

/** How one step ended, by what the hosts showed. */
export interface StepEnd {
  readonly step: StepId
  readonly outcome: StepOutcome
  readonly code: string
  readonly message: string
}

export interface ApplyOrder {
  /** What is left to do, in an order in which it may be started. */
  readonly steps: readonly Step[]
  readonly limits: TransitionLimits
  /** Whether steps that need nothing of a failed one are still begun. */
  readonly goesOn: boolean
}

/** Everything outside: eyes, hands and a clock. */
export interface ApplySurroundings {
  /** The pool now, with what steps under way hold. A rejection is told to `failed`, and tried again for a while. */
  observe(): Promise<Pool>
  start(step: Step, pool: Pool): void
  /** Why the step may not be tried again yet, though nothing on the hosts is in its way; null: it may. */
  rests(step: Step): Refusal | null
  nowMs(): number
  /** Ends early when `until` resolves. */
  wait(durationMs: number, until: Promise<void>): Promise<void>
  ended(end: StepEnd): void
  notBegun(step: Step, why: Refusal): void
  failed(error: unknown): void
}

export interface ApplyRun {
  /** Resolves when nothing more is begun and nothing is under way, or at `leave`. */
  readonly over: Promise<void>
  ended(end: StepEnd): void
  /** Begins nothing further; what runs is waited for. */
  stop(): void
  /** Waits for nothing any more. */
  leave(): void
  readonly isLeft: boolean
}

const LOOK_EVERY_MS = 10_000
/** A step that could begin but for what passes by itself is given up after so long without any other step under way. */
const PATIENCE_MS = 10 * 60_000

/** Carries steps out on a pool that others change too: each is begun only where the freshest look still allows it. */
export function applyPlan(order: ApplyOrder, around: ApplySurroundings): ApplyRun {
  const applying = new Applying(order, around)
  return { over: applying.run(), ended: (end) => applying.inbox.put(end), stop: () => applying.stop(false), leave: () => applying.stop(true), get isLeft() { return applying.isLeft } }
}

class Applying {
  readonly inbox = new Inbox<StepEnd>()
  isLeft = false
  private readonly order: ApplyOrder
  private readonly around: ApplySurroundings
  private progress: Progress
  private closing: Refusal | null = null
  private idleSinceMs: number
  private wake: () => void = () => undefined
  private waking: Promise<void>

  constructor(order: ApplyOrder, around: ApplySurroundings) {
    this.order = order
    this.around = around
    this.progress = { ...NO_PROGRESS, waiting: order.steps }
    this.idleSinceMs = around.nowMs()
    this.waking = this.nextWaking()
  }

  stop(leaves: boolean): void {
    this.isLeft ||= leaves
    this.close('stopped', 'it was stopped before this step')
    this.wake()
  }

  async run(): Promise<void> {
    // Whoever made this run is to hold it before anything is begun.
    await Promise.resolve()
    while (this.hasMore()) {
      this.takeEnds()
      if (this.closing !== null) this.dropWaiting(this.closing)
      if (this.progress.waiting.length > 0) await this.startWhatMay()
      const isToDrop = !this.mayBegin() && this.progress.waiting.length > 0
      if (this.hasMore() && !isToDrop) await this.around.wait(LOOK_EVERY_MS, Promise.race([this.inbox.arrival(), this.waking]))
    }
    this.dropWaiting(refuse('stopped', 'it was stopped before this step').refusal)
  }

  private nextWaking(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = () => {
        this.waking = this.nextWaking()
        resolve()
      }
    })
  }

  private takeEnds(): void {
    for (let end = this.inbox.take(); end !== undefined; end = this.inbox.take()) {
      const { progress, ended } = endStep(this.progress, end.step, end.outcome === 'done')
      this.progress = progress
      if (ended === null) continue
      this.idleSinceMs = this.around.nowMs()
      this.around.ended(end)
      if (end.outcome !== 'done' && !this.order.goesOn) this.close('afterFailure', `${end.step} did not succeed, so nothing further was begun`)
    }
  }

  private close(code: string, message: string): void {
    this.closing ??= refuse(code, message).refusal
  }

  private dropWaiting(why: Refusal): void {
    for (const step of this.progress.waiting) this.around.notBegun(step, why)
    this.progress = { ...this.progress, waiting: [] }
  }

  private async startWhatMay(): Promise<void> {
    let pool: Pool
    try {
      pool = await this.around.observe()
    } catch (error) {
      this.around.failed(error)
      this.loseTrust(refuse('poolUnseen', 'the pool could not be looked at').refusal)
      return
    }
    // It may have been stopped while it looked.
    if (this.mayBegin()) this.walk(pool)
  }

  private walk(pool: Pool): void {
    const draft = copyPool(pool)
    const index = indexPool(draft)
    const { progress, started, dropped } = startReady(draft, index, this.progress, this.order.limits, this.around.nowMs(), (step) => this.around.rests(step) !== null)
    this.progress = progress
    for (const { step, refusal } of dropped) this.around.notBegun(step, refusal)
    for (const step of started) this.around.start(step, pool)
    if (dropped.length > 0 && !this.order.goesOn) this.close('afterFailure', `${dropped[0]!.step.id} could not be begun, so nothing further was`)
    if (started.length > 0) this.idleSinceMs = this.around.nowMs()
    else this.loseTrust(this.obstacle(draft))
  }

  private mayBegin(): boolean {
    return this.closing === null
  }

  private hasMore(): boolean {
    return !this.isLeft && (this.progress.waiting.length > 0 || this.progress.running.length > 0)
  }

  /** Why the first step that waits for no other can't begin yet. */
  private obstacle(draft: Pool): Refusal {
    const waiting = new Set(this.progress.waiting.map(({ id }) => id))
    const ready = this.progress.waiting.find(({ after }) => !after.some((id) => waiting.has(id)))
    const rest = ready === undefined ? null : this.around.rests(ready)
    if (rest !== null) return rest
    const begun = ready === undefined ? null : begin(draft, indexPool(draft), ready, this.order.limits)
    return begun === null || begun.ok ? refuse('waits', 'other steps are to end first').refusal : begun.refusal
  }

  private loseTrust(why: Refusal): void {
    if (this.progress.running.length > 0 || this.around.nowMs() - this.idleSinceMs < PATIENCE_MS) return
    this.close(why.code, `${why.message}; it was waited for ${PATIENCE_MS / 60_000} min`)
  }
}
