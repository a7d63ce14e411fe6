import { precopy } from '../src/plan/precopy.ts'

/** A live migration that was carried out, with what was known before it. */
export interface RecordedMigration {
  readonly memoryMib: number
  readonly dirtyMibPerS: number
  readonly durationMs: number
  /** Null: the driver did not tell. */
  readonly downtimeMs: number | null
  /** Whether it came to its end; others say nothing of times. */
  readonly converged: boolean
}

/** How migrations go on these hosts: pre-copy over a link of that rate, after a fixed time for setting up and handing over. */
export interface MigrationCalibration {
  readonly linkMibPerS: number
  readonly overheadMs: number
  readonly downtimeMs: number
  /** Actual over predicted time, and downtime over its median: sorted, of the migrations that it was learned from. */
  readonly durationRatios: readonly number[]
  readonly downtimeRatios: readonly number[]
}

/** How well predictions held; errors are |predicted - actual| / actual. `coverage90`: share of the actual in its 90 % interval. */
export interface Fidelity {
  readonly count: number
  readonly errorMedianRatio: number
  readonly errorP90Ratio: number
  readonly coverage90: number
}

export interface FidelityReport {
  readonly calibratedOn: number
  readonly predicted: number
  readonly calibration: MigrationCalibration
  readonly duration: Fidelity | null
  readonly downtime: Fidelity | null
  /** Of all that were predicted: whether it would come to its end was foreseen. */
  readonly convergesRight: number
}

const LINKS = 120
const LINK_MIN_MIB_PER_S = 0.5
const LINK_MAX_MIB_PER_S = 20_000
const ROUNDS_MAX = 30
const DOWNTIME_MAX_MS = 300
/** A calibration wants at least so many. */
export const CALIBRATION_MIN = 4

/**
 * Learns from the first half of the migrations and predicts the rest. Null where there are too few to learn from.
 * Intervals are the calibration's own quantiles at the ranks that split conformal prediction takes for a finite sample
 * (Vovk, Gammerman & Shafer, Algorithmic Learning in a Random World, 2005, section 4.1).
 */
export function fidelityOf(migrations: readonly RecordedMigration[]): FidelityReport | null {
  const half = Math.ceil(migrations.length / 2)
  const calibration = calibrate(migrations.slice(0, half))
  if (calibration === null) return null
  const rest = migrations.slice(half)
  const ended = rest.filter(({ converged }) => converged)
  const withDowntime = ended.flatMap(({ downtimeMs }) => (downtimeMs === null ? [] : [{ predicted: calibration.downtimeMs, actual: downtimeMs }]))
  return {
    calibratedOn: half, predicted: rest.length, calibration,
    duration: fidelity(ended.map((migration) => ({ predicted: predict(calibration, migration).durationMs, actual: migration.durationMs })), calibration.durationRatios),
    downtime: fidelity(withDowntime, calibration.downtimeRatios),
    convergesRight: rest.filter((migration) => predict(calibration, migration).converged === migration.converged).length,
  }
}

/** The rate and overhead with the least median error, by trying rates that are evenly spaced in proportion. */
export function calibrate(migrations: readonly RecordedMigration[]): MigrationCalibration | null {
  const ended = migrations.filter(({ converged, durationMs }) => converged && durationMs > 0)
  if (ended.length < CALIBRATION_MIN) return null
  const fits = Array.from({ length: LINKS }, (_, at) => fitAt(ended, LINK_MIN_MIB_PER_S * (LINK_MAX_MIB_PER_S / LINK_MIN_MIB_PER_S) ** (at / (LINKS - 1))))
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

function fidelity(pairs: readonly { readonly predicted: number; readonly actual: number }[], ratios: readonly number[]): Fidelity | null {
  if (pairs.length === 0 || ratios.length === 0) return null
  const errors = sorted(pairs.map(({ predicted, actual }) => Math.abs(predicted - actual) / Math.max(1, actual)))
  const [low, high] = [conformal(ratios, 0.05), conformal(ratios, 0.95)]
  const covered = pairs.filter(({ predicted, actual }) => actual >= low * predicted && actual <= high * predicted).length
  return { count: pairs.length, errorMedianRatio: quantile(errors, 0.5), errorP90Ratio: quantile(errors, 0.9), coverage90: covered / pairs.length }
}

/** The order statistic that a new value of the same kind is beyond with at most the rest of the level. Where the sample is too small for that, its extreme. */
function conformal(values: readonly number[], level: number): number {
  const count = values.length + 1
  return level > 0.5 ? values[Math.min(values.length, Math.ceil(level * count)) - 1]! : values[Math.max(1, Math.floor(level * count)) - 1]!
}

const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b)

/** By linear interpolation; 0 of nothing. */
function quantile(values: readonly number[], level: number): number {
  if (values.length === 0) return 0
  const at = level * (values.length - 1)
  const low = Math.floor(at)
  return values[low]! + (at - low) * ((values[low + 1] ?? values[low]!) - values[low]!)
}
