import type { Request } from '../src/control/messages.ts'
import { type HostId, stepId } from '../src/model/ids.ts'
import { reason } from '../src/model/result.ts'
import { MODE, NOWHERE, POWER, VM, memoryForVmsMib } from '../src/model/pool.ts'
import type { ScenarioEvent } from '../src/model/scenario.ts'
import { isServing, release } from '../src/model/transition.ts'
import { countHostsOn, endStep, migrationFailed, recordPower, startForeign, type Ended } from './perform.ts'
import { EVENT, type Simulation, change, changeAll } from './simulation.ts'
import { bringHost, bringVm, dropVm, listOn, unlist } from './world/world.ts'

/** What an occurrence means for the controller: steps that ended by it, and what is asked of it. */
export interface Consequences {
  readonly ended: readonly Ended[]
  readonly requests: readonly Request[]
}

const NOTHING: Consequences = { ended: [], requests: [] }

/** A VM enters the pool. It waits for a place, unless the workload says where it was started and it fits there. */
export function vmArrives(sim: Simulation, number: number): Consequences {
  const { world } = sim
  const { vm, departMs } = world.vms[number]!
  const host = startedOn(sim, number)
  if (host !== null) {
    change(sim, [host], () => vmIsOn(sim, number, host))
    for (const change of ['arrived', 'placed'] as const) sim.events.push({ atMs: world.atMs, kind: 'vm', vm: vm.id, change, ...(change === 'placed' ? { host: world.pool.hosts[host]!.id } : {}) })
    return NOTHING
  }
  const slot = bringVm(world, number)
  if (sim.meter.sensedUsedMhzMs.length > slot) sim.meter.sensedUsedMhzMs[slot] = sim.meter.sensedWaitedMhzMs[slot] = 0
  sim.strategies.demand.updateVm(world, slot)
  sim.waiting.set(number, world.atMs)
  sim.events.push({ atMs: world.atMs, kind: 'vm', vm: vm.id, change: 'arrived' })
  if (departMs !== null) sim.queue.push(departMs, EVENT.depart, number)
  return { ended: [], requests: [{ kind: 'place', vm: vm.id }] }
}

/** The host that the workload names for an arriving VM, if it can take it. */
function startedOn({ world }: Simulation, number: number): number | null {
  const { host: id, vm } = world.vms[number]!
  const host = id === null ? undefined : world.index.hosts.get(id)
  if (host === undefined) return null
  const { pool } = world
  const fits = pool.hostMemoryMib[host]! + vm.memoryMib <= memoryForVmsMib(pool.hosts[host]!)
  return fits && isServing(pool, host) ? host : null
}

/** A VM is on a host without having been started there: where the run finds it. */
export function vmIsOn(sim: Simulation, number: number, host: number): void {
  const { world } = sim
  const slot = bringVm(world, number)
  const { pool } = world
  pool.vmState[slot] = VM.running
  pool.vmHost[slot] = host
  pool.hostVmCount[host]!++
  pool.hostMemoryMib[host]! += pool.vms[slot]!.memoryMib
  listOn(world, host, slot)
  if (sim.meter.sensedUsedMhzMs.length > slot) sim.meter.sensedUsedMhzMs[slot] = sim.meter.sensedWaitedMhzMs[slot] = 0
  sim.strategies.demand.updateVm(world, slot)
  const { departMs } = world.vms[number]!
  if (departMs !== null) sim.queue.push(departMs, EVENT.depart, number)
}

/** A VM leaves the pool, whatever is being done with it. */
export function vmDeparts(sim: Simulation, number: number): Consequences {
  const { world } = sim
  const slot = world.index.vms.get(world.vms[number]!.vm.id)
  if (slot === undefined || world.slotVm[slot] !== number) return NOTHING
  const ended = cancelSteps(sim, (vm) => vm === slot, 'the VM left the pool')
  const host = world.pool.vmHost[slot]!
  if (host === NOWHERE) {
    dropVm(world, slot)
    forgetVm(sim, number)
  } else change(sim, [host], () => leavePool(sim, slot))
  return { ended, requests: [] }
}

