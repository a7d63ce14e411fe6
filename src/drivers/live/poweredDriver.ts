import type { Action, Effect, FailureClass, HostDriver, Reply, SeenHost } from '../../execute/protocol/effects.ts'
import type { HostId } from '../../model/ids.ts'
import { type Refusal, type Result, done, refuse } from '../../model/result.ts'
import type { GuardClient, GuardStatus } from '../guard/guardClient.ts'
import type { PowerController } from '../power/controller.ts'

/** What switches a host and keeps its cordon; null: it has none, and then nothing of that kind is done there. */
export interface HostPower {
  readonly controller: PowerController | null
  readonly guard: GuardClient | null
}

/** A look waits no longer for a controller or guard; what is late is not known. */
const LOOK_MS = 15_000

/**
 * A driver of VMs together with what cordons hosts, switches them off (the guard on the host) and on (its controller): the
 * whole of what the execution protocol needs. A host that answers is on; of one that does not, its controller tells.
 */
export function poweredDriver(vms: HostDriver, powerOf: (host: HostId) => HostPower): HostDriver {
  return {
    perform: (effect) => performed(vms, powerOf, effect),
    look: async (ids) => {
      const deadlineUnixMs = Date.now() + LOOK_MS
      const [seen, others] = await Promise.all([vms.look(ids), Promise.all(ids.map((id) => lookBeside(powerOf(id), deadlineUnixMs)))])
      return seen.map((host) => withPower(host, others[ids.indexOf(host.host)]!))
    },
    able: (action) => able(vms, powerOf, action),
    close: () => vms.close(),
  }
}

function performed(vms: HostDriver, powerOf: (host: HostId) => HostPower, effect: Effect): Promise<Reply> {
  const { action, id, deadlineUnixMs } = effect
  if (action.kind === 'cordon') return guarded(id, powerOf(action.host).guard, (guard) => guard.cordon(id, action.cordoned, deadlineUnixMs))
  if (action.kind === 'abort') return vms.perform(effect)
  const { step } = action
  if (step.kind === 'powerOff') return guarded(id, powerOf(step.host).guard, (guard) => guard.powerOff(id, deadlineUnixMs))
  if (step.kind === 'powerOn') return woken(id, powerOf(step.host).controller, deadlineUnixMs)
  return vms.perform(effect)
}

/** Refusals of the guard that will pass, and those that will not without a person; every other is unknown. */
const GUARD_CLASSES: ReadonlyMap<string, FailureClass> = new Map([
  ['hostNotEmpty', 'sameLater'], ['hostNotCordoned', 'sameLater'], ['tooLate', 'sameLater'], ['startUnderWay', 'sameLater'], ['guestsUnknown', 'sameLater'], ['noGuard', 'hostOut'], ['guardMisused', 'operator'],
])

async function guarded(id: string, guard: GuardClient | null, ask: (guard: GuardClient) => Promise<Result<void>>): Promise<Reply> {
  if (guard === null) return failedReply(id, 'hostOut', 'no guard is set up for this host')
  const asked = await ask(guard)
  return asked.ok ? { id, ok: true, failure: null } : refusedReply(id, asked.refusal)
}

const refusedReply = (id: string, { code, message }: Refusal): Reply => failedReply(id, GUARD_CLASSES.get(code) ?? 'unknown', message)
const failedReply = (id: string, failureClass: FailureClass, text: string): Reply => ({ id, ok: false, failure: { class: failureClass, code: null, domain: null, text } })

async function woken(id: string, controller: PowerController | null, deadlineUnixMs: number): Promise<Reply> {
  if (controller === null) return failedReply(id, 'hostOut', 'nothing is set up that switches this host on')
  const { ok, failure } = await controller.powerOn(deadlineUnixMs)
  return ok ? { id, ok: true, failure: null } : failedReply(id, 'sameLater', failure ?? 'the host was not switched on')
}

interface Beside {
  readonly power: 'on' | 'off' | null
  readonly guard: GuardStatus | null
}

async function lookBeside({ controller, guard }: HostPower, deadlineUnixMs: number): Promise<Beside> {
  const [power, status] = await Promise.all([controller?.status(deadlineUnixMs), guard?.status(deadlineUnixMs)])
  return { power: power?.power === 'on' || power?.power === 'off' ? power.power : null, guard: status?.ok === true ? status.value : null }
}

/** A controller that says "off" of a host that answers is wrong: the host is believed. */
function withPower(host: SeenHost, { power, guard }: Beside): SeenHost {
  return { ...host, power: host.reachable ? 'on' : power, cordoned: guard?.cordoned ?? host.cordoned, ...(guard === null ? {} : { clockUnixMs: guard.clockUnixMs }) }
}

function able(vms: HostDriver, powerOf: (host: HostId) => HostPower, action: Action): Result<void> {
  const step = action.kind === 'step' ? action.step : null
  if (step?.kind === 'powerOff') {
    const { controller, guard } = powerOf(step.host)
    if (guard === null) return refuse('noGuard', `${step.host} has no guard: install plimsoll-guard there and name it in the pool's file`)
    if (controller === null || controller.kind === 'dry') return refuse('noWake', `${step.host} could not be switched on again: give it a bmc in the pool's file`)
    return done(undefined)
  }
  if (step?.kind === 'powerOn') return powerOf(step.host).controller === null ? refuse('noWake', `${step.host} has no bmc in the pool's file`) : done(undefined)
  if (action.kind === 'cordon') return powerOf(action.host).guard === null ? refuse('noGuard', `${action.host} has no guard: it can't be cordoned`) : done(undefined)
  return vms.able(action)
}
