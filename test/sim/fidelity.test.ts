import { describe, expect, it } from 'vitest'
import { fidelityOf } from '../../sim/fidelity.ts'
import { seededRng } from '../../sim/random.ts'
import type { RecordedMigration } from '../../src/model/migrations.ts'
import { CALIBRATION_MIN, calibrate } from '../../src/plan/calibrate.ts'
import { precopy } from '../../src/plan/precopy.ts'

/** Migrations over a link of 80 MiB/s that take 700 ms besides, with times off by up to `noise`. */
function recorded(count: number, noise: number): RecordedMigration[] {
  const rng = seededRng(7, 'fidelity')
  return Array.from({ length: count }, () => {
    const memoryMib = 64 * 2 ** Math.floor(rng.next() * 6)
    const dirtyMibPerS = rng.next() * 30
    const { durationMs } = precopy({ memoryMib, dirtyMibPerS, linkMibPerS: 80, downtimeMaxMs: 300, roundsMax: 30 })
    const off = 1 + noise * (2 * rng.next() - 1)
    return { memoryMib, dirtyMibPerS, durationMs: (durationMs + 700) * off, downtimeMs: 60 * off, converged: true }
  })
}

describe('predictions of migrations', () => {
  it('find the link and the overhead that times were made with', () => {
    const calibration = calibrate(recorded(60, 0))!
    expect(calibration.linkMibPerS).toBeGreaterThan(75)
    expect(calibration.linkMibPerS).toBeLessThan(85)
    expect(Math.abs(calibration.overheadMs - 700)).toBeLessThan(120)
  })
  it('are as good as the noise lets them be, and their intervals hold as often as they say', () => {
    const { duration, downtime, calibratedOn, predicted } = fidelityOf(recorded(400, 0.3))!
    expect([calibratedOn, predicted]).toEqual([200, 200])
    expect(duration!.errorMedianRatio).toBeLessThan(0.2)
    expect(duration!.errorP90Ratio).toBeLessThan(0.45)
    for (const { coverage90 } of [duration!, downtime!]) {
      expect(coverage90).toBeGreaterThan(0.84)
      expect(coverage90).toBeLessThan(0.97)
    }
  })
  it('foresee that a VM which dirties faster than the link sends does not come to its end', () => {
    const busy: RecordedMigration = { memoryMib: 4096, dirtyMibPerS: 200, durationMs: 60_000, downtimeMs: null, converged: false }
    const { convergesRight, predicted } = fidelityOf([...recorded(20, 0.1), ...Array.from({ length: 10 }, () => busy)])!
    expect(convergesRight).toBe(predicted)
  })
  it('are not made from too few', () => {
    expect(fidelityOf([])).toBeNull()
    expect(calibrate(recorded(CALIBRATION_MIN - 1, 0))).toBeNull()
    expect(fidelityOf(recorded(CALIBRATION_MIN, 0))).toBeNull()
  })
})
