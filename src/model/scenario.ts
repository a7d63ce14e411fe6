import type { HostId, VmId } from './ids.ts'
import type { LoadSeries } from './load.ts'
import type { OperatorRequest } from './operatorRequest.ts'
import type { PolicySettings } from './policy.ts'
import type { Host, MaintenanceMethod, PowerState, Vm } from './pool.ts'
import type { Rule } from './rules.ts'
import type { Tariff } from './tariff.ts'

/** A host as a run begins. */
export interface InitialHost {
  readonly host: Host
  readonly power: PowerState
}

/** A VM with its stay in the run and its load. */
export interface WorkloadVm {
  readonly vm: Vm
  readonly arriveMs: number
  /** Null: stays to the end. */
  readonly departMs: number | null
  /** Where it is when the run begins, or was started when it arrived; null: to be placed. */
  readonly host: HostId | null
  /** Column in the workload's series; null: no load of that kind (CPU), or constantly its full size (memory). */
  readonly cpuColumn: number | null
  readonly memoryColumn: number | null
  readonly networkColumn: number | null
  readonly diskColumn: number | null
}

/** What the pool has to carry. CPU and memory series are ratios of the VM's size; network and disk are MiB/s (divisor 1). */
export interface Workload {
  readonly vms: readonly WorkloadVm[]
  readonly cpu: LoadSeries | null
  readonly memory: LoadSeries | null
  readonly network: LoadSeries | null
  readonly disk: LoadSeries | null
}

/** Timed changes and requests, in order of time. */
export type ScenarioEvent = { readonly atMs: number } & (
  | { readonly kind: 'maintenanceEnter'; readonly host: HostId; readonly method: MaintenanceMethod | null }
  | { readonly kind: 'maintenanceLeave'; readonly host: HostId }
  | Extract<OperatorRequest, { kind: 'maintenancePlan' | 'maintenanceUnplan' | 'maintenanceRoll' | 'maintenanceRollStop' | 'runNow' }>
  | { readonly kind: 'hostFail' | 'hostRepair' | 'hostRemove'; readonly host: HostId }
  | { readonly kind: 'hostAdd'; readonly host: InitialHost }
  | { readonly kind: 'vmAdd'; readonly vm: WorkloadVm }
  | { readonly kind: 'vmRemove'; readonly vm: VmId }
  | { readonly kind: 'vmResize'; readonly vm: VmId; readonly vcpus: number | null; readonly cpuMhz: number | null; readonly memoryMib: number | null }
  /** An administrator's own action: what a recorded week did. */
  | { readonly kind: 'migrate'; readonly vm: VmId; readonly target: HostId }
  | { readonly kind: 'powerOn' | 'powerOff'; readonly host: HostId }
  /** From here on all demand is multiplied by this (growth steps compound). */
  | { readonly kind: 'demandScale'; readonly factor: number; readonly class: string | null }
  | { readonly kind: 'policy'; readonly policy: PolicySettings }
  /** Somebody else, another balancer say, migrates a VM: the controller is not asked, and learns nothing of its end. */
  | { readonly kind: 'foreignMigrate'; readonly vm: VmId; readonly target: HostId }
  /** While a VM is locked every migration, shutdown and suspension of it is refused. */
  | { readonly kind: 'vmLock' | 'vmUnlock'; readonly vm: VmId }
  /** From here on wakes of the host fail, or succeed again. */
  | { readonly kind: 'wakeBreak' | 'wakeMend'; readonly host: HostId }
  /** Samples of a VM, of a host with its VMs, or (both null) of all, up to and with `untilMs`. */
  | { readonly kind: 'sensorFault'; readonly host: HostId | null; readonly vm: VmId | null; readonly reads: SensorReading; readonly untilMs: number }
)

/** What a faulty sensor shows: no sample, 0, or the value times a factor with mean 1 and standard deviation 0.5, never below 0. */
export const SENSOR_READINGS = ['nothing', 'zero', 'noise'] as const
export type SensorReading = (typeof SENSOR_READINGS)[number]

/** How samples reach the controller. */
export interface SensorSettings {
  readonly intervalMs: number
  /** From the end of the interval to the controller's knowledge. */
  readonly delayMs: number
  /** Chance that one VM's sample is missing. */
  readonly gapRatio: number
}

export interface FaultSettings {
  /** Chance that a wake fails. */
  readonly wakeFailureRatio: number
  /** Chance that a migration fails half-way. */
  readonly migrationFailureRatio: number
  /** Mean time between failures of one host; null: none. */
  readonly hostMtbfMs: number | null
  readonly hostRepairMs: number
}

/** The physics of the standard world. */
export interface PhysicsSettings {
  /** Power usage effectiveness: plug energy is multiplied by it. */
  readonly pue: number
  /** Delivered / demanded CPU below this violates the SLA. */
  readonly slaDeliveredMin: number
  /** CPU that sending or receiving one migration costs, in MHz, at full link rate. */
  readonly migrationCpuMhz: number
  /** Cap of one migration stream. */
  readonly migrationStreamMibPerS: number
  /** Aim for the pause at the end of a migration. */
  readonly downtimeMaxMs: number
  readonly migrationRoundsMax: number
  /** A migration that takes longer is given up. */
  readonly migrationTimeoutMs: number
  /** Share of a VM's memory that page sharing saves on a host where it has settled; lost on arrival, won back slowly. */
  readonly pageSharingRatio: number
  /** Time to restart a failed host's VMs elsewhere begins after this. */
  readonly restartDelayMs: number
  readonly vmStartMs: number
  readonly vmStopMs: number
}

/** Everything one run needs, as values: the axes policy and seed are already chosen. */
export interface ScenarioRun {
  readonly name: string
  readonly world: 'standard' | 'reference'
  readonly startUnixMs: number
  readonly durationMs: number
  readonly warmupMs: number
  readonly hosts: readonly InitialHost[]
  readonly rules: readonly Rule[]
  readonly workload: Workload
  readonly events: readonly ScenarioEvent[]
  readonly sensors: SensorSettings
  readonly faults: FaultSettings
  readonly physics: PhysicsSettings
  /** How long the optimizer takes for a placement. */
  readonly solveDelayMs: number
  readonly rowMs: number
  readonly policy: PolicySettings
  readonly seed: number
  /** What energy, wear and traffic are charged by; absent: nothing is. */
  readonly tariff?: Tariff
}
