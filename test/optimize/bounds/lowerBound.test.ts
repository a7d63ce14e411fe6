import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fewestMoves, lowerBoundOfProblem } from '../../../src/optimize/bounds/lowerBound.ts'
import { dualFeasibleFunctions, wholeNumbers } from '../../../src/optimize/bounds/dualFeasible.ts'
import { type Problem, type Term, UNASSIGNED, problemOf } from '../../../src/optimize/problem.ts'
import { trials } from '../../support/parts.ts'
import { EVERYTHING, bruteForce, tinyProblem } from '../tinyProblems.ts'

const never = (): boolean => false

describe('the bound of a problem', () => {
  it('is never above the best assignment, whatever the problem asks for', () => {
    fc.assert(fc.property(tinyProblem(), (problem) => {
      const { clean } = bruteForce(problem)
      const bound = lowerBoundOfProblem(problem, never)
      if (clean !== null) expect(bound.value).toBeLessThanOrEqual(clean + 1e-9)
    }), trials(1500))
  })

  it.each(['excess', 'imbalance', 'spread', 'inUse', 'curve', 'perItem', 'away', 'groupMovesMax', 'risk', 'paths'] as const)('is never above the best assignment for the term %s alone', (kind) => {
    fc.assert(fc.property(tinyProblem({ ...EVERYTHING, terms: [kind], rules: [], binsMax: 4, itemsMax: 4 }), (problem) => {
      const { clean } = bruteForce(problem)
      const bound = lowerBoundOfProblem(problem, never)
      if (clean !== null) expect(bound.value).toBeLessThanOrEqual(clean + 1e-9)
    }), trials(300))
  })

  it('calls a problem infeasible only when no assignment meets the hard limits', () => {
    fc.assert(fc.property(tinyProblem(), (problem) => {
      if (lowerBoundOfProblem(problem, never).feasible) return
      expect(bruteForce(problem).clean).toBeNull()
    }), trials(1500))
  })

  it('never asks for more moves than the assignment with the fewest has', () => {
    fc.assert(fc.property(tinyProblem(), (problem) => {
      const { fewestMoves: fewest } = bruteForce(problem)
      if (fewest !== null) expect(fewestMoves(problem).moves).toBeLessThanOrEqual(fewest)
    }), trials(1500))
  })
})

/** Items of one dimension that wait, or stand in the bins given, before bins of room 10. */
const line = (sizes: readonly number[], bins: number, terms: readonly Term[], initial: readonly number[] = sizes.map(() => UNASSIGNED)): Problem => problemOf({
  itemCount: sizes.length, binCount: bins, dimensions: 1, demand: Float64Array.from(sizes), capacity: new Float64Array(bins).fill(10), initial: Int32Array.from(initial), moveCost: new Float64Array(sizes.length).fill(1), terms,
})
const each = (bins: number, value: number): Float64Array => new Float64Array(bins).fill(value)

