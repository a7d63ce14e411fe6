import type { Pool } from '../model/pool.ts'
import type { PolicySettings } from '../model/policy.ts'
import type { Reason } from '../model/result.ts'
import type { LoadView } from '../model/loadView.ts'
import type { RiskView } from './risk/riskMemory.ts'
import type { DemandOutlook } from '../forecast/online/outlook.ts'

export const GOALS = ['repair', 'maintenance', 'placement', 'overload', 'schedule', 'consolidation', 'evenness'] as const
/** In order of priority: safety repair first, evenness last. */
export type GoalName = (typeof GOALS)[number]

/**
 * What a goal wants of the pool: constraints and objective terms over hosts and VMs (indices), never a move. Lists left
 * out want nothing of that kind.
 */
export interface Wish {
  readonly goal: GoalName
  readonly reason: Reason
  /** VMs without a place that must get one. */
  readonly place?: readonly number[]
  /** Hosts that every VM which may be migrated must leave. */
  readonly evacuate?: readonly number[]
  /** VMs on an evacuated host that stay where they are, or are stopped, instead of migrating. */
  readonly stay?: readonly number[]
  readonly stop?: readonly { readonly vm: number; readonly how: 'shutdown' | 'suspend' }[]
  /** What can't be reached whatever the solver finds, with what would help. */
  readonly unmet?: readonly Reason[]
  /** Hosts that take no further VMs. */
  readonly closed?: readonly number[]
  /** Hosts to bring under `relieveTo` of their CPU. */
  readonly relieve?: readonly number[]
  readonly relieveTo?: number
  readonly prefer?: readonly { readonly vm: number; readonly host: number }[]
  /** Hosts that may be emptied and powered off, best first, and how many of them. */
  readonly empty?: readonly number[]
  readonly emptyMax?: number
  /** Those of `empty` that are powered off only to be woken at once: one at a time. */
  readonly drill?: readonly number[]
  /** Bring receiving hosts' utilization within this of each other. */
  readonly spreadMax?: number
  /** Hosts to wake. */
  readonly wake?: readonly number[]
}

/** A goal's answer: wishes, or why it wants nothing; `note` is recorded when its code changes. */
export interface GoalAnswer<Memory> {
  readonly wishes: readonly Wish[]
  readonly note: Reason
  readonly memory: Memory
}

/** What goals may look at. */
export interface GoalView {
  readonly pool: Pool
  readonly load: LoadView
  readonly policy: PolicySettings
  readonly atMs: number
  /** Instant on the calendar, for windows. */
  readonly unixMs: number
  /** False only in the PlanetLab study's world: there any host has memory for any VM. */
  readonly memoryEnforced: boolean
  /** VMs that wait for a place because their host failed. */
  readonly restarting?: readonly number[]
  /** Null where hosts are filled by utilization, or nothing was seen yet. */
  readonly risk: RiskView | null
  /** What placement reckons with where classes have SLA targets; absent or null: none has, or nothing was seen yet. */
  readonly targets?: RiskView | null
  /** What demand is expected to be; absent or null where nothing has proven better than none. */
  readonly outlook?: DemandOutlook
}
