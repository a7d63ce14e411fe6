import type { HostId } from '../../model/ids.ts'
import type { MigrateStep, PowerStep, StartStep, StopStep } from '../../model/plan.ts'
import type { Action, FailureClass, Reply, SeenHost } from './effects.ts'
import type { Settled } from './records.ts'
import { isActive, isActiveOn, isKnown, vmOn } from './sight.ts'
import type { ProtocolTimes } from './state.ts'

/**
 * What looks say about an intent whose command can no longer begin: settled, still running, not to be told yet, or
 * something that one look may show wrongly.
 */
export type Verdict =
  | { readonly kind: 'settled'; readonly settled: Settled; readonly class: FailureClass | null; readonly seen: string }
  | { readonly kind: 'running' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'doubtful'; readonly doubt: 'doubled' | 'gone' }

/** What is known of the call itself. */
export interface Called {
  readonly reply: Reply | null
  /** Since the command can no longer begin. */
  readonly restedMs: number
  readonly doubt: 'doubled' | 'gone' | null
}

const settled = (what: Settled, seen: string, kind: FailureClass | null = null): Verdict => ({ kind: 'settled', settled: what, class: kind, seen })
const UNKNOWN: Verdict = { kind: 'unknown' }
const RUNNING: Verdict = { kind: 'running' }

/** Hosts that must be looked at before an intent can be settled. */
export function hostsOf(action: Action): readonly HostId[] {
  if (action.kind !== 'step') return [action.host]
  const { step } = action
  switch (step.kind) {
    case 'migrate':
      return [step.source, step.target]
    case 'startVm':
    case 'resumeVm':
      return [step.target]
    case 'shutdownVm':
    case 'suspendVm':
      return [step.source]
    case 'powerOn':
    case 'powerOff':
      return [step.host]
  }
}

/** Whether the call itself came back with a no: then nothing is on its way any more. */
export const isRefusedByCall = (reply: Reply | null): boolean => reply !== null && !reply.ok && reply.failure?.class !== 'unknown'

/** Whether the call came back, whatever it said: the command does not wait anywhere any more. */
export const hasComeBack = (reply: Reply | null): boolean => reply !== null && (reply.ok || isRefusedByCall(reply))

/** Reads an intent's fate off the hosts, in the order of `hostsOf`. A reply decides nothing here but the class of a failure. */
export function verdictOf(action: Action, seen: readonly SeenHost[], called: Called, times: ProtocolTimes): Verdict {
  switch (action.kind) {
    case 'cordon':
      return cordonVerdict(action.cordoned, seen[0]!)
    case 'abort':
      return isKnown(seen[0]!) ? settled(vmOn(seen[0]!, action.vm)?.hasJob === true ? 'notDone' : 'done', 'looked for its job') : UNKNOWN
    case 'step':
      return stepVerdict(action.step, seen, called, times)
  }
}

function cordonVerdict(wanted: boolean, seen: SeenHost): Verdict {
  if (!isKnown(seen)) return UNKNOWN
  if (!seen.reachable) return settled('notDone', `${seen.host} is off`)
  return seen.cordoned === wanted ? settled('done', `${seen.host} is ${wanted ? '' : 'not '}cordoned`) : settled('notDone', `${seen.host} is ${wanted ? 'not ' : 'still '}cordoned`)
}

function stepVerdict(step: (Action & { kind: 'step' })['step'], seen: readonly SeenHost[], called: Called, times: ProtocolTimes): Verdict {
  switch (step.kind) {
    case 'migrate':
      return migrationVerdict(step, seen[0]!, seen[1]!, called)
    case 'startVm':
    case 'resumeVm':
      return startVerdict(step, seen[0]!, called, times)
    case 'shutdownVm':
    case 'suspendVm':
      return stopVerdict(step, seen[0]!, called, times)
    case 'powerOn':
      return powerOnVerdict(step, seen[0]!, called, times)
    case 'powerOff':
      return powerOffVerdict(step, seen[0]!, called, times)
  }
}

