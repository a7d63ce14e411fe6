import { describe, expect, it } from 'vitest'
import { cantelliQuantile, normalQuantile } from '../../../src/optimize/risk/normalQuantile.ts'

/** Chance of a standard normal value below x, by Simpson's rule on the density from 0. */
function normalBelow(x: number): number {
  const steps = 4_000
  const width = x / steps
  let sum = 0
  for (let step = 0; step <= steps; step++) sum += (step === 0 || step === steps ? 1 : step % 2 === 1 ? 4 : 2) * Math.exp(-((step * width) ** 2) / 2)
  return 0.5 + (sum * width) / 3 / Math.sqrt(2 * Math.PI)
}

describe('the normal quantile', () => {
  it.each([0.0005, 0.01, 0.05, 0.07, 0.1, 0.3, 0.5, 0.7, 0.9, 0.93, 0.95, 0.99, 0.9995])('turns the distribution function round at %f', (probability) => {
    expect(normalBelow(normalQuantile(probability))).toBeCloseTo(probability, 12)
  })
  it.each([[0.975, 1.959963984540054], [0.99, 2.3263478740408408], [1e-6, -4.753424308822899], [1e-15, -7.941345326170997]])('has the printed value at %f', (probability, value) => {
    expect(normalQuantile(probability)).toBeCloseTo(value, 11)
  })
  it('mirrors at one half', () => {
    for (const tail of [1e-9, 0.01, 0.2]) expect(normalQuantile(1 - tail)).toBeCloseTo(-normalQuantile(tail), 6)
  })
  it.each([0, 1, -0.1, NaN])('refuses %f', (probability) => {
    expect(() => normalQuantile(probability)).toThrow(RangeError)
  })
})

describe("Cantelli's quantile", () => {
  it('is met with equality by the two-point variable that is its worst case', () => {
    // X = 1 with chance e, else 0: mean e, deviation sqrt(e (1 - e)); it is 1 with chance e.
    for (const epsilon of [0.01, 0.05, 0.1]) expect(epsilon + cantelliQuantile(epsilon) * Math.sqrt(epsilon * (1 - epsilon))).toBeCloseTo(1, 12)
  })
  it('refuses what is no probability', () => {
    expect(() => cantelliQuantile(0)).toThrow(RangeError)
  })
})
