import { crowding, misfit } from './compat.ts'
import { homelessAfterFailures } from './failover.ts'
import { DRILL, type MigrateStep, OPERATOR, type PowerStep, type StartStep, type Step, type StopStep } from './plan.ts'
import { addedMemoryMib, findHost, findVm, type PoolIndex } from './poolIndex.ts'
import { HOST_MODES, MODE, NOWHERE, POWER, POWER_STATES, VM, VM_STATES, memoryForVmsMib, type Pool } from './pool.ts'
import { type Refusal, type Result, done, invariant, refuse } from './result.ts'
import { ruleAgainst } from './ruleCheck.ts'
import { ruleAgainstPower } from './rulePower.ts'

/** Limits on what may happen at once. Null = no limit. */
export interface TransitionLimits {
  /** False only in worlds whose definition ignores memory after the first placement. */
  readonly memoryEnforced: boolean
  readonly hostIncomingMax: number | null
  readonly hostOutgoingMax: number | null
  readonly poolMigrationsMax: number | null
  readonly poolBootsMax: number | null
  readonly hostsOnMin: number
  /** No host is powered off whose VMs, and any others, would then find no memory after so many hosts failed; absent: 0. */
  readonly failoverHosts?: number
}

/** What a step that may start will hold until it ends. */
export interface Begun {
  readonly step: Step
  readonly vm: number
  readonly source: number
  readonly target: number
}

/**
 * The one rule that says whether a step may start now. On success the step's effects so far (memory on both ends of a
 * migration, a host on its way up or down) are entered into `pool`, which the caller must own; `finish` or `abandon`
 * ends it. Refuses with a code and changes nothing when the step is stale, unsafe or over a limit.
 */
export function begin(pool: Pool, index: PoolIndex, step: Step, limits: TransitionLimits): Result<Begun> {
  switch (step.kind) {
    case 'migrate':
      return beginMigration(pool, index, step, limits)
    case 'startVm':
    case 'resumeVm':
      return beginStart(pool, index, step, limits)
    case 'shutdownVm':
    case 'suspendVm':
      return beginStop(pool, index, step)
    case 'powerOn':
      return beginPowerOn(pool, index, step, limits)
    case 'powerOff':
      return beginPowerOff(pool, index, step, limits)
  }
}

/** Enters the effect of a step that ended well. */
export function finish(pool: Pool, begun: Begun): void {
  const { step, vm, source, target } = begun
  pool.revision++
  switch (step.kind) {
    case 'migrate':
      invariant(pool.vmState[vm] === VM.migrating && pool.vmTarget[vm] === target, `${step.vm} ends a migration to ${step.target} that it is not in`)
      leaveMigration(pool, begun)
      release(pool, vm, source)
      pool.vmHost[vm] = target
      pool.hostVmCount[target]!++
      pool.vmState[vm] = VM.running
      return
    case 'startVm':
    case 'resumeVm':
      pool.vmState[vm] = VM.running
      return
    case 'shutdownVm':
      release(pool, vm, source)
      pool.vmHost[vm] = NOWHERE
      pool.vmState[vm] = VM.stopped
      return
    case 'suspendVm':
      release(pool, vm, source)
      pool.vmHost[vm] = NOWHERE
      pool.vmState[vm] = VM.suspended
      return
    case 'powerOn':
      pool.hostPower[target] = POWER.on
      return
    case 'powerOff':
      pool.hostPower[target] = POWER.off
      return
  }
}

/** Takes back a step that did not end well: the VM is where it was, a host that did not come up is `failed`. */
export function abandon(pool: Pool, begun: Begun): void {
  const { step, vm, source, target } = begun
  pool.revision++
  switch (step.kind) {
    case 'migrate':
      leaveMigration(pool, begun)
      pool.hostMemoryMib[target]! -= pool.vms[vm]!.memoryMib
      pool.vmState[vm] = VM.running
      return
    case 'startVm':
    case 'resumeVm':
      release(pool, vm, target)
      pool.vmHost[vm] = NOWHERE
      pool.vmState[vm] = step.kind === 'resumeVm' ? VM.suspended : VM.pending
      return
    case 'shutdownVm':
    case 'suspendVm':
      pool.vmHost[vm] = source
      pool.vmState[vm] = VM.running
      return
    case 'powerOn':
      pool.hostPower[target] = POWER.failed
      return
    case 'powerOff':
      pool.hostPower[target] = POWER.on
      return
  }
}

