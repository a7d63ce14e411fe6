import type { Run, RunHeader, RunSummary } from '../model/run.ts'

/** A run in the folder, or what keeps it from being read. `id` names it in addresses and may hold any character. */
export type RunEntry =
  | { readonly id: string; readonly header: RunHeader; readonly summary: RunSummary }
  | { readonly id: string; readonly problem: string }

/** Where the served runs come from; handed in, so that the API opens no file itself. */
export interface RunSource {
  /** Shown to people as the place that is listed. */
  readonly runsFolder: string
  readonly listRuns: () => Promise<readonly RunEntry[]>
  /** Only called with ids that `listRuns` gave. */
  readonly readRun: (id: string) => Promise<Run>
  /** HTML of one run's report, or of several compared; throws BadInput when they can't be. Only called with listed ids. */
  readonly renderReport: (ids: readonly string[]) => Promise<string>
  /** Told about faults that the answer does not show. */
  readonly onFault?: (fault: unknown) => void
}
