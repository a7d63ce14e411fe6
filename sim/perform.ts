import type { MigrateStep, Step, StepOutcome } from '../src/model/plan.ts'
import { MODE, NOWHERE, POWER_STATES, type HostMode } from '../src/model/pool.ts'
import { type Result, done, refuse } from '../src/model/result.ts'
import type { RunEvent } from '../src/model/run.ts'
import { type Begun, abandon, finish } from '../src/model/transition.ts'
import type { HostId } from '../src/model/ids.ts'
import type { MigrationSample } from '../src/model/migrations.ts'
import { startEvent } from '../src/control/startEvent.ts'
import type { PoolDriver } from '../src/control/driver.ts'
import { type RunningStep, type Simulation, EVENT, change } from './simulation.ts'
import { type Migration, beginMigration, dirtyMibPerS } from './world/migration.ts'
import { listOn, unlist } from './world/world.ts'

/** The simulated pool behind the interface that a live one has. Ends of steps are queued and reported by the event loop. */
export function simulatedDriver(sim: Simulation): PoolDriver {
  return {
    pool: sim.world.pool, index: sim.world.index,
    start: (step) => startStep(sim, step),
    setMode: (host, mode) => setMode(sim, host, mode),
  }
}

function setMode(sim: Simulation, id: HostId, mode: HostMode): void {
  const host = sim.world.index.hosts.get(id)
  if (host === undefined) return
  change(sim, [host], () => {
    sim.world.pool.hostMode[host] = MODE[mode]
    sim.world.pool.revision++
  })
  sim.events.push({ atMs: sim.world.atMs, kind: 'host', host: id, change: 'mode', mode })
}

function startStep(sim: Simulation, step: Step): Result<void> {
  if ('vm' in step && step.kind !== 'startVm' && step.kind !== 'resumeVm' && sim.trouble.lockedVms.has(step.vm)) return refuse('vmLocked', `${step.vm} is locked, by a backup or a snapshot: try later`)
  return step.kind === 'migrate' ? startMigration(sim, step) : startOther(sim, step)
}

/** Starts what somebody else asks for, unless the pool refuses it: nobody is told, then. */
export function startForeign(sim: Simulation, step: MigrateStep): void {
  if (startStep(sim, step).ok) sim.events.push(startEvent(step, sim.world.atMs))
}

function startMigration(sim: Simulation, step: Step & { kind: 'migrate' }): Result<void> {
  const { world, run } = sim
  const hosts = [world.index.hosts.get(step.source), world.index.hosts.get(step.target)].filter((host) => host !== undefined)
  let result: Result<Begun> | null = null
  change(sim, hosts, () => {
    result = sim.strategies.startLimits.begin(sim, step)
    if (!result.ok) return
    const number = sim.nextNumber++
    const { vm, target } = result.value
    const breaks = run.faults.migrationFailureRatio > 0 && sim.random.migrations.next() < run.faults.migrationFailureRatio
    listOn(world, target, vm)
    const migration = beginMigration(number, result.value, world.pool.vms[vm]!.memoryMib, world.atMs, breaks)
    sim.migrations.set(number, migration)
    sim.strategies.migrationTiming.begun(sim, migration)
  })
  return outcomeOf(result)
}

const outcomeOf = (result: Result<Begun> | null): Result<void> => (result === null || result.ok ? done(undefined) : result)

/** A round has been sent, or the pause is over. Void when the round's end was moved meanwhile. */
export function roundEnded(sim: Simulation, number: number, version: number): Ended | null {
  const migration = sim.migrations.get(number)
  if (!migration || migration.version !== version) return null
  switch (sim.strategies.migrationTiming.roundEnd(sim, migration)) {
    case 'nextRound':
    case 'pause':
      return null
    case 'done':
      return migrationDone(sim, migration)
    case 'broke':
      return migrationFailed(sim, migration, 'failed', 'the migration broke off')
    case 'gaveUp':
      return { ...migrationFailed(sim, migration, 'failed', `did not converge in ${migration.rounds} rounds: the VM dirties memory faster than the link carries it`), migrated: migrated(sim, migration, null) }
  }
}

