import type { Horizon } from '../forecaster.ts'
import type { Member, SeriesFrame } from '../member.ts'
import type { BacktestOrigins } from '../origins.ts'
import { truthsOf } from '../target.ts'
import { writeCell } from '../methods/walk.ts'
import { leastSquares, type Rows } from './leastSquares.ts'
import { linearValue, quantileRegression } from './quantileRegression.ts'
import { FEATURE_COUNT, WINDOW, windowFeatures } from './windowFeatures.ts'

const DAY_MS = 86_400_000
const ROUNDS = 6
const QUANTILE_ROUNDS = 12

/** Coefficients by horizon (and by level, for quantiles). */
interface LinearModel {
  readonly expected: readonly Float64Array[] | null
  readonly quantiles: readonly (readonly Float64Array[])[] | null
}

/** A training trace: where to learn, and what is asked. */
export interface LinearTraining {
  readonly frame: SeriesFrame
  readonly origins: BacktestOrigins
  readonly horizons: readonly Horizon[]
  readonly levels: readonly number[]
}

/**
 * One linear model a horizon for all series, of the change against the last value. `ridge` minimises squares, `LAD` absolute
 * errors, `quantiles` the pinball loss of each level. Needs 48 samples of history, else it has no answer.
 */
export function trainLinear(kind: 'ridge' | 'LAD' | 'quantiles', training: LinearTraining): Member {
  const models = training.horizons.map((horizon) => rowsOf(training, horizon))
  const model: LinearModel = {
    expected: kind === 'quantiles' ? null : models.map((rows) => (kind === 'ridge' ? leastSquares(rows, null) : quantileRegression(rows, 0.5, ROUNDS))),
    quantiles: kind === 'quantiles' ? models.map((rows) => training.levels.map((level) => quantileRegression(rows, level, QUANTILE_ROUNDS))) : null,
  }
  return linearMember(`global ${kind}`, model, training.horizons, training.levels)
}

function linearMember(name: string, { expected, quantiles }: LinearModel, trainedHorizons: readonly Horizon[], trainedLevels: readonly number[]): Member {
  return {
    name,
    kind: 'trained',
    writeAnswers: (frame, { firstSeries, start, at }, horizons, levels, answers) => {
      const features = new Float32Array(FEATURE_COUNT)
      const models = horizons.map((asked) => trainedHorizons.findIndex(({ kind, steps }) => kind === asked.kind && steps === asked.steps))
      for (let row = 0; row + 1 < start.length; row++) {
        const values = frame.filled.subarray((firstSeries + row) * frame.length, (firstSeries + row + 1) * frame.length)
        for (let origin = start[row]!; origin < start[row + 1]!; origin++) {
          const last = at[origin]!
          if (last + 1 - WINDOW < frame.firstKnown[firstSeries + row]!) continue
          windowFeatures(values, last, dayAngle(frame, last), features, 0)
          for (const [h, model] of models.entries()) {
            if (model < 0) continue
            const said = (coefficients: Float64Array): number => values[last]! + linearValue(features, 0, coefficients)
            writeCell(answers, origin * horizons.length + h, expected === null ? null : said(expected[model]!), quantiles === null ? null : levels.map((level) => saidAt(level, quantiles[model]!, trainedLevels, said)))
          }
        }
      }
    },
  }
}

/** NaN, that is no answer, for a level that was not trained. */
function saidAt(level: number, models: readonly Float64Array[], trained: readonly number[], said: (coefficients: Float64Array) => number): number {
  const model = models[trained.indexOf(level)]
  return model === undefined ? Number.NaN : said(model)
}

/** Place in the local day, in radians. */
function dayAngle({ startUnixMs, stepMs, zoneOffsetMinutes }: SeriesFrame, index: number): number {
  const localMs = startUnixMs + index * stepMs + zoneOffsetMinutes * 60_000
  return ((localMs % DAY_MS) / DAY_MS) * 2 * Math.PI
}

/** Feature rows at the counting origins whose outcome is known. */
function rowsOf({ frame, origins: { origins, counts } }: LinearTraining, horizon: Horizon): Rows {
  const taken: { series: number; at: number; truth: number }[] = []
  for (let row = 0; row + 1 < origins.start.length; row++) {
    const series = origins.firstSeries + row
    const truths = truthsOf(frame, series, horizon)
    for (let origin = origins.start[row]!; origin < origins.start[row + 1]!; origin++) {
      const at = origins.at[origin]!
      if (counts[origin] === 1 && !Number.isNaN(truths[at]) && at + 1 - WINDOW >= frame.firstKnown[series]!) taken.push({ series, at, truth: truths[at]! })
    }
  }
  const features = new Float32Array(taken.length * FEATURE_COUNT)
  for (const [row, { series, at }] of taken.entries()) {
    windowFeatures(frame.filled.subarray(series * frame.length, (series + 1) * frame.length), at, dayAngle(frame, at), features, row * FEATURE_COUNT)
  }
  return { featureCount: FEATURE_COUNT, features, targets: Float32Array.from(taken, ({ series, at, truth }) => truth - frame.filled[series * frame.length + at]!) }
}
