import type { HostId, VmId } from './ids.ts'
import type { Reason } from './result.ts'
import type { ScenarioRun } from './scenario.ts'

/** Statistic of a VM's CPU series that stands for its demand over a stretch of time. */
export const WHATIF_DEMANDS = ['mean', 'p95', 'peak'] as const
export type WhatIfDemand = (typeof WHATIF_DEMANDS)[number]

/** Size of the VM whose number is asked for. `cpuMhz` is the demand one such VM is counted with; all of it may be 0 but one. */
export interface WhatIfCandidate {
  readonly vcpus: number
  readonly cpuMhz: number
  readonly memoryMib: number
}

/** How full the pool may be. */
export interface WhatIfLimits {
  /** CPU demand on a host / CPU of the host that VMs may use, in (0, 1]; null: what the policy in force calls loaded (`evenDistribution.utilizationHigh`). */
  readonly utilizationMax: number | null
  /** Memory of the VMs on a host / memory of the host that VMs may hold, in (0, 1]. */
  readonly memoryMax: number
  /** Any this many hosts may fail at once, and their VMs still find room (N+k). */
  readonly failoverHosts: number
  /** vCPUs on a host / its cores; null: not limited. */
  readonly vcpusPerCoreMax: number | null
}

/** The `whatif` section of a scenario. */
export interface WhatIfSettings {
  /** How far to look, in ms from the scenario's start; may be past the recorded load, which then repeats. */
  readonly horizonMs: number
  /** Demand is taken anew at least this often; null: only where something changes. */
  readonly stepMs: number | null
  /** All demand grows by this ratio a month of 365/12 days, compounding, beside the scenario's own `demandScale` events. 0.03 = 3 %; 0 = none; above -1. */
  readonly growthPerMonthRatio: number
  readonly candidate: WhatIfCandidate
  readonly limits: WhatIfLimits
  readonly demand: WhatIfDemand
  /** Whether the verdict lets VMs migrate whenever it helps; false: each stays where it is unless its host goes. */
  readonly repack: boolean
}

/** A capacity question: a base with timed changes stacked on it, and what is asked of it. */
export interface WhatIfQuestion {
  readonly scenario: ScenarioRun
  readonly settings: WhatIfSettings
}

export type WhatIfVerdict = 'fits' | 'doesNotFit' | 'unknown'

export const WHATIF_RESOURCES = ['memory', 'cpu', 'vcpus'] as const
export type WhatIfResourceName = (typeof WHATIF_RESOURCES)[number]
export const WHATIF_UNITS = { memory: 'MiB', cpu: 'MHz', vcpus: 'vCPUs' } as const

/** A whole number known to lie in [atLeast, atMost]; both ends are proven. `proven`: they are equal. `atMost` null: no upper end is known. */
export interface WhatIfBounds {
  readonly atLeast: number
  readonly atMost: number | null
  readonly proven: boolean
}

/** One resource of the whole pool, in the resource's unit. */
export interface WhatIfResource {
  readonly name: WhatIfResourceName
  readonly unit: (typeof WHATIF_UNITS)[WhatIfResourceName]
  readonly demand: number
  /** What the limits allow of all hosts that are in service. */
  readonly allowed: number
  /** The same without the `failoverHosts` hosts that have the most of it. */
  readonly allowedAfterFailures: number
  /** `allowedAfterFailures - demand`; negative when short. */
  readonly headroom: number
}

/** A limit that does not hold: from `atMs` on, `needed` > `available`. */
export interface WhatIfBreak {
  readonly atMs: number
  readonly limit: WhatIfResourceName | 'rules'
  /** Where it breaks; null: in the pool as a whole. */
  readonly host: HostId | null
  /** The VM that finds no room; null: the limit is broken by what is there already. */
  readonly vm: VmId | null
  /** Hosts that were taken as failed; empty: it breaks without a failure. */
  readonly failedHosts: readonly HostId[]
  readonly needed: number
  readonly available: number
  readonly shortage: number
  readonly unit: (typeof WHATIF_UNITS)[WhatIfResourceName] | 'VMs'
  readonly reason: Reason
}

/** A stretch of time in which nothing changes. */
export interface WhatIfStretch {
  readonly fromMs: number
  readonly toMs: number
  readonly changes: readonly string[]
  readonly hosts: number
  readonly vms: number
  readonly resources: readonly WhatIfResource[]
  readonly verdict: WhatIfVerdict
  /** Why not, or why it is not known; null when it fits. */
  readonly reason: Reason | null
}

/** What fits besides what is there, at one instant. */
export interface WhatIfMoment {
  readonly atMs: number
  readonly hosts: number
  readonly vms: number
  readonly resources: readonly WhatIfResource[]
  /** More VMs of the candidate's size; without a migration, and when the pool may be repacked. 0 where the pool does not fit as it is. */
  readonly moreAsPlaced: WhatIfBounds
  readonly moreRepacked: WhatIfBounds
  /** Hosts of this pool that carry it with the same limits, failures included; null: all of them do not. */
  readonly hostsMin: WhatIfBounds | null
}

/** The answer to a capacity question. Every number is exact or a proven bound, and says which. */
export interface WhatIfAnswer {
  readonly verdict: WhatIfVerdict
  readonly conclusion: Reason
  /** What the scenario states and the answer does not look at: it may be too hopeful by that. */
  readonly notConsidered: readonly Reason[]
  /** Unix ms of time 0, for dates. */
  readonly startUnixMs: number
  readonly settings: WhatIfSettings
  /** The first limit that is proven to break, and when; null: none within the horizon. */
  readonly firstBreak: WhatIfBreak | null
  /** The first stretch before it that could not be decided within the search limits. */
  readonly firstUndecided: { readonly atMs: number; readonly reason: Reason } | null
  /** How long everything fits: at least until the first undecided or broken stretch, at most until the first broken one (null: not broken within the horizon). */
  readonly daysRemaining: { readonly atLeast: number; readonly atMost: number | null }
  readonly now: WhatIfMoment
  readonly end: WhatIfMoment
  readonly timeline: readonly WhatIfStretch[]
}
