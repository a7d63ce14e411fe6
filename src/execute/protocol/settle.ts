import type { HostId } from '../../model/ids.ts'
import type { Step, StepOutcome } from '../../model/plan.ts'
import type { Action, SeenHost } from './effects.ts'
import { hostTrouble, vmTrouble } from './ledger.ts'
import type { Intent, Outcome } from './records.ts'
import { allHosts, isActiveOn, readings } from './sight.ts'
import type { Job, Watch } from './state.ts'
import { type Turning, alarm, append, endJob, openIntent, setJob, setWatch, wakeBy } from './turning.ts'
import { type Verdict, hasComeBack, hostsOf, verdictOf } from './verdict.ts'

/** Tries to wake a host so often before it is taken out. */
export const WAKE_TRIES = 3

/** Looks at every open intent once more: those whose commands can no longer begin are settled by what the hosts show. */
export function settleAll(turning: Turning): void {
  if (turning.state.journal !== 'up') return
  for (const [id, intent] of turning.state.current.open) settle(turning, intent, turning.state.watches.get(id)!)
}

function settle(turning: Turning, intent: Intent, watch: Watch): void {
  if (watch.phase === 'waiting') return
  if (watch.phase === 'void') return close(turning, intent, watch, { kind: 'settled', settled: 'notDone', class: 'sameLater', seen: 'it was never begun' })
  if (turning.atMs < watch.lookSinceMs) return wakeBy(turning, watch.lookSinceMs)
  const seen = readings(turning, watch.doubt === 'gone' ? allHosts(turning) : hostsOf(intent.action), watch.lookSinceMs)
  if (seen === null) return
  conclude(turning, intent, watch, seen)
}

function conclude(turning: Turning, intent: Intent, watch: Watch, looked: readonly SeenHost[]): void {
  const { config, atMs } = turning
  const seen = hostsOf(intent.action).map((host) => looked.find((other) => other.host === host)!)
  const verdict = verdictOf(intent.action, seen, { reply: watch.reply, restedMs: atMs - watch.restMs, doubt: watch.doubt }, config.times)
  const again = { ...watch, lookSinceMs: atMs + config.times.pollMs }
  wakeBy(turning, again.lookSinceMs)
  switch (verdict.kind) {
    case 'settled':
      return close(turning, intent, watch, elsewhereOf(intent.action, looked, verdict))
    case 'running':
      return setWatch(turning, intent.id, hurry(turning, intent, { ...again, doubt: null }))
    case 'unknown':
      return setWatch(turning, intent.id, tellOfSilence(turning, intent, again))
    case 'doubtful':
      return setWatch(turning, intent.id, { ...again, doubt: verdict.doubt })
  }
}

/** A VM that is at neither end may have been moved on by people. */
function elsewhereOf(action: Action, looked: readonly SeenHost[], verdict: Verdict & { kind: 'settled' }): Verdict & { kind: 'settled' } {
  if (verdict.settled !== 'gone' || action.kind !== 'step' || !('vm' in action.step)) return verdict
  const { vm } = action.step
  const found = looked.find((seen) => isActiveOn(seen, vm))
  return found === undefined ? verdict : { ...verdict, settled: 'elsewhere', class: 'sameLater', seen: `${vm} runs on ${found.host}` }
}

/** A migration that takes too long is aborted where that can be, told about where not; either way its end is waited for. */
function hurry(turning: Turning, intent: Intent, watch: Watch): Watch {
  const { config, state, atMs } = turning
  if (intent.action.kind !== 'step' || intent.action.step.kind !== 'migrate' || atMs - watch.sinceMs < config.times.stuckMs) return watch
  const { step } = intent.action
  if (!watch.alarmed) alarm(turning, 'migrationStuck', step.vm, `the migration of ${step.vm} from ${step.source} to ${step.target} is not done after ${config.times.stuckMs} ms`)
  const mayAbort = config.hosts.some(({ id, canAbort }) => id === step.source && canAbort) && state.observing === null && isLeaseEnough(turning)
  const isDue = watch.abortedMs === null || atMs - watch.abortedMs > config.times.stuckMs
  const isAborting = [...state.current.open.values()].some(({ action }) => action.kind === 'abort' && action.step === step.id)
  if (!mayAbort || !isDue || isAborting) return { ...watch, alarmed: true }
  openIntent(turning, { kind: 'abort', vm: step.vm, host: step.source, step: step.id }, { plan: intent.plan, poolRevision: intent.poolRevision, why: 'migrationStuck', precondition: `its migration runs since ${watch.sinceMs}` })
  return { ...watch, alarmed: true, abortedMs: atMs }
}

/** A host that was told to go off and shows neither that it is nor that it is not: a person may look, we go on waiting. */
function tellOfSilence(turning: Turning, { action }: Intent, watch: Watch): Watch {
  const isStuck = action.kind === 'step' && action.step.kind === 'powerOff' && turning.atMs - watch.restMs > turning.config.times.shutdownMaxMs
  if (!isStuck || watch.alarmed) return watch
  alarm(turning, 'powerOffStuck', action.step.host, `${action.step.host} was told to go off and neither answers nor is off: look at it`)
  return { ...watch, alarmed: true }
}