/** Why a migration can't be what was planned any more, whatever the limits are; null while it can. The first thing that `begin` asks. */
export function staleMigration(pool: Pool, index: PoolIndex, step: MigrateStep): { readonly ok: false; readonly refusal: Refusal } | null {
  const vm = findVm(index, step.vm)
  const source = findHost(index, step.source)
  const target = findHost(index, step.target)
  return (
    (vm === NOWHERE ? refuse('unknownVm', `${step.vm} is not in the pool: plan again`) : null) ??
    (source === NOWHERE || target === NOWHERE ? refuse('unknownHost', `${step.source} or ${step.target} is not in the pool: plan again`) : null) ??
    (pool.vmState[vm] !== VM.running ? refuse('vmNotRunning', `${step.vm} is ${VM_STATES[pool.vmState[vm]!]!}, a migration needs it running: wait or plan again`) : null) ??
    (pool.vmHost[vm] !== source ? refuse('vmElsewhere', `${step.vm} is not on ${step.source}: plan again`) : null) ??
    (source === target ? refuse('sameHost', `${step.vm} is on ${step.target} already`) : null) ??
    (!pool.vms[vm]!.movable ? refuse('vmNotMovable', `${step.vm} may not be migrated`) : null) ??
    (pool.hostReachable[source] === 0 ? refuse('hostUnreachable', `${step.source} does not answer: its state is unknown`) : null)
  )
}

function beginMigration(pool: Pool, index: PoolIndex, step: MigrateStep, limits: TransitionLimits): Result<Begun> {
  const stale = staleMigration(pool, index, step)
  if (stale) return stale
  const vm = findVm(index, step.vm)
  const source = findHost(index, step.source)
  const target = findHost(index, step.target)
  const busy =
    overLimit(pool.hostOutgoing[source]!, limits.hostOutgoingMax, 'hostOutgoingMax', `${step.source} is sending`) ??
    overLimit(pool.hostIncoming[target]!, limits.hostIncomingMax, 'hostIncomingMax', `${step.target} is receiving`) ??
    (limits.poolMigrationsMax === null ? null : overLimit(migrationsRunning(pool), limits.poolMigrationsMax, 'poolMigrationsMax', 'the pool is running'))
  if (busy) return busy
  const no = refusalToHost(pool, vm, target, limits)
  if (no) return no
  pool.vmState[vm] = VM.migrating
  pool.vmTarget[vm] = target
  pool.hostMemoryMib[target]! += pool.vms[vm]!.memoryMib
  pool.hostOutgoing[source]!++
  pool.hostIncoming[target]!++
  pool.revision++
  return done({ step, vm, source, target })
}

function beginStart(pool: Pool, index: PoolIndex, step: StartStep, limits: TransitionLimits): Result<Begun> {
  const vm = findVm(index, step.vm)
  const target = findHost(index, step.target)
  if (vm === NOWHERE) return refuse('unknownVm', `${step.vm} is not in the pool: plan again`)
  if (target === NOWHERE) return refuse('unknownHost', `${step.target} is not in the pool: plan again`)
  const state = pool.vmState[vm]!
  const startable = step.kind === 'resumeVm' ? state === VM.suspended : state === VM.pending || state === VM.stopped
  if (!startable) return refuse('vmNotStartable', `${step.vm} is ${VM_STATES[state]!}: nothing to start`)
  const no = refusalToHost(pool, vm, target, limits)
  if (no) return no
  pool.vmState[vm] = VM.starting
  pool.vmHost[vm] = target
  pool.hostVmCount[target]!++
  pool.hostMemoryMib[target]! += pool.vms[vm]!.memoryMib
  pool.revision++
  return done({ step, vm, source: NOWHERE, target })
}