/** The owner is the only host where the VM is active and not an incoming copy. */
function migrationVerdict({ vm, source, target }: MigrateStep, from: SeenHost, to: SeenHost, called: Called): Verdict {
  if (!isKnown(from)) return UNKNOWN
  const left = vmOn(from, vm)
  const stays = left !== null && isActive(left)
  // A VM that runs on its source with no job on it has not left, whatever the target, which does not answer, holds.
  if (!isKnown(to)) return left?.state === 'running' && !left.hasJob ? settled('notDone', `${vm} runs on ${source}, ${target} does not answer`, classOf(called.reply, 'otherHost')) : UNKNOWN
  const arrived = isActiveOn(to, vm)
  if (stays && arrived) return called.doubt === 'doubled' ? settled('doubled', `${vm} runs on ${source} and ${target}`, 'operator') : { kind: 'doubtful', doubt: 'doubled' }
  const copy = vmOn(to, vm)
  // Xen shows the copy as a VM that is shut off. A no that belongs to a second delivery does not end the job of the first.
  const isCopying = copy?.state === 'incoming' || (stays && left.hasJob && (copy !== null || !isRefusedByCall(called.reply)))
  if (isCopying && !arrived) return RUNNING
  if (arrived) return settled('done', `${vm} runs on ${target}`)
  if (stays) return settled('notDone', `${vm} runs on ${source}`, classOf(called.reply, 'sameLater'))
  return called.doubt === 'gone' ? settled('gone', `${vm} runs neither on ${source} nor on ${target}`, 'operator') : { kind: 'doubtful', doubt: 'gone' }
}

const classOf = (reply: Reply | null, otherwise: FailureClass): FailureClass => (reply?.failure && reply.failure.class !== 'unknown' ? reply.failure.class : otherwise)

function startVerdict({ vm, target }: StartStep, to: SeenHost, called: Called, times: ProtocolTimes): Verdict {
  if (!isKnown(to)) return UNKNOWN
  if (isActiveOn(to, vm)) return settled('done', `${vm} runs on ${target}`)
  if (!isRefusedByCall(called.reply) && called.restedMs < times.vmStartMaxMs) return RUNNING
  return settled('notDone', `${vm} does not run on ${target}`, classOf(called.reply, 'sameLater'))
}

function stopVerdict({ vm, source }: StopStep, from: SeenHost, called: Called, times: ProtocolTimes): Verdict {
  if (!isKnown(from)) return UNKNOWN
  if (!isActiveOn(from, vm)) return settled('done', `${vm} does not run on ${source} any more`)
  if (!isRefusedByCall(called.reply) && called.restedMs < times.vmStopMaxMs) return RUNNING
  return settled('notDone', `${vm} still runs on ${source}`, classOf(called.reply, 'operator'))
}

function powerOnVerdict({ host }: PowerStep, seen: SeenHost, called: Called, times: ProtocolTimes): Verdict {
  if (seen.reachable) return settled('done', `${host} answers`)
  if (called.restedMs < (isRefusedByCall(called.reply) ? 0 : times.bootMaxMs)) return RUNNING
  return settled('notDone', `${host} does not answer, its management controller says ${seen.power ?? 'nothing'}`, classOf(called.reply, 'sameLater'))
}

/** Only the management controller proves that a host is off. One that is on its way down may still answer for a while. */
function powerOffVerdict({ host }: PowerStep, seen: SeenHost, called: Called, times: ProtocolTimes): Verdict {
  if (!seen.reachable && seen.power === 'off') return settled('done', `${host} is off`)
  if (!seen.reachable) return UNKNOWN
  if (!isRefusedByCall(called.reply) && called.restedMs < times.shutdownMaxMs) return RUNNING
  return settled('notDone', `${host} is still on`, classOf(called.reply, 'sameLater'))
}
