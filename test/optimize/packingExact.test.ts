import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BinPacking, copiesInAll } from '../../src/optimize/packingBins.ts'
import { extraAtMost, proveImpossible, wholeLack } from '../../src/optimize/packingBounds.ts'
import { decidePacking, holdsExtra, rangeOfExtra } from '../../src/optimize/packingDecide.ts'
import { packExactly } from '../../src/optimize/packingExact.ts'
import { packWell } from '../../src/optimize/packingGreedy.ts'

const PLENTY = 1e9

interface Small {
  readonly bins: readonly (readonly number[])[]
  readonly items: readonly (readonly number[])[]
  readonly forbidden: readonly (readonly [number, number])[]
  readonly apart: readonly (readonly number[])[]
  readonly extra: readonly number[]
}

/** Few bins and small numbers, so that packings are tight about as often as not; equal bins and items on purpose. */
const small: fc.Arbitrary<Small> = fc.record({ dimensions: fc.integer({ min: 1, max: 3 }), binCount: fc.integer({ min: 0, max: 4 }), itemCount: fc.integer({ min: 0, max: 6 }) }).chain(({ dimensions, binCount, itemCount }) => {
  const amounts = (max: number): fc.Arbitrary<number[]> => fc.array(fc.integer({ min: 0, max }), { minLength: dimensions, maxLength: dimensions })
  const row = (count: number, max: number): fc.Arbitrary<number[][]> => fc.oneof(
    fc.array(amounts(max), { minLength: count, maxLength: count }),
    amounts(max).map((one) => Array.from({ length: count }, () => one)),
  )
  const pairs = binCount === 0 || itemCount === 0 ? fc.constant([]) : fc.array(fc.tuple(fc.nat(itemCount - 1), fc.nat(binCount - 1)), { maxLength: 3 })
  return fc.record({
    bins: row(binCount, 12), items: row(itemCount, 8), forbidden: pairs,
    apart: fc.array(fc.uniqueArray(fc.nat(Math.max(0, itemCount - 1)), { maxLength: 3 }), { maxLength: itemCount === 0 ? 0 : 2 }),
    extra: amounts(6).map((size) => (size.every((part) => part === 0) ? size.map(() => 1) : size)),
  })
})

function packingOf({ bins, items, forbidden, apart }: Small): BinPacking {
  const allowed = forbidden.length === 0 ? null : new Uint8Array(items.length * bins.length).fill(1)
  for (const [item, bin] of forbidden) allowed![item * bins.length + bin] = 0
  return {
    dimensions: bins[0]?.length ?? items[0]?.length ?? 1, binCount: bins.length, itemCount: items.length,
    free: Float64Array.from(bins.flat()), size: Float64Array.from(items.flat()), allowed,
    groups: apart.length === 0 ? null : items.map((_, item) => apart.flatMap((group, index) => (group.includes(item) ? [index] : []))),
    taken: new Uint8Array(apart.length * bins.length),
  }
}

/** Most copies of the extra size beside all items over every assignment there is; null when none is legal. */
function bruteForce({ bins, items, forbidden, apart, extra }: Small): number | null {
  let most: number | null = null
  const assignment: number[] = []
  const visit = (item: number): void => {
    if (item < items.length) {
      for (let bin = 0; bin < bins.length; bin++) {
        assignment[item] = bin
        visit(item + 1)
      }
      return
    }
    if (forbidden.some(([which, bin]) => assignment[which] === bin)) return
    if (apart.some((group) => new Set(group.map((member) => assignment[member])).size < group.length)) return
    let copies = 0
    for (const [bin, room] of bins.entries()) {
      const left = room.map((amount, d) => items.reduce((sum, size, which) => (assignment[which] === bin ? sum - size[d]! : sum), amount))
      if (left.some((amount) => amount < 0)) return
      while (left.every((amount, d) => amount >= extra[d]!)) {
        copies++
        extra.forEach((amount, d) => (left[d]! -= amount))
      }
    }
    most = Math.max(most ?? 0, copies)
  }
  visit(0)
  return most
}