/** The end of a step, as the controller is told. */
export interface Ended {
  readonly step: Step
  readonly outcome: StepOutcome
  readonly message: string | null
  /** Of a migration that came to its end, or never would have. */
  readonly migrated?: MigrationSample
}

/** What a driver would tell of a migration that ends now; `downtimeMs` null: it did not converge. */
function migrated({ world }: Simulation, migration: Migration, downtimeMs: number | null): MigrationSample {
  const { id, memoryMib } = world.pool.vms[migration.begun.vm]!
  return { vm: id, memoryMib, dirtyMibPerS: dirtyMibPerS(world, { ...migration, pausedSinceMs: null }), durationMs: world.atMs - migration.startedMs, downtimeMs, converged: downtimeMs !== null }
}

function migrationDone(sim: Simulation, migration: Migration): Ended {
  const { world, counts } = sim
  const { begun, startedMs, pausedSinceMs, sentMib } = migration
  change(sim, [begun.source, begun.target], () => {
    sim.migrations.delete(migration.number)
    unlist(world, begun.target, begun.vm)
    if (migration.isSentOn) return
    finish(world.pool, begun)
    unlist(world, begun.source, begun.vm)
    listOn(world, begun.target, begun.vm)
    world.paused[begun.vm] = 0
    world.settledSinceMs[begun.vm] = world.atMs
  })
  counts.migrations++
  counts.migratedMib += sentMib
  counts.migrationMs += world.atMs - startedMs
  const downtimeMs = pausedSinceMs === null ? 0 : world.atMs - pausedSinceMs
  const { id, vm, source, target } = begun.step as MigrateStep
  sim.events.push({ atMs: world.atMs, kind: 'end', step: id, action: 'migrate', outcome: 'done', durationMs: world.atMs - startedMs, vm, source, target, downtimeMs, sentMib: Math.round(sentMib) })
  return { step: begun.step, outcome: 'done', message: null, migrated: migrated(sim, migration, downtimeMs) }
}

export function migrationFailed(sim: Simulation, migration: Migration, outcome: StepOutcome, message: string): Ended {
  const { world, counts } = sim
  const { begun, startedMs } = migration
  change(sim, [begun.source, begun.target], () => {
    sim.migrations.delete(migration.number)
    unlist(world, begun.target, begun.vm)
    if (migration.isSentOn) return
    abandon(world.pool, begun)
    world.paused[begun.vm] = 0
  })
  counts.migrationsFailed++
  sim.events.push({ ...endEvent(sim, begun.step, outcome, startedMs), message })
  return { step: begun.step, outcome, message }
}

function startOther(sim: Simulation, step: Step): Result<void> {
  const { world, run } = sim
  const hostName = 'host' in step ? step.host : 'target' in step ? step.target : step.source
  const host = world.index.hosts.get(hostName)
  let result: Result<Begun> | null = null
  change(sim, host === undefined ? [] : [host], () => {
    result = sim.strategies.startLimits.begin(sim, step)
    if (!result.ok) return
    const number = sim.nextNumber++
    const begun = result.value
    if (step.kind === 'startVm' || step.kind === 'resumeVm') listOn(world, begun.target, begun.vm)
    const fails = step.kind === 'powerOn' && (sim.trouble.deafHosts.has(step.host) || (run.faults.wakeFailureRatio > 0 && sim.random.wakes.next() < run.faults.wakeFailureRatio))
    sim.steps.set(number, { begun, startedMs: world.atMs, fails })
    sim.queue.push(world.atMs + stepMs(sim, step, begun), EVENT.stepEnd, number)
    if (step.kind === 'powerOn' || step.kind === 'powerOff') recordPower(sim, begun.target)
  })
  return outcomeOf(result)
}

function stepMs(sim: Simulation, step: Step, begun: Begun): number {
  switch (step.kind) {
    case 'powerOn':
    case 'powerOff':
      return sim.strategies.hostPower.switchMs(sim.world.pool.hosts[begun.target]!, step.kind)
    case 'startVm':
    case 'resumeVm':
      return sim.run.physics.vmStartMs
    case 'shutdownVm':
    case 'suspendVm':
    case 'migrate':
      return sim.run.physics.vmStopMs
  }
}

