import { reconcileCordons } from './cordons.ts'
import { checkHealth, halt } from './health.ts'
import { pursueAll } from './jobs.ts'
import { looksNeeded } from './preconditions.ts'
import { type Ledger, applyRecord, toValue } from './ledger.ts'
import type { JournalRecord } from './records.ts'
import { heard, settleAll } from './settle.ts'
import { allHosts, takeIn } from './sight.ts'
import type { Advanced, ExecutorConfig, ExecutorInput, ExecutorState, Job, Watch } from './state.ts'
import { type Turning, alarm, append, endJob, setWatch, wakeBy } from './turning.ts'

/** The journal is begun anew, with a snapshot, after so many records. */
export const SNAPSHOT_RECORDS = 10_000
const JOURNAL_RETRY_MS = 30_000

/**
 * The execution protocol as a function: what is known and what just happened in, what is known next and what is to be done out.
 * It reads no clock and does no I/O; the fault machine and the live loop drive the same bytes.
 *
 * How to drive it: acquire the lease (its epoch grows with every holder), read the journal, `resume`. Then for every
 * output: `append` the records in order, make them durable and say `appended` or `appendFailed`; only then is a `perform`
 * handed out; call the hosts with it and hand in the `reply`, if one comes; `look` at the hosts and hand in what was
 * `seen`; hand in a `tick` at the last `wakeAt`; tell the controller what has `ended` (an input `stepEnded` of its turn) and a person
 * what `alarm`s. Hand in the lease each time it is renewed, and `leaseLost` when it is not. Several inputs may come at one instant.
 * Nothing needs to be in time: what is late is only done later.
 */
export function advance(config: ExecutorConfig, before: ExecutorState, input: ExecutorInput): Advanced {
  const turning: Turning = { config, atMs: input.atMs, state: { ...before }, outputs: [], wanted: new Set(), wakeMs: null }
  absorb(turning, input)
  if (turning.state.journal !== 'fenced') proceed(turning)
  return { state: turning.state, outputs: turning.outputs }
}

/**
 * A new process on the journal of those before it. `records` follow `from`, a snapshot's ledger. Intents that are still open
 * are adopted: never issued again, settled by looking once no command of theirs can begin any more. The first outputs are a
 * snapshot and the record of the new epoch: what older processes append from then on is refused. `damage` starts it in observe-only.
 */
export function resume(config: ExecutorConfig, found: { readonly ledger: Ledger; readonly damage: string | null }, at: { readonly atMs: number; readonly epoch: number; readonly leaseUntilMs: number }): Advanced {
  const { ledger } = found
  const turning: Turning = { config, atMs: at.atMs, state: fresh(ledger, at), outputs: [], wanted: new Set(), wakeMs: null }
  append(turning, { kind: 'snapshot', body: toValue(ledger) })
  append(turning, { kind: 'epoch', body: { who: config.who } })
  // The clock of the process before may have been another one: the whole time of a command passes once more from now.
  const restMs = at.atMs + config.times.commandMs + config.times.marginMs
  const adopted: Job[] = []
  for (const [id, intent] of ledger.open) {
    setWatch(turning, id, { sequence: 0, phase: 'adopted', sinceMs: at.atMs, restMs, lookSinceMs: restMs, reply: null, doubt: null, abortedMs: null, alarmed: false })
    const { action, plan, poolRevision } = intent
    if (action.kind === 'step') adopted.push({ step: action.step, plan, poolRevision, memoryMib: null, sinceMs: at.atMs, lookSinceMs: at.atMs, intent: id, tries: 1, emptySinceMs: null })
  }
  turning.state.jobs = adopted
  if (found.damage !== null) halt(turning, found.damage)
  proceed(turning)
  return { state: turning.state, outputs: turning.outputs }
}

function fresh(ledger: Ledger, { atMs, epoch, leaseUntilMs }: { readonly atMs: number; readonly epoch: number; readonly leaseUntilMs: number }): ExecutorState {
  return {
    epoch, resumedMs: atMs, leaseUntilMs, journal: 'up', journalRetryMs: 0, confirmed: ledger, current: ledger, pending: [], jobs: [], watches: new Map(), views: new Map(), askedMs: new Map(), lookedMs: atMs, doubles: new Map(),
    skewed: new Set(), cordonRetryMs: new Map(), observing: null, intentCount: 0,
  }
}

