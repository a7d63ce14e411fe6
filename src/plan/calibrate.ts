import type { RecordedMigration } from '../model/migrations.ts'
import { precopy } from './precopy.ts'

/** How migrations go on these hosts: pre-copy over a link of that rate, after a fixed time for setting up and handing over. */
export interface MigrationCalibration {
  readonly linkMibPerS: number
  readonly overheadMs: number
  readonly downtimeMs: number
  /** Actual over predicted time, and downtime over its median: sorted, of the migrations that it was learned from. */
  readonly durationRatios: readonly number[]
  readonly downtimeRatios: readonly number[]
}

const LINKS = 120
const LINK_MIN_MIB_PER_S = 0.5
const LINK_MAX_MIB_PER_S = 20_000
const ROUNDS_MAX = 30
const DOWNTIME_MAX_MS = 300
/** A calibration wants at least so many. */
export const CALIBRATION_MIN = 4

const LINKS_TRIED = Array.from({ length: LINKS }, (_, at) => LINK_MIN_MIB_PER_S * (LINK_MAX_MIB_PER_S / LINK_MIN_MIB_PER_S) ** (at / (LINKS - 1)))

/** The rate and overhead with the least median error, by trying rates; without any given, some that are evenly spaced in proportion. */
export function calibrate(migrations: readonly RecordedMigration[], linksMibPerS: readonly number[] = LINKS_TRIED): MigrationCalibration | null {
  const ended = migrations.filter(({ converged, durationMs }) => converged && durationMs > 0)
  if (ended.length < CALIBRATION_MIN) return null
  const fits = linksMibPerS.map((linkMibPerS) => fitAt(ended, linkMibPerS))
  const best = fits.reduce((least, fit) => (fit.error < least.error ? fit : least))
  const downtimes = ended.flatMap(({ downtimeMs }) => (downtimeMs === null ? [] : [downtimeMs]))
  const downtimeMs = Math.max(1, quantile(sorted(downtimes), 0.5))
  return {
    linkMibPerS: best.linkMibPerS, overheadMs: best.overheadMs, downtimeMs,
    durationRatios: sorted(ended.map((migration) => migration.durationMs / Math.max(1, copyMs(migration, best.linkMibPerS) + best.overheadMs))),
    downtimeRatios: sorted(downtimes.map((downtime) => downtime / downtimeMs)),
  }
}

function fitAt(ended: readonly RecordedMigration[], linkMibPerS: number): { readonly linkMibPerS: number; readonly overheadMs: number; readonly error: number } {
  const rests = ended.map((migration) => migration.durationMs - copyMs(migration, linkMibPerS))
  const overheadMs = Math.max(0, quantile(sorted(rests), 0.5))
  return { linkMibPerS, overheadMs, error: ended.reduce((sum, { durationMs }, at) => sum + Math.abs(rests[at]! - overheadMs) / durationMs, 0) }
}

const outcomeAt = ({ memoryMib, dirtyMibPerS }: RecordedMigration, linkMibPerS: number): ReturnType<typeof precopy> => precopy({ memoryMib, dirtyMibPerS, linkMibPerS, downtimeMaxMs: DOWNTIME_MAX_MS, roundsMax: ROUNDS_MAX })
const copyMs = (migration: RecordedMigration, linkMibPerS: number): number => outcomeAt(migration, linkMibPerS).durationMs

export function predict({ linkMibPerS, overheadMs }: MigrationCalibration, migration: RecordedMigration): { readonly durationMs: number; readonly converged: boolean } {
  const { durationMs, converged } = outcomeAt(migration, linkMibPerS)
  return { durationMs: durationMs + overheadMs, converged }
}

export const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b)

/** By linear interpolation; 0 of nothing. */
export function quantile(values: readonly number[], level: number): number {
  if (values.length === 0) return 0
  const at = level * (values.length - 1)
  const low = Math.floor(at)
  return values[low]! + (at - low) * ((values[low + 1] ?? values[low]!) - values[low]!)
}
