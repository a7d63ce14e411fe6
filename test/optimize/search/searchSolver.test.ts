import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRng } from '../../../sim/random.ts'
import { evaluate } from '../../../src/optimize/evaluate.ts'
import { type Problem, type SolveLimits, UNASSIGNED, isBetter, problemOf } from '../../../src/optimize/problem.ts'
import { anneal } from '../../../src/optimize/search/anneal.ts'
import { descend } from '../../../src/optimize/search/descend.ts'
import { Draft } from '../../../src/optimize/search/draft.ts'
import { searchSolver, searchWith } from '../../../src/optimize/search/searchSolver.ts'
import { trials } from '../../support/parts.ts'
import { oracleCost } from '../../support/problemOracle.ts'
import { randomProblem, randomStart } from '../../support/randomProblem.ts'
import { pricedDescent, skewedPool } from './skewedPool.ts'

const LIMITS: SolveLimits = { nodesMax: 4_000, seed: 1, movesMax: null, shouldStop: () => false }
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 })
/** Descends as far as single moves gain, and leaves it at that: annealing has no nodes left. */
const balancer = searchWith({ enough: null, keepsMoves: true })

function caseOf(seed: number, itemsMax = 16): { problem: Problem; start: Int32Array; limits: SolveLimits } {
  const rng = seededRng(seed, 'search')
  const problem = randomProblem(rng, { itemsMax, binsMax: 6, fill: [0.5, 0.8, 1][rng.below(3)]!, rulesMax: 4, termsMax: 4, placed: 0.8 })
  return { problem, start: randomStart(rng, problem), limits: { ...LIMITS, nodesMax: [0, 50, 1_000, 6_000][rng.below(4)]!, movesMax: rng.next() < 0.3 ? rng.below(6) : null } }
}

const displacedIn = (problem: Problem, assignment: Int32Array): number => assignment.filter((bin, item) => problem.initial[item] !== UNASSIGNED && problem.initial[item] !== bin).length