export const isLeaseEnough = ({ state, config, atMs }: Turning): boolean => state.leaseUntilMs - atMs >= config.times.leaseMinMs

/** Writes the outcome down; what it means for the step follows at once, the journal is only behind by one append. */
function close(turning: Turning, intent: Intent, watch: Watch, verdict: Verdict & { kind: 'settled' }): void {
  const job = turning.state.jobs.find((other) => other.intent === intent.id) ?? null
  const failure = watch.reply?.failure ?? null
  const last = lastClass(intent.action, verdict, job)
  const outcome: Outcome = { id: intent.id, settled: verdict.settled, class: last, seen: verdict.seen, reply: failure === null ? null : { code: failure.code, domain: failure.domain, text: failure.text } }
  const before = intent.action.kind === 'step' ? troublesOf(turning, intent.action.step) : null
  append(turning, { kind: 'outcome', body: outcome })
  const watches = new Map(turning.state.watches)
  watches.delete(intent.id)
  turning.state.watches = watches
  if (intent.action.kind === 'cordon') retryCordonLater(turning, intent.action.host, verdict.settled === 'done')
  if (intent.action.kind !== 'step') return
  tellTrouble(turning, intent.action.step, before!)
  if (job !== null) finishJob(turning, job, intent.action.step, outcome)
}

/** The last of several wakes that came to nothing takes the host out. */
function lastClass(action: Action, verdict: Verdict & { kind: 'settled' }, job: Job | null): Outcome['class'] {
  const isLastWake = action.kind === 'step' && action.step.kind === 'powerOn' && verdict.settled === 'notDone' && verdict.seen !== 'it was never begun' && (job?.tries ?? WAKE_TRIES) >= WAKE_TRIES
  return isLastWake ? 'hostOut' : verdict.class
}

function retryCordonLater(turning: Turning, host: HostId, isDone: boolean): void {
  const retry = new Map(turning.state.cordonRetryMs)
  if (isDone) retry.delete(host)
  else retry.set(host, turning.atMs + turning.config.times.pollMs)
  turning.state.cordonRetryMs = retry
}

const troublesOf = ({ state }: Turning, step: Step): { readonly pinned: string | null; readonly out: string | null } => ({
  pinned: 'vm' in step ? vmTrouble(state.current, step.vm).pinned : null,
  out: 'host' in step ? hostTrouble(state.current, step.host).out : step.kind === 'migrate' ? hostTrouble(state.current, step.target).out : null,
})

function tellTrouble(turning: Turning, step: Step, before: { readonly pinned: string | null; readonly out: string | null }): void {
  const { pinned, out } = troublesOf(turning, step)
  if (pinned !== null && before.pinned === null && 'vm' in step) alarm(turning, 'vmPinned', step.vm, `${step.vm} is not migrated any more: ${pinned}; clear it when that has changed`)
  const host = 'host' in step ? step.host : step.kind === 'migrate' ? step.target : null
  if (out !== null && before.out === null && host !== null) alarm(turning, step.kind === 'powerOn' ? 'wakeFailed' : 'hostOut', host, `${host} is left out: ${out}; clear it when that is mended`)
}

function finishJob(turning: Turning, job: Job, step: Step, outcome: Outcome): void {
  const text = outcome.reply === null ? outcome.seen : `${outcome.seen}: ${outcome.reply.text}`
  if (outcome.settled === 'gone' && 'vm' in step) alarm(turning, 'vmGone', step.vm, `${text}; look for it`)
  if (outcome.settled === 'done') return endJob(turning, job, 'done', 'done', text)
  const isAgain = step.kind === 'powerOn' && outcome.class !== 'hostOut' && turning.state.observing === null
  if (isAgain) return setJob(turning, { ...job, intent: null, lookSinceMs: turning.atMs })
  endJob(turning, job, endOf(step, outcome), outcome.class ?? outcome.settled, text)
}

const endOf = (step: Step, outcome: Outcome): StepOutcome => (outcome.settled === 'notDone' && outcome.reply === null && (step.kind === 'shutdownVm' || step.kind === 'suspendVm' || step.kind === 'powerOn') ? 'timedOut' : 'failed')

/** Enters what a call said. It moves the moment from which looks count, and nothing else. */
export function heard(turning: Turning, id: string, reply: NonNullable<Watch['reply']>): void {
  const watch = turning.state.watches.get(id)
  if (watch === undefined || watch.reply !== null || (watch.phase !== 'issued' && watch.phase !== 'adopted')) return
  // A look of this very millisecond may have been taken before the call came back.
  const restMs = hasComeBack(reply) && watch.phase === 'issued' ? Math.min(watch.restMs, turning.atMs + 1) : watch.restMs
  setWatch(turning, id, { ...watch, reply, restMs, lookSinceMs: watch.lookSinceMs === watch.restMs ? restMs : watch.lookSinceMs })
}
