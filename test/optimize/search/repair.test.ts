import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRng } from '../../../sim/random.ts'
import { evaluate } from '../../../src/optimize/evaluate.ts'
import { type Answer, type Problem, type SolveLimits, UNASSIGNED, problemOf } from '../../../src/optimize/problem.ts'
import { repair } from '../../../src/optimize/search/repair.ts'
import { trials } from '../../support/parts.ts'
import { oracleCost } from '../../support/problemOracle.ts'
import { randomProblem, randomStart } from '../../support/randomProblem.ts'

const LIMITS: SolveLimits = { nodesMax: 1_000_000, seed: 1, movesMax: null, shouldStop: () => false }
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 })

function caseOf(seed: number): { problem: Problem; start: Int32Array; limits: SolveLimits } {
  const rng = seededRng(seed, 'repair')
  const problem = randomProblem(rng, { itemsMax: 20, binsMax: 8, fill: [0.5, 0.8, 1][rng.below(3)]!, rulesMax: 4, termsMax: 2, placed: 0.7 })
  return { problem, start: randomStart(rng, problem), limits: { ...LIMITS, movesMax: rng.next() < 0.3 ? rng.below(6) : null } }
}

const displacedIn = (problem: Problem, assignment: Int32Array): number => assignment.filter((bin, item) => problem.initial[item] !== UNASSIGNED && problem.initial[item] !== bin).length

/** Items of one size in bins of one size, where each is now. */
function packed(sizes: readonly number[], places: readonly number[], capacities: readonly number[], parts: Partial<Problem> = {}): Problem {
  return problemOf({ itemCount: sizes.length, binCount: capacities.length, dimensions: 1, demand: Float64Array.from(sizes), capacity: Float64Array.from(capacities), initial: Int32Array.from(places), ...parts })
}

const repaired = (problem: Problem, limits: Partial<SolveLimits> = {}): Answer => repair(problem, problem.initial, { ...LIMITS, ...limits })