describe('searchSolver', () => {
  it('is never worse than the start, and says what evaluate says', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { problem, start, limits } = caseOf(seed)
        const { assignment, cost } = searchSolver.solve(problem, start, limits)
        expect(cost).toEqual(evaluate(problem, assignment))
        expect(isBetter(evaluate(problem, start), cost)).toBe(false)
      }),
      trials(300),
    )
  })

  it('fills no bin beyond its capacity or what it held, and breaks no hard rule further', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { problem, start, limits } = caseOf(seed)
        const [before, after] = [oracleCost(problem, start), oracleCost(problem, searchSolver.solve(problem, start, limits).assignment)]
        after.hardRules.forEach((violation, rule) => expect(violation).toBeLessThanOrEqual(before.hardRules[rule]! + 1e-9))
        after.excess.forEach((over, at) => expect(over).toBeLessThanOrEqual(before.excess[at]! + 1e-9))
      }),
      trials(300),
    )
  })

  it('moves only what may move, each item once, to where it may stand, and no more items than it may', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { problem, start, limits } = caseOf(seed)
        const { assignment, moves } = searchSolver.solve(problem, start, limits)
        expect(displacedIn(problem, assignment)).toBeLessThanOrEqual(Math.max(displacedIn(problem, start), limits.movesMax ?? Infinity))
        expect(new Set(moves!.map(({ item }) => item)).size).toBe(moves!.length)
        const replayed = start.slice()
        for (const { item, source, target } of moves!) {
          expect(replayed[item]).toBe(source)
          if (target !== problem.initial[item]) expect([problem.movable[item], problem.receives[target]]).toEqual([1, 1])
          replayed[item] = target
        }
        expect(replayed).toEqual(assignment)
      }),
      trials(300),
    )
  })

  it('gives the same answer twice, and other seeds may give others', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { problem, start, limits } = caseOf(seed)
        expect(searchSolver.solve(problem, start, limits)).toEqual(searchSolver.solve(problem, start, limits))
      }),
      trials(60),
    )
    const pool = skewedPool(8, 60, 3)
    const value = (seed: number): number => searchSolver.solve(pool, pool.initial, { ...LIMITS, nodesMax: 20_000, seed }).cost.value
    expect(value(1)).not.toBe(value(2))
  })

  it('finds the best value of small problems nearly always, and never a better one', () => {
    let found = 0
    let cases = 0
    fc.assert(
      fc.property(seeds, (seed) => {
        const { problem } = caseOf(seed, 5)
        const best = bestOf(problem)
        if (best === null) return
        const { cost } = searchSolver.solve(problem, problem.initial, { ...LIMITS, nodesMax: 6_000 })
        if (cost.hard > 0 || cost.unplaced > 0) return
        expect(cost.value).toBeGreaterThanOrEqual(best - 1e-9)
        cases++
        if (cost.value <= best + 1e-9) found++
      }),
      trials(500),
    )
    expect(cases).toBeGreaterThan(40)
    expect(found / cases).toBeGreaterThan(0.95)
  })

  it('stops when told, with what it has', () => {
    const pool = skewedPool(20, 200, 4)
    let looks = 0
    const { ended, cost, assignment } = searchSolver.solve(pool, pool.initial, { ...LIMITS, nodesMax: 10_000_000, shouldStop: () => ++looks > 8 })
    expect(ended).toBe('stopped')
    expect(cost).toEqual(evaluate(pool, assignment))
    expect(searchSolver.solve(pool, pool.initial, { ...LIMITS, shouldStop: () => true })).toMatchObject({ ended: 'stopped', moves: [] })
  })

  it('has nothing to do where there are no items, no bins, or only one', () => {
    const empty = { itemCount: 0, binCount: 0, dimensions: 1, demand: new Float64Array(0), capacity: new Float64Array(0), initial: new Int32Array(0) }
    expect(searchSolver.solve(problemOf(empty), new Int32Array(0), LIMITS)).toMatchObject({ moves: [], cost: { unplaced: 0, hard: 0, value: 0 } })
    const homeless = problemOf({ ...empty, itemCount: 2, demand: new Float64Array(2), initial: Int32Array.from([UNASSIGNED, UNASSIGNED]) })
    expect(searchSolver.solve(homeless, homeless.initial, LIMITS).cost.unplaced).toBe(2)
    const single = skewedPool(1, 5, 1)
    expect(searchSolver.solve(single, single.initial, LIMITS).moves).toEqual([])
  })

  it('empties bins where each in use costs, though only the last move of each pays', () => {
    const problem = problemOf({
      itemCount: 8, binCount: 4, dimensions: 1, demand: new Float64Array(8).fill(2), capacity: new Float64Array(4).fill(16), initial: Int32Array.from([0, 0, 1, 1, 2, 2, 3, 3]),
      terms: [{ name: 'on', kind: 'inUse', weight: 1, cost: new Float64Array(4).fill(10) }], moveCost: new Float64Array(8).fill(1),
    })
    const { cost } = searchSolver.solve(problem, problem.initial, { ...LIMITS, nodesMax: 1_000 })
    expect(cost.value).toBe(16)
  })

  it('sends no item away for nothing', () => {
    const problem = problemOf({ itemCount: 4, binCount: 3, dimensions: 1, demand: new Float64Array(4).fill(1), capacity: new Float64Array(3).fill(9), initial: Int32Array.from([0, 0, 1, 2]), terms: [{ name: 'none', kind: 'perItem', weight: 1, cost: new Float64Array(3) }] })
    expect(searchSolver.solve(problem, problem.initial, LIMITS).moves).toEqual([])
  })
})

describe('anneal', () => {
  it('ends on the best it saw, however hot it was', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const pool = skewedPool(6, 40, seed)
      const draft = new Draft(pool, pool.initial, { ...LIMITS, nodesMax: 1e6 })
      descend(draft, null)
      const { value } = draft.state
      anneal(draft, { seed, nodes: 3_000, warmth: 10, coolness: 10 })
      expect(evaluate(pool, draft.state.assignment).value).toBeLessThanOrEqual(value + 1e-12)
      const displaced = displacedIn(pool, draft.state.assignment)
      draft.movesMax = displaced
      anneal(draft, { seed, nodes: 30_000, warmth: 0.3, coolness: 0.003 })
      expect(evaluate(pool, draft.state.assignment).value).toBeLessThan(value * 0.8)
      expect(displacedIn(pool, draft.state.assignment)).toBeLessThanOrEqual(displaced)
    }
  })
})

