import type { MaintenanceMethod } from './pool.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from './resources.ts'

/** A stretch of the week, [from, to) in local time of a zone; `to` at or before `from` means the next day. */
export interface Window {
  /** Days on which it begins, 1 = Monday ... 7 = Sunday. */
  readonly days: readonly number[]
  readonly fromMinute: number
  readonly toMinute: number
  readonly zone: Zone
}

/**
 * An IANA time zone as a table, so that the core needs no clock or zone database: from `fromMs[i]` (Unix ms, ascending)
 * on, local time is UTC + `offsetMs[i]`.
 */
export interface Zone {
  readonly name: string
  readonly fromMs: readonly number[]
  readonly offsetMs: readonly number[]
}

export interface PlacementSettings {
  readonly enabled: boolean
  /** How often waiting VMs are looked at again. */
  readonly intervalMs: number
}

export interface EvenDistributionSettings {
  readonly enabled: boolean
  /** A host above this for `holdMs` is loaded. */
  readonly utilizationHigh: number
  /** A loaded host is relieved to below this, and no target is filled beyond it. */
  readonly utilizationLow: number
  readonly holdMs: number
  /** Also balances the pool when no host is loaded. */
  readonly balancePool: boolean
  /** Pool balancing begins when the most and least utilized host differ by more than this. */
  readonly spreadMax: number
  /** Empty list = always. */
  readonly windows: readonly Window[]
}

export interface PowerSaveSettings {
  readonly enabled: boolean
  /** A host below this for `holdMs` may be drained. */
  readonly utilizationLow: number
  readonly holdMs: number
  /** Demand must have been low over this window before a host is powered off. */
  readonly offWindowMs: number
  /** Window looked at for powering hosts on. */
  readonly onWindowMs: number
  /** Consolidation fills a host at most to this. */
  readonly fillMax: number
  /** Hosts may also be drained, one after another, while the serving hosts' mean utilization over the off-window is below this. */
  readonly poolUtilizationMin: number
  /** Hosts are woken when the serving hosts' mean utilization passes this. */
  readonly utilizationHigh: number
  /** Hosts kept on beyond what demand needs. */
  readonly reserveHosts: number
  readonly hostsOnMin: number
  /** Null: by the pool's size (see poolBudgets), as in the three others. */
  readonly hostsDrainedAtOnceMax: number | null
  readonly powerCyclesPerHostDayMax: number
  /** A host that came up stays up at least this long. */
  readonly hostOnMinMs: number
  readonly bootsAtOnceMax: number | null
  /** Empty list = always. */
  readonly windows: readonly Window[]
}

export interface MaintenanceSettings {
  readonly method: MaintenanceMethod
  readonly moveBack: boolean
  /** A VM that can't go home within this after the host is back stays where it is. */
  readonly moveBackWithinMs: number
}

export interface BudgetSettings {
  readonly migrationsPerHourMax: number | null
  /** Share of these that only relief of loaded hosts may use. */
  readonly reliefReserve: number
  readonly hostIncomingMax: number
  readonly hostOutgoingMax: number
  readonly poolMigrationsMax: number | null
  /** A VM that was moved is not moved again within this, unless it must be. */
  readonly vmCooldownMs: number
  /** After a migration failed, the VM waits this long, doubling with each further failure. */
  readonly retryMs: number
  readonly retryMaxMs: number
  /** Nothing optional is started in these windows. */
  readonly blackouts: readonly Window[]
}

export interface OptimizerSettings {
  /** Proposals by which one solve may improve on its first answer; 0: the first answer. */
  readonly nodesMax: number
  /** A placement that is not found within this is not waited for. */
  readonly deadlineMs: number
}

export interface ObservationSettings {
  /** A sample older than this says nothing: the host or VM counts as unknown. */
  readonly ageMaxMs: number
  /** Share of vCPU waiting time that counts as unsatisfied demand. */
  readonly delayWeight: number
}

/** All settings of a pool's automation. */
export interface PolicySettings {
  readonly name: string
  readonly description: string
  readonly decisionIntervalMs: number
  readonly placement: PlacementSettings
  readonly evenDistribution: EvenDistributionSettings
  readonly powerSave: PowerSaveSettings
  readonly maintenance: MaintenanceSettings
  readonly budgets: BudgetSettings
  readonly optimizer: OptimizerSettings
  readonly observation: ObservationSettings
  /** A policy of the PlanetLab study instead of the goals above; only in its world. */
  readonly baseline: BaselineSettings | null
  /** What another system does, instead of even distribution and power save; only simulated. */
  readonly peer: PeerName | null
}

/** Systems whose documented behaviour is simulated for comparison; src/policy/peers has one file for each. */
export const PEER_NAMES = ['drs-like', 'dpm-like', 'ovirt-even', 'ovirt-power-saving', 'xo-performance', 'xo-density', 'pve-crs', 'proxlb-greedy', 'cloudstack-condensed', 'hbal', 'hsqueeze', 'watcher-stabilization'] as const
export type PeerName = (typeof PEER_NAMES)[number]

/** Overload test and VM selection of the PlanetLab study (sections 8 and 9 of its specification). */
export interface BaselineSettings {
  readonly overload: 'never' | 'threshold' | 'interquartileRange' | 'medianAbsoluteDeviation' | 'localRegression'
  /** Threshold of `threshold`, else the safety factor. */
  readonly parameter: number
  readonly select: 'minimumMigrationTime' | 'minimumUtilization' | 'random' | 'maximumCorrelation'
  /** Place at t = 0 by first fit on full reservations, and never move (NPA, DVFS). */
  readonly static: boolean
  /** Every host draws its maximum power all the time (NPA). */
  readonly alwaysMaximumPower: boolean
}

/** The defaults of DESIGN section 4, with every goal but placement and maintenance off. */
export const DEFAULT_POLICY: PolicySettings = {
  name: 'none',
  description: 'Places new VMs and obeys maintenance requests; moves and switches nothing by itself.',
  decisionIntervalMs: MINUTE_MS,
  placement: { enabled: true, intervalMs: MINUTE_MS },
  evenDistribution: { enabled: false, utilizationHigh: 0.8, utilizationLow: 0.65, holdMs: 5 * MINUTE_MS, balancePool: false, spreadMax: 0.3, windows: [] },
  powerSave: {
    enabled: false, utilizationLow: 0.1, holdMs: 5 * MINUTE_MS, offWindowMs: 40 * MINUTE_MS, onWindowMs: 5 * MINUTE_MS, fillMax: 0.65, poolUtilizationMin: 0.45, utilizationHigh: 0.81,
    reserveHosts: 1, hostsOnMin: 2, hostsDrainedAtOnceMax: null, powerCyclesPerHostDayMax: 4, hostOnMinMs: 30 * MINUTE_MS, bootsAtOnceMax: null, windows: [],
  },
  maintenance: { method: 'migrate', moveBack: true, moveBackWithinMs: DAY_MS },
  budgets: {
    migrationsPerHourMax: null, reliefReserve: 0.25, hostIncomingMax: 1, hostOutgoingMax: 1, poolMigrationsMax: null, vmCooldownMs: 30 * MINUTE_MS,
    retryMs: 20_000, retryMaxMs: HOUR_MS / 2, blackouts: [],
  },
  optimizer: { nodesMax: 2000, deadlineMs: 20_000 },
  observation: { ageMaxMs: 15 * MINUTE_MS, delayWeight: 1 },
  baseline: null,
  peer: null,
}
