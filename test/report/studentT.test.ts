import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { studentTQuantile } from '../../src/report/studentT.ts'

describe('quantiles of Student t', () => {
  // From the tables of NIST/SEMATECH e-Handbook 1.3.6.7.2.
  it.each([
    [0.975, 1, 12.706], [0.975, 2, 4.303], [0.975, 3, 3.182], [0.975, 9, 2.262], [0.975, 30, 2.042], [0.975, 100, 1.984],
    [0.95, 5, 2.015], [0.995, 7, 3.499], [0.999, 4, 7.173], [0.9, 12, 1.356],
  ])('are those of the printed tables: %d with %d degrees is %d', (probability, degrees, expected) => {
    expect(studentTQuantile(probability, degrees)).toBeCloseTo(expected, 3)
  })

  it('with one and two degrees equal their closed forms', () => {
    for (const probability of [0.6, 0.9, 0.975, 0.9999]) {
      expect(studentTQuantile(probability, 1)).toBeCloseTo(Math.tan(Math.PI * (probability - 0.5)), 6)
      const centred = 2 * probability - 1
      expect(studentTQuantile(probability, 2)).toBeCloseTo(centred * Math.sqrt(2 / (1 - centred ** 2)), 8)
    }
  })

  it('approach the normal distribution', () => {
    expect(studentTQuantile(0.975, 10_000)).toBeCloseTo(1.9602, 4)
  })

  it('are symmetric and fall with more degrees, whole or not', () => {
    fc.assert(fc.property(fc.double({ min: 0.51, max: 0.999, noNaN: true }), fc.double({ min: 0.5, max: 200, noNaN: true }), (probability, degrees) => {
      const quantile = studentTQuantile(probability, degrees)
      expect(studentTQuantile(1 - probability, degrees)).toBeCloseTo(-quantile, 6)
      expect(studentTQuantile(probability, degrees + 1)).toBeLessThan(quantile)
    }))
  })

  it.each([[0, 3], [1, 3], [Number.NaN, 3], [0.9, 0], [0.9, Number.NaN]])('refuse probability %d with %d degrees', (probability, degrees) => {
    expect(() => studentTQuantile(probability, degrees)).toThrow(RangeError)
  })
})
