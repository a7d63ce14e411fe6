import { describe, expect, it } from 'vitest'
import { expectedAhead, fullDay, growthOf } from '../../../src/forecast/longRange/growth.ts'
import { growthTrend } from '../../../src/forecast/longRange/trend.ts'
import { seededRng } from '../../../sim/random.ts'

/** A line with a week on it, and noise of which each day keeps a part of the day before. */
function days(count: number, { level = 1000, slope = 2, week = 100, noise = 30, kept = 0.5, seed = 1 } = {}): Float64Array {
  const rng = seededRng(seed, 'days')
  let carried = 0
  return Float64Array.from({ length: count }, (_, day) => {
    carried = kept * carried + noise * rng.normal()
    return level + slope * (day - count + 1) + (day % 7 < 2 ? -week : 0) + carried
  })
}

const trendOf = (figures: Float64Array, seed = 1) => growthTrend(figures, seededRng(seed, 'trend'))!

describe('a growth trend', () => {
  it('is exact on a line with a week on it, whatever the weekdays', () => {
    const trend = trendOf(days(60, { noise: 0 }))
    expect(trend.line.slopePerDay).toBeCloseTo(2, 9)
    expect(trend.line.level).toBeCloseTo(1000, 9)
    expect(growthOf(trend)!.medianPerMonthRatio).toBeCloseTo((2 * 365) / 12 / 1000, 9)
  })

  it('stays within a tenth when a fifth of the days are wild or missing', () => {
    const figures = days(90, { noise: 5 })
    for (let day = 0; day < figures.length; day += 10) {
      figures[day] = 50_000
      figures[day + 1] = Number.NaN
    }
    expect(trendOf(figures).line.slopePerDay).toBeCloseTo(2, 0)
    expect(Math.abs(trendOf(figures).line.slopePerDay - 2)).toBeLessThan(0.2)
  })

  it('holds the true growth in its 80 % interval in 65 to 95 % of histories', () => {
    let held = 0
    for (let seed = 1; seed <= 60; seed++) {
      const growth = growthOf(trendOf(days(63, { seed, kept: 0.3 }), seed))!
      const ratio = (2 * 365) / 12 / 1000
      if (growth.lowPerMonthRatio <= ratio && ratio <= growth.highPerMonthRatio) held++
    }
    expect(held / 60).toBeGreaterThan(0.65)
    expect(held / 60).toBeLessThan(0.95)
  })

  it('repeats with its seed', () => {
    expect(trendOf(days(40))).toEqual(trendOf(days(40)))
  })

  it('is refused on less than 14 known days, and finite on constant, empty and huge ones', () => {
    expect(growthTrend(days(13), seededRng(1))).toBeNull()
    expect(growthTrend(new Float64Array(0), seededRng(1))).toBeNull()
    expect(growthTrend(new Float64Array(30).fill(Number.NaN), seededRng(1))).toBeNull()
    for (const figures of [new Float64Array(30), new Float64Array(30).fill(5), new Float64Array(30).fill(1e15)]) {
      const trend = trendOf(figures)
      expect(trend.line).toEqual({ level: figures[0], slopePerDay: 0 })
      expect(fullDay(trend, 2e15, 365)).toEqual({ medianDays: null, conservativeDays: null, reachedShare: 0 })
    }
    expect(growthOf(trendOf(new Float64Array(30)))).toBeNull()
  })
})

describe('the day a pool is full', () => {
  it('is (capacity - level) / slope without noise, for the cautious too but for what busy weekdays add', () => {
    const trend = trendOf(days(60, { noise: 0, week: 0 }))
    const full = fullDay(trend, 1500, 365)
    expect(full.medianDays).toBeCloseTo(250, 6)
    expect(full.conservativeDays).toBeCloseTo(250, 6)
    expect(full.reachedShare).toBe(1)
  })

  it('comes earlier for the cautious, and not before today', () => {
    const trend = trendOf(days(60, { noise: 60 }))
    const { medianDays, conservativeDays } = fullDay(trend, 1500, 2000)
    expect(conservativeDays!).toBeLessThan(0.95 * medianDays!)
    expect(conservativeDays!).toBeGreaterThan(0)
    expect(fullDay(trend, 500, 365)).toEqual({ medianDays: 0, conservativeDays: 0, reachedShare: 1 })
  })

  it('is none when demand falls, or when it lies past the horizon', () => {
    expect(fullDay(trendOf(days(60, { slope: -2, noise: 1 })), 1500, 3650)).toEqual({ medianDays: null, conservativeDays: null, reachedShare: 0 })
    expect(fullDay(trendOf(days(60, { noise: 1 })), 1500, 100)).toEqual({ medianDays: null, conservativeDays: null, reachedShare: 0 })
  })
})

describe('demand so many days ahead', () => {
  it('lies in an interval that widens and holds what comes in most cases', () => {
    let held = 0
    for (let seed = 1; seed <= 60; seed++) {
      const all = days(120, { seed, kept: 0.3 })
      const { low, high } = expectedAhead(trendOf(all.slice(0, 90), seed), 30)
      if (low <= all[119]! && all[119]! <= high) held++
    }
    expect(held / 60).toBeGreaterThan(0.6)
    const trend = trendOf(days(60))
    const width = (ahead: number): number => expectedAhead(trend, ahead).high - expectedAhead(trend, ahead).low
    expect(width(300)).toBeGreaterThan(width(1))
  })
})
