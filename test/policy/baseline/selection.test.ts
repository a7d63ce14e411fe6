import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fittedRatio } from '../../../src/policy/baseline/selection/leastSquares.ts'
import { maximumCorrelation } from '../../../src/policy/baseline/selection/maximumCorrelation.ts'
import { minimumMigrationTime } from '../../../src/policy/baseline/selection/minimumMigrationTime.ts'
import { minimumUtilization } from '../../../src/policy/baseline/selection/minimumUtilization.ts'
import { random } from '../../../src/policy/baseline/selection/random.ts'
import type { VmSelection } from '../../../src/policy/baseline/selection/selection.ts'
import { type PlacedVm, roundOf } from './round.ts'

const on0 = (mips: number, memoryMib: number, past: readonly number[]): PlacedVm => ({ host: 0, mips, memoryMib, past })
const chosen = (select: VmSelection, vms: readonly PlacedVm[]): number => select(roundOf(2, vms), 0, [...vms.keys()], 0)

describe('an overloaded host gives up', () => {
  it('the VM with the least memory, the first on ties', () => {
    expect(chosen(minimumMigrationTime, [on0(500, 870, [0.1]), on0(500, 613, [0.9]), on0(500, 613, [0.1])])).toBe(1)
  })

  it('the VM that uses least of its size, not least MIPS', () => {
    expect(chosen(minimumUtilization, [on0(500, 613, [0.3]), on0(2500, 870, [0.2]), on0(500, 613, [0.2])])).toBe(1)
  })

  it('the VM whose past the others explain best', () => {
    const waves = (period: number): number[] => Array.from({ length: 30 }, (_, back) => 0.3 + 0.2 * Math.sin(back / period))
    const noise = Array.from({ length: 30 }, (_, back) => ((back * 7919) % 97) / 200)
    const sum = waves(2).map((value, back) => (value + waves(5)[back]!) / 2)
    expect(chosen(maximumCorrelation, [on0(500, 613, noise), on0(1000, 1740, sum), on0(2000, 1740, waves(2)), on0(2500, 870, waves(5))])).toBeGreaterThan(0)
    const other = Array.from({ length: 30 }, (_, back) => ((back * 104_729) % 89) / 200)
    expect(chosen(maximumCorrelation, [on0(500, 870, noise), on0(1000, 1740, waves(2)), on0(2000, 613, waves(2).map((value, back) => value + 0.05 * other[back]!))])).not.toBe(0)
  })

  it('the VM with the least memory where there are fewer samples than VMs', () => {
    expect(chosen(maximumCorrelation, [on0(500, 870, [0.1, 0.2]), on0(500, 613, [0.2, 0.3]), on0(500, 870, [0.5, 0.1])])).toBe(1)
  })

  it('the first VM where there are as many samples as VMs: all fits are exact', () => {
    expect(chosen(maximumCorrelation, [on0(500, 870, [0.1, 0.2]), on0(500, 613, [0.2, 0.9])])).toBe(0)
  })
})

describe('a random choice', () => {
  const vms = Array.from({ length: 10 }, () => on0(500, 613, [0.1]))
  const list = [...vms.keys()]
  const round = roundOf(2, vms)

  it('is the same for the same seed, instant, host and number, and for nothing else', () => {
    const draw = (seed: number, atMs: number, host: number): number[] => list.map((taken) => random(seed)({ ...round, atMs }, host, list, taken))
    expect(draw(1, 300_100, 3)).toEqual(draw(1, 300_100, 3))
    const others = [draw(2, 300_100, 3), draw(1, 600_100, 3), draw(1, 300_100, 4)]
    for (const other of others) expect(other).not.toEqual(draw(1, 300_100, 3))
  })

  it('differs from one VM that a host gives up to the next', () => {
    expect(new Set(list.map((taken) => random(1)(round, 3, list, taken))).size).toBeGreaterThan(1)
  })

  it('takes every VM about as often', () => {
    const counts = new Array<number>(10).fill(0)
    for (let atMs = 0; atMs < 20_000; atMs++) counts[random(7)({ ...round, atMs }, 5, list, 0)]!++
    // Standard deviation 42.
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200)
  })
})

describe('R² of a least-squares fit', () => {
  const values = fc.array(fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100), { minLength: 12, maxLength: 12 })

  it('is the square of the correlation for one column and a constant', () => {
    fc.assert(fc.property(values, values, (x, y) => {
      const mean = (of: readonly number[]): number => of.reduce((sum, value) => sum + value, 0) / of.length
      const covariance = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, row) => sum + (value - mean(a)) * (b[row]! - mean(b)), 0)
      fc.pre(covariance(x, x) > 1e-3 && covariance(y, y) > 1e-3)
      const squared = covariance(x, y) ** 2 / (covariance(x, x) * covariance(y, y))
      expect(fittedRatio(Float64Array.from(y), [new Float64Array(12).fill(1), Float64Array.from(x)])).toBeCloseTo(squared, 9)
    }))
  })

  it('is 1 for a combination of the columns', () => {
    const one = new Float64Array(12).fill(1)
    const x = Float64Array.from({ length: 12 }, (_, row) => row ** 2)
    const y = Float64Array.from({ length: 12 }, (_, row) => Math.cos(row))
    expect(fittedRatio(x.map((value, row) => 3 - 2 * value + y[row]!), [one, x, y])).toBeCloseTo(1, 12)
  })

  it('is null where a column is zero', () => {
    expect(fittedRatio(new Float64Array([1, 2, 3]), [new Float64Array(3).fill(1), new Float64Array(3)])).toBeNull()
  })
})