describe('packing of few items', () => {
  it('finds the packing that leaves room for most copies, as trying everything does', () => {
    fc.assert(fc.property(small, (problem) => {
      const outcome = packExactly(packingOf(problem), Float64Array.from(problem.extra), { left: PLENTY })
      const most = bruteForce(problem)
      expect(outcome.kind).toBe(most === null ? 'impossible' : 'best')
      if (outcome.kind === 'best') expect(outcome.copies).toBe(most)
    }), { numRuns: 600 })
  })

  it('decides whether all go in, as trying everything does', () => {
    fc.assert(fc.property(small, (problem) => {
      expect(decidePacking(packingOf(problem), { left: PLENTY }).kind).toBe(bruteForce(problem) === null ? 'impossible' : 'packed')
    }), { numRuns: 600 })
  })

  it('states only bounds that hold, and the exact number where they meet', () => {
    fc.assert(fc.property(small, (problem) => {
      const packing = packingOf(problem)
      const extra = Float64Array.from(problem.extra)
      const most = bruteForce(problem)
      if (proveImpossible(packing) !== null) expect(most).toBeNull()
      if (most === null) return
      expect(extraAtMost(packing, extra)).toBeGreaterThanOrEqual(most)
      const range = rangeOfExtra(packing, extra, PLENTY, { left: PLENTY })
      expect(range.atLeast).toBe(most)
      expect(range.atMost).toBeGreaterThanOrEqual(most)
      expect(holdsExtra(packing, extra, most, { left: PLENTY })).toBe(true)
      expect(holdsExtra(packing, extra, most + 1, { left: PLENTY })).toBe(false)
    }), { numRuns: 600 })
  })

  it('packs greedily only what has room and what rules allow', () => {
    fc.assert(fc.property(small, (problem) => {
      const packing = packingOf(problem)
      const { filling, unpacked } = packWell(packing, { left: PLENTY })
      problem.bins.forEach((room, bin) => room.forEach((amount, d) => {
        expect(problem.items.reduce((sum, size, item) => (filling.binOf[item] === bin ? sum + size[d]! : sum), 0)).toBeLessThanOrEqual(amount)
      }))
      for (const [item, bin] of problem.forbidden) expect(filling.binOf[item]).not.toBe(bin)
      for (const group of problem.apart) {
        const used = group.map((item) => filling.binOf[item]!).filter((bin) => bin >= 0)
        expect(new Set(used).size).toBe(used.length)
      }
      expect([...filling.binOf].filter((bin) => bin < 0)).toHaveLength(unpacked.length)
    }), { numRuns: 300 })
  })

  it('stops at its effort and says so', () => {
    const items = Array.from({ length: 12 }, () => [5])
    const outcome = packExactly(packingOf({ bins: Array.from({ length: 7 }, (_, bin) => [9 + (bin % 2)]), items, forbidden: [], apart: [], extra: [1] }), Float64Array.of(1), { left: 60 })
    expect(outcome.kind).toBe('limit')
  })
})

describe('bounds', () => {
  it.each([
    ['three items over half of two bins', [10, 10], [6, 6, 6]],
    ['one item that takes a bin and three of two fifths', [10, 10], [7, 4, 4, 4]],
    ['bins of unlike size', [10, 9, 4], [6, 6, 6]],
  ])('see that whole items do not go in although their sum does: %s', (_, rooms, sizes) => {
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(rooms.reduce((sum, room) => sum + room, 0))
    expect(wholeLack(Float64Array.from(rooms), Float64Array.from(sizes))).not.toBeNull()
  })

  it('count the room that items over half of a bin leave for copies of their kind', () => {
    // 4 bins of 10, three items of 6: one more of 6, though 22 are free.
    const packing = packingOf({ bins: [[10], [10], [10], [10]], items: [[6], [6], [6]], forbidden: [], apart: [], extra: [6] })
    expect(extraAtMost(packing, Float64Array.of(6))).toBe(1)
  })

  it('count copies bin by bin', () => {
    expect(copiesInAll(Float64Array.of(7, 9, 3, 100), 2, Float64Array.of(3, 4))).toBe(2 + 1)
  })
})
