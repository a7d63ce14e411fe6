import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blendForecaster, memberForecaster } from '../../src/forecast/ahead.ts'
import type { Forecast, Horizon } from '../../src/forecast/forecaster.ts'
import { frameOf } from '../../src/forecast/frame.ts'
import { trainLinear } from '../../src/forecast/linear/trainLinear.ts'
import { SIMPLE_MEMBERS } from '../../src/forecast/members.ts'
import { originsBy } from '../../src/forecast/origins.ts'
import { SHOWN_MEMBERS } from '../../src/forecast/protocolMembers.ts'
import { seededRng } from '../../sim/random.ts'
import { trials } from '../support/parts.ts'
import { histories, historyOf } from './series.ts'

const HORIZONS: readonly Horizon[] = [{ name: 'next', steps: 1, kind: 'value' }, { name: 'later', steps: 12, kind: 'value' }, { name: 'highest', steps: 12, kind: 'maximum' }, { name: 'day', steps: 288, kind: 'maximum' }]
const LEVELS = [0.1, 0.5, 0.9]

/** What is wrong with a forecast: numbers that are none, quantiles that cross, values outside what is possible. */
function faults({ expected, quantiles, levels }: Forecast, valueMax: number): string[] {
  const found: string[] = []
  for (const [cell, value] of expected.entries()) if (!Number.isFinite(value) || value < 0 || value > valueMax) found.push(`expected ${cell} is ${value}`)
  for (const [cell, value] of quantiles.entries()) {
    if (!Number.isFinite(value) || value < 0 || value > valueMax) found.push(`quantile ${cell} is ${value}`)
    if (cell % levels.length > 0 && value < quantiles[cell - 1]!) found.push(`quantile ${cell} is ${value}, below ${quantiles[cell - 1]!}`)
  }
  return found
}

describe('no history makes a forecast that is not a number, crosses or leaves what is possible', () => {
  it.each([...SIMPLE_MEMBERS, ...SHOWN_MEMBERS].map((member) => [member.name, member] as const))('%s', (_name, member) => {
    fc.assert(fc.property(histories, (history) => {
      expect(faults(memberForecaster(member, 106).forecast(history, HORIZONS, LEVELS), 106)).toEqual([])
    }), trials(40))
  })

  it('the blend', () => {
    fc.assert(fc.property(histories, (history) => {
      const forecast = blendForecaster(SIMPLE_MEMBERS, null, 106).forecast(history, HORIZONS, LEVELS)
      expect(faults(forecast, 106)).toEqual([])
      expect(forecast.expected.length).toBe(history.seriesCount * HORIZONS.length)
      // What is expected lies between the lower and the upper quantiles.
      forecast.quantiles.forEach((value, at) => {
        const expected = forecast.expected[Math.floor(at / LEVELS.length)]!
        if (LEVELS[at % LEVELS.length]! >= 0.5) expect(value).toBeGreaterThanOrEqual(expected)
        else expect(value).toBeLessThanOrEqual(expected)
      })
    }), trials(40))
  })

  it('the blend without a highest value', () => {
    fc.assert(fc.property(histories, (history) => {
      expect(faults(blendForecaster().forecast(history, HORIZONS, LEVELS), Number.MAX_VALUE)).toEqual([])
    }), trials(20))
  })

  it('linear methods, whatever they were trained on', () => {
    fc.assert(fc.property(histories, histories, (training, history) => {
      const frame = frameOf(training, 106)
      const origins = originsBy(frame, () => 'counts')
      for (const kind of ['ridge', 'LAD', 'quantiles'] as const) {
        const member = trainLinear(kind, { frame, origins, horizons: HORIZONS, levels: LEVELS })
        expect(faults(memberForecaster(member, 106).forecast(history, HORIZONS, LEVELS), 106)).toEqual([])
      }
    }), trials(10))
  })
})

describe('many quantiles', () => {
  it('never cross, though each is blended by its own losses', () => {
    const levels = Array.from({ length: 19 }, (_, index) => (index + 1) / 20)
    fc.assert(fc.property(fc.integer({ min: 0, max: 1000 }), (seed) => {
      const rng = seededRng(seed, 'walk')
      const row = Array.from({ length: 400 }, (_, index) => Math.max(0, 20 + 10 * Math.sin(index / 20) + 8 * rng.normal() + (rng.next() < 0.05 ? 60 : 0)))
      expect(faults(blendForecaster(SIMPLE_MEMBERS, null, 106).forecast(historyOf([row]), HORIZONS, levels), 106)).toEqual([])
    }), trials(8))
  })
})

describe('series by themselves', () => {
  it('a series’ forecast does not depend on the series beside it', () => {
    fc.assert(fc.property(histories, histories, (history, other) => {
      fc.pre(history.length === other.length && history.seriesCount > 0)
      const alone = blendForecaster().forecast(history, HORIZONS, LEVELS)
      const beside = blendForecaster().forecast({ ...history, seriesCount: history.seriesCount + other.seriesCount, values: Float32Array.from([...history.values, ...other.values]) }, HORIZONS, LEVELS)
      expect(beside.expected.slice(0, alone.expected.length)).toEqual(alone.expected)
      expect(beside.quantiles.slice(0, alone.quantiles.length)).toEqual(alone.quantiles)
    }), trials(60))
  })

  it('a constant series is forecast as that constant', () => {
    const forecast = blendForecaster().forecast(historyOf([new Array<number>(600).fill(42)]), HORIZONS, LEVELS)
    for (const value of [...forecast.expected, ...forecast.quantiles]) expect(value).toBeCloseTo(42, 3)
  })

  it('three samples are enough for a forecast', () => {
    const forecast = blendForecaster().forecast(historyOf([[Number.NaN, Number.NaN, 10, 12, 11]]), HORIZONS, LEVELS)
    for (const value of forecast.expected) expect(value).toBeGreaterThanOrEqual(10)
    for (const value of forecast.expected) expect(value).toBeLessThanOrEqual(12)
  })

  it('a series without any sample is forecast as 0', () => {
    const forecast = blendForecaster().forecast(historyOf([[Number.NaN, Number.NaN]]), HORIZONS, LEVELS)
    expect([...forecast.expected]).toEqual([0, 0, 0, 0])
  })

  it('a counter that restarts (one impossible value) is a gap', () => {
    const rows = [new Array<number>(50).fill(20)]
    const restarted = [rows[0]!.map((value, index) => (index === 40 ? -4_000_000 : value))]
    expect(blendForecaster().forecast(historyOf(restarted), HORIZONS, LEVELS)).toEqual(blendForecaster().forecast(historyOf([rows[0]!.map((value, index) => (index === 40 ? Number.NaN : value))]), HORIZONS, LEVELS))
  })

  it('does not fail on a clock that changes its zone within the history', () => {
    const winter = historyOf([Array.from({ length: 300 }, (_, index) => index % 50)], { zoneOffsetMinutes: 60 })
    const summer = { ...winter, zoneOffsetMinutes: 120 }
    expect(faults(blendForecaster().forecast(summer, HORIZONS, LEVELS), 1000)).toEqual([])
  })
})
