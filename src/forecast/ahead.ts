import type { Forecast, Forecaster, Horizon, SeriesHistory } from './forecaster.ts'
import { frameOf, stepsOf } from './frame.ts'
import type { Member, SeriesFrame } from './member.ts'
import { originsBy } from './origins.ts'
import { blendFrame, type BlendPlan, type TrainedBlend } from './poolBlend.ts'
import { SIMPLE_MEMBERS } from './members.ts'

const HOUR_MS = 3_600_000

/**
 * Forecasts from the end of a history: hourly origins before it are played through so that members are weighed by what
 * they were worth, then the last answer counts. A series that ends in a gap is forecast as if the gap had been filled; one
 * without any sample is forecast as 0.
 */
export function forecastEnd(frame: SeriesFrame, plan: BlendPlan, trained: TrainedBlend | null, progress: (done: number) => void): Forecast {
  const { seriesCount, length } = frame
  const { horizons, levels } = plan
  const expected = new Float32Array(seriesCount * horizons.length)
  const quantiles = new Float32Array(seriesCount * horizons.length * levels.length)
  const stride = stepsOf(HOUR_MS, frame.stepMs)
  const { origins } = originsBy(frame, (_series, index) => ((length - 1 - index) % stride === 0 ? 'counts' : null))
  blendFrame(frame, origins, plan, trained, ({ series, at, blended }) => {
    const last = at.length - 1
    for (let output = 0; output < blended.length; output++) {
      const value = blended[output]!.values[last]!
      const h = Math.floor(output / (1 + levels.length))
      const level = (output % (1 + levels.length)) - 1
      const cell = series * horizons.length + h
      if (Number.isNaN(value)) continue
      if (level < 0) expected[cell] = value
      else quantiles[cell * levels.length + level] = value
    }
    progress(series + 1)
  })
  aroundExpected(expected, quantiles, levels)
  return { seriesCount, horizons, levels, expected, quantiles }
}

/**
 * Expected values and quantiles are blended by losses of their own, so that they may contradict each other where a series has
 * changed. Upper quantiles are then lifted to what is expected and lower ones held to it: the side on which planning is safe.
 */
function aroundExpected(expected: Float32Array, quantiles: Float32Array, levels: readonly number[]): void {
  expected.forEach((value, cell) => levels.forEach((level, at) => {
    const place = cell * levels.length + at
    quantiles[place] = level >= 0.5 ? Math.max(quantiles[place]!, value) : Math.min(quantiles[place]!, value)
  }))
}

/** The blend as a forecaster of whole histories. `valueMax` cuts forecasts; null: no limit. */
export const blendForecaster = (members: readonly Member[] = SIMPLE_MEMBERS, trained: TrainedBlend | null = null, valueMax: number | null = null): Forecaster => ({
  name: 'blend',
  forecast: (history: SeriesHistory, horizons: readonly Horizon[], levels: readonly number[]) => forecastEnd(frameOf(history, valueMax), { horizons, levels, members, ownEvidence: true }, trained, () => undefined),
})

/** One member alone as a forecaster; where it has no quantile its expected value stands in, where it has no answer at all the last value. */
export const memberForecaster = (member: Member, valueMax: number | null = null): Forecaster => ({
  name: member.name,
  forecast: (history, horizons, levels) => lastAnswers(frameOf(history, valueMax), member, horizons, levels),
})

function lastAnswers(frame: SeriesFrame, member: Member, horizons: readonly Horizon[], levels: readonly number[]): Forecast {
  const { seriesCount, length } = frame
  const start = Int32Array.from({ length: seriesCount + 1 }, (_, series) => (length === 0 ? 0 : series))
  const at = new Int32Array(length === 0 ? 0 : seriesCount).fill(length - 1)
  const answers = { expected: new Float32Array(at.length * horizons.length).fill(Number.NaN), quantiles: new Float32Array(at.length * horizons.length * levels.length).fill(Number.NaN) }
  member.writeAnswers(frame, { firstSeries: 0, start, at }, horizons, levels, answers)
  const most = frame.valueMax ?? 3e38
  const cut = (value: number): number => Math.min(most, Math.max(0, value))
  const orElse = (value: number | undefined, other: number): number => (value === undefined || Number.isNaN(value) ? other : value)
  const lastOf = (cell: number): number => (length === 0 ? 0 : frame.filled[(Math.floor(cell / horizons.length) + 1) * length - 1]!)
  const expected = new Float32Array(seriesCount * horizons.length).map((_, cell) => cut(orElse(answers.expected[cell], lastOf(cell))))
  const quantiles = new Float32Array(expected.length * levels.length)
  for (let cell = 0; cell < expected.length; cell++) {
    let below = 0
    for (let level = 0; level < levels.length; level++) {
      below = Math.max(below, cut(orElse(answers.quantiles[cell * levels.length + level], expected[cell]!)))
      quantiles[cell * levels.length + level] = below
    }
  }
  return { seriesCount, horizons, levels, expected, quantiles }
}
