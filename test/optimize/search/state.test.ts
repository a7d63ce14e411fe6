import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRng } from '../../../sim/random.ts'
import type { Rng } from '../../../src/model/random.ts'
import { evaluate, loadsOf, mayStand } from '../../../src/optimize/evaluate.ts'
import { type Problem, UNASSIGNED, problemOf } from '../../../src/optimize/problem.ts'
import { AssignmentState } from '../../../src/optimize/search/state.ts'
import { trials } from '../../support/parts.ts'
import { randomProblem, randomStart } from '../../support/randomProblem.ts'
import { skewedPool } from './skewedPool.ts'

interface Case {
  readonly rng: Rng
  readonly problem: Problem
  readonly state: AssignmentState
}

/** A random problem with at least one item, half of them tight, and a start from which search may begin. */
function caseOf(seed: number): Case {
  const rng = seededRng(seed, 'state')
  const shape = { itemsMax: 14, binsMax: 6, fill: rng.next() < 0.5 ? 0.6 : 1, rulesMax: 4, termsMax: 5, placed: 0.8 }
  for (;;) {
    const problem = randomProblem(rng, shape)
    if (problem.itemCount > 0) return { rng, problem, state: new AssignmentState(problem, randomStart(rng, problem)) }
  }
}

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 })
const anyBin = (rng: Rng, problem: Problem): number => rng.below(problem.binCount + 1) - 1

function expectSame(state: AssignmentState): void {
  const { unplaced, hard, value } = evaluate(state.problem, state.assignment)
  expect(state.unplaced).toBe(unplaced)
  expect(state.hard).toBeCloseTo(hard, 9)
  expect(state.value).toBeCloseTo(value, 8)
}

/** Cost of another assignment less that of this one, by definition. */
function difference(state: AssignmentState, moves: readonly (readonly [number, number])[]): { unplaced: number; hard: number; value: number } {
  const after = state.assignment.slice()
  for (const [item, bin] of moves) after[item] = bin
  const [a, b] = [evaluate(state.problem, state.assignment), evaluate(state.problem, after)]
  return { unplaced: b.unplaced - a.unplaced, hard: b.hard - a.hard, value: b.value - a.value }
}

function expectPriced(state: AssignmentState, moves: readonly (readonly [number, number])[]): void {
  const { unplaced, hard, value } = difference(state, moves)
  expect(state.unplacedChange).toBe(unplaced)
  expect(state.hardChange).toBeCloseTo(hard, 9)
  expect(state.valueChange).toBeCloseTo(value, 8)
}