/** A VM that runs and takes part in no step leaves its host and the pool; whoever calls it sees to the accounts. */
export function leavePool(sim: Simulation, slot: number): void {
  const { world } = sim
  const number = world.slotVm[slot]!
  const host = world.pool.vmHost[slot]!
  unlist(world, host, slot)
  release(world.pool, slot, host)
  dropVm(world, slot)
  forgetVm(sim, number)
}

function forgetVm(sim: Simulation, number: number): void {
  sim.waiting.delete(number)
  sim.lost.delete(number)
  sim.events.push({ atMs: sim.world.atMs, kind: 'vm', vm: sim.world.vms[number]!.vm.id, change: 'departed' })
}

/** A host dies: its VMs are gone until somebody restarts them, its steps end, and for a while nobody knows what it does. */
export function hostFails(sim: Simulation, host: number): Consequences {
  const { world, run } = sim
  const { pool } = world
  if (pool.hostPower[host] === POWER.failed || pool.hostPower[host] === POWER.off) return NOTHING
  const ended = cancelSteps(sim, (vm) => vm !== NOWHERE && pool.vmHost[vm] === host, 'the host failed', host)
  const victims = world.hostVms[host]!.slice()
  change(sim, [host], () => {
    for (const slot of victims) {
      unlist(world, host, slot)
      release(pool, slot, host)
      pool.vmHost[slot] = NOWHERE
      pool.vmState[slot] = VM.stopped
      sim.lost.set(world.slotVm[slot]!, world.atMs)
      sim.queue.push(world.atMs + run.physics.restartDelayMs, EVENT.restart, world.slotVm[slot])
      sim.events.push({ atMs: world.atMs, kind: 'vm', vm: pool.vms[slot]!.id, change: 'lostHost', host: pool.hosts[host]!.id })
    }
    pool.hostPower[host] = POWER.failed
    pool.hostReachable[host] = 0
    pool.revision++
  })
  sim.counts.hostFailures++
  countHostsOn(sim)
  sim.failedAtMs.set(host, world.atMs)
  sim.events.push({ atMs: world.atMs, kind: 'host', host: pool.hosts[host]!.id, change: 'failed' })
  sim.queue.push(world.atMs + run.physics.restartDelayMs, EVENT.fenced, host)
  return { ended, requests: [] }
}

/** The HA manager has made sure that a failed host is dead. Void when the host was repaired and failed again meanwhile. */
export function hostIsFenced(sim: Simulation, host: number): void {
  const { pool, atMs } = sim.world
  const failedMs = sim.failedAtMs.get(host) ?? atMs
  if (pool.hostPower[host] === POWER.failed && atMs >= failedMs + sim.run.physics.restartDelayMs) pool.hostReachable[host] = 1
}

/** The HA manager asks for a place for a VM whose host failed. */
export function vmRestarts(sim: Simulation, number: number): Consequences {
  const { world } = sim
  const slot = world.index.vms.get(world.vms[number]!.vm.id)
  if (slot === undefined || !sim.lost.has(number) || world.pool.vmState[slot] !== VM.stopped) return NOTHING
  world.pool.vmState[slot] = VM.pending
  world.pool.revision++
  return { ended: [], requests: [{ kind: 'place', vm: world.vms[number]!.vm.id }] }
}

export function hostIsRepaired(sim: Simulation, host: number): void {
  const { pool } = sim.world
  if (pool.hostPower[host] !== POWER.failed) return
  change(sim, [host], () => {
    pool.hostPower[host] = POWER.on
    pool.hostReachable[host] = 1
    pool.revision++
  })
  sim.events.push({ atMs: sim.world.atMs, kind: 'host', host: pool.hosts[host]!.id, change: 'repaired' })
  recordPower(sim, host)
  scheduleFailure(sim, host)
}

/**
 * The next failure of a host by its mean time between failures; exponential. Each host has its own source, so that hosts
 * fail at the same times under every policy as long as they are on. A failure that was planned before is void.
 */
export function scheduleFailure(sim: Simulation, host: number): void {
  const { hostMtbfMs } = sim.run.faults
  if (hostMtbfMs === null) return
  const next = sim.nextFailure.get(host) ?? { number: 0, random: sim.random.hosts.split(sim.world.pool.hosts[host]!.id) }
  next.number++
  sim.nextFailure.set(host, next)
  const waitMs = Math.ceil(-Math.log(1 - next.random.next()) * hostMtbfMs)
  sim.queue.push(sim.world.atMs + waitMs, EVENT.hostFail, host, next.number)
}

