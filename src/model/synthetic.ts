/**
 * How a synthetic VM behaves over time. `business`: mixed managed-hosting VMs, mostly idle, a heavy tail (fitted to the
 * Bitbrains trace); `office`: working hours by weekday; `steady`: nearly constant; `planetlab`: white noise around a
 * VM's own mean; `batch`: jobs at night.
 */
export const SYNTHETIC_PROFILES = ['business', 'office', 'steady', 'planetlab', 'batch'] as const
export type SyntheticProfile = (typeof SYNTHETIC_PROFILES)[number]

/** A service class that VMs are dealt to by weight. */
export interface SyntheticClass {
  /** Becomes `Vm.class`. */
  readonly name: string
  /** Relative share of the VMs, above 0. */
  readonly weight: number
  /** Null: the workload's own profile. */
  readonly profile: SyntheticProfile | null
}

/** A VM size. */
export interface SyntheticFlavor {
  /** 1..128. */
  readonly vcpus: number
  /** 64..4194304. */
  readonly memoryMib: number
  /** Relative share of the VMs, above 0. */
  readonly weight: number
}

/** Short-lived VMs on top of the standing ones: tenants start batches, with Azure's batch sizes and lifetimes. */
export interface SyntheticChurn {
  /** Mean VMs an hour, above 0, at most 100000. The Azure trace has 3108. */
  readonly arrivalsPerHour: number
  /** Largest batch of one tenant, 1..1000: smaller pools want a smaller one. The Azure trace has 587. */
  readonly batchMax: number
  /** Multiplies all lifetimes (Azure: half end within 25 minutes), above 0, at most 1000. */
  readonly lifetimeFactor: number
}

/** Settings of the synthetic workload generator. Same settings, length, start and seed: same workload. */
export interface SyntheticSettings {
  readonly profile: SyntheticProfile
  /** VMs that are there from start to end, 0..100000. */
  readonly vmCount: number
  /** Time between load samples, 10000..3600000 ms. */
  readonly stepMs: number
  /** Mean CPU utilization of the standing VMs over a week, a ratio above 0, at most 0.9; null: the profile's own. */
  readonly meanUtilization: number | null
  /** Local time of the working day is UTC plus this, -840..840. */
  readonly utcOffsetMinutes: number
  /** Empty: all VMs are of class `standard`. */
  readonly classes: readonly SyntheticClass[]
  /** Null: sizes of the Bitbrains trace (standing VMs) and of the Azure trace (churn). */
  readonly flavors: readonly SyntheticFlavor[] | null
  /** Speed of one vCPU: `Vm.cpuMhz` = vcpus x this, 100..10000. */
  readonly coreMhz: number
  /** Whether guest memory use varies (a second column a VM); false: all memory is in use all the time. */
  readonly memorySeries: boolean
  readonly churn: SyntheticChurn | null
}

/** What a scenario gets that names nothing but the kind. */
export const DEFAULT_SYNTHETIC: SyntheticSettings = {
  profile: 'business', vmCount: 100, stepMs: 300_000, meanUtilization: null, utcOffsetMinutes: 0, classes: [],
  flavors: null, coreMhz: 2600, memorySeries: false, churn: null,
}
