import { greedySolver } from '../src/optimize/greedy.ts'
import type { ControllerConfig, ControllerState } from '../src/control/state.ts'
import { initialState } from '../src/control/state.ts'
import type { Sample } from '../src/model/load.ts'
import type { Rng } from '../src/model/random.ts'
import type { Refusal } from '../src/model/result.ts'
import type { RunEvent } from '../src/model/run.ts'
import type { ScenarioRun } from '../src/model/scenario.ts'
import type { Step } from '../src/model/plan.ts'
import { type Begun } from '../src/model/transition.ts'
import { EventQueue } from './eventQueue.ts'
import { seededRng } from './random.ts'
import { type Counts, noCounts } from './counts.ts'
import { type Meter, accrueHost, fitMeter, makeMeter, sensePressure } from './world/meter.ts'
import { type Migration, roundEndMs, settleMigration, streamCpuMhz, streamRate } from './world/migration.ts'
import { shareCpu } from './world/share.ts'
import { type World, makeWorld } from './world/world.ts'

/** Kinds of queued events; `a` and `b` are given behind each. */
export const EVENT = {
  /** a = number of the sample in the series' steps. */
  demand: 0, sense: 1, deliver: 2, tick: 3,
  /** a = number of the migration, b = its version. */
  roundEnd: 4, migrationTimeout: 5,
  /** a = number of the running step. */
  stepEnd: 6, refused: 7,
  /** a = number of the VM. */
  arrive: 8, depart: 9, restart: 10,
  /** a = number of the scenario's event. */
  scenario: 11,
  /** a = host. */
  hostFail: 12, hostRepair: 13, fenced: 14,
  row: 15, warmup: 16, day: 17, end: 18,
} as const

/** A step other than a migration that is being carried out. */
export interface RunningStep {
  readonly begun: Begun
  readonly startedMs: number
  readonly fails: boolean
}

/** Everything one simulated run holds. Owned by run.ts and changed only from its event loop. */
export interface Simulation {
  readonly run: ScenarioRun
  readonly world: World
  readonly meter: Meter
  readonly queue: EventQueue
  readonly config: ControllerConfig
  controller: ControllerState
  readonly migrations: Map<number, Migration>
  readonly steps: Map<number, RunningStep>
  readonly refused: { readonly step: Step; readonly refusal: Refusal }[]
  readonly inbox: Sample[]
  readonly pendingTicks: Set<number>
  readonly events: RunEvent[]
  counts: Counts
  /** VMs (by number) that lost their host, since when. */
  readonly lost: Map<number, number>
  /** VMs (by number) that wait for their first place, since when. */
  readonly waiting: Map<number, number>
  readonly random: { readonly gaps: Rng; readonly migrations: Rng; readonly wakes: Rng; readonly hosts: Rng }
  nextNumber: number
}

export function makeSimulation(run: ScenarioRun): Simulation {
  const rng = seededRng(run.seed, 'simulation')
  return {
    run, world: makeWorld(run), meter: makeMeter(), queue: new EventQueue(),
    config: { solver: greedySolver, startUnixMs: run.startUnixMs, memoryEnforced: true, baseline: null },
    controller: initialState(run.policy), migrations: new Map(), steps: new Map(), refused: [], inbox: [], pendingTicks: new Set(), events: [],
    counts: noCounts(), lost: new Map(), waiting: new Map(),
    random: { gaps: rng.split('gaps'), migrations: rng.split('migrations'), wakes: rng.split('wakes'), hosts: rng.split('hosts') },
    nextNumber: 0,
  }
}

/**
 * Changes something about some hosts: accounts them (and what migrations between them sent) up to now at the old rates,
 * lets `action` change the world, then works out the new rates. Hosts at the other end of their migrations are included.
 */
export function change(sim: Simulation, hosts: readonly number[], action: () => void): void {
  const before = migrationsAt(sim, hosts)
  const touched = new Set([...hosts, ...before.flatMap(({ begun }) => [begun.source, begun.target])])
  settle(sim, touched, before)
  action()
  const after = migrationsAt(sim, hosts)
  for (const migration of after) {
    settleMigration(sim.world, migration)
    touched.add(migration.begun.source).add(migration.begun.target)
  }
  for (const host of touched) accrueHost(sim.world, sim.meter, host)
  refresh(sim, touched, after)
}

/** The same for the whole pool, as when all demand changes. */
export function changeAll(sim: Simulation, action: () => void): void {
  settleAll(sim)
  action()
  const { world } = sim
  for (let host = 0; host < world.pool.hosts.length; host++) refreshHost(world, host)
}

/** Accounts every host up to now. */
export function settleAll(sim: Simulation): void {
  const { world, meter } = sim
  fitMeter(meter, world)
  for (let host = 0; host < world.pool.hosts.length; host++) accrueHost(world, meter, host)
  for (const migration of sim.migrations.values()) settleMigration(world, migration)
}

function settle(sim: Simulation, hosts: Iterable<number>, migrations: readonly Migration[]): void {
  fitMeter(sim.meter, sim.world)
  for (const host of hosts) accrueHost(sim.world, sim.meter, host)
  for (const migration of migrations) settleMigration(sim.world, migration)
}

function refresh(sim: Simulation, hosts: Iterable<number>, migrations: readonly Migration[]): void {
  const { world } = sim
  for (const migration of migrations) {
    const rate = streamRate(world, migration)
    if (rate === migration.rateMibPerS) continue
    migration.rateMibPerS = rate
    scheduleRoundEnd(sim, migration)
  }
  for (const host of hosts) {
    world.hostOverheadMhz[host] = 0
    for (const migration of sim.migrations.values()) if (migration.begun.source === host || migration.begun.target === host) world.hostOverheadMhz[host] += streamCpuMhz(world, migration)
    refreshHost(world, host)
  }
}

function refreshHost(world: World, host: number): void {
  sensePressure(world, host)
  shareCpu(world, host)
}

/** Plans the end of the current round at the present rate; an end planned before is void. */
export function scheduleRoundEnd(sim: Simulation, migration: Migration): void {
  migration.version++
  sim.queue.push(roundEndMs(sim.world, migration), EVENT.roundEnd, migration.number, migration.version)
}

function migrationsAt(sim: Simulation, hosts: readonly number[]): Migration[] {
  if (sim.migrations.size === 0) return []
  const found: Migration[] = []
  for (const migration of sim.migrations.values()) if (hosts.includes(migration.begun.source) || hosts.includes(migration.begun.target)) found.push(migration)
  return found
}
