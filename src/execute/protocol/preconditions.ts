import type { HostId, VmId } from '../../model/ids.ts'
import { DRILL, OPERATOR, type MigrateStep, type PowerStep, type StartStep, type Step, type StopStep } from '../../model/plan.ts'
import { type Refusal, refuse } from '../../model/result.ts'
import type { SeenHost, SeenVm } from './effects.ts'
import { hostTrouble, vmTrouble } from './ledger.ts'
import type { Intent } from './records.ts'
import { allHosts, isActive, isActiveOn, isFrozen, isKnown, isServingHost, vmOn } from './sight.ts'
import { PAIR_FAILURES_MAX } from './trouble.ts'
import type { Turning } from './turning.ts'

/** A step may begin, must wait for what passes by itself, or is refused. */
export type Leave = { readonly kind: 'go' } | ({ readonly kind: 'wait' | 'refuse' } & Refusal)

export const GO: Leave = { kind: 'go' }
const no = (code: string, message: string): Leave => ({ kind: 'refuse', ...refuse(code, message).refusal })
const wait = (code: string, message: string): Leave => ({ kind: 'wait', ...refuse(code, message).refusal })

const openIntents = ({ state }: Turning): readonly Intent[] => [...state.current.open.values()]

/** Steps that intents are open for. */
export const openSteps = (turning: Turning): readonly Step[] => openIntents(turning).flatMap(({ action }) => (action.kind === 'step' ? [action.step] : []))

/** Whether an intent is open that concerns this host or that VM as such: one at a time each. */
export const hasOpenHostIntent = (turning: Turning, host: HostId): boolean => openIntents(turning).some(({ action }) => (action.kind === 'cordon' && action.host === host) || (action.kind === 'step' && 'host' in action.step && action.step.host === host))
const hasOpenVmIntent = (turning: Turning, vm: VmId): boolean => openSteps(turning).some((step) => 'vm' in step && step.vm === vm)

/** Whether something of ours uses the host, or will. */
export const isUsed = (turning: Turning, host: HostId): boolean => openSteps(turning).some((step) => 'vm' in step && (('source' in step && step.source === host) || ('target' in step && step.target === host)))

/** What must hold of any host on which something is begun. */
function hostLeave(turning: Turning, seen: SeenHost): Leave {
  const { state } = turning
  if (!seen.reachable) return no('hostUnreachable', `${seen.host} does not answer: nothing is begun there`)
  if (state.skewed.has(seen.host)) return no('clockSkew', `the clock of ${seen.host} is wrong: set it`)
  if (isFrozen(turning, seen.host)) return wait('hostFrozen', `a VM of ${seen.host} seems to run twice: it is left alone`)
  return GO
}

/** What must hold of a host that a VM is to come to. */
function targetLeave(turning: Turning, seen: SeenHost): Leave {
  const { state } = turning
  const { host } = seen
  const any = hostLeave(turning, seen)
  if (any.kind !== 'go') return any
  if (seen.power === 'off') return no('hostNotOn', `${host} is off: wake it or pick another host`)
  if (state.current.modes.has(host)) return no('hostInMaintenance', `${host} is in maintenance: pick another host`)
  if (state.jobs.some(({ step }) => step.kind === 'powerOff' && step.host === host)) return no('hostDraining', `${host} is to be powered off: pick another host`)
  const out = hostTrouble(state.current, host).out
  if (out !== null) return no('hostOut', `${host} is left out (${out}): clear it or pick another host`)
  // Our own cordon of a host that is to serve again is on its way off.
  if (hasOpenHostIntent(turning, host)) return wait('hostBusy', `${host} is being changed: wait`)
  if (seen.cordoned) return state.current.cordons.has(host) ? wait('hostCordoned', `${host} is still cordoned: wait`) : no('hostCordoned', `${host} is cordoned by somebody: pick another host`)
  return GO
}

/** Why a migration may not begin on what both hosts show now, or that it may. */
export function migrationLeave(turning: Turning, step: MigrateStep, from: SeenHost, to: SeenHost): Leave {
  const { state, config, atMs } = turning
  const { vm, source, target } = step
  const trouble = vmTrouble(state.current, vm)
  if (trouble.pinned !== null) return no('vmPinned', `${vm} is not migrated (${trouble.pinned}): clear it when that has changed`)
  if (atMs < trouble.notBeforeMs) return no('backOff', `${vm} failed ${trouble.failures} times: it is tried again in ${trouble.notBeforeMs - atMs} ms`)
  if ((trouble.targets[target] ?? 0) >= PAIR_FAILURES_MAX) return no('pairExcluded', `${vm} could not get to ${target} several times: pick another host`)
  const ends = [hostLeave(turning, from), targetLeave(turning, to)].find(({ kind }) => kind !== 'go')
  if (ends) return ends
  const place = placeLeave(turning, vm, from)
  if (place.kind !== 'go') return place
  if (vmOn(to, vm) !== null) return no('nameTaken', `${target} already holds something named ${vm}: remove it or pick another host`)
  if (jobsOn(turning, from, 'source') >= config.limits.hostOutgoingMax) return wait('hostOutgoingMax', `${source} is sending: wait`)
  if (jobsOn(turning, to, 'target') >= config.limits.hostIncomingMax) return wait('hostIncomingMax', `${target} is receiving: wait`)
  if (config.limits.poolMigrationsMax !== null && migrationsNow(turning) >= config.limits.poolMigrationsMax) return wait('poolMigrationsMax', 'the pool is migrating enough: wait')
  return memoryLeave(turning, vm, to)
}