describe('AssignmentState', () => {
  it('costs what evaluate says, at the start and after every move', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { rng, problem, state } = caseOf(seed)
        expectSame(state)
        for (let move = 0; move < 12; move++) {
          state.apply(rng.below(problem.itemCount), anyBin(rng, problem))
          expectSame(state)
        }
      }),
      trials(400),
    )
  })

  it('prices moves and swaps as the difference of two evaluations', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { rng, problem, state } = caseOf(seed)
        for (let move = 0; move < 8; move++) {
          const item = rng.below(problem.itemCount)
          const targets = [anyBin(rng, problem), anyBin(rng, problem)]
          state.lift(item)
          for (const target of targets) {
            state.priceAt(target)
            expectPriced(state, [[item, target]])
          }
          const other = rng.below(problem.itemCount)
          const [a, b] = [state.assignment[item]!, state.assignment[other]!]
          if (a !== b && a !== UNASSIGNED && b !== UNASSIGNED) {
            state.priceSwap(item, other)
            expectPriced(state, [[item, b], [other, a]])
          }
          state.apply(item, targets[0]!)
        }
      }),
      trials(400),
    )
  })

  it('lets an item in, or two swap, only where no load passes its capacity because of it', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { rng, problem, state } = caseOf(seed)
        const overfilled = (assignment: Int32Array): number => evaluate({ ...problem, rules: [], terms: [] }, assignment).hard
        const item = rng.below(problem.itemCount)
        for (let bin = 0; bin < problem.binCount; bin++) {
          if (state.assignment[item] === bin) continue
          state.priceMove(item, bin)
          const [lone, after] = [state.assignment.slice(), state.assignment.slice()]
          lone[item] = UNASSIGNED
          after[item] = bin
          expect(state.fits(item, bin)).toBe(mayStand(problem, item, bin) && overfilled(after) <= overfilled(lone) + 1e-12)
        }
        const other = rng.below(problem.itemCount)
        const [a, b] = [state.assignment[item]!, state.assignment[other]!]
        if (a === b || a === UNASSIGNED || b === UNASSIGNED || !state.swapFits(item, other)) return
        const after = state.assignment.slice()
        after[item] = b
        after[other] = a
        expect(overfilled(after)).toBeLessThanOrEqual(overfilled(state.assignment) + 1e-12)
      }),
      trials(400),
    )
  })

  it('knows how many items stand elsewhere than they began, and who is in each bin', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { rng, problem, state } = caseOf(seed)
        for (let move = 0; move < 10; move++) state.apply(rng.below(problem.itemCount), anyBin(rng, problem))
        expect(state.displaced).toBe(state.assignment.filter((bin, item) => problem.initial[item] !== UNASSIGNED && problem.initial[item] !== bin).length)
        for (let bin = 0; bin < problem.binCount; bin++) expect(state.lists.itemsOf(bin)).toEqual(Array.from(state.assignment.keys()).filter((item) => state.assignment[item] === bin))
      }),
      trials(200),
    )
  })

  it('shows for all bins at once what a move changes: exactly, or to first order and never too low', () => {
    for (const options of [{}, { isUneven: true, closed: 2 }]) {
      const problem = skewedPool(40, 300, 6, options)
      const state = new AssignmentState(problem, problem.initial)
      const [exact, sloped] = [new Float64Array(40), new Float64Array(40)]
      state.spread.takeSlopes()
      for (let item = 0; item < 60; item++) {
        expect(state.isSpreadLed(item)).toBe(true)
        state.changesInto(item, exact, true)
        state.changesInto(item, sloped, false)
        const targets = Array.from({ length: 40 }, (_, bin) => bin).filter((bin) => problem.receives[bin] === 1 && bin !== state.assignment[item] && state.fits(item, bin))
        for (const bin of targets) {
          state.priceMove(item, bin)
          expect(exact[bin]).toBeCloseTo(state.valueChange, 9)
          // Means that change with sizes of bins are not in the slopes.
          if (Object.keys(options).length === 0) expect(sloped[bin]).toBeGreaterThanOrEqual(state.valueChange - 1e-9)
          expect(Math.abs(sloped[bin]! - state.valueChange)).toBeLessThan(0.01)
        }
      }
    }
  })

  it('keeps its sums exact to rounding over a hundred thousand moves of fractions', () => {
    const rng = seededRng(3, 'drift')
    const [itemCount, binCount, dimensions] = [60, 8, 2]
    const problem = problemOf({
      itemCount, binCount, dimensions, demand: Float64Array.from({ length: itemCount * dimensions }, () => rng.next() / 3), capacity: new Float64Array(binCount * dimensions).fill(4.1),
      initial: Int32Array.from({ length: itemCount }, () => rng.below(binCount)),
      terms: [0, 1].map((dimension) => ({ name: `spread ${dimension}`, kind: 'spread', measure: 'deviation', weight: 1, dimension, size: new Float64Array(binCount).fill(3), over: new Uint8Array(binCount).fill(1) })),
    })
    const state = new AssignmentState(problem, problem.initial)
    for (let move = 0; move < 100_000; move++) state.apply(rng.below(itemCount), rng.below(binCount))
    // Were a sum wrong, it would not stay so.
    state.loads[0]! += 0.125
    for (let move = 0; move < 20_000; move++) state.apply(rng.below(itemCount), rng.below(binCount))
    expect(state.loads[0]).toBeCloseTo(loadsOf(problem, state.assignment)[0]!, 9)
    const { hard, value } = evaluate(problem, state.assignment)
    expect(Math.abs(state.value - value)).toBeLessThan(1e-12)
    expect(Math.abs(state.hard - hard)).toBeLessThan(1e-9)
  })

  it('keeps a hair free where capacities are fractions, so that another order of summing does not overfill', () => {
    const problem = problemOf({ itemCount: 3, binCount: 2, dimensions: 1, demand: Float64Array.from([0.1, 0.2, 0.3]), capacity: Float64Array.from([1, 0.6]), initial: Int32Array.from([0, 1, 1]) })
    // 0.2 + 0.3 + 0.1 is 0.6, but 0.1 + 0.2 + 0.3 is 0.6000000000000001.
    expect(evaluate(problem, Int32Array.from([1, 1, 1])).hard).toBeGreaterThan(0)
    expect(new AssignmentState(problem, problem.initial).fits(0, 1)).toBe(false)
  })

  it('fills capacities of whole numbers, and of quarters, to the brim', () => {
    const problem = problemOf({ itemCount: 3, binCount: 2, dimensions: 1, demand: Float64Array.from([0.25, 0.5, 3]), capacity: Float64Array.from([5, 3.75]), initial: Int32Array.from([1, 1, 0]) })
    expect(new AssignmentState(problem, problem.initial).fits(2, 1)).toBe(true)
  })
})