function absorb(turning: Turning, input: ExecutorInput): void {
  const { state } = turning
  switch (input.kind) {
    case 'start':
      return accept(turning, input)
    case 'mode':
      if (state.journal === 'up' && (state.current.modes.get(input.host) ?? 'available') !== input.mode) append(turning, { kind: 'cordon', body: { host: input.host, mode: input.mode, who: input.who } })
      return
    case 'clear':
      if (state.journal === 'up') append(turning, { kind: 'clear', body: { what: input.what, who: input.who } })
      return
    case 'trust':
      if (state.journal === 'up') append(turning, { kind: 'trust', body: input.record })
      return
    case 'maintenance':
      if (state.journal === 'up') append(turning, { kind: 'maintenance', body: input.record })
      return
    case 'appended':
      return confirm(turning, input.sequence)
    case 'appendFailed':
      return appendFailed(turning, input.why, input.message)
    case 'reply':
      return heard(turning, input.reply.id, input.reply)
    case 'seen':
      return takeIn(turning, input.hosts)
    case 'lease':
      state.leaseUntilMs = Math.max(state.leaseUntilMs, input.untilMs)
      return
    case 'leaseLost':
      return fence(turning, 'the lease is lost')
    case 'halt':
      return halt(turning, input.why)
    case 'tick':
      return
  }
}

function accept(turning: Turning, { step, plan, poolRevision, memoryMib }: ExecutorInput & { kind: 'start' }): void {
  const { state, atMs } = turning
  const job: Job = { step, plan, poolRevision, memoryMib, sinceMs: atMs, lookSinceMs: atMs, intent: null, tries: 0, emptySinceMs: null }
  if (state.jobs.some((other) => other.step.id === step.id)) return
  const stranger = looksNeeded(turning, step).find((host) => !turning.config.hosts.some(({ id }) => id === host))
  if (stranger !== undefined) return endJob(turning, job, 'refused', 'unknownHost', `${stranger} is not managed: plan again`)
  if (state.jobs.some(({ step: other }) => sameSubject(step, other))) return endJob(turning, job, 'refused', 'busy', `another step of the same VM or host is under way: ${step.id} is given back`)
  state.jobs = [...state.jobs, job]
}

const sameSubject = (step: Job['step'], other: Job['step']): boolean => ('vm' in step && 'vm' in other && step.vm === other.vm) || ('host' in step && 'host' in other && step.host === other.host)

/** The journal holds everything up to this record: effects of the intents among them may begin now. */
function confirm(turning: Turning, sequence: number): void {
  const { state, config } = turning
  state.journal = state.journal === 'down' ? 'up' : state.journal
  const durable = state.pending.filter((record) => record.sequence <= sequence)
  if (durable.length === 0) return
  state.pending = state.pending.slice(durable.length)
  // Applied once already when they were written: the same fold, so the same ledger.
  state.confirmed = state.pending.length === 0 ? state.current : durable.reduce((ledger, record) => applyRecord(ledger, record, config.times), state.confirmed)
  for (const record of durable) if (record.kind === 'intent') issue(turning, record)
}

/** Hands the effect out, unless what allowed it has passed meanwhile. */
function issue(turning: Turning, record: JournalRecord & { kind: 'intent' }): void {
  const { state, atMs } = turning
  const { id, action, deadlineUnixMs } = record.body
  const watch = state.watches.get(id)
  if (watch?.phase !== 'waiting') return
  const mayStill = atMs < deadlineUnixMs && atMs < state.leaseUntilMs && state.observing === null
  const phase: Watch['phase'] = mayStill ? 'issued' : 'void'
  setWatch(turning, id, { ...watch, phase })
  if (mayStill) turning.outputs.push({ kind: 'perform', effect: { id, deadlineUnixMs, action } })
}

