import { describe, expect, it } from 'vitest'
import type { LoadFrame } from '../../../src/model/history.ts'
import { type RiskLimit, firstLimit, steered } from '../../../src/policy/risk/steerLimit.ts'
import { seededRng } from '../../../sim/random.ts'
import { normalQuantile } from '../../../src/optimize/risk/normalQuantile.ts'
import { cpuForVmsMhz } from '../../../src/model/pool.ts'
import { MINUTE } from '../../support/parts.ts'
import { smallPool } from '../../support/pools.ts'

const STEP = 5 * MINUTE
const small = smallPool({ a: {}, b: {} }, { gold: { on: 'a', class: 'gold', cpuMhz: 1e6 }, plain: { on: 'b', cpuMhz: 1e6 } })
const roomMhz = cpuForVmsMhz(small.pool.hosts[0]!)
const frame = (a: number, b: number): LoadFrame => ({ takenAtMs: 1, intervalMs: STEP, vmCpuMhz: Float64Array.of(a * roomMhz, b * roomMhz), hostCpuMhz: new Float64Array(2) })
const after = (limit: RiskLimit, frames: readonly LoadFrame[], overloadMax = 0.01, targets: Parameters<typeof firstLimit>[1] = []): RiskLimit => frames.reduce((now, one) => steered(now, small.pool, one, overloadMax, targets), limit)

describe('the limit of consolidation by risk', () => {
  it('begins at the normal quantile', () => {
    expect(firstLimit(0.01, []).pool.deviations).toBeCloseTo(2.326, 3)
  })

  it('falls by one deviation in eight hours without an overload, and never below a half', () => {
    const quiet = Array.from({ length: 96 }, () => frame(0.5, 0.5))
    const limit = after(firstLimit(0.01, []), quiet)
    expect(limit.pool.deviations).toBeCloseTo(1.326, 3)
    expect(after(limit, [...quiet, ...quiet]).pool.deviations).toBe(0.5)
  })

  it('rises where hosts want more than they have, by no more than a quarter at once', () => {
    const limit = firstLimit(0.01, [])
    expect(after(limit, [frame(1.1, 0.5)]).pool).toMatchObject({ deviations: limit.pool.deviations + 0.25, short: 1, looks: 2 })
  })

  it('settles where the wanted share of looks falls short', () => {
    const rng = seededRng(2, 'steer')
    let limit = firstLimit(0.05, [])
    // Demand has mean 0.6 and deviation 0.1 when hosts are filled to two deviations: fuller hosts want more.
    const draw = (deviations: number): number => 1 - 0.1 * deviations + 0.1 * normalQuantile((rng.below(999_999) + 0.5) / 1e6)
    for (let step = 0; step < 20_000; step++) limit = steered(limit, small.pool, frame(draw(limit.pool.deviations), draw(limit.pool.deviations)), 0.05, [])
    expect(limit.pool.short / limit.pool.looks).toBeGreaterThan(0.04)
    expect(limit.pool.short / limit.pool.looks).toBeLessThan(0.06)
  })

  it('is a class’s own where it has a target, by what its VMs got', () => {
    const targets = [{ class: 'gold', attainmentMin: 0.99 }]
    const short = after(firstLimit(0.01, targets), [frame(1.2, 0.5)], 0.01, targets)
    expect(short.byClass.get('gold')).toMatchObject({ short: 1, looks: 1 })
    const other = after(firstLimit(0.01, targets), [frame(0.5, 1.2)], 0.01, targets)
    expect(other.byClass.get('gold')).toMatchObject({ short: 0, looks: 1 })
    expect(other.byClass.get('gold')!.deviations).toBeLessThan(short.byClass.get('gold')!.deviations)
  })

  it('does not count a VM as short that gets 95 % of what it wants', () => {
    const targets = [{ class: 'gold', attainmentMin: 0.99 }]
    expect(after(firstLimit(0.01, targets), [frame(1.04, 0.5)], 0.01, targets).byClass.get('gold')!.short).toBe(0)
  })
})