function beginStop(pool: Pool, index: PoolIndex, step: StopStep): Result<Begun> {
  const vm = findVm(index, step.vm)
  const source = findHost(index, step.source)
  if (vm === NOWHERE) return refuse('unknownVm', `${step.vm} is not in the pool: plan again`)
  if (pool.vmState[vm] !== VM.running) return refuse('vmNotRunning', `${step.vm} is ${VM_STATES[pool.vmState[vm]!]!}, it can only be stopped while it runs`)
  if (pool.vmHost[vm] !== source) return refuse('vmElsewhere', `${step.vm} is not on ${step.source}: plan again`)
  pool.vmState[vm] = VM.stopping
  pool.revision++
  return done({ step, vm, source, target: NOWHERE })
}

function beginPowerOn(pool: Pool, index: PoolIndex, step: PowerStep, limits: TransitionLimits): Result<Begun> {
  const target = findHost(index, step.host)
  if (target === NOWHERE) return refuse('unknownHost', `${step.host} is not in the pool: plan again`)
  const state = pool.hostPower[target]!
  if (state !== POWER.off && state !== POWER.failed) return refuse('hostNotOff', `${step.host} is ${POWER_STATES[state]!}: nothing to wake`)
  if (pool.hostReachable[target] === 0) return refuse('hostUnreachable', `${step.host} does not answer and is not known to be dead: wait until it is fenced`)
  if (pool.hostMode[target] !== MODE.available && step.reason.code !== OPERATOR && step.reason.code !== DRILL) return refuse('hostInMaintenance', `${step.host} is ${HOST_MODES[pool.hostMode[target]!]!}: automation leaves it alone`)
  const boots = count(pool.hosts.length, (host) => pool.hostPower[host] === POWER.poweringOn)
  const busy = overLimit(boots, limits.poolBootsMax, 'poolBootsMax', 'the pool is booting')
  if (busy) return busy
  const rule = ruleAgainstPower(pool, target, 'on')
  if (rule) return refuse('rule', rule)
  pool.hostPower[target] = POWER.poweringOn
  pool.revision++
  return done({ step, vm: NOWHERE, source: NOWHERE, target })
}

function beginPowerOff(pool: Pool, index: PoolIndex, step: PowerStep, limits: TransitionLimits): Result<Begun> {
  const target = findHost(index, step.host)
  if (target === NOWHERE) return refuse('unknownHost', `${step.host} is not in the pool: plan again`)
  const refusal = refusalToPowerOff(pool, target, limits)
  if (refusal) return { ok: false, refusal }
  pool.hostPower[target] = POWER.poweringOff
  pool.revision++
  return done({ step, vm: NOWHERE, source: NOWHERE, target })
}

/** Why a host may not be powered off now, or null. Unknown hosts freeze power-off for the whole pool. */
export function refusalToPowerOff(pool: Pool, host: number, limits: TransitionLimits): Refusal | null {
  const name = pool.hosts[host]!.id
  const no = (code: string, message: string): Refusal => ({ code, message })
  if (pool.hostPower[host] !== POWER.on) return no('hostNotOn', `${name} is ${POWER_STATES[pool.hostPower[host]!]!}: nothing to power off`)
  if (!pool.hosts[host]!.powerManaged) return no('powerNotManaged', `${name} is not under power management`)
  if (pool.hostMode[host] !== MODE.available) return no('hostInMaintenance', `${name} is ${HOST_MODES[pool.hostMode[host]!]!}: automation leaves it alone`)
  if (pool.hostVmCount[host]! > 0) return no('hostNotEmpty', `${name} still holds ${pool.hostVmCount[host]!} VMs: move them first`)
  if (pool.hostIncoming[host]! > 0) return no('hostReceiving', `${name} is receiving ${pool.hostIncoming[host]!} VMs: wait`)
  const unknown = count(pool.hosts.length, (other) => pool.hostReachable[other] === 0)
  if (unknown > 0) return no('poolUnknown', `${unknown} hosts do not answer: no host is powered off until they do`)
  const on = count(pool.hosts.length, (other) => isServing(pool, other))
  const onMin = Math.max(1, limits.hostsOnMin)
  if (on - 1 < onMin) return no('hostsOnMin', `${on} hosts are on and serving, ${onMin} must stay: ${name} stays on`)
  const homeless = (limits.failoverHosts ?? 0) > 0 ? homelessAfterFailures(pool, limits.failoverHosts!, host)[0] : undefined
  if (homeless !== undefined) return no('failover', `with ${name} off, ${homeless}: it stays on`)
  const rule = ruleAgainstPower(pool, host, 'off')
  return rule === null ? null : no('rule', rule)
}

