import type { Baseline } from './backtest.ts'
import type { Horizon, SeriesHistory } from './forecaster.ts'
import type { SeriesFrame } from './member.ts'
import { originsBy, type BacktestOrigins } from './origins.ts'
import { frameOf, stepsOf } from './frame.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** How a trace is back-tested: its grid, horizons, and which instants count. Values are percent of a VM's capacity. */
export interface Protocol {
  readonly name: 'm' | 'b' | 'p3' | 'general'
  readonly title: string
  readonly horizons: (stepMs: number) => readonly Horizon[]
  /** Frame and origins of one trace; `isTraining` may take other origins than the test. */
  readonly prepare: (history: SeriesHistory, isTraining: boolean) => { readonly frame: SeriesFrame; readonly origins: BacktestOrigins }
  /** Whether a series' own losses count, or only what was learned in training. */
  readonly ownEvidence: boolean
  readonly baselines: readonly Baseline[]
}

const same = (name: string): Baseline => ({ name, expected: name, quantile: name })

const BASELINES: readonly Baseline[] = [
  same('last value'), { name: 'seasonal naive 1 d', expected: 'seasonal naive 1 d', quantile: 'seasonal naive 1 d' }, same('EWMA 0.2'), same('moving average 1 h'), same('window 1 h'), same('window 24 h'), same('window 7 d'),
  { name: 'same hours 7 d', expected: 'same hours 7 d', quantile: 'same hours 7 d' }, { name: 'last value + own changes 7 d', expected: 'last value', quantile: 'last + own changes 7 d' }, same('Holt-Winters'),
]

const value = (name: string, steps: number): Horizon => ({ name, steps, kind: 'value' })
const maximum = (name: string, steps: number): Horizon => ({ name, steps, kind: 'maximum' })

const planningHorizons = (stepMs: number): readonly Horizon[] => {
  const hour = stepsOf(HOUR_MS, stepMs)
  const day = stepsOf(DAY_MS, stepMs)
  const next = stepMs < HOUR_MS ? [value(stepMs % 60_000 === 0 ? `${stepMs / 60_000} min` : `${stepMs / 1000} s`, 1)] : []
  const hours = hour > 1 ? [maximum('max 1 h', hour)] : []
  return [...next, value('1 h', hour), value('6 h', 6 * hour), value('24 h', day), ...hours, maximum('max 24 h', day)]
}

/** Samples a series needs to be in Protocol M at all, and of the last week and day at an origin. */
const M = { samplesMin: 2500, firstOrigin: 2015, lastOrigin: 8351, week: 2016, weekMin: 1512, day: 288, dayMin: 260, warmFrom: 24 }

/** Bitbrains, six planning horizons, hourly origins staggered over the VMs. */
const protocolM: Protocol = {
  name: 'm', title: 'Protocol M', horizons: planningHorizons, ownEvidence: true, baselines: BASELINES,
  prepare: (history) => {
    const frame = frameOf(history, 106)
    const samples = sampleCounts(frame)
    const origins = originsBy(frame, (series, index, present) => {
      if ((index + series) % 12 !== 0 || samples[series]! < M.samplesMin || index < M.warmFrom || Number.isNaN(frame.known[series * frame.length + index])) return null
      const counts = index >= M.firstOrigin && index <= M.lastOrigin && present(index, M.week) >= M.weekMin && present(index, M.day) >= M.dayMin
      return counts ? 'counts' : 'warms'
    })
    return { frame, origins }
  },
}

/** Bitbrains in hourly averages; an origin's last hour is there, and 152 of the last 168. */
const protocolB: Protocol = {
  name: 'b', title: 'Protocol B', ownEvidence: true, baselines: BASELINES,
  horizons: () => [value('1 h', 1), value('6 h', 6), value('24 h', 24)],
  prepare: (history) => {
    const frame = frameOf(hourly(history), 110)
    const origins = originsBy(frame, (series, index, present) => {
      if (Number.isNaN(frame.known[series * frame.length + index])) return null
      return index >= 167 && index + 24 < frame.length && present(index, 168) >= 152 ? 'counts' : 'warms'
    })
    return { frame, origins }
  },
}

/** Averages over an hour; an hour with fewer than half of its samples is missing. */
function hourly({ seriesCount, length, stepMs, endUnixMs, zoneOffsetMinutes, values }: SeriesHistory): SeriesHistory {
  const span = stepsOf(HOUR_MS, stepMs)
  const hours = Math.floor(length / span)
  const means = new Float32Array(seriesCount * hours)
  for (let series = 0; series < seriesCount; series++) for (let hour = 0; hour < hours; hour++) means[series * hours + hour] = meanOf(values.subarray(series * length + hour * span, series * length + (hour + 1) * span))
  return { seriesCount, length: hours, stepMs: HOUR_MS, endUnixMs: endUnixMs - (length - hours * span) * stepMs, zoneOffsetMinutes, values: means }
}

function meanOf(values: Float32Array): number {
  let sum = 0
  let count = 0
  for (const sample of values) {
    if (Number.isNaN(sample)) continue
    sum += sample
    count++
  }
  return count * 2 >= values.length ? sum / count : Number.NaN
}

function sampleCounts({ known, seriesCount, length }: SeriesFrame): Int32Array {
  const counts = new Int32Array(seriesCount)
  for (let series = 0; series < seriesCount; series++) for (let index = 0; index < length; index++) if (!Number.isNaN(known[series * length + index])) counts[series]!++
  return counts
}

const P3_BASELINES: readonly Baseline[] = [
  same('last value'), same('EWMA 0.3'), same('moving average 1 h'), { name: 'median 25 min', expected: 'window 25 min', quantile: 'window 25 min' },
  { name: 'window 4 h', expected: 'window 4 h', quantile: 'window 4 h' }, { name: 'last value + own changes 4 h', expected: 'last value', quantile: 'last + own changes 4 h' },
  { name: 'global ridge', expected: 'global ridge', quantile: 'global ridge' }, { name: 'global LAD', expected: 'global LAD', quantile: 'global LAD' },
]

/** PlanetLab: four hours of history, no day to learn from. */
const protocolP3: Protocol = {
  name: 'p3', title: 'Protocol P3', ownEvidence: false, baselines: P3_BASELINES,
  horizons: () => [value('5 min', 1), value('30 min', 6), value('60 min', 12)],
  prepare: (history, isTraining) => {
    const frame = frameOf(history, 100)
    const origins = originsBy(frame, (series, index) => {
      const next = index + 1
      if (next < 48 || next > 276) return null
      return (isTraining ? (next - 48 - (series % 6)) % 6 === 0 && next >= 48 + (series % 6) : (next - 48) % 4 === 0) ? 'counts' : null
    })
    return { frame, origins }
  },
}

/** Any trace: hourly origins once there is a day of history (or a fifth of a shorter trace). */
const general: Protocol = {
  name: 'general', title: 'Rolling origins', horizons: planningHorizons, ownEvidence: true, baselines: BASELINES,
  prepare: (history) => {
    const frame = frameOf(history, null)
    const hour = stepsOf(HOUR_MS, frame.stepMs)
    const warm = Math.min(stepsOf(DAY_MS, frame.stepMs), Math.floor(frame.length / 5))
    const origins = originsBy(frame, (series, index, present) => {
      if ((index + series) % hour !== 0 || Number.isNaN(frame.known[series * frame.length + index])) return null
      return index >= frame.firstKnown[series]! + warm && present(index, warm) * 2 >= warm ? 'counts' : 'warms'
    })
    return { frame, origins }
  },
}

export const PROTOCOLS: readonly Protocol[] = [protocolM, protocolB, protocolP3, general]
