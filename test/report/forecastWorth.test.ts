import { describe, expect, it } from 'vitest'
import { forecastWorth, withoutForecasts, worthSentence } from '../../src/report/forecastWorth.ts'
import type { RunSummary } from '../../src/model/run.ts'

const summary = (policy: string, seed: number, violationMinutes: number, energyKwh: number, migrations: number): RunSummary => ({ policy, seed, sla: { violationMinutes }, energyKwh, migrations }) as RunSummary

const TWIN = withoutForecasts('ahead')

describe('what forecasts were worth', () => {
  it('is the difference of means over the seeds that a policy and its twin share', () => {
    const worth = forecastWorth([summary('ahead', 1, 10, 5, 30), summary(TWIN, 1, 110, 6, 20), summary('ahead', 2, 30, 7, 30), summary(TWIN, 2, 90, 6, 40), summary('ahead', 3, 999, 99, 99), summary('other', 1, 1, 1, 1)])
    expect(worth).toEqual([{ policy: 'ahead', seeds: [1, 2], violationMinutes: { with: 20, without: 100 }, energyKwh: { with: 6, without: 6 }, migrations: { with: 30, without: 30 } }])
    expect(worthSentence(worth[0]!)).toBe('Forecasts were worth to ahead, against the same runs without them: -80 SLA-violation VM-minutes (-80.0 %), 0.00 kWh, 0 migrations, the mean of 2 seeds.')
  })

  it('says so, too, where they cost, and does not divide by nothing', () => {
    const [worth] = forecastWorth([summary('ahead', 4, 3, 6.6, 11), summary(TWIN, 4, 0, 6, 10)])
    expect(worthSentence(worth!)).toContain('+3 SLA-violation VM-minutes, +0.60 kWh (+10.0 %), +1 migrations (+10.0 %), seed 4')
  })

  it('is not told of policies that ran alone', () => {
    expect(forecastWorth([summary('ahead', 1, 1, 1, 1), summary(withoutForecasts('another'), 1, 1, 1, 1)])).toEqual([])
  })
})
