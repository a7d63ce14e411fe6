import type { Horizon } from '../forecaster.ts'
import type { SeriesFrame } from '../member.ts'
import type { FeatureSet } from './features.ts'

/** Cases to learn from. `targets` and `weights` have a place for each horizon and in it for each level, in units of the row's scale; weight 0 = the target is not known. */
export interface TrainingRows {
  readonly count: number
  readonly inputs: Float32Array
  readonly targets: Float32Array
  readonly weights: Float32Array
}

export interface RowSettings {
  readonly features: FeatureSet
  readonly horizons: readonly Horizon[]
  readonly levels: readonly number[]
  /** Samples between the origins of a series; those of series s begin s samples later, so that all phases occur. */
  readonly strideSteps: number
}

/** Share of a window's samples that must be measured, and of the last seventh of it, and of the time to a maximum. */
const KNOWN_SHARE = { window: 0.75, recent: 0.9, maximum: 0.9 }

/** Scales that a target may be away from the simple forecast: a series that was constant for a week and then is not must not drown the loss. Its gradient is bounded anyway. */
const TARGET_MAX = 30

/**
 * How much horizons past an hour count. What is learned for them from one month misleads in the next more often than it helps,
 * most of all for the series that vary most: they are learned slowly and all series alike, so that the simple forecast below stays.
 */
const FAR_WEIGHT = 0.2

/**
 * Cases of a frame: at an origin the present is known and enough of the past. Up to an hour ahead the weight is the root of
 * the row's scale by the mean root: between errors in the series' own units, as forecasts are judged, and all series alike.
 */
export function trainingRows(frame: SeriesFrame, settings: RowSettings): TrainingRows {
  const { features, horizons, levels } = settings
  const outputs = horizons.length * levels.length
  const origins = originsOf(frame, settings)
  const inputs = new Float32Array(origins.length * features.count)
  const targets = new Float32Array(origins.length * outputs)
  const weights = new Float32Array(targets.length)
  const rows = features.start(frame.stepMs, horizons, levels)
  let count = 0
  let scales = 0
  for (const { series, origin } of origins) {
    if (!rows.write(frame, series, origin, inputs, count * features.count)) continue
    horizons.forEach((horizon, at) => {
      const target = targetOf(frame, series, origin, horizon)
      if (target === null) return
      for (let output = at * levels.length; output < (at + 1) * levels.length; output++) {
        targets[count * outputs + output] = Math.max(-TARGET_MAX, Math.min(TARGET_MAX, (target - rows.bases[output]!) / rows.scale))
        weights[count * outputs + output] = Math.sqrt(rows.scale)
      }
    })
    scales += Math.sqrt(rows.scale)
    count++
  }
  balance(weights.subarray(0, count * outputs), scales / Math.max(1, count), horizons.map(({ steps }) => isFar(steps, frame.stepMs)), levels.length)
  return { count, inputs: inputs.subarray(0, count * features.count), targets: targets.subarray(0, count * outputs), weights: weights.subarray(0, count * outputs) }
}

const isFar = (steps: number, stepMs: number): boolean => steps * stepMs > 3_600_000

function balance(weights: Float32Array, meanScale: number, far: readonly boolean[], levelCount: number): void {
  const outputs = far.length * levelCount
  for (let at = 0; at < weights.length; at++) {
    if (weights[at] === 0) continue
    weights[at] = far[Math.floor((at % outputs) / levelCount)] === true ? FAR_WEIGHT : weights[at]! / meanScale
  }
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
