import { describe, expect, it } from 'vitest'
import { leastSquares, type Rows } from '../../src/forecast/linear/leastSquares.ts'
import { linearValue, quantileRegression } from '../../src/forecast/linear/quantileRegression.ts'
import { seededRng } from '../../sim/random.ts'

/** y = 3 + 2 x plus noise of the sign and size that `error` draws. */
function line(count: number, error: () => number): Rows {
  const rng = seededRng(2, 'line')
  const features = new Float32Array(count * 2)
  const targets = new Float32Array(count)
  for (let row = 0; row < count; row++) {
    const x = rng.next() * 10
    features.set([1, x], row * 2)
    targets[row] = 3 + 2 * x + error()
  }
  return { featureCount: 2, features, targets }
}

const noise = seededRng(4, 'error')

describe('linear regression', () => {
  it('by squares finds an exact line', () => {
    const [constant, slope] = leastSquares(line(500, () => 0), null)
    expect(constant).toBeCloseTo(3, 1)
    expect(slope).toBeCloseTo(2, 1)
  })

  it('by absolute errors is not drawn away by one row in ten that is far off, as squares are', () => {
    const rows = line(2000, () => (noise.next() < 0.1 ? 100 : 0))
    expect(quantileRegression(rows, 0.5, 12)[0]).toBeCloseTo(3, 0)
    expect(leastSquares(rows, null)[0]).toBeGreaterThan(8)
  })

  it.each([0.1, 0.75, 0.9])('at level %s leaves that share of the rows below', (level) => {
    const rows = line(4000, () => noise.normal())
    const coefficients = quantileRegression(rows, level, 12)
    const below = rows.targets.filter((target, row) => target <= linearValue(rows.features, row * 2, coefficients)).length
    expect(below / 4000).toBeCloseTo(level, 1)
    expect(coefficients[1]).toBeCloseTo(2, 1)
  })

  it('of no rows at all is finite', () => {
    for (const value of quantileRegression({ featureCount: 2, features: new Float32Array(0), targets: new Float32Array(0) }, 0.9, 3)) expect(Number.isFinite(value)).toBe(true)
  })
})