describe('descent', () => {
  it('takes the steps of the plain steepest descent, also with unlike bins and bins to leave', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const pool = skewedPool(10, 70, seed, { isUneven: seed % 2 === 0, closed: seed % 3 })
      const plain = pricedDescent(pool)
      const { cost, moves } = balancer.solve(pool, pool.initial, { ...LIMITS, nodesMax: plain.nodes })
      expect(cost.value).toBeLessThanOrEqual(plain.value + 1e-9)
      expect(moves!.length).toBeLessThanOrEqual(plain.displaced)
    }
  })

  it('is better where it only looks, with no more items displaced', () => {
    const pool = skewedPool(66, 1000, 5)
    const plain = pricedDescent(pool, 40)
    const { cost, moves } = balancer.solve(pool, pool.initial, { ...LIMITS, nodesMax: 400_000, movesMax: 40 })
    expect(cost.value).toBeLessThan(plain.value)
    expect(moves!.length).toBeLessThanOrEqual(40)
  }, 20_000)

  it('is better where it keeps what it saw, with no more items displaced', () => {
    const pool = skewedPool(110, 1000, 5)
    const plain = pricedDescent(pool, 30)
    const { cost, moves } = balancer.solve(pool, pool.initial, { ...LIMITS, nodesMax: 400_000, movesMax: 30 })
    expect(cost.value).toBeLessThan(plain.value)
    expect(moves!.length).toBeLessThanOrEqual(30)
  }, 20_000)

  it('stops where steps gain too little to be worth a move', () => {
    const pool = skewedPool(10, 70, 2)
    const all = balancer.solve(pool, pool.initial, LIMITS)
    const few = searchWith({ enough: { value: 10, gainMin: 0.05 }, keepsMoves: true }).solve(pool, pool.initial, LIMITS)
    expect(few.moves!.length).toBeGreaterThan(0)
    expect(few.moves!.length).toBeLessThan(all.moves!.length)
  })

  it('makes of so many moves no less than the plain descent', () => {
    for (const movesMax of [1, 5, 15, 30]) {
      const pool = skewedPool(12, 90, 7)
      const { cost, moves } = balancer.solve(pool, pool.initial, { ...LIMITS, nodesMax: 60_000, movesMax })
      expect(moves!.length).toBeLessThanOrEqual(movesMax)
      expect(cost.value).toBeLessThanOrEqual(pricedDescent(pool, movesMax).value + 1e-9)
    }
  })

  it('orders the moves so that the first so many are a plan too', () => {
    const pool = skewedPool(12, 90, 8)
    const { moves } = balancer.solve(pool, pool.initial, { ...LIMITS, nodesMax: 60_000 })
    const assignment = pool.initial.slice()
    const values = [evaluate(pool, assignment).value]
    for (const { item, target } of moves!) {
      assignment[item] = target
      values.push(evaluate(pool, assignment).value)
    }
    const gains = moves!.map(({ item, target }) => values[0]! - valueAfter(pool, [{ item, target }]))
    expect(gains[0]).toBeCloseTo(Math.max(...gains), 9)
    // What a move gains depends on those before it: better than the order of their gains alone.
    const alone = [...moves!.keys()].sort((a, b) => gains[b]! - gains[a]!).map((at) => moves![at]!)
    const area = (order: readonly { item: number; target: number }[]): number => order.reduce((sum, _, at) => sum + valueAfter(pool, order.slice(0, at + 1)), 0)
    expect(area(moves!)).toBeLessThan(area(alone) * 0.97)
    const total = values[0]! - values.at(-1)!
    expect(values[0]! - values[Math.ceil(moves!.length / 2)]!).toBeGreaterThan(total * 0.6)
    values.slice(1, Math.ceil(values.length / 2)).forEach((value, at) => expect(value).toBeLessThan(values[at]!))
  })
})

function valueAfter(problem: Problem, moves: readonly { readonly item: number; readonly target: number }[]): number {
  const assignment = problem.initial.slice()
  for (const { item, target } of moves) assignment[item] = target
  return evaluate(problem, assignment).value
}

/** Best value over all assignments that place everything and violate nothing; null when there is none. */
function bestOf(problem: Problem): number | null {
  const assignment = problem.initial.slice()
  const free = Array.from(assignment.keys()).filter((item) => problem.movable[item] === 1)
  let best: number | null = null
  const visit = (at: number): void => {
    if (at === free.length) {
      const { unplaced, hard, value } = evaluate(problem, assignment)
      if (unplaced === 0 && hard === 0 && (best === null || value < best)) best = value
      return
    }
    for (let bin = 0; bin < problem.binCount; bin++) {
      assignment[free[at]!] = bin
      visit(at + 1)
    }
    assignment[free[at]!] = problem.initial[free[at]!]!
  }
  if (problem.binCount ** free.length > 5_000) return null
  visit(0)
  return best
}