/** The failure that was planned comes: it is repaired after a while. A host that is off or failed already is spared until the next. */
export function hostFailsByChance(sim: Simulation, host: number, number: number): Consequences {
  if (sim.nextFailure.get(host)?.number !== number) return NOTHING
  const state = sim.world.pool.hostPower[host]
  if (state === POWER.off || state === POWER.failed) scheduleFailure(sim, host)
  else sim.queue.push(sim.world.atMs + sim.run.faults.hostRepairMs, EVENT.hostRepair, host)
  return hostFails(sim, host)
}

/** Ends all steps that deal with a VM of this kind, or with this host, as failed. */
function cancelSteps(sim: Simulation, concerns: (vm: number) => boolean, message: string, host = NOWHERE): Ended[] {
  const ended: Ended[] = []
  for (const migration of [...sim.migrations.values()]) {
    const { begun } = migration
    if (concerns(begun.vm) || begun.source === host || begun.target === host) ended.push(migrationFailed(sim, migration, 'failed', message))
  }
  for (const [number, running] of [...sim.steps]) {
    const { begun } = running
    const here = host !== NOWHERE && (begun.source === host || begun.target === host)
    if ((begun.vm !== NOWHERE && concerns(begun.vm)) || here) ended.push(endStep(sim, number, running, 'failed', message))
  }
  return ended
}

/** A timed event of the scenario. Requests go to the controller; everything else happens to the pool. */
export function scenarioEvent(sim: Simulation, event: ScenarioEvent): Consequences {
  const { world } = sim
  switch (event.kind) {
    case 'maintenanceEnter':
      return { ended: [], requests: [{ kind: event.kind, host: event.host, method: event.method }] }
    case 'maintenancePlan':
      return { ended: [], requests: [{ kind: event.kind, host: event.host, atUnixMs: event.atUnixMs, durationMs: event.durationMs, method: event.method }] }
    case 'maintenanceRoll':
      return { ended: [], requests: [{ kind: event.kind, hosts: event.hosts, stayMs: event.stayMs, method: event.method }] }
    case 'maintenanceRollStop':
      return { ended: [], requests: [{ kind: event.kind }] }
    case 'runNow':
      return { ended: [], requests: [{ kind: event.kind, goal: event.goal, forMs: event.forMs }] }
    case 'maintenanceUnplan':
    case 'maintenanceLeave':
    case 'powerOn':
    case 'powerOff':
      return { ended: [], requests: [{ kind: event.kind, host: event.host }] }
    case 'migrate':
      return { ended: [], requests: [{ kind: 'migrate', vm: event.vm, target: event.target }] }
    case 'policy':
      return { ended: [], requests: [{ kind: 'policy', policy: event.policy }] }
    case 'hostFail':
      return onHost(sim, event.host, hostFails)
    case 'hostRepair':
      return onHost(sim, event.host, (all, host) => (hostIsRepaired(all, host), NOTHING))
    case 'hostRemove':
      return onHost(sim, event.host, hostIsRemoved)
    case 'hostAdd':
      scheduleFailure(sim, bringHost(world, event.host))
      countHostsOn(sim)
      sim.events.push({ atMs: world.atMs, kind: 'host', host: event.host.host.id, change: 'added' })
      return NOTHING
    case 'vmAdd':
      world.vms.push(event.vm)
      return vmArrives(sim, world.vms.length - 1)
    case 'vmRemove': {
      const slot = world.index.vms.get(event.vm)
      return slot === undefined ? NOTHING : vmDeparts(sim, world.slotVm[slot]!)
    }
    case 'foreignMigrate':
    case 'vmLock':
    case 'vmUnlock':
    case 'wakeBreak':
    case 'wakeMend':
    case 'sensorFault':
      trouble(sim, event)
      return NOTHING
    case 'vmResize':
      resize(sim, event)
      return NOTHING
    case 'demandScale':
      changeAll(sim, () => {
        const key = event.class ?? ''
        world.demandScale.set(key, (world.demandScale.get(key) ?? 1) * event.factor)
        for (let slot = 0; slot < world.pool.vms.length; slot++) if (world.pool.vmState[slot] !== VM.gone) sim.strategies.demand.updateVm(world, slot)
      })
      return NOTHING
  }
}

