import type { Sample } from '../../src/model/load.ts'
import type { Step } from '../../src/model/plan.ts'
import type { Host, PowerState } from '../../src/model/pool.ts'
import type { Result } from '../../src/model/result.ts'
import type { ReferenceFigures } from '../../src/model/run.ts'
import type { Begun } from '../../src/model/transition.ts'
import type { Simulation } from '../simulation.ts'
import type { Migration, RoundEnd } from '../world/migration.ts'
import type { World } from '../world/world.ts'

/**
 * What may differ between simulated worlds: named strategies, one file each, chosen by a preset. The event queue, the
 * pool, the controller and the record are the same in all of them.
 */
export interface Strategies {
  readonly timeline: Timeline
  readonly demand: Demand
  readonly cpuSharing: CpuSharing
  readonly hostPower: HostPower
  readonly energyFrame: EnergyFrame
  readonly slaAccounting: SlaAccounting
  readonly vmRemoval: VmRemoval
  readonly migrationTiming: MigrationTiming
  readonly startLimits: StartLimits
  readonly observation: Observation
  readonly placement: Placement
}

/** When hosts are accounted and shares worked out anew around a change of the world. */
export interface Timeline {
  /** Changes something about some hosts: accounts them up to now, lets `action` change the world, sees to the new shares. */
  change(sim: Simulation, hosts: readonly number[], action: () => void): void
  /** The same for the whole pool, as when all demand changes. */
  changeAll(sim: Simulation, action: () => void): void
  /** Takes the demand of all VMs anew. */
  takeDemand(sim: Simulation): void
  /** Accounts every host up to now. */
  settleAll(sim: Simulation): void
  /** No further event belongs to this instant. */
  closeInstant(sim: Simulation): void
}

/** What VMs want. */
export interface Demand {
  /** Demand is taken anew at `firstMs` and then every `intervalMs`. */
  readonly firstMs: number
  readonly intervalMs: number
  /** Enters the demand of every present VM at this instant. */
  update(world: World): void
  /** The same for one VM, as on its arrival. */
  updateVm(world: World, slot: number): void
}

/** What VMs get of their host's CPU. */
export interface CpuSharing {
  /** Enters what each VM of the host is delivered, and what the host uses. */
  share(world: World, host: number): void
}

/** What it means for a host to be on, and how long switching takes. */
export interface HostPower {
  /** Whether steps are what switches hosts: their power cycles are counted, and not those of the accounts. */
  readonly isSwitchedBySteps: boolean
  stateOf(world: World, host: number): PowerState
  /** Power at the plug now, before PUE. */
  powerW(world: World, host: number): number
  switchMs(host: Host, kind: 'powerOn' | 'powerOff'): number
}

/** Energy over a stretch of time. */
export interface EnergyFrame {
  /** Accounts a host from when it was last settled, `durationMs` ago, to now. */
  accrue(sim: Simulation, host: number, durationMs: number): void
  /** At the plug, with PUE. */
  totalWh(sim: Simulation): number
}

/** How well VMs were served over a stretch of time. */
export interface SlaAccounting {
  /** Accounts a host and its VMs from when they were last settled, `durationMs` ago, to now, at the rates that held. */
  accrue(sim: Simulation, host: number, durationMs: number): void
  /** How much of the run the figures cover. */
  measuredMs(sim: Simulation): number
  /** The figures of the PlanetLab study; null where it is not its world. */
  referenceFigures(sim: Simulation): ReferenceFigures | null
}

/** Which VMs leave by themselves, besides those whose time to depart comes. */
export interface VmRemoval {
  /** Looks at the VMs of these hosts. */
  remove(sim: Simulation, hosts: Iterable<number>): void
}

/** How long migrations take, and what they are doing meanwhile. */
export interface MigrationTiming {
  /** A migration has begun: queues what ends it. */
  begun(sim: Simulation, migration: Migration): void
  /** What is due for a migration whose queued time has come. */
  roundEnd(sim: Simulation, migration: Migration): RoundEnd
}

/** Which steps may start. */
export interface StartLimits {
  /** Enters a step into the pool, or says why it may not start. */
  begin(sim: Simulation, step: Step): Result<Begun>
}

/** What the controller is shown. */
export interface Observation {
  readonly firstMs: number
  readonly intervalMs: number
  /** From a sample to the controller; null: in the same event, before anything else happens. */
  readonly delayMs: number | null
  /** When the controller is first woken; null: by the first sample. */
  readonly firstTickMs: number | null
  sample(sim: Simulation): Sample
}

/** Where VMs are as the run begins. */
export interface Placement {
  /** Puts the VMs that are there from the start on hosts; returns the numbers of those that found no place. */
  place(sim: Simulation): readonly number[]
}

/** A choice of strategies for one run, by name. */
export interface Preset {
  readonly name: 'standard' | 'reference'
  /** Whether memory limits what may start after the first placement. */
  readonly memoryEnforced: boolean
  strategies(sim: Pick<Simulation, 'run' | 'world'>): Strategies
}
