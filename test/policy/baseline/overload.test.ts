import { describe, expect, it } from 'vitest'
import { localRegression } from '../../../src/policy/baseline/overload/localRegression.ts'
import type { OverloadTest } from '../../../src/policy/baseline/overload/overload.ts'
import { interquartileRange, medianAbsoluteDeviation } from '../../../src/policy/baseline/overload/spread.ts'
import { threshold } from '../../../src/policy/baseline/overload/threshold.ts'
import { append, takeOut } from '../../../src/policy/baseline/round.ts'
import { roundOf } from './round.ts'

/** Whether a G4 (3720 MIPS) with one VM of 3720 MIPS and this past, newest first, is overloaded. */
const alone = (test: OverloadTest, past: readonly number[]): boolean => test(roundOf(2, [{ host: 0, mips: 3720, memoryMib: 870, past }]), 0, null)

describe('a fixed threshold', () => {
  it('is passed, not reached', () => {
    expect(alone(threshold(0.8), [0.8])).toBe(false)
    expect(alone(threshold(0.8), [0.81])).toBe(true)
  })

  it('counts a VM that is to come', () => {
    const round = roundOf(2, [{ host: 0, mips: 3720, memoryMib: 870, past: [0.5] }, { host: 1, mips: 3720, memoryMib: 870, past: [0.4] }])
    expect(threshold(0.8)(round, 0, 1)).toBe(true)
    expect(threshold(0.8)(round, 0, null)).toBe(false)
  })
})

describe('thresholds by spread', () => {
  /** 1, 2, ..., n hundredths, the newest one first as given. */
  const upTo = (count: number, newest: number): number[] => [newest, ...Array.from({ length: count - 1 }, (_, index) => (index + 1) / 100)]

  it('are 0.7 with fewer than 12 samples', () => {
    for (const test of [interquartileRange(1.5), medianAbsoluteDeviation(2.5)]) {
      expect(alone(test, upTo(11, 0.7))).toBe(false)
      expect(alone(test, upTo(11, 0.71))).toBe(true)
    }
  })

  it('do not count zeros before a VM had any load', () => {
    const past = [...upTo(11, 0.75), ...new Array<number>(19).fill(0)]
    expect(alone(interquartileRange(1.5), past)).toBe(true)
  })

  it('are 1 - 1.5 x the distance of the quartiles', () => {
    // Sorted 0.01 ... 0.15 and the newest: places round(0.75 x 17) and round(0.25 x 17), that is 13 and 4.
    const limit = 1 - 1.5 * (0.13 - 0.04)
    expect(alone(interquartileRange(1.5), upTo(16, limit - 0.001))).toBe(false)
    expect(alone(interquartileRange(1.5), upTo(16, limit + 0.001))).toBe(true)
  })

  it('are 1 - 2.5 x the median distance from the median', () => {
    // 0.01 ... 0.15 and 0.9: median 0.085, distances 0.005, 0.005, ..., 0.065, 0.075, 0.815: median 0.04.
    expect(alone(medianAbsoluteDeviation(2.5), upTo(16, 0.899))).toBe(false)
    expect(alone(medianAbsoluteDeviation(2.5), upTo(16, 0.901))).toBe(true)
  })
})

describe('the line through the last ten samples', () => {
  const rising = (next: number): number[] => Array.from({ length: 12 }, (_, back) => next - 0.02 * (back + 1))

  it('is overloaded where it reaches capacity / safety at the next step', () => {
    expect(alone(localRegression(1.2), rising(1 / 1.2 - 0.001))).toBe(false)
    expect(alone(localRegression(1.2), rising(1 / 1.2 + 0.001))).toBe(true)
  })

  it('is not asked with fewer than ten samples: then 0.7 is the limit', () => {
    expect(alone(localRegression(1.2), [0.69, ...rising(2).slice(0, 8)])).toBe(false)
    expect(alone(localRegression(1.2), [0.71, ...rising(0.4).slice(0, 8)])).toBe(true)
  })

  it('looks further ahead where the migration of a VM takes more than a step', () => {
    const long = roundOf(2, [{ host: 0, mips: 3720, memoryMib: 62.5 * 601, past: rising(1 / 1.2 - 0.03) }])
    // Three steps: two further than the next one, 0.02 each.
    expect(localRegression(1.2)(long, 0, null)).toBe(true)
  })
})

describe('the history of a host', () => {
  it('is that of the VMs planned on it, wherever they were', () => {
    const high = Array.from({ length: 12 }, () => 0.5)
    const round = roundOf(4, [{ host: 0, mips: 3720, memoryMib: 870, past: high }, { host: 2, mips: 3720, memoryMib: 870, past: high }])
    const test = localRegression(1.2)
    expect([test(round, 0, null), test(round, 0, 1), test(round, 0, null)]).toEqual([false, true, false])
    append(round, 0, 1)
    expect(test(round, 0, null)).toBe(true)
    takeOut(round, 0, 0)
    expect(test(round, 0, null)).toBe(false)
  })
})
