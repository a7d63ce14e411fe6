import type { Comparison } from '../src/report/comparison.ts'

/** All that a page is drawn from, as it stands in the page's JSON block. */
export interface PageContent {
  readonly comparison: Comparison
  readonly runs: readonly PageRun[]
}

/** One run, made small enough to be sent whole. Times are ms since the run's start. */
export interface PageRun {
  readonly policy: string
  readonly seed: number
  readonly startUnixMs: number
  readonly durationMs: number
  readonly warmupMs: number
  readonly rowMs: number
  readonly hostCount: number
  readonly figures: readonly PageFigure[]
  readonly heat: HeatMap
  readonly lines: PageLines
  readonly timeline: PageTimeline
  readonly distribution: Distribution
  readonly notes: readonly PageNote[]
  /** Notes beyond the list's limit. */
  readonly notesLeftOut: number
}

/** A labelled value that is already written out. */
export interface PageFigure {
  readonly label: string
  readonly text: string
}

/**
 * Cells of `rowsPerColumn` rows by `hostsPerBand` hosts, band after band, in base64 bytes. `utilization`: mean of the hosts that
 * are on, 1/200 each step, 255 where none is. `peak`: the greatest of them, in the same steps; empty where bands are single hosts. `state`: index into HOST_STATES of the most telling state other than on, 0
 * where there is none. `share`: how much of the cell is in a state other than on, 255 for all of it.
 */
export interface HeatMap {
  readonly bands: number
  readonly columns: number
  readonly hostsPerBand: number
  readonly rowsPerColumn: number
  readonly labels: readonly string[]
  readonly utilization: string
  readonly peak: string
  readonly state: string
  readonly share: string
}

/** Pool columns, each the mean of `rowsPerPoint` rows, in base64 of little-endian Float32. */
export interface PageLines {
  readonly points: number
  readonly rowsPerPoint: number
  readonly demandMhz: string
  readonly deliveredMhz: string
  readonly capacityOnMhz: string
  readonly hostsOn: string
  readonly powerW: string
}

export interface PageTimeline {
  readonly binMs: number
  readonly lanes: readonly Lane[]
}

/** What was done for one reason. */
export interface Lane {
  readonly label: string
  readonly kind: 'migration' | 'power' | 'other'
  readonly count: number
  readonly marks: readonly Mark[]
}

/** What was started within one bin of time. */
export interface Mark {
  readonly bin: number
  readonly count: number
  readonly failed: number
  /** The first few, written out: when it began, and what was done and why. */
  readonly actions: readonly { readonly atMs: number; readonly what: string; readonly why: string; readonly how: string }[]
}

/** Host-time by utilization, of hosts that are on; the last bin holds all above it. */
export interface Distribution {
  readonly binWidth: number
  readonly shares: readonly number[]
  /** Share of all host-time in which the host is on. */
  readonly onShare: number
  readonly mean: number
}

export interface PageNote {
  readonly goal: string
  readonly code: string
  /** Of the last time. */
  readonly text: string
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
}
