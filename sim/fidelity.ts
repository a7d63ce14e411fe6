import type { RecordedMigration } from '../src/model/migrations.ts'
import { type MigrationCalibration, calibrate, predict, quantile, sorted } from '../src/plan/calibrate.ts'

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