/** The VM runs there, undisturbed, and nothing of ours is open on it. */
function placeLeave(turning: Turning, vm: VmId, from: SeenHost): Leave {
  if (hasOpenVmIntent(turning, vm)) return wait('vmBusy', `a step of ${vm} is not settled: wait`)
  const found = vmOn(from, vm)
  if (found === null || !isActive(found)) return no('vmElsewhere', `${vm} does not run on ${from.host}: plan again`)
  if (found.state === 'crashed') return no('vmCrashed', `${vm} has crashed on ${from.host}: look at it`)
  return found.hasJob ? no('vmLocked', `somebody's job runs on ${vm}: later`) : GO
}

/** Migrations at one end: ours that are not settled, and everybody else's that show. */
function jobsOn(turning: Turning, seen: SeenHost, end: 'source' | 'target'): number {
  const ours = openSteps(turning).filter((step): step is MigrateStep => step.kind === 'migrate')
  const others = seen.vms.filter(({ vm, state, hasJob }) => (end === 'target' ? state === 'incoming' : hasJob && state !== 'incoming') && !ours.some((step) => step.vm === vm))
  // What the host counts itself may be more than shows: a copy on Xen can't be told from a VM that is shut off.
  return Math.max(ours.filter((step) => step[end] === seen.host).length + others.length, end === 'target' ? seen.incoming : seen.outgoing)
}

function migrationsNow(turning: Turning): number {
  const ours = new Set(openSteps(turning).flatMap((step) => (step.kind === 'migrate' ? [step.vm] : [])))
  let others = 0
  for (const seen of turning.state.views.values()) for (const { vm, state } of seen.vms) if (seen.reachable && state === 'incoming' && !ours.has(vm)) others++
  return ours.size + others
}

/** Memory as the target shows it, with what ours on their way there will hold; where a host does not tell, the planner's word stands. */
function memoryLeave(turning: Turning, vm: VmId, to: SeenHost): Leave {
  const needMib = memoryOf(turning, vm)
  if (to.memoryForVmsMib === undefined || needMib === null) return GO
  const isHeld = (other: SeenVm): boolean => isActive(other) || other.state === 'incoming'
  let heldMib = to.vms.reduce((sum, other) => sum + (isHeld(other) ? (other.memoryMib ?? 0) : 0), 0)
  for (const step of openSteps(turning)) {
    if (!('target' in step) || step.target !== to.host) continue
    // A copy on Xen shows as a VM that is shut off.
    const there = vmOn(to, step.vm)
    if (there === null || !isHeld(there)) heldMib += memoryOf(turning, step.vm) ?? needMib
  }
  const freeMib = to.memoryForVmsMib - heldMib
  return needMib <= freeMib ? GO : wait('noMemory', `${to.host} has ${freeMib} MiB free, ${needMib} MiB are needed: wait or pick another host`)
}

/** As the planner or a host tells; null where nobody does. */
function memoryOf({ state }: Turning, vm: VmId): number | null {
  const told = state.jobs.find(({ step }) => 'vm' in step && step.vm === vm)?.memoryMib ?? null
  if (told !== null) return told
  for (const seen of state.views.values()) {
    const memoryMib = vmOn(seen, vm)?.memoryMib
    if (memoryMib !== undefined) return memoryMib
  }
  return null
}

/** A VM is only started where every host says that it does not run already. */
export function startLeave(turning: Turning, { vm, target }: StartStep, looked: readonly SeenHost[]): Leave {
  const to = looked.find(({ host }) => host === target)
  if (to === undefined) return no('unknownHost', `${target} is not managed: plan again`)
  const there = targetLeave(turning, to)
  if (there.kind !== 'go') return there
  if (hasOpenVmIntent(turning, vm)) return wait('vmBusy', `a step of ${vm} is not settled: wait`)
  const blind = looked.find((seen) => !isKnown(seen))
  if (blind !== undefined) return no('poolUnknown', `${blind.host} does not answer, ${vm} may run there: wait until it does`)
  const running = looked.find((seen) => isActiveOn(seen, vm) || vmOn(seen, vm)?.state === 'incoming')
  if (running !== undefined) return no('vmNotStartable', `${vm} runs on ${running.host}: nothing to start`)
  return memoryLeave(turning, vm, to)
}

