import type { MaintenanceMethod } from './pool.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from './resources.ts'
import type { Tariff } from './tariff.ts'

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
  /** Filters by name that `place` leaves out; what the pool itself refuses can't be left out. */
  readonly filtersOff: readonly string[]
  /** Weight of each scorer by name. */
  readonly scorers: Readonly<Record<ScorerName, number>>
}

/** What a host is scored by for a new VM; src/policy/place/scorers.ts says how. */
export const SCORER_NAMES = ['cpuFree', 'memoryFree', 'fewVms', 'cpuFull'] as const
export type ScorerName = (typeof SCORER_NAMES)[number]

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
  /** 1: only what must be ... 5: small gains too; sets how far hosts may differ. Null: `spreadMax` says so. */
  readonly aggressiveness: number | null
  /** A host is loaded, too, while one of its VMs gets less than this part of what it wants; null: VMs are not looked at. */
  readonly happinessMin: number | null
  /** What each resource counts for when the pool is balanced. */
  readonly cpuWeight: number
  readonly memoryWeight: number
  readonly networkWeight: number
  /** Empty list = always. */
  readonly windows: readonly Window[]
}

/** What share of a class's VM-samples must get at least 95 % of the CPU they want. */
export interface SlaTarget {
  readonly class: string
  readonly attainmentMin: number
}

export interface SlaSettings {
  /** Consolidation by risk is steered to these, each by what is measured of its class. */
  readonly targets: readonly SlaTarget[]
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
  /** By utilization alone; or so that VMs are likely to want no more than there is, by mean and variance of each. */
  readonly fill: 'utilization' | 'risk'
  /** By risk: share of samples in which a host in use may want more CPU than it has; what is measured steers how full hosts are filled. */
  readonly overloadMax: number
  /** By risk: over how long a VM's mean and variance are learned. */
  readonly memoryMs: number
  /** By risk: while at least this share of the serving hosts is more than demand needs, all of it is emptied at once. */
  readonly massSurplusMin: number
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
  /** A host that failed to wake so often in a row is left out for `quarantineMs`, then tried once at a time. */
  readonly wakeFailuresMax: number
  /** Null: until a person clears it. */
  readonly quarantineMs: number | null
  /** A host that was not seen to wake within this is not powered off; null: that is not asked. */
  readonly wakeProofAgeMaxMs: number | null
  /** Whether a host that would be powered off but for that proof is powered off and woken at once, one at a time. */
  readonly wakeDrills: boolean
  /** Which of several hosts are woken first, and of equals go off first: by work per watt, or those that were powered off least. */
  readonly order: 'efficiency' | 'wear'
  /** Hosts are woken so early that they serve when the window ends, and not only from then on. */
  readonly wakeBeforeWindowEnd: boolean
  /** Hosts with one of these roles stay on, as those with a role of ROLES_ON do. */
  readonly rolesOn: readonly string[]
  /** What a host must save by being off: energy; or money, by the tariff, with carbon, wear and traffic (energy again where no tariff is known). */
  readonly weigh: 'energy' | 'cost'
  /** How long a host that is powered off is expected to stay off, unless a window ends before; null: the longer of `offWindowMs` and `hostOnMinMs`. */
  readonly offExpectedMs: number | null
  /** Where demand was seen for a day: how long it stayed low from this time of the day on, instead. */
  readonly offLearned: boolean
  /** Empty list = always. */
  readonly windows: readonly Window[]
}

/** Roles of hosts that others rely on: such a host is never powered off. */
export const ROLES_ON = ['storage', 'quorum', 'gateway'] as const

/** What power save may know of the future: from the demand it has seen, where that has proven better than nothing. */
export interface ForecastSettings {
  readonly enabled: boolean
  /** Chance that demand stays below what is reckoned with. */
  readonly level: number
  /** Besides the longest boot: how much earlier hosts are woken. */
  readonly wakeMarginMs: number
  /** What demand may rise to within this is not consolidated away. */
  readonly horizonMs: number
  /** Over how long a VM's rhythm is learned. */
  readonly memoryMs: number
  /** Days and weeks are those of this zone; null: UTC. */
  readonly zone: Zone | null
}

/** Settings that hold instead of the policy's own while one of the windows is open; they have no schedule themselves. */
export interface ScheduledPolicy {
  readonly windows: readonly Window[]
  readonly settings: PolicySettings
}

export interface MaintenanceSettings {
  readonly method: MaintenanceMethod
  readonly moveBack: boolean
  /** A VM that can't go home within this after the host is back stays where it is. */
  readonly moveBackWithinMs: number
  /** Of a rolling maintenance: so many hosts are away at a time. */
  readonly hostsAtOnceMax: number
  /** A rolling maintenance ends where a host could not be emptied within this. */
  readonly enterWithinMs: number
  /** So long before planned maintenance it is said what is to come and what stands in its way. */
  readonly warnAheadMs: number
}

