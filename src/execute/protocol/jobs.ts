import type { Step } from '../../model/plan.ts'
import type { SeenHost } from './effects.ts'
import { type Leave, GO, looksNeeded, migrationLeave, powerOffLeave, powerOnLeave, startLeave, stopLeave } from './preconditions.ts'
import { isEmpty, readings } from './sight.ts'
import type { Job } from './state.ts'
import { type Turning, endJob, openIntent, setJob, wakeBy } from './turning.ts'
import { isLeaseEnough } from './settle.ts'

/** Takes every step as far as the looks at hand allow. */
export function pursueAll(turning: Turning): void {
  for (const job of turning.state.jobs) if (job.intent === null) pursue(turning, job)
}

function pursue(turning: Turning, job: Job): void {
  const { state, config, atMs } = turning
  if (state.observing !== null) return endJob(turning, job, 'refused', 'observeOnly', `${job.step.id} is given back: ${state.observing}`)
  if (atMs - job.sinceMs > waitMaxMs(turning, job)) return endJob(turning, job, 'refused', 'waitedTooLong', `${job.step.id} could not begin within ${config.times.queueMaxMs} ms: plan again`)
  if (atMs < job.lookSinceMs) return wakeBy(turning, job.lookSinceMs)
  const looked = readings(turning, looksNeeded(turning, job.step), job.lookSinceMs)
  if (looked === null) return
  if (looked.some(({ seenUnixMs }) => atMs - seenUnixMs > config.times.lookFreshMs)) return lookAfresh(turning, job)
  if (!isLeaseEnough(turning)) return lookAgain(turning, job)
  const leave = leaveFor(turning, job, looked)
  switch (leave.kind) {
    case 'wait':
      return lookAgain(turning, job)
    case 'refuse':
      return endJob(turning, job, 'refused', leave.code, leave.message)
    case 'go':
      return job.step.kind === 'powerOff' ? towardsOff(turning, job, looked) : begin(turning, job, looked)
  }
}

/** Several tries and a drain take longer than the queue in front of one effect. */
const waitMaxMs = ({ config: { times } }: Turning, { step }: Job): number =>
  step.kind === 'powerOn' ? 4 * times.bootMaxMs + times.queueMaxMs : step.kind === 'powerOff' ? 3 * times.queueMaxMs : times.queueMaxMs

const lookAgain = (turning: Turning, job: Job, change: Partial<Job> = {}): void => {
  const lookSinceMs = turning.atMs + turning.config.times.pollMs
  setJob(turning, { ...job, ...change, lookSinceMs })
  wakeBy(turning, lookSinceMs)
}

/** A look that was long on its way may be read once more, it may not be acted on. */
function lookAfresh(turning: Turning, job: Job): void {
  setJob(turning, { ...job, lookSinceMs: turning.atMs })
  for (const host of looksNeeded(turning, job.step)) turning.wanted.add(host)
}

function leaveFor(turning: Turning, { step }: Job, looked: readonly SeenHost[]): Leave {
  switch (step.kind) {
    case 'migrate':
      return migrationLeave(turning, step, looked[0]!, looked[1]!)
    case 'startVm':
    case 'resumeVm':
      return startLeave(turning, step, looked)
    case 'shutdownVm':
    case 'suspendVm':
      return stopLeave(turning, step, looked[0]!)
    case 'powerOn':
      return looked[0]!.reachable ? GO : powerOnLeave(turning, step, looked[0]!)
    case 'powerOff':
      return powerOffLeave(turning, step, looked)
  }
}

function begin(turning: Turning, job: Job, looked: readonly SeenHost[]): void {
  const { step } = job
  if (step.kind === 'powerOn' && looked[0]!.reachable) return endJob(turning, job, 'done', 'alreadySo', `${step.host} is on already`)
  const intent = openIntent(turning, { kind: 'step', step }, { plan: job.plan, poolRevision: job.poolRevision, why: step.reason.code, precondition: preconditionOf(step, looked) })
  setJob(turning, { ...job, intent, tries: job.tries + 1 })
}

/** Behind its cordon, which the reconciliation of cordons sets, the host must be seen empty twice, with time between. */
function towardsOff(turning: Turning, job: Job, looked: readonly SeenHost[]): void {
  if (job.step.kind !== 'powerOff') return
  const { state, config, atMs } = turning
  const { host } = job.step
  const seen = looked.find((other) => other.host === host)!
  const arriving = seen.incoming > 0 || seen.outgoing > 0
  if (!isEmpty(seen) && !arriving) return endJob(turning, job, 'refused', 'hostNotEmpty', `${host} holds VMs: move them first`)
  const isChanging = [...state.current.open.values()].some(({ action }) => action.kind === 'cordon' && action.host === host)
  if (arriving || !seen.cordoned || isChanging) return lookAgain(turning, job, { emptySinceMs: null })
  if (job.emptySinceMs === null) {
    wakeBy(turning, atMs + config.times.emptyGapMs)
    return setJob(turning, { ...job, emptySinceMs: atMs, lookSinceMs: atMs + config.times.emptyGapMs })
  }
  begin(turning, job, looked)
}

function preconditionOf(step: Step, looked: readonly SeenHost[]): string {
  const at = looked.reduce((oldest, seen) => Math.min(oldest, seen.seenUnixMs), Number.MAX_SAFE_INTEGER)
  switch (step.kind) {
    case 'migrate':
      return `at ${at} ${step.vm} ran on ${step.source} without a job, ${step.target} served and did not know it`
    case 'startVm':
    case 'resumeVm':
      return `at ${at} no host ran ${step.vm}`
    case 'shutdownVm':
    case 'suspendVm':
      return `at ${at} ${step.vm} ran on ${step.source} without a job`
    case 'powerOn':
      return `at ${at} ${step.host} was off`
    case 'powerOff':
      return `at ${at} ${step.host} was cordoned and empty for the second time, every host was known`
  }
}