export function stopLeave(turning: Turning, { vm }: StopStep, from: SeenHost): Leave {
  const there = hostLeave(turning, from)
  if (there.kind !== 'go') return there
  const place = placeLeave(turning, vm, from)
  if (place.kind !== 'go') return place
  return vmOn(from, vm)?.state === 'unsure' ? no('stateUnsure', `the state of ${vm} is not to be trusted: it is not stopped on that alone`) : GO
}

/** A host that is off has no clock to compare; where most others disagree with ours, a deadline of ours means nothing. */
function isOwnClockSuspect({ state }: Turning): boolean {
  const reachable = [...state.views.values()].filter((seen) => seen.reachable).length
  return state.skewed.size > 0 && state.skewed.size * 2 >= reachable
}

export function powerOnLeave(turning: Turning, step: PowerStep, seen: SeenHost): Leave {
  const { state, config } = turning
  const { host } = step
  if (state.current.modes.has(host) && step.reason.code !== OPERATOR && step.reason.code !== DRILL) return no('hostInMaintenance', `${host} is in maintenance: it is left alone`)
  const out = hostTrouble(state.current, host).out
  if (out !== null && step.reason.code !== 'operator') return no('hostOut', `${host} is left out (${out}): clear it`)
  if (isOwnClockSuspect(turning)) return no('clockSkew', `the clocks of most hosts differ from ours: set ours before ${host} is woken`)
  if (seen.power === null) return no('controllerSilent', `the management controller of ${host} does not answer: no answer is not "off"`)
  if (seen.power === 'on') return no('hostUnreachable', `${host} is on and does not answer: look at it`)
  if (hasOpenHostIntent(turning, host)) return wait('hostBusy', `${host} is being changed: wait`)
  const boots = openSteps(turning).filter(({ kind }) => kind === 'powerOn').length
  return config.limits.bootsAtOnceMax !== null && boots >= config.limits.bootsAtOnceMax ? wait('poolBootsMax', 'enough hosts are booting: wait') : GO
}

/** Why the pool can't do without this host, or why it must not be touched. `looked` are fresh looks at all hosts. */
export function powerOffLeave(turning: Turning, step: PowerStep, looked: readonly SeenHost[]): Leave {
  const { state, config, atMs } = turning
  const { host } = step
  const managed = config.hosts.find(({ id }) => id === host)
  const seen = looked.find((other) => other.host === host)
  if (managed === undefined || seen === undefined) return no('unknownHost', `${host} is not managed: plan again`)
  if (!managed.powerManaged) return no('powerNotManaged', `${host} is not under power management`)
  const blind = looked.filter((other) => !isKnown(other))
  if (blind.length > 0) return no('poolUnknown', `${blind.map((other) => other.host).join(', ')} do not answer: no host is powered off until they do`)
  const there = hostLeave(turning, seen)
  if (there.kind !== 'go') return there
  // A drill may power off what was never proven to wake, in maintenance too.
  const isDrill = step.reason.code === DRILL
  if (!isDrill && state.current.modes.has(host)) return no('hostInMaintenance', `${host} is in maintenance: automation leaves it alone`)
  const trouble = hostTrouble(state.current, host)
  if (trouble.out !== null) return no('hostOut', `${host} is left out (${trouble.out}): clear it`)
  if (!isDrill && (trouble.wakeProvenMs === null || atMs - trouble.wakeProvenMs > config.times.wakeProofMs)) return no('wakeNotProven', `${host} has not been woken lately: plimsoll power drill ${host}`)
  if (seen.power === null) return no('controllerSilent', `the management controller of ${host} does not answer: it could not be woken`)
  if (openSteps(turning).some(({ kind }) => kind === 'powerOff')) return wait('powerOffMax', 'another host is being powered off: wait')
  const staying = looked.filter((other) => other.host !== host && isServingHost(other) && !other.cordoned && !state.current.modes.has(other.host) && !isLeaving(turning, other.host)).length
  const onMin = Math.max(1, config.limits.hostsOnMin)
  if (staying < onMin) return no('hostsOnMin', `${staying} other hosts are on and serving, ${onMin} must stay: ${host} stays on`)
  return isUsed(turning, host) ? wait('hostUsed', `a step with ${host} is not settled: wait`) : GO
}

/** Hosts that are to go don't count as staying, for each other neither. */
const isLeaving = ({ state }: Turning, host: HostId): boolean => state.jobs.some(({ step }) => step.kind === 'powerOff' && step.host === host)

export const looksNeeded = (turning: Turning, step: Step): readonly HostId[] => {
  switch (step.kind) {
    case 'migrate':
      return [step.source, step.target]
    case 'shutdownVm':
    case 'suspendVm':
      return [step.source]
    case 'powerOn':
      return [step.host]
    case 'startVm':
    case 'resumeVm':
    case 'powerOff':
      return allHosts(turning)
  }
}