/** Whether the host is on, answers and is not on its way into maintenance. */
export const isServing = (pool: Pool, host: number): boolean => pool.hostPower[host] === POWER.on && pool.hostMode[host] === MODE.available && pool.hostReachable[host] === 1

/** Why this host can't take this VM at this instant (power, mode, memory, rules), or null. */
export function refusalToHost(pool: Pool, vm: number, target: number, limits: TransitionLimits): { readonly ok: false; readonly refusal: Refusal } | null {
  const host = pool.hosts[target]!
  if (pool.hostPower[target] !== POWER.on) return refuse('hostNotOn', `${host.id} is ${POWER_STATES[pool.hostPower[target]!]!}: wake it or pick another host`)
  if (pool.hostMode[target] !== MODE.available) return refuse('hostInMaintenance', `${host.id} is ${HOST_MODES[pool.hostMode[target]!]!}: pick another host`)
  if (pool.hostReachable[target] === 0) return refuse('hostUnreachable', `${host.id} does not answer: pick another host`)
  if (limits.memoryEnforced) {
    const freeMib = memoryForVmsMib(host) - pool.hostMemoryMib[target]!
    const needMib = addedMemoryMib(pool, vm, target)
    if (needMib > freeMib) return refuse('noMemory', `${host.id} has ${freeMib} MiB free, ${pool.vms[vm]!.id} needs ${needMib} MiB: free memory there or pick another host`)
  }
  const source = pool.vmHost[vm] === NOWHERE || pool.vmState[vm] !== VM.running ? null : pool.hosts[pool.vmHost[vm]!]!
  const unfit = misfit(pool.vms[vm]!, source, host) ?? crowding(pool, vm, target)
  if (unfit) return refuse(unfit.code, `${unfit.message}: pick another host`)
  const rule = ruleAgainst(pool, vm, target)
  return rule ? refuse('rule', rule) : null
}

function leaveMigration(pool: Pool, { vm, source, target }: Begun): void {
  pool.vmTarget[vm] = NOWHERE
  pool.hostOutgoing[source]!--
  pool.hostIncoming[target]!--
}

/** A VM stops holding a place on a host. */
export function release(pool: Pool, vm: number, host: number): void {
  pool.hostVmCount[host]!--
  pool.hostMemoryMib[host]! -= pool.vms[vm]!.memoryMib
  invariant(pool.hostVmCount[host]! >= 0, `${pool.hosts[host]!.id} holds fewer than no VMs`)
  if (pool.hostVmCount[host] === 0 && pool.hostIncoming[host] === 0) pool.hostMemoryMib[host] = 0
}

function migrationsRunning(pool: Pool): number {
  let sum = 0
  for (let host = 0; host < pool.hosts.length; host++) sum += pool.hostOutgoing[host]!
  return sum
}

function overLimit(now: number, max: number | null, code: string, what: string): { readonly ok: false; readonly refusal: Refusal } | null {
  return max !== null && now >= max ? refuse(code, `${what} ${now} already, ${max} at once are allowed: wait`) : null
}

function count(size: number, claim: (index: number) => boolean): number {
  let sum = 0
  for (let index = 0; index < size; index++) if (claim(index)) sum++
  return sum
}