/** Things that go wrong around the pool, or that others do in it; each is told in the run. */
function trouble(sim: Simulation, event: Extract<ScenarioEvent, { kind: 'foreignMigrate' | 'vmLock' | 'vmUnlock' | 'wakeBreak' | 'wakeMend' | 'sensorFault' }>): void {
  const { lockedVms, deafHosts } = sim.trouble
  const tell = (code: string, text: string): void => void sim.events.push({ atMs: sim.world.atMs, kind: 'note', goal: 'scenario', reason: reason(code, text) })
  switch (event.kind) {
    case 'foreignMigrate':
      foreignMigrate(sim, event)
      return
    case 'vmLock':
      lockedVms.add(event.vm)
      tell('vmLocked', `${event.vm} is locked.`)
      return
    case 'vmUnlock':
      lockedVms.delete(event.vm)
      tell('vmUnlocked', `${event.vm} is unlocked.`)
      return
    case 'wakeBreak':
      deafHosts.add(event.host)
      tell('wakeBroken', `${event.host} does not come up when it is woken from here on.`)
      return
    case 'wakeMend':
      deafHosts.delete(event.host)
      tell('wakeMended', `${event.host} comes up again when it is woken.`)
      return
    case 'sensorFault':
      sim.trouble.sensorFaults = [...sim.trouble.sensorFaults, event]
      tell('sensorFault', `sensors of ${event.host ?? event.vm ?? 'all hosts and VMs'} read ${event.reads} for a while.`)
  }
}

/** Somebody else migrates a VM, if it runs elsewhere. */
function foreignMigrate(sim: Simulation, { vm, target }: ScenarioEvent & { kind: 'foreignMigrate' }): void {
  const { pool, index } = sim.world
  const slot = index.vms.get(vm)
  if (slot === undefined || pool.vmState[slot] !== VM.running || pool.hosts[pool.vmHost[slot]!]!.id === target) return
  startForeign(sim, { id: stepId(`x${sim.nextNumber++}`), after: [], estimateMs: 0, reason: reason('foreign', 'started by somebody else'), kind: 'migrate', vm, source: pool.hosts[pool.vmHost[slot]!]!.id, target })
}

function onHost(sim: Simulation, id: HostId, act: (sim: Simulation, host: number) => Consequences): Consequences {
  const host = sim.world.index.hosts.get(id)
  return host === undefined ? NOTHING : act(sim, host)
}

/** The host leaves for good: its VMs lose their place as when it fails, but it is no failure; its column stays, off and in maintenance. */
function hostIsRemoved(sim: Simulation, host: number): Consequences {
  const { pool } = sim.world
  const { hostFailures } = sim.counts
  const consequences = hostFails(sim, host)
  sim.counts.hostFailures = hostFailures
  pool.hostPower[host] = POWER.off
  pool.hostReachable[host] = 1
  pool.hostMode[host] = MODE.maintenance
  pool.revision++
  sim.events.push({ atMs: sim.world.atMs, kind: 'host', host: pool.hosts[host]!.id, change: 'removed' })
  return consequences
}

function resize(sim: Simulation, event: ScenarioEvent & { kind: 'vmResize' }): void {
  const { world } = sim
  const slot = world.index.vms.get(event.vm)
  if (slot === undefined) return
  const { pool } = world
  const old = pool.vms[slot]!
  const vm = { ...old, vcpus: event.vcpus ?? old.vcpus, cpuMhz: event.cpuMhz ?? old.cpuMhz, memoryMib: event.memoryMib ?? old.memoryMib }
  const hosts = [pool.vmHost[slot]!, pool.vmTarget[slot]!].filter((host) => host !== NOWHERE)
  change(sim, hosts, () => {
    for (const host of hosts) pool.hostMemoryMib[host]! += vm.memoryMib - old.memoryMib
    pool.vms[slot] = vm
    pool.revision++
    sim.strategies.demand.updateVm(world, slot)
  })
  sim.events.push({ atMs: world.atMs, kind: 'vm', vm: vm.id, change: 'resized' })
}
