import type { Horizon } from '../forecaster.ts'
import type { SeriesFrame } from '../member.ts'
import type { FeatureSet } from './features.ts'

/** Cases to learn from. `targets` and `weights` have a place for each horizon, in units of the row's scale; weight 0 = the target is not known. */
export interface TrainingRows {
  readonly count: number
  readonly inputs: Float32Array
  readonly targets: Float32Array
  readonly weights: Float32Array
}

export interface RowSettings {
  readonly features: FeatureSet
  readonly horizons: readonly Horizon[]
  /** Samples between the origins of a series; those of series s begin s samples later, so that all phases occur. */
  readonly strideSteps: number
}

/** Share of a window's samples that must be measured, and of the last seventh of it, and of the time to a maximum. */
const KNOWN_SHARE = { window: 0.75, recent: 0.9, maximum: 0.9 }

/**
 * Cases of a frame: at an origin the present is known and enough of the past. Weights are the row's scale by the mean
 * scale, so that the loss counts errors in the series' own units, as forecasts are judged.
 */
export function trainingRows(frame: SeriesFrame, settings: RowSettings): TrainingRows {
  const { features, horizons } = settings
  const origins = originsOf(frame, settings)
  const inputs = new Float32Array(origins.length * features.count)
  const targets = new Float32Array(origins.length * horizons.length)
  const weights = new Float32Array(targets.length)
  const rows = features.start(frame.stepMs, horizons)
  let count = 0
  let scales = 0
  for (const { series, origin } of origins) {
    if (!rows.write(frame, series, origin, inputs, count * features.count)) continue
    horizons.forEach((horizon, at) => {
      const target = targetOf(frame, series, origin, horizon)
      if (target === null) return
      targets[count * horizons.length + at] = (target - rows.bases[at]!) / rows.scale
      weights[count * horizons.length + at] = rows.scale
    })
    scales += rows.scale
    count++
  }
  const mean = scales / Math.max(1, count)
  for (let at = 0; at < count * horizons.length; at++) weights[at]! /= mean
  return { count, inputs: inputs.subarray(0, count * features.count), targets: targets.subarray(0, count * horizons.length), weights: weights.subarray(0, count * horizons.length) }
}

interface Origin {
  readonly series: number
  readonly origin: number
}

function originsOf(frame: SeriesFrame, { features, strideSteps }: RowSettings): Origin[] {
  const window = features.windowSteps(frame.stepMs)
  const recent = Math.ceil(window / 7)
  const found: Origin[] = []
  for (let series = 0; series < frame.seriesCount; series++) {
    const known = knownBefore(frame, series)
    const phase = (((-series) % strideSteps) + strideSteps) % strideSteps
    for (let origin = phase; origin < frame.length - 1; origin += strideSteps) {
      if (Number.isNaN(frame.known[series * frame.length + origin]!) || origin < window - 1) continue
      const inWindow = known[origin + 1]! - known[origin + 1 - window]!
      const lately = known[origin + 1]! - known[origin + 1 - recent]!
      if (inWindow >= KNOWN_SHARE.window * window && lately >= KNOWN_SHARE.recent * recent) found.push({ series, origin })
    }
  }
  return found
}

/** Known samples before each sample. */
function knownBefore({ known, length }: SeriesFrame, series: number): Int32Array {
  const before = new Int32Array(length + 1)
  for (let at = 0; at < length; at++) before[at + 1] = before[at]! + (Number.isNaN(known[series * length + at]!) ? 0 : 1)
  return before
}

/** What came of it; null when it is not known well enough. */
function targetOf({ known, length }: SeriesFrame, series: number, origin: number, { kind, steps }: Horizon): number | null {
  if (origin + steps >= length) return null
  const from = series * length + origin
  if (kind === 'value') return Number.isNaN(known[from + steps]!) ? null : known[from + steps]!
  let highest = -Infinity
  let seen = 0
  for (let at = from + 1; at <= from + steps; at++) {
    if (Number.isNaN(known[at]!)) continue
    seen++
    highest = Math.max(highest, known[at]!)
  }
  return seen > 0 && seen >= KNOWN_SHARE.maximum * steps ? highest : null
}
