import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Knapsack, fillKnapsack } from '../../../src/optimize/exact/knapsack.ts'
import { trials } from '../../support/parts.ts'

/** `coarse` sizes go into a table; `fine` ones, of a large room without common divisor, are branched on. */
const knapsack = (kind: 'coarse' | 'fine'): fc.Arbitrary<Knapsack> => fc.record({ dimensions: fc.integer({ min: 1, max: 2 }), items: fc.integer({ min: 0, max: 4 }) }).chain(({ dimensions, items }) => {
  const [scale, room] = kind === 'coarse' ? [9, 20] : [90_001, 200_003]
  const whole = (length: number, max: number): fc.Arbitrary<Float64Array> => fc.array(fc.integer({ min: 0, max }), { minLength: length, maxLength: length }).map((values) => Float64Array.from(values))
  return fc.record({
    dimensions: fc.constant(dimensions), room: whole(dimensions, room), size: whole(items * dimensions, scale).map((sizes) => sizes.map((size, at) => (at % dimensions === 0 ? Math.max(1, size) : size))), profit: whole(items, 50),
    most: whole(items, 3).map((values) => Int32Array.from(values)),
  })
})

function bestProfit({ dimensions, room, size, profit, most }: Knapsack): number {
  let best = 0
  const visit = (item: number, left: readonly number[], sum: number): void => {
    if (left.some((amount) => amount < 0)) return
    if (item === profit.length) {
      best = Math.max(best, sum)
      return
    }
    for (let copies = 0; copies <= most[item]!; copies++) visit(item + 1, left.map((amount, d) => amount - copies * size[item * dimensions + d]!), sum + copies * profit[item]!)
  }
  visit(0, [...room], 0)
  return best
}

describe.each(['coarse', 'fine'] as const)('a knapsack of %s sizes', (kind) => {
  it('is filled with the most profit there is, and says so', () => {
    fc.assert(fc.property(knapsack(kind), (given) => {
      const { counts, profit, upper } = fillKnapsack(given, 1_000_000)
      expect(profit).toBe(bestProfit(given))
      expect(upper).toBe(profit)
      expect(counts.reduce((sum, count, item) => sum + count * given.profit[item]!, 0)).toBe(profit)
      for (let d = 0; d < given.dimensions; d++) expect(counts.reduce((sum, count, item) => sum + count * given.size[item * given.dimensions + d]!, 0)).toBeLessThanOrEqual(given.room[d]!)
    }), trials(400))
  })

  it('has an upper bound that holds wherever the search is cut short', () => {
    fc.assert(fc.property(knapsack(kind), fc.integer({ min: 0, max: 6 }), (given, nodesMax) => {
      expect(fillKnapsack(given, nodesMax).upper).toBeGreaterThanOrEqual(bestProfit(given))
    }), trials(400))
  })
})
