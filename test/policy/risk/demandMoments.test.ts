import { describe, expect, it } from 'vitest'
import type { LoadFrame } from '../../../src/model/history.ts'
import { type DemandMoments, NO_MOMENTS, expectedDemand, learnFrame } from '../../../src/policy/risk/demandMoments.ts'
import { seededRng } from '../../../sim/random.ts'
import { MINUTE } from '../../support/parts.ts'
import { type SmallPool, smallPool } from '../../support/pools.ts'

const STEP = 5 * MINUTE
const HOURS = 60 * MINUTE
const frame = (number: number, vmCpuMhz: readonly number[]): LoadFrame => ({ takenAtMs: number * STEP, intervalMs: STEP, vmCpuMhz: Float64Array.from(vmCpuMhz), hostCpuMhz: new Float64Array(1) })
const learned = ({ pool }: SmallPool, rows: readonly (readonly number[])[], memoryMs = 24 * HOURS): DemandMoments => rows.reduce((moments, row, number) => learnFrame(moments, pool, frame(number + 1, row), memoryMs), NO_MOMENTS)
const poolOf = (count: number): SmallPool => smallPool({ a: {} }, Object.fromEntries(Array.from({ length: count }, (_, number) => [`v${number}`, { on: 'a', cpuMhz: 1000 }])))

describe('what is learned of a VM', () => {
  it('is the mean and variance of its samples while they fit into the memory', () => {
    const rng = seededRng(3, 'moments')
    const values = Array.from({ length: 50 }, () => rng.below(1000))
    const { known, mean, variance } = learned(poolOf(1), values.map((value) => [value]))
    const ratios = values.map((value) => value / 1000)
    const average = ratios.reduce((sum, value) => sum + value, 0) / 50
    expect(known[0]).toBe(50)
    expect(mean[0]).toBeCloseTo(average, 10)
    expect(variance[0]).toBeCloseTo(ratios.reduce((sum, value) => sum + (value - average) ** 2, 0) / 50, 10)
  })

  it('forgets: after a change it comes near to what holds now', () => {
    const rows = [...Array.from({ length: 100 }, () => [900]), ...Array.from({ length: 100 }, () => [100])]
    expect(learned(poolOf(1), rows, HOURS).mean[0]).toBeCloseTo(0.1, 3)
    expect(learned(poolOf(1), rows, 100 * HOURS).mean[0]).toBeCloseTo(0.5, 3)
  })

  it('does not change by a sample that is missing', () => {
    expect(learned(poolOf(1), [[300], [NaN], [500]])).toMatchObject({ mean: Float64Array.of(0.4), known: Float64Array.of(2) })
  })

  it('is not passed on to the VM that takes its slot', () => {
    const small = poolOf(1)
    const before = learned(small, [[900], [900]])
    small.pool.vmSinceMs[0] = 2.5 * STEP
    expect(learnFrame(before, small.pool, frame(3, [100]), HOURS)).toMatchObject({ mean: Float64Array.of(0.1), known: Float64Array.of(1) })
  })

  it('leaves what was learned before as it was', () => {
    const small = poolOf(1)
    const before = learned(small, [[900]])
    learnFrame(before, small.pool, frame(2, [100]), HOURS)
    expect(before.mean[0]).toBe(0.9)
  })
})

describe('what a VM is expected to want', () => {
  it('is what the pool wants where nothing is known of it, and varies more than a known one', () => {
    const rows = Array.from({ length: 20 }, (_, number) => [200 + 50 * (number % 2), 400 - 50 * (number % 2), NaN])
    const { meanMhz, varianceMhz2 } = expectedDemand(learned(poolOf(3), rows), poolOf(3).pool)
    expect(meanMhz[2]).toBeCloseTo(300, 0)
    expect(varianceMhz2[2]).toBeGreaterThan(varianceMhz2[0]!)
  })

  it('comes near to its own mean and variance as samples add up', () => {
    const rng = seededRng(5, 'expected')
    const rows = Array.from({ length: 2000 }, () => [rng.below(201), 600 + rng.below(201)])
    const { meanMhz, varianceMhz2 } = expectedDemand(learned(poolOf(2), rows, 1e9), poolOf(2).pool)
    expect(meanMhz[0]).toBeGreaterThan(96)
    expect(meanMhz[0]).toBeLessThan(104)
    // 0 to 200 alike: variance 200 x 202 / 12.
    expect(varianceMhz2[0]! / 3367).toBeGreaterThan(0.93)
    expect(varianceMhz2[0]! / 3367).toBeLessThan(1.07)
  })

  it('is a guess that is no number out of range before anything was seen', () => {
    const { meanMhz, varianceMhz2 } = expectedDemand(NO_MOMENTS, poolOf(2).pool)
    expect([...meanMhz]).toEqual([250, 250])
    expect(varianceMhz2[0]).toBeGreaterThan(0)
  })
})
