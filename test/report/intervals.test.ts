import { describe, expect, it } from 'vitest'
import { seededRng } from '../../sim/random.ts'
import type { Rng } from '../../src/model/random.ts'
import { bootstrapHalfWidth, pairedHalfWidth } from '../../src/report/intervals.ts'

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Days that lean on the day before: AR(1) with unit variance and mean 0. */
function persistentDays(rng: Rng, days: number, correlation: number): number[] {
  const innovation = Math.sqrt(1 - correlation ** 2)
  const values = [rng.normal()]
  while (values.length < days) values.push(correlation * values.at(-1)! + innovation * rng.normal())
  return values
}

/** How often an interval about the mean holds the true mean, 0. */
function coverage(cases: number, draw: (rng: Rng) => number[], halfWidth: (values: number[], rng: Rng) => number | null): number {
  const rng = seededRng(20, 'coverage')
  let held = 0
  for (let index = 0; index < cases; index++) {
    const values = draw(rng)
    if (Math.abs(mean(values)) <= halfWidth(values, rng.split(`case-${index}`))!) held++
  }
  return held / cases
}

const overDays = (values: number[], rng: Rng): number | null =>
  bootstrapHalfWidth({ days: values.length, rng, statistic: (picked) => mean(Array.from(picked, (day) => values[day]!)) })

describe('the paired interval over seeds', () => {
  it('equals the worked example of Student (1908): ten sleepers, two drugs', () => {
    const gains = [1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4]
    const half = pairedHalfWidth(gains)!
    expect(mean(gains) - half).toBeCloseTo(0.7001, 4)
    expect(mean(gains) + half).toBeCloseTo(2.4599, 4)
  })

  it.each([2, 3, 5, 20])('holds the truth in 95 of 100 cases with %d seeds', (seeds) => {
    const held = coverage(4000, (rng) => Array.from({ length: seeds }, () => rng.normal()), pairedHalfWidth)
    expect(held).toBeGreaterThan(0.94)
    expect(held).toBeLessThan(0.96)
  })

  it('does not exist for one seed', () => {
    expect(pairedHalfWidth([3])).toBeNull()
  })
})

describe('the block bootstrap over days', () => {
  it.each([
    { days: 4, correlation: 0, low: 0.92, high: 0.98 }, { days: 7, correlation: 0, low: 0.93, high: 0.99 }, { days: 7, correlation: 0.3, low: 0.86, high: 0.95 },
    { days: 7, correlation: 0.5, low: 0.79, high: 0.9 }, { days: 14, correlation: 0, low: 0.92, high: 0.98 }, { days: 28, correlation: 0.3, low: 0.86, high: 0.96 },
  ])('holds the truth in $low to $high of cases: $days days, correlation $correlation', ({ days, correlation, low, high }) => {
    const held = coverage(400, (rng) => persistentDays(rng, days, correlation), overDays)
    expect(held).toBeGreaterThanOrEqual(low)
    expect(held).toBeLessThanOrEqual(high)
  })

  it('sees a shift that is large against the spread, and not one that is small', () => {
    const values = persistentDays(seededRng(4, 'shift'), 7, 0.2)
    const half = overDays(values, seededRng(4))!
    expect(Math.abs(mean(values.map((value) => value + 10)))).toBeGreaterThan(half)
    expect(Math.abs(mean(values.map((value) => value + 0.1)))).toBeLessThan(half)
  })

  it('is the same for the same seed', () => {
    const values = [3, 1, 4, 1, 5, 9, 2]
    expect(overDays(values, seededRng(1))).toBe(overDays(values, seededRng(1)))
  })

  it('is not given for three days', () => {
    expect(overDays([1, 2, 3], seededRng(1))).toBeNull()
  })
})