describe('repair', () => {
  it('makes no bin fuller than its capacity or than it was, and breaks no hard rule further', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { problem, start, limits } = caseOf(seed)
        const [before, after] = [oracleCost(problem, start), oracleCost(problem, repair(problem, start, limits).assignment)]
        expect(after.unplaced).toBeLessThanOrEqual(before.unplaced)
        expect(after.hard).toBeLessThanOrEqual(before.hard + 1e-12)
        after.hardRules.forEach((violation, rule) => expect(violation).toBeLessThanOrEqual(before.hardRules[rule]! + 1e-9))
        after.excess.forEach((over, at) => expect(over).toBeLessThanOrEqual(before.excess[at]! + 1e-9))
      }),
      trials(800),
    )
  })

  it('moves only what may move, to where it may stand, and never more items than it may', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { problem, start, limits } = caseOf(seed)
        const { assignment, moves } = repair(problem, start, limits)
        expect(displacedIn(problem, assignment)).toBeLessThanOrEqual(Math.max(displacedIn(problem, start), limits.movesMax ?? Infinity))
        const replayed = start.slice()
        for (const { item, source, target } of moves!) {
          expect(replayed[item]).toBe(source)
          if (target !== problem.initial[item]) expect([problem.movable[item], problem.receives[target]]).toEqual([1, 1])
          replayed[item] = target
        }
        expect(replayed).toEqual(assignment)
      }),
      trials(400),
    )
  })

  it('touches nothing where nothing is violated', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { problem, start, limits } = caseOf(seed)
        const { assignment } = repair(problem, start, limits)
        const { hard, unplaced } = evaluate(problem, assignment)
        if (hard === 0 && unplaced === 0) expect(repair(problem, assignment, limits).moves).toEqual([])
      }),
      trials(300),
    )
  })

  it('gives the same answer twice', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { problem, start, limits } = caseOf(seed)
        expect(repair(problem, start, limits)).toEqual(repair(problem, start, limits))
      }),
      trials(100),
    )
  })

  it('takes the one item that is enough, not the largest, and two where one is not', () => {
    const one = repaired(packed([6, 3, 2, 1], [0, 0, 0, 0], [9, 8, 8]))
    expect(one.moves!.map(({ item }) => item)).toEqual([1])
    const two = repaired(packed([6, 5, 4, 1], [0, 0, 0, 0], [7, 8, 8]))
    expect(two.cost.hard).toBe(0)
    expect(two.moves).toHaveLength(2)
  })

  it('passes an item on where no bin has room for another', () => {
    const { cost, moves } = repaired(packed([5, 3, 4], [UNASSIGNED, 0, 1], [5, 5, 3]))
    expect(cost).toMatchObject({ unplaced: 0, hard: 0 })
    expect(moves).toEqual([{ item: 1, source: 0, target: 2 }, { item: 0, source: UNASSIGNED, target: 0 }])
  })

  it('exchanges items where nothing has room', () => {
    const { cost, moves } = repaired(packed([5, 4, 3, 5], [0, 0, 1, 1], [8, 9]))
    expect(cost.hard).toBe(0)
    expect(moves).toHaveLength(2)
  })

  it('leaves an item without a place rather than overfill a bin', () => {
    const { assignment, cost } = repaired(packed([5, 6], [0, UNASSIGNED], [10, 4]))
    expect(Array.from(assignment)).toEqual([0, UNASSIGNED])
    expect(cost).toMatchObject({ unplaced: 1, hard: 0 })
  })

  it('gathers what must be together, though the first move alone does not help', () => {
    const rule = { name: 'together', kind: 'zonesMax', max: 1, weight: null, members: Int32Array.from([0, 1, 2, 3]), zoneOf: Int32Array.from([0, 1, 2]), zoneCount: 3 } as const
    const { cost, moves } = repaired(packed([1, 1, 1, 1], [0, 0, 1, 1], [4, 4, 4], { rules: [rule] }))
    expect(cost.hard).toBe(0)
    expect(moves).toHaveLength(2)
    // No bin in use has room for all: they go to the third.
    const full = repaired(packed([2, 2, 2, 2], [0, 0, 1, 1], [5, 5, 8], { rules: [rule] }))
    expect(full.cost.hard).toBe(0)
    expect(new Set(full.assignment)).toEqual(new Set([2]))
  })

  it('parts groups that exclude each other, though the first move alone does not help', () => {
    const rule = { name: 'exclusive', kind: 'exclusive', weight: null, members: Int32Array.from([0, 1]), others: Int32Array.from([2, 3]), zoneOf: Int32Array.from([0, 1]), zoneCount: 2 } as const
    expect(repaired(packed([1, 1, 1, 1], [0, 0, 0, 0], [8, 8], { rules: [rule] }))).toMatchObject({ cost: { hard: 0 } })
  })

  it('repairs a pool of a thousand bins to the fewest moves', () => {
    const rng = seededRng(5, 'large')
    const binCount = 1000
    const places = Array.from({ length: binCount * 6 }, (_, item) => Math.floor(item / 6))
    const sizes = places.map(() => 6 + rng.below(44))
    const problem = packed(sizes, places, new Array<number>(binCount).fill(200))
    const bound = Array.from({ length: binCount }, (_, bin) => fewest(sizes.slice(bin * 6, bin * 6 + 6), 200)).reduce((sum, count) => sum + count, 0)
    const { cost, moves } = repaired(problem, { nodesMax: 1e9 })
    expect(bound).toBeGreaterThan(100)
    expect(cost.hard).toBe(0)
    expect(moves).toHaveLength(bound)
  })
})

/** Least number of items to take away until the rest is within the capacity: the largest first. */
function fewest(sizes: readonly number[], capacity: number): number {
  let rest = sizes.reduce((sum, size) => sum + size, 0)
  let count = 0
  for (const size of [...sizes].sort((a, b) => b - a)) if (rest > capacity) [rest, count] = [rest - size, count + 1]
  return count
}
