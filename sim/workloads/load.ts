import { ASSUMED_CORE_MHZ } from '../../src/model/hostModels.ts'
import { DAY_MS } from '../../src/model/resources.ts'
import type { InitialHost, Workload, WorkloadVm } from '../../src/model/scenario.ts'
import type { IssueList } from './reading/issueList.ts'

/** What a trace gives: who comes when and uses how much, and its hosts where it has them. */
export interface Load {
  readonly workload: Workload
  /** Null: the trace has no hosts. */
  readonly hosts: readonly InitialHost[] | null
  /** Unix ms of the run's time 0. */
  readonly startUnixMs: number
  /** What the reader changed or left out, one sentence each. */
  readonly notes: readonly string[]
}

/** Size of a VM that the trace gives no size. `cpuMhz` is what load ratio 1 means. */
export interface VmSize {
  readonly vcpus: number
  readonly cpuMhz: number
  readonly memoryMib: number
}

/** How to read a trace. What a format has no use for is ignored (see `LoadFormat.options`). */
export interface LoadOptions {
  /** Which of several traces in a folder; null: the only one. */
  readonly select: string | null
  /** Sizes for VMs without one, dealt in blocks of equal length in the order of the VMs; null: the format's own default. */
  readonly sizes: readonly VmSize[] | null
  /** Core speed where a trace counts cores. */
  readonly coreMhz: number
  /** Lifetimes known as a range: drawn evenly inside it, or its lower edge. */
  readonly lifetimes: 'draw' | 'lowerEdge'
  /** Seed of the drawing. */
  readonly seed: number
  /** Unix ms of the first sample or arrival; null: the trace's own date, else `UNDATED_START_UNIX_MS`. */
  readonly startUnixMs: number | null
}

export const DEFAULT_LOAD_OPTIONS: LoadOptions = { select: null, sizes: null, coreMhz: ASSUMED_CORE_MHZ, lifetimes: 'draw', seed: 1, startUnixMs: null }

/** Where a trace has no date, its run begins on a Monday at midnight UTC (1970-01-05), so that weekly windows fall on weekdays. */
export const UNDATED_START_UNIX_MS = 4 * DAY_MS

export const ARRIVALS_MAX = 5_000_000
export const ALIVE_MAX = 200_000

/** Adds an issue when the workload is larger than the simulator takes. `path` is the trace's. */
export function checkLimits(path: string, vms: readonly WorkloadVm[], issues: IssueList): void {
  if (vms.length > ARRIVALS_MAX) issues.add(path, null, () => tooManyArrivals(vms.length))
  const alive = aliveMax(vms)
  if (alive > ALIVE_MAX) issues.add(path, null, () => `${alive} VMs are alive at once, at most ${ALIVE_MAX} are simulated: take a part of the trace`)
}

export const tooManyArrivals = (count: number): string => `has ${count} VMs or more, at most ${ARRIVALS_MAX} are read: take a part of the trace`

/** Most VMs alive at one instant; one that departs at an instant makes room for one that arrives then. */
export function aliveMax(vms: readonly WorkloadVm[]): number {
  const arrivals = Float64Array.from(vms, (vm) => vm.arriveMs).sort()
  const departures = Float64Array.from(vms, (vm) => vm.departMs ?? Number.MAX_SAFE_INTEGER).sort()
  let gone = 0
  let most = 0
  for (let come = 0; come < arrivals.length; come++) {
    while (departures[gone]! <= arrivals[come]!) gone++
    most = Math.max(most, come + 1 - gone)
  }
  return most
}
