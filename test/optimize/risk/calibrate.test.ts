import { describe, expect, it } from 'vitest'
import { seededRng } from '../../../sim/random.ts'
import { calibratedQuantile } from '../../../src/optimize/risk/calibrate.ts'
import { demandModel } from '../../../src/optimize/risk/demandModel.ts'
import { demandPaths } from '../../../src/optimize/risk/demandPaths.ts'
import type { DemandWindow } from '../../../src/optimize/risk/demandWindow.ts'
import { normalQuantile } from '../../../src/optimize/risk/normalQuantile.ts'

function windowOf(itemCount: number, instantCount: number, valueOf: (item: number, instant: number) => number): DemandWindow {
  const values = Float64Array.from({ length: itemCount * instantCount }, (_, at) => valueOf(at % itemCount, Math.floor(at / itemCount)))
  return { itemCount, instantCount, values, size: new Float64Array(itemCount).fill(10) }
}

function calibrated(window: DemandWindow, epsilon: number, limit = 100): number {
  const model = demandModel(window, { factorsMax: 4, poolSamples: 0 })
  return calibratedQuantile(model, demandPaths(window, model, window.instantCount), { epsilon, limit, bins: 200 }, seededRng(1))
}

describe('the measured quantile', () => {
  it('is the normal one where sums are normal', () => {
    const rng = seededRng(4)
    expect(calibrated(windowOf(100, 500, () => Math.max(0, 10 + rng.normal())), 0.05)).toBeCloseTo(normalQuantile(0.95), 1)
  })
  it('is what the shape says where all work in bursts together: high 2 % of the time, that is sqrt(0.98 / 0.02) = 7 deviations', () => {
    expect(calibrated(windowOf(60, 500, (_, instant) => (instant % 50 === 0 ? 9 : 1)), 0.01)).toBeCloseTo(7, 6)
    expect(calibrated(windowOf(60, 500, (_, instant) => (instant % 50 === 0 ? 9 : 1)), 0.05)).toBe(0)
  })
  it('is the normal one where nothing varies or nothing is known', () => {
    expect(calibrated(windowOf(5, 10, () => 3), 0.05)).toBe(normalQuantile(0.95))
    expect(calibrated(windowOf(0, 0, () => 0), 0.05)).toBe(normalQuantile(0.95))
    expect(calibrated(windowOf(4, 0, () => 0), 0.05)).toBe(normalQuantile(0.95))
  })
  it('takes at least one item where none fits', () => {
    const rng = seededRng(5)
    expect(calibrated(windowOf(5, 100, () => 10 + rng.next()), 0.05, 0.001)).toBeGreaterThan(0)
  })
})
