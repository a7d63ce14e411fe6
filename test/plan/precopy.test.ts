import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { precopy } from '../../src/plan/precopy.ts'
import { expectedMigration } from '../../src/plan/timing.ts'
import { exampleLoad } from '../support/examplePlan.ts'
import { trials } from '../support/parts.ts'
import { hostNamed, smallPool } from '../support/pools.ts'

const base = { memoryMib: 4096, dirtyMibPerS: 100, linkMibPerS: 1000, downtimeMaxMs: 300, roundsMax: 30 }

describe('pre-copy in closed form', () => {
  it('sends what the geometric series says: V (1 - r^(n+1)) / (1 - r), r = dirty rate / link rate', () => {
    const { sentMib, rounds } = precopy(base)
    const r = base.dirtyMibPerS / base.linkMibPerS
    expect(sentMib).toBeCloseTo((base.memoryMib * (1 - r ** (rounds + 1))) / (1 - r), 6)
  })

  it('sends at least the memory, pauses no longer than allowed, and gets no slower on a faster link', () => {
    const input = fc.record({ memoryMib: fc.integer({ min: 1, max: 100_000 }), dirtyMibPerS: fc.integer({ min: 0, max: 3000 }), linkMibPerS: fc.integer({ min: 10, max: 3000 }), downtimeMaxMs: fc.integer({ min: 1, max: 1000 }), roundsMax: fc.integer({ min: 1, max: 40 }) })
    fc.assert(fc.property(input, (given) => {
      const outcome = precopy(given)
      if (outcome.converged) {
        expect(outcome.sentMib).toBeGreaterThanOrEqual(given.memoryMib - 1e-9)
        expect(outcome.downtimeMs).toBeLessThanOrEqual(given.downtimeMaxMs)
        const faster = precopy({ ...given, linkMibPerS: given.linkMibPerS * 2 })
        expect(faster.converged).toBe(true)
        expect(faster.durationMs).toBeLessThanOrEqual(outcome.durationMs + 1e-6)
      } else {
        expect(outcome).toMatchObject({ rounds: given.roundsMax, downtimeMs: 0 })
        expect(outcome.sentMib).toBeLessThanOrEqual(given.memoryMib * given.roundsMax * (1 + 1e-12))
      }
      expect(outcome.durationMs).toBeCloseTo((outcome.sentMib / given.linkMibPerS) * 1000, 3)
    }), trials(500))
  })

  it('never dirties more than all memory in a round', () => {
    expect(precopy({ ...base, dirtyMibPerS: 1e6, roundsMax: 3 })).toMatchObject({ converged: false, sentMib: 3 * 4096 })
  })
})

describe('the time a plan reckons with', () => {
  it('is that of the slower end, dirtying by how busy the VM is', () => {
    const small = smallPool({ h0: { linkMibPerS: 1000 }, h1: { linkMibPerS: 100 } }, { a: { on: 'h0', memoryMib: 4000, dirtyMibPerS: 20 } })
    const ms = (busy: number): number => expectedMigration(small.pool, 0, hostNamed(small, 'h0'), hostNamed(small, 'h1'), { ...exampleLoad(small), vmShortMhz: Float64Array.of(busy * small.pool.vms[0]!.cpuMhz) }).durationMs
    expect(ms(0)).toBe(40_000)
    // 4000 + 800 + 160 + 32 + 6.4 at full use (32 takes 320 ms, above the 300 of the pause), 4000 + 400 + 40 + 4 at half.
    expect(Math.ceil(ms(1))).toBe(49_984)
    expect(Math.ceil(ms(5))).toBe(49_984)
    expect(Math.ceil(ms(0.5))).toBe(44_440)
  })
})
