import type { HostId } from '../../model/ids.ts'
import type { StepOutcome } from '../../model/plan.ts'
import type { Action } from './effects.ts'
import { applyRecord } from './ledger.ts'
import type { Intent, JournalRecord, RecordBody } from './records.ts'
import type { AlarmCode, ExecutorConfig, ExecutorOutput, ExecutorState, Job, Watch } from './state.ts'

type Editable<T> = { -readonly [Key in keyof T]: T[Key] }

/** One call of `advance` in the making: the state is edited here and nowhere else, values inside it are replaced whole. */
export interface Turning {
  readonly config: ExecutorConfig
  readonly atMs: number
  readonly state: Editable<ExecutorState>
  readonly outputs: ExecutorOutput[]
  /** Hosts to look at before anything further can be said. */
  readonly wanted: Set<HostId>
  wakeMs: number | null
}

export function wakeBy(turning: Turning, atMs: number): void {
  if (turning.wakeMs === null || atMs < turning.wakeMs) turning.wakeMs = atMs
}

/** Writes a record down. What it says counts from now on for what may be done, and is acted on once the journal holds it. */
export function append(turning: Turning, body: RecordBody): JournalRecord {
  const { state, config } = turning
  const record: JournalRecord = { sequence: state.current.sequence + 1, epoch: state.epoch, atUnixMs: turning.atMs, ...body }
  state.current = applyRecord(state.current, record, config.times)
  state.pending = [...state.pending, record]
  turning.outputs.push({ kind: 'append', record })
  return record
}

export const alarm = (turning: Turning, code: AlarmCode, subject: string | null, message: string): void => {
  turning.outputs.push({ kind: 'alarm', code, subject, message })
}

/** Opens an intent whose effect follows when the journal holds it. The deadline is never after the end of the lease. */
export function openIntent(turning: Turning, action: Action, about: Pick<Intent, 'plan' | 'poolRevision' | 'why' | 'precondition'>): string {
  const { state, config, atMs } = turning
  const id = `e${state.epoch}-${state.intentCount}`
  state.intentCount++
  const deadlineUnixMs = Math.min(atMs + config.times.commandMs, state.leaseUntilMs)
  const record = append(turning, { kind: 'intent', body: { id, action, deadlineUnixMs, who: config.who, ...about } })
  const restMs = deadlineUnixMs + config.times.marginMs
  setWatch(turning, id, { sequence: record.sequence, phase: 'waiting', sinceMs: atMs, restMs, lookSinceMs: restMs, reply: null, doubt: null, abortedMs: null, alarmed: false })
  return id
}

export function setWatch(turning: Turning, id: string, watch: Watch): void {
  turning.state.watches = new Map(turning.state.watches).set(id, watch)
}

export function setJob(turning: Turning, job: Job): void {
  turning.state.jobs = turning.state.jobs.map((other) => (other.step.id === job.step.id ? job : other))
}

/** Takes the step off the list and tells its end. */
export function endJob(turning: Turning, job: Job, outcome: StepOutcome, code: string, message: string): void {
  turning.state.jobs = turning.state.jobs.filter((other) => other.step.id !== job.step.id)
  turning.outputs.push({ kind: 'ended', step: job.step, outcome, code, message })
}