/** A boot, shutdown, start or stop has come to its end. */
export function stepEnded(sim: Simulation, number: number): Ended | null {
  const running = sim.steps.get(number)
  return running ? endStep(sim, number, running, running.fails ? 'failed' : 'done', running.fails ? 'the host did not come up' : null) : null
}

export function endStep(sim: Simulation, number: number, { begun, startedMs }: RunningStep, outcome: StepOutcome, message: string | null): Ended {
  const { world } = sim
  const { step, vm, source, target } = begun
  const ok = outcome === 'done'
  const host = target === NOWHERE ? source : target
  change(sim, [host], () => {
    sim.steps.delete(number)
    if (ok) finish(world.pool, begun)
    else abandon(world.pool, begun)
    const starts = step.kind === 'startVm' || step.kind === 'resumeVm'
    if (starts !== ok && vm !== NOWHERE) unlist(world, host, vm)
    if (starts && ok) world.settledSinceMs[vm] = world.atMs
  })
  sim.events.push({ ...endEvent(sim, step, outcome, startedMs), ...(message === null ? {} : { message }) })
  countStep(sim, begun, ok)
  return { step, outcome, message }
}

function countStep(sim: Simulation, { step, vm, target }: Begun, ok: boolean): void {
  const { counts, world } = sim
  const isCounted = sim.strategies.hostPower.isSwitchedBySteps
  if (step.kind === 'powerOn') {
    if (!ok) counts.wakeFailures++
    else if (isCounted) counts.powerOns++
    recordPower(sim, target)
  } else if (step.kind === 'powerOff') {
    if (ok && isCounted) counts.powerOffs++
    recordPower(sim, target)
  } else if (ok && step.kind === 'startVm') placed(sim, vm, world.slotVm[vm]!)
}

/** The VM runs where it was placed: waiting and being without a host are over. */
function placed(sim: Simulation, slot: number, number: number): void {
  const { world, counts, waiting, lost, meter } = sim
  const since = waiting.get(number)
  if (since !== undefined) {
    counts.placements++
    counts.placementWaitMs += world.atMs - since
    waiting.delete(number)
  }
  const lostSince = lost.get(number)
  if (lostSince !== undefined) {
    meter.violationMs[number]! += world.atMs - lostSince
    meter.presentMs[number]! += world.atMs - lostSince
    lost.delete(number)
  }
  sim.events.push({ atMs: world.atMs, kind: 'vm', vm: world.vms[number]!.vm.id, change: 'placed', host: world.pool.hosts[world.pool.vmHost[slot]!]!.id })
}

export function hostsOn({ world, strategies }: Simulation): number {
  let on = 0
  for (let host = 0; host < world.pool.hosts.length; host++) if (strategies.hostPower.stateOf(world, host) === 'on') on++
  return on
}

export function recordPower(sim: Simulation, host: number): void {
  const { pool, atMs } = sim.world
  sim.events.push({ atMs, kind: 'host', host: pool.hosts[host]!.id, change: 'power', power: POWER_STATES[pool.hostPower[host]!]! })
  countHostsOn(sim)
}

/** Takes in how many hosts are on now; to be called whenever that may have changed. */
export function countHostsOn(sim: Simulation): void {
  const on = hostsOn(sim)
  sim.counts.hostsOnMin = Math.min(sim.counts.hostsOnMin, on)
  sim.counts.hostsOnMax = Math.max(sim.counts.hostsOnMax, on)
}

export function endEvent({ world: { atMs } }: { readonly world: { readonly atMs: number } }, step: Step, outcome: StepOutcome, startedMs: number): RunEvent & { kind: 'end' } {
  const base = { atMs, kind: 'end' as const, step: step.id, action: step.kind, outcome, durationMs: atMs - startedMs }
  if ('host' in step) return { ...base, host: step.host }
  return { ...base, vm: step.vm, ...('source' in step ? { source: step.source } : {}), ...('target' in step ? { target: step.target } : {}) }
}
