import type { SeriesHistory } from './forecaster.ts'
import type { SeriesFrame } from './member.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A gap is bridged with the last value for so long; after that with the values of a day before. */
const BRIDGE_MS = HOUR_MS

/** Whole steps in a duration, at least one. */
export const stepsOf = (durationMs: number, stepMs: number): number => Math.max(1, Math.round(durationMs / stepMs))

export const hourSteps = ({ stepMs }: SeriesFrame): number => stepsOf(HOUR_MS, stepMs)
export const daySteps = ({ stepMs }: SeriesFrame): number => stepsOf(DAY_MS, stepMs)

/**
 * A history with its gaps filled from the past: for an hour the last value, then the value a day earlier. What is not a
 * finite number of 0 or more is not known; values above `valueMax` stay, as only forecasts are cut.
 */
export function frameOf(history: SeriesHistory, valueMax: number | null): SeriesFrame {
  const { seriesCount, length, stepMs } = history
  const known = history.values.map((value) => (value >= 0 && Number.isFinite(value) ? value : Number.NaN))
  const filled = known.slice()
  const firstKnown = new Int32Array(seriesCount)
  for (let series = 0; series < seriesCount; series++) {
    firstKnown[series] = fillGaps(filled.subarray(series * length, (series + 1) * length), stepsOf(BRIDGE_MS, stepMs), stepsOf(DAY_MS, stepMs))
  }
  return { seriesCount, length, stepMs, startUnixMs: history.endUnixMs - (length - 1) * stepMs, zoneOffsetMinutes: history.zoneOffsetMinutes, known, filled, firstKnown, valueMax }
}

/** Fills in place and returns the index of the first known value. */
function fillGaps(values: Float32Array, bridgeSteps: number, seasonSteps: number): number {
  let first = 0
  while (first < values.length && Number.isNaN(values[first])) first++
  values.fill(0, 0, first)
  let gapSteps = 0
  for (let index = first; index < values.length; index++) {
    gapSteps = Number.isNaN(values[index]) ? gapSteps + 1 : 0
    if (gapSteps === 0) continue
    const fromDayBefore = gapSteps > bridgeSteps && index - seasonSteps >= first
    values[index] = fromDayBefore ? values[index - seasonSteps]! : values[index - 1]!
  }
  return first
}
