import type { HostMode, PowerState } from './pool.ts'
import type { StepKind, StepOutcome } from './plan.ts'
import type { Reason } from './result.ts'

/**
 * The run format: what simulation and production write and all that reports, the API, the web view and golden tests
 * read. A run is a folder: `header.json` (RunHeader), `events.ndjson` (one RunEvent a line), `series.bin` (the columns
 * that the header lists, little-endian Float32, row after row), `summary.json` (RunSummary). Times are ms since the
 * run's start.
 */
export interface RunHeader {
  readonly formatVersion: 1
  readonly scenario: string
  readonly policy: string
  readonly seed: number
  /** Unix ms of the run's time 0. */
  readonly startUnixMs: number
  readonly durationMs: number
  /** Left out of all figures. */
  readonly warmupMs: number
  readonly world: 'standard' | 'reference'
  readonly hosts: readonly { readonly id: string; readonly cpuMhz: number; readonly memoryMib: number; readonly rack: string | null }[]
  readonly vmCount: number
  readonly series: readonly SeriesColumn[]
  readonly rowMs: number
  readonly rowCount: number
  /** Everything that depends on the machine; null in repeatable output. */
  readonly timing: RunTiming | null
}

/** One column: `width` values a row (1 for the pool, the number of hosts for `host...` columns), at `offset` values from the file's start. */
export interface SeriesColumn {
  readonly name: SeriesName
  readonly width: number
  readonly offset: number
}

/**
 * Pool columns: demand and delivered CPU (MHz), power (W), hosts on, migrations running, VMs running.
 * Host columns: `hostUtilization` (ratio of capacity; NaN when off), `hostState` (index into HOST_STATES), `hostMemory` (ratio).
 */

export const SERIES_NAMES = ['demandMhz', 'deliveredMhz', 'capacityOnMhz', 'powerW', 'hostsOn', 'migrations', 'vms', 'hostUtilization', 'hostState', 'hostMemory'] as const
export type SeriesName = (typeof SERIES_NAMES)[number]

/** What a host x time map shows of a host's state. */
export const HOST_STATES = ['on', 'off', 'poweringOn', 'poweringOff', 'failed', 'entering', 'maintenance'] as const

export interface RunTiming {
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakMemoryMib: number
  readonly commit: string
  readonly machine: string
}

/** What happened, in order. `note` tells why nothing (more) was done. */
export type RunEvent = { readonly atMs: number } & (
  | { readonly kind: 'plan'; readonly plan: string; readonly goal: string; readonly steps: number; readonly reason: Reason; readonly unmet: readonly Reason[] }
  | { readonly kind: 'start'; readonly step: string; readonly action: StepKind; readonly vm?: string; readonly source?: string; readonly target?: string; readonly host?: string; readonly reason: Reason }
  | { readonly kind: 'end'; readonly step: string; readonly action: StepKind; readonly vm?: string; readonly source?: string; readonly target?: string; readonly host?: string; readonly outcome: StepOutcome; readonly durationMs: number; readonly downtimeMs?: number; readonly sentMib?: number; readonly message?: string }
  | { readonly kind: 'note'; readonly goal: string; readonly reason: Reason }
  | { readonly kind: 'vm'; readonly vm: string; readonly change: 'arrived' | 'departed' | 'placed' | 'lostHost' | 'resized'; readonly host?: string }
  | { readonly kind: 'host'; readonly host: string; readonly change: 'failed' | 'repaired' | 'added' | 'removed' | 'mode' | 'power'; readonly mode?: HostMode; readonly power?: PowerState }
  | { readonly kind: 'request'; readonly request: string; readonly reason: Reason }
)

/** SLA figures of a set of VMs. A VM-minute violates as DESIGN section 4 defines it. */
export interface SlaFigures {
  readonly vmCount: number
  readonly vmMinutes: number
  readonly violationMinutes: number
  readonly violationRatio: number
  /** Violation ratio of the 99th percentile VM and of the worst one. */
  readonly p99VmRatio: number
  readonly worstVmRatio: number
  readonly worstVm: string | null
  readonly downtimeS: number
}

/** Figures of one run, warm-up left out. */
export interface RunSummary {
  readonly formatVersion: 1
  readonly scenario: string
  readonly policy: string
  readonly seed: number
  readonly measuredMs: number
  /** At the plug, with PUE. */
  readonly energyKwh: number
  readonly hostsOnMean: number
  readonly hostsOnMin: number
  readonly hostsOnMax: number
  readonly utilizationMean: number
  readonly demandMhzMean: number
  readonly undeliveredRatio: number
  readonly sla: SlaFigures
  readonly slaByClass: Readonly<Record<string, SlaFigures>>
  readonly migrations: number
  readonly migrationsFailed: number
  readonly migratedMib: number
  readonly migrationMeanS: number
  readonly powerOns: number
  readonly powerOffs: number
  readonly wakeFailures: number
  readonly hostFailures: number
  readonly placements: number
  readonly placementWaitMeanS: number
  readonly unplacedAtEnd: number
  readonly decisions: number
  /** Per UTC day since the run's start, for statistics over days. */
  readonly days: readonly DayFigures[]
  /** The PlanetLab study's figures; only in its world. */
  readonly reference: ReferenceFigures | null
  /** Only of runs with a tariff. */
  readonly cost?: CostFigures
}

/** What a run cost, in the tariff's currency. */
export interface CostFigures {
  readonly currency: string
  readonly energyPrice: number
  readonly carbonPrice: number
  /** Of hosts that were switched off and on. */
  readonly wearPrice: number
  /** Of memory that migrations sent. */
  readonly trafficPrice: number
  readonly totalPrice: number
  /** Null: the grid's intensity is not known. */
  readonly carbonKg: number | null
}

export interface DayFigures {
  readonly energyKwh: number
  readonly violationMinutes: number
  readonly vmMinutes: number
  readonly migrations: number
  readonly powerCycles: number
  readonly hostsOnMean: number
}

/** Section 11 of the study's specification; ratios, pooled over hosts or VMs. */
export interface ReferenceFigures {
  readonly energyKwh: number
  readonly migrations: number
  readonly slatah: number
  readonly pdm: number
  readonly slav: number
  readonly esv: number
  readonly hostShutdowns: number
  readonly overallSla: number
  readonly meanTimeBeforeShutdownS: number
  /** Energy over the bound of the specification's section 13. */
  readonly energyToBound: number
}

/** A whole run in memory; `columns[name]` holds rowCount x width values. */
export interface Run {
  readonly header: RunHeader
  readonly events: readonly RunEvent[]
  readonly columns: Readonly<Record<SeriesName, Float32Array>>
  readonly summary: RunSummary
}