/** What could not be written is taken back: its effects never begin. */
function appendFailed(turning: Turning, why: 'fenced' | 'full' | 'broken', message: string): void {
  const { state } = turning
  if (why === 'fenced') return fence(turning, message)
  const lost = new Set(state.pending.flatMap((record) => (record.kind === 'intent' ? [record.body.id] : [])))
  state.current = state.confirmed
  state.pending = []
  state.watches = new Map([...state.watches].filter(([id]) => !lost.has(id)))
  restoreWatches(turning)
  for (const job of state.jobs) if (job.intent !== null && lost.has(job.intent)) endJob(turning, job, 'refused', 'journalDown', `${job.step.id} is given back: ${message}`)
  if (state.journal === 'up') alarm(turning, 'observeOnly', null, `the journal takes no records: ${message}`)
  state.journal = 'down'
  state.journalRetryMs = turning.atMs + JOURNAL_RETRY_MS
}

/** Intents whose outcome could not be written are open again and are settled anew. */
function restoreWatches(turning: Turning): void {
  const { state, config, atMs } = turning
  const restMs = atMs + config.times.commandMs + config.times.marginMs
  for (const id of state.current.open.keys()) {
    if (!state.watches.has(id)) setWatch(turning, id, { sequence: 0, phase: 'adopted', sinceMs: atMs, restMs, lookSinceMs: restMs, reply: null, doubt: null, abortedMs: null, alarmed: false })
  }
}

/** From here on this process does nothing more; its commands run out by their deadlines, its successor settles them. */
function fence(turning: Turning, message: string): void {
  const { state } = turning
  if (state.journal === 'fenced') return
  state.journal = 'fenced'
  state.observing = 'another controller has taken over'
  alarm(turning, 'fenced', null, `${message}: this controller stops`)
}

function proceed(turning: Turning): void {
  const { state, config, atMs } = turning
  retryJournal(turning)
  checkHealth(turning)
  settleAll(turning)
  pursueAll(turning)
  reconcileCordons(turning)
  for (const { hosts, sinceMs, confirmed } of state.doubles.values()) if (!confirmed) for (const host of hosts) if (state.views.get(host)!.seenUnixMs <= sinceMs) turning.wanted.add(host)
  if (atMs - state.lookedMs >= config.times.lookEveryMs || state.views.size === 0) lookAtAll(turning)
  wakeBy(turning, state.lookedMs + config.times.lookEveryMs)
  askLooks(turning)
  snapshot(turning)
  turning.outputs.push({ kind: 'wakeAt', atMs: turning.wakeMs! })
}

function lookAtAll(turning: Turning): void {
  turning.state.lookedMs = turning.atMs
  for (const host of allHosts(turning)) turning.wanted.add(host)
}

/** A look that was asked for and has brought nothing is waited for, and after a while asked for again. */
function askLooks(turning: Turning): void {
  const { state, config, atMs, wanted } = turning
  if (wanted.size === 0) return
  const due = [...wanted].filter((host) => {
    const asked = state.askedMs.get(host)
    const isOut = asked !== undefined && (state.views.get(host)?.seenUnixMs ?? -1) < asked && atMs - asked < config.times.lookRetryMs
    if (isOut) wakeBy(turning, asked + config.times.lookRetryMs)
    return !isOut
  })
  if (due.length === 0) return
  const askedMs = new Map(state.askedMs)
  for (const host of due) askedMs.set(host, atMs)
  state.askedMs = askedMs
  wakeBy(turning, atMs + config.times.lookRetryMs)
  turning.outputs.push({ kind: 'look', hosts: due })
}

function retryJournal(turning: Turning): void {
  const { state, atMs, config } = turning
  if (state.journal !== 'down') return
  if (atMs < state.journalRetryMs) return wakeBy(turning, state.journalRetryMs)
  state.journalRetryMs = atMs + JOURNAL_RETRY_MS
  wakeBy(turning, state.journalRetryMs)
  if (state.pending.length === 0) append(turning, { kind: 'epoch', body: { who: config.who } })
}

function snapshot(turning: Turning): void {
  const { state } = turning
  if (state.journal === 'up' && state.pending.length === 0 && state.current.sequence - state.current.snapshotSequence >= SNAPSHOT_RECORDS) append(turning, { kind: 'snapshot', body: toValue(state.current) })
}