export interface AvailabilitySettings {
  /** Host failures at once after which all VMs must find room; kept by placement, consolidation and evacuation. */
  readonly hostFailures: number
  /** Optional moves wait so long at most while an HA action or somebody else's migration is under way. */
  readonly standAsideMaxMs: number
  /** A VM that somebody else migrated is left alone for so long; several, and all optional moves wait. */
  readonly foreignBackOffMs: number
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
  /** Optional migrations of one plan, and of one host within an hour (leaving and arriving); null: no such limit. */
  readonly migrationsPerPlanMax: number | null
  readonly migrationsPerHostHourMax: number | null
  /** Whether optional migrations must bring more than they take. */
  readonly weighBenefit: boolean
  /** Times of migrations are reckoned by those carried out, once so many came to their end; null: by the model alone. */
  readonly migrationSamplesMin: number | null
  /** After a migration failed, the VM waits this long, doubling with each further failure. */
  readonly retryMs: number
  readonly retryMaxMs: number
  /** A plan that no decision has confirmed for so long is neither approved nor begun. */
  readonly planAgeMaxMs: number
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
  /** What stands for a VM's demand over a window: the mean of its samples, or their `percentile`. */
  readonly statistic: 'mean' | 'percentile'
  readonly percentile: number
  /** Whether a VM counts with the CPU it uses and waits for, or with what it may use at most. */
  readonly countBy: 'used' | 'allocated'
  /** Share of guests' reclaimable cache that counts as memory in use when the pool is balanced by memory. */
  readonly cacheWeight: number
  /** A VM that reads exactly 0 right after it used CPU is unknown for so long: a sensor may have failed. */
  readonly zeroDoubtMs: number
}

/** All settings of a pool's automation. */
export interface PolicySettings {
  readonly name: string
  readonly description: string
  readonly decisionIntervalMs: number
  readonly placement: PlacementSettings
  readonly evenDistribution: EvenDistributionSettings
  readonly powerSave: PowerSaveSettings
  readonly forecast: ForecastSettings
  /** Of several that are open the first holds. */
  readonly schedule: readonly ScheduledPolicy[]
  readonly sla: SlaSettings
  readonly maintenance: MaintenanceSettings
  readonly availability: AvailabilitySettings
  readonly budgets: BudgetSettings
  readonly optimizer: OptimizerSettings
  readonly observation: ObservationSettings
  /** What energy, wear and traffic cost here; null: not known, or as the scenario says. */
  readonly tariff: Tariff | null
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
  placement: { enabled: true, intervalMs: MINUTE_MS, filtersOff: [], scorers: { cpuFree: 3, memoryFree: 1, fewVms: 0, cpuFull: 0 } },
  evenDistribution: { enabled: false, utilizationHigh: 0.8, utilizationLow: 0.65, holdMs: 5 * MINUTE_MS, balancePool: false, spreadMax: 0.3, aggressiveness: null, happinessMin: null, cpuWeight: 1, memoryWeight: 0, networkWeight: 0, windows: [] },
  powerSave: {
    enabled: false, utilizationLow: 0.1, holdMs: 5 * MINUTE_MS, offWindowMs: 40 * MINUTE_MS, onWindowMs: 5 * MINUTE_MS, fillMax: 0.65, fill: 'utilization', overloadMax: 0.01, memoryMs: 6 * HOUR_MS, massSurplusMin: 0.25, poolUtilizationMin: 0.45, utilizationHigh: 0.81,
    reserveHosts: 1, hostsOnMin: 2, hostsDrainedAtOnceMax: null, powerCyclesPerHostDayMax: 4, hostOnMinMs: 30 * MINUTE_MS, bootsAtOnceMax: null, wakeFailuresMax: 3, quarantineMs: DAY_MS, wakeProofAgeMaxMs: null, wakeDrills: true, order: 'efficiency', wakeBeforeWindowEnd: false, rolesOn: [], weigh: 'energy', offExpectedMs: null, offLearned: false, windows: [],
  },
  forecast: { enabled: false, level: 0.95, wakeMarginMs: 20 * MINUTE_MS, horizonMs: 2 * HOUR_MS, memoryMs: 7 * DAY_MS, zone: null },
  schedule: [],
  sla: { targets: [] },
  maintenance: { method: 'migrate', moveBack: true, moveBackWithinMs: DAY_MS, hostsAtOnceMax: 1, enterWithinMs: 4 * HOUR_MS, warnAheadMs: HOUR_MS },
  availability: { hostFailures: 0, standAsideMaxMs: 30 * MINUTE_MS, foreignBackOffMs: 30 * MINUTE_MS },
  budgets: {
    migrationsPerHourMax: null, reliefReserve: 0.25, hostIncomingMax: 1, hostOutgoingMax: 1, poolMigrationsMax: null, vmCooldownMs: 30 * MINUTE_MS,
    migrationsPerPlanMax: null, migrationsPerHostHourMax: null, weighBenefit: false, migrationSamplesMin: null,
    retryMs: 20_000, retryMaxMs: HOUR_MS / 2, planAgeMaxMs: HOUR_MS / 2, blackouts: [],
  },
  optimizer: { nodesMax: 2000, deadlineMs: 20_000 },
  observation: { ageMaxMs: 15 * MINUTE_MS, delayWeight: 1, statistic: 'mean', percentile: 0.95, countBy: 'used', cacheWeight: 0, zeroDoubtMs: 0 },
  tariff: null,
  baseline: null,
  peer: null,
}
