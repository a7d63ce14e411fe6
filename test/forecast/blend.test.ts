import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blendSeries, type BlendInput } from '../../src/forecast/blend.ts'
import { calibrate, marginOf } from '../../src/forecast/calibrate.ts'
import { seededRng } from '../../sim/random.ts'
import { trials } from '../support/parts.ts'

const SETTINGS: BlendInput['settings'] = { power: 16, priorOrigins: 0, halfLifeOrigins: 336, medianShare: 0.5, preferred: null }

/** Outcomes 0, 0, ...: a member that says 1 errs by 1. Outcomes are known one origin later. */
function input(said: readonly (readonly number[])[], parts: Partial<BlendInput> = {}): BlendInput {
  const count = said[0]!.length
  return {
    names: said.map((_, member) => `m${member}`), said: said.map((row) => Float32Array.from(row)), isSimple: said.map(() => true), priorLosses: null,
    truths: new Float32Array(count), maturesAt: Int32Array.from({ length: count }, (_, origin) => origin + 1), level: null, lossFloor: 1e-6, settings: SETTINGS, ...parts,
  }
}

const repeat = (value: number, count: number): number[] => new Array<number>(count).fill(value)

describe('a blend', () => {
  it('follows the member that errs least', () => {
    const { values, weights } = blendSeries(input([repeat(4, 50), repeat(1, 50), repeat(8, 50)]))
    expect(values[49]).toBeCloseTo(1, 3)
    expect(weights[1]).toBeGreaterThan(45)
  })

  it('begins with what another trace taught', () => {
    const { values } = blendSeries(input([repeat(4, 3), repeat(1, 3)], { priorLosses: Float64Array.of(1, 3), settings: { ...SETTINGS, priorOrigins: 72 } }))
    expect(values[0]).toBeCloseTo(4, 3)
  })

  it('lets a series’ own record overrule another trace', () => {
    const { values } = blendSeries(input([repeat(4, 400), repeat(1, 400)], { priorLosses: Float64Array.of(1, 1.3), settings: { ...SETTINGS, priorOrigins: 72 } }))
    expect(values[399]).toBeCloseTo(1, 2)
  })

  it('changes its mind when the better member turns bad', () => {
    const turned = [...repeat(0.1, 300), ...repeat(9, 900)]
    const { values } = blendSeries(input([turned, repeat(2, 1200)]))
    expect(values[299]).toBeCloseTo(0.1, 2)
    expect(values[1199]).toBeCloseTo(2, 1)
  })

  it('does without a member that has no answer, and is NaN only when nobody has one', () => {
    const { values } = blendSeries(input([[Number.NaN, 5, Number.NaN], [3, Number.NaN, Number.NaN]]))
    expect([...values]).toEqual([3, 5, Number.NaN])
  })

  it('never uses an outcome before it is known', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 79 }), fc.double({ min: 0, max: 50, noNaN: true }), (delay, origin, other) => {
      const rng = seededRng(3, 'said')
      const said = [0, 1, 2].map(() => Array.from({ length: 80 }, () => rng.next() * 10))
      const maturesAt = Int32Array.from({ length: 80 }, (_, index) => index + delay)
      const before = blendSeries(input(said, { maturesAt })).values
      const truths = new Float32Array(80)
      truths[origin] = other
      const after = blendSeries(input(said, { maturesAt, truths })).values
      expect(after.slice(0, origin + delay)).toEqual(before.slice(0, origin + delay))
    }), trials(50))
  })

  it('leaves itself for the simple method when it does worse, and says how often', () => {
    // The trained member was good elsewhere and is bad here.
    const { fallbackCount, values } = blendSeries(input([repeat(1, 300), repeat(10, 300)], { isSimple: [true, false], priorLosses: Float64Array.of(50, 1), settings: { ...SETTINGS, priorOrigins: 5000, power: 8 } }))
    expect(fallbackCount).toBeGreaterThan(200)
    expect(values[299]).toBe(1)
  })

  it('has a bounded answer: never outside what its members say', () => {
    fc.assert(fc.property(fc.array(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 30, maxLength: 30 }), { minLength: 1, maxLength: 5 }), fc.constantFrom(null, 0.9), (said, level) => {
      const { values } = blendSeries(input(said, { level }))
      for (const [origin, value] of values.entries()) {
        expect(value).toBeGreaterThanOrEqual(Math.min(...said.map((row) => row[origin]!)) - 1e-3)
        expect(value).toBeLessThanOrEqual(Math.max(...said.map((row) => row[origin]!)) + 1e-3)
      }
    }), trials(50))
  })
})

describe('calibration', () => {
  it.each([0.9, 2.5])('brings a quantile that lies too low or too high, at %s, near to its stated coverage', (place) => {
    const rng = seededRng(11, 'outcomes')
    const count = 12_000
    const truths = Float32Array.from({ length: count }, () => Math.abs(rng.normal()))
    const values = new Float32Array(count).fill(place)
    const calibrated = calibrate({ values, truths, maturesAt: Int32Array.from(truths, (_, origin) => origin + 1), level: 0.9, margin: 0 })
    const covered = (said: Float32Array): number => truths.slice(6000).filter((truth, origin) => truth <= said[6000 + origin]!).length / 6000
    expect(Math.abs(covered(values) - 0.9)).toBeGreaterThan(0.05)
    expect(covered(calibrated)).toBeGreaterThan(0.88)
    expect(covered(calibrated)).toBeLessThan(0.92)
  })

  it('a split-conformal margin covers the stated share of the scores, and never narrows', () => {
    const rng = seededRng(5, 'scores')
    const scores = Array.from({ length: 1000 }, () => rng.normal())
    const margin = marginOf(scores, 0.9)
    const share = scores.filter((score) => score <= margin).length / 1000
    expect(share).toBeGreaterThanOrEqual(0.9)
    expect(share).toBeLessThan(0.91)
    expect(marginOf(scores.map((score) => score - 10), 0.9)).toBe(0)
  })
})
