import { bundledSolver } from '../src/optimize/bundledSolver.ts'
import { greedySolver } from '../src/optimize/greedy.ts'
import type { Solver } from '../src/optimize/packing.ts'
import { studyBaseline } from '../src/policy/baseline/studyBaseline.ts'
import type { ControllerConfig, ControllerState } from '../src/control/state.ts'
import { initialState } from '../src/control/state.ts'
import type { Output } from '../src/control/messages.ts'
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
import { type Trouble, noTrouble } from './trouble.ts'
import type { Preset, Strategies } from './strategies/strategies.ts'
import { type Meter, makeMeter } from './world/meter.ts'
import type { Migration } from './world/migration.ts'
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
  /** a = host; of `hostFail`, b = number of the host's failure by chance. */
  hostFail: 12, hostRepair: 13, fenced: 14,
  row: 15, warmup: 16, day: 17, end: 18,
  /** a = number of the solve. */
  solved: 19,
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
  readonly strategies: Strategies
  readonly config: ControllerConfig
  controller: ControllerState
  /** Solves what the controller asks for, after `run.solveDelayMs`. */
  readonly solver: Solver
  /** What was asked for last, until its answer is told. */
  solving: { readonly number: number; readonly asked: Extract<Output, { kind: 'solve' }> } | null
  readonly migrations: Map<number, Migration>
  readonly steps: Map<number, RunningStep>
  readonly refused: { readonly step: Step; readonly refusal: Refusal }[]
  readonly inbox: Sample[]
  readonly pendingTicks: Set<number>
  readonly events: RunEvent[]
  readonly trouble: Trouble
  counts: Counts
  /** VMs (by number) that lost their host, since when. */
  readonly lost: Map<number, number>
  /** When each host failed last. */
  readonly failedAtMs: Map<number, number>
  /** Per host: which planned failure by chance is the next (older ones are void), and what the times are drawn from. */
  readonly nextFailure: Map<number, { number: number; readonly random: Rng }>
  /** VMs (by number) that wait for their first place, since when. */
  readonly waiting: Map<number, number>
  readonly random: { readonly gaps: Rng; readonly migrations: Rng; readonly wakes: Rng; readonly hosts: Rng }
  nextNumber: number
}

export function makeSimulation(run: ScenarioRun, preset: Preset, solver: Solver = bundledSolver): Simulation {
  const rng = seededRng(run.seed, 'simulation')
  const world = makeWorld(run)
  return {
    run, world, meter: makeMeter(), queue: new EventQueue(), strategies: preset.strategies({ run, world }),
    config: { fallback: greedySolver, startUnixMs: run.startUnixMs, memoryEnforced: preset.memoryEnforced, baseline: run.policy.baseline && studyBaseline(run.policy.name, run.policy.baseline, run.seed) },
    controller: initialState(run.policy), solver, solving: null, migrations: new Map(), steps: new Map(), refused: [], inbox: [], pendingTicks: new Set(), events: [], trouble: noTrouble(rng.split('noise')),
    counts: noCounts(), lost: new Map(), failedAtMs: new Map(), nextFailure: new Map(), waiting: new Map(),
    random: { gaps: rng.split('gaps'), migrations: rng.split('migrations'), wakes: rng.split('wakes'), hosts: rng.split('hosts') },
    nextNumber: 0,
  }
}

/** Changes something about some hosts, with their accounts brought up to date before. */
export const change = (sim: Simulation, hosts: readonly number[], action: () => void): void => sim.strategies.timeline.change(sim, hosts, action)

/** The same for the whole pool, as when all demand changes. */
export const changeAll = (sim: Simulation, action: () => void): void => sim.strategies.timeline.changeAll(sim, action)

/** Accounts every host up to now. */
export const settleAll = (sim: Simulation): void => sim.strategies.timeline.settleAll(sim)