describe('the bound is as high as can be shown', () => {
  const even = (measure: 'deviation' | 'variance'): Term => ({ name: 'even', weight: 1, kind: 'spread', measure, dimension: 0, size: each(2, 10), over: new Uint8Array(2).fill(1) })
  it.each<[string, Problem, number]>([
    ['five items of 6 need a bin each', line([6, 6, 6, 6, 6], 6, [{ name: 'bins', weight: 1, kind: 'inUse', cost: each(6, 1) }]), 5],
    ['seven items of 4 need four bins, two in each', line([4, 4, 4, 4, 4, 4, 4], 6, [{ name: 'bins', weight: 1, kind: 'inUse', cost: each(6, 1) }]), 4],
    ['what is above all limits together is paid for', line([8, 8], 2, [{ name: 'high', weight: 2, kind: 'excess', dimension: 0, limit: each(2, 7), scale: each(2, 1) }]), 4],
    ['one item of 8 and one of 2 can not be level', line([8, 2], 2, [even('deviation')]), 0.3],
    ['five items of 2 can not be level in two bins', line([2, 2, 2, 2, 2], 2, [even('variance')]), 0.01],
    ['too little of one for what is free of the other', { ...line([8, 8], 2, [{ name: 'balance', weight: 1, kind: 'imbalance', free: 0, wanted: 1, target: 2 }]), dimensions: 2, demand: Float64Array.of(2, 9, 2, 9), base: each(4, 0), capacity: each(4, 10), transient: new Uint8Array(2) }, 30],
    ['two of three in a bin over its room must go, of which the cheaper', line([6, 5, 5, 1], 4, [], [0, 0, 0, 1]), 1],
    ['a cheaper stay than a move', line([9, 3], 2, [{ name: 'high', weight: 0.25, kind: 'excess', dimension: 0, limit: each(2, 8), scale: each(2, 1) }], [0, 1]), 0.25],
    ['a curve is paid at its cheapest bins', line([5, 5], 3, [{ name: 'watts', weight: 1, kind: 'curve', dimension: 0, size: each(3, 10), points: 2, curve: Float64Array.of(1, 2, 3, 5, 3, 5), empty: each(3, 0) }]), 2],
    ['what can not leave is paid for where it is', { ...line([5], 2, [{ name: 'watts', weight: 1, kind: 'curve', dimension: 0, size: each(2, 10), points: 2, curve: Float64Array.of(10, 20, 1, 2), empty: each(2, 0) }], [0]), movable: Uint8Array.of(0) }, 15],
  ])('%s', (_, problem, least) => {
    expect(lowerBoundOfProblem(problem, never).value).toBeCloseTo(least, 6)
  })

  it('counts the moves that capacity and rules ask for', () => {
    const crowded = line([4, 4, 4, 4, 1, 1], 5, [], [0, 0, 0, 0, 1, 1])
    expect(fewestMoves(crowded).moves).toBe(2)
    const zoneOf = Int32Array.of(0, 1, 2, 3, 4)
    const apart: Problem = { ...crowded, rules: [{ name: 'apart', members: Int32Array.of(4, 5), zoneOf, zoneCount: 5, weight: null, kind: 'perZoneMax', max: each(5, 1), amount: null }] }
    expect(fewestMoves(apart).moves).toBe(3)
    const together: Problem = { ...line([1, 1, 1], 3, [], [0, 1, 2]), rules: [{ name: 'together', members: Int32Array.of(0, 1, 2), zoneOf: Int32Array.of(0, 1, 2), zoneCount: 3, weight: null, kind: 'zonesMax', max: 1 }] }
    expect(fewestMoves(together).moves).toBe(2)
    const spread: Problem = { ...line([1, 1, 1], 3, [], [0, 0, 0]), rules: [{ name: 'spread', members: Int32Array.of(0, 1, 2), zoneOf: Int32Array.of(0, 1, 2), zoneCount: 3, weight: null, kind: 'zonesMin', min: 3 }] }
    expect(fewestMoves(spread).moves).toBe(2)
  })

  it('says so where no assignment is possible', () => {
    expect(lowerBoundOfProblem(line([9, 9], 1, []), never).feasible).toBe(false)
    expect(lowerBoundOfProblem({ ...line([9, 9], 2, [], [0, 0]), movable: new Uint8Array(2) }, never).feasible).toBe(false)
    expect(lowerBoundOfProblem(line([9, 9], 2, []), never).feasible).toBe(true)
  })
})

describe('a dual-feasible function', () => {
  it('of what shares a room is no more than that of the room', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 60 }), fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 }), (largest, sizes) => {
      const held: number[] = []
      for (const size of sizes) if (held.reduce((sum, other) => sum + other, size) <= largest) held.push(size)
      const load = held.reduce((sum, size) => sum + size, 0)
      for (const valueOf of dualFeasibleFunctions(sizes, largest)) for (const room of [load, largest]) expect(held.reduce((sum, size) => sum + valueOf(size), 0)).toBeLessThanOrEqual(valueOf(room))
    }), trials(2000))
  })

  it('is of whole numbers in which whatever fits still does', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1, maxLength: 6 }), fc.double({ min: 0, max: 40, noNaN: true }), (sizes, room) => {
      const whole = wholeNumbers(Float64Array.from(sizes), Float64Array.of(room))
      if (sizes.reduce((sum, size) => sum + size, 0) <= room) expect(whole.sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(whole.rooms[0]!)
      expect(whole.sizes.every(Number.isInteger)).toBe(true)
    }), trials(1000))
  })
})
