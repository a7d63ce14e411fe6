import type { HostId } from '../model/ids.ts'
import type { Solver } from '../optimize/packing.ts'
import type { LoadHistory } from '../model/history.ts'
import type { PolicySettings } from '../model/policy.ts'
import type { Progress } from '../execute/walk.ts'
import { NO_PROGRESS } from '../execute/walk.ts'
import { type EvenMemory, noEvenMemory } from '../policy/goals/evenDistribution.ts'
import { type MaintenanceMemory, noMaintenance } from '../policy/goals/maintenance.ts'
import { type PlacementMemory, noPlacementMemory } from '../policy/goals/placement.ts'
import { NO_SHORTAGE, type PowerMemory, type Shortage, noPowerMemory } from '../policy/goals/powerSave/memory.ts'
import { NO_RISK_MEMORY, type RiskMemory } from '../policy/risk/riskMemory.ts'
import { NO_OUTLOOK_MEMORY, type OutlookMemory } from '../forecast/online/outlook.ts'
import type { Baseline } from '../policy/baseline/baseline.ts'
import { type BaselineMemory, NO_BASELINE_MEMORY } from './baseline.ts'
import type { Gate } from './hold.ts'
import { type MigrationMemory, NO_MIGRATIONS } from './migrationMemory.ts'
import type { Output } from './messages.ts'
import { NO_PEER_PROGRESS, type PeerProgress } from './peerProgress.ts'
import { NO_OTHERS, type OthersMemory } from './others.ts'
import type { RunNow } from './runNow.ts'
import type { OpenSolve } from './solving.ts'

/** What stays the same through a run. */
export interface ControllerConfig {
  /** Quick enough to be asked within a turn, where the one that is asked elsewhere has no answer that is of use. */
  readonly fallback: Solver
  /** Unix ms of the instant 0 of the inputs. */
  readonly startUnixMs: number
  /** False only in the PlanetLab study's world. */
  readonly memoryEnforced: boolean
  /** Absent: automatic. */
  readonly gate?: Gate
  /** A policy of the PlanetLab study instead of goals, arbitration, ordering and benefit filter; only in its world. */
  readonly baseline: Baseline | null
}

/** All that the controller knows between turns. A turn never changes a state, it returns the next one. */
export interface ControllerState {
  /** What holds now: the standing policy, or what it schedules. */
  readonly policy: PolicySettings
  readonly standing: PolicySettings
  readonly runNow: RunNow | null
  readonly history: LoadHistory
  readonly even: EvenMemory
  readonly power: PowerMemory
  readonly risk: RiskMemory
  readonly outlook: OutlookMemory
  readonly maintenance: MaintenanceMemory
  readonly placement: PlacementMemory
  readonly shortage: Shortage
  readonly migrations: MigrationMemory
  readonly others: OthersMemory
  readonly baseline: BaselineMemory
  readonly peer: PeerProgress
  readonly progress: Progress
  readonly planCount: number
  /** The plan whose steps wait or run, whether a person let it begin, and when a decision last found it right or something of it began; null: none was made yet. */
  readonly plan: { readonly hash: string; readonly approved: boolean; readonly confirmedMs: number } | null
  /** Null: the configuration's. */
  readonly gate: Gate | null
  /** When each VM last moved, by slot; NaN = not since it took the slot. */
  readonly movedAtMs: Float64Array
  /** Failed migrations in a row, by VM slot, and until when the VM waits. */
  readonly failures: ReadonlyMap<number, { readonly count: number; readonly untilMs: number; readonly vmSinceMs: number }>
  /** Optional migrations started within the last hour, oldest first. */
  readonly startedLately: readonly { readonly atMs: number; readonly relieves: boolean; readonly source: HostId; readonly target: HostId }[]
  readonly nextDecisionMs: number
  /** The placement that was asked for; null: none. While one is open nothing further is decided. */
  readonly solving: OpenSolve | null
  readonly solveCount: number
  readonly staleInARow: number
  /** Code of the last note of each goal: a note is recorded when it changes. */
  readonly notes: ReadonlyMap<string, string>
}

export interface Turned {
  readonly state: ControllerState
  readonly outputs: readonly Output[]
}

export function initialState(policy: PolicySettings): ControllerState {
  return {
    policy, standing: policy, runNow: null, history: [], even: noEvenMemory(), power: noPowerMemory(), risk: NO_RISK_MEMORY, outlook: NO_OUTLOOK_MEMORY, maintenance: noMaintenance, placement: noPlacementMemory, shortage: NO_SHORTAGE, migrations: NO_MIGRATIONS, others: NO_OTHERS, baseline: NO_BASELINE_MEMORY, peer: NO_PEER_PROGRESS, progress: NO_PROGRESS,
    planCount: 0, plan: null, gate: null, movedAtMs: new Float64Array(0), failures: new Map(), startedLately: [], nextDecisionMs: 0, solving: null, solveCount: 0, staleInARow: 0, notes: new Map([['unmet', 'allMet'], ['blackout', 'noBlackout']]),
  }
}
