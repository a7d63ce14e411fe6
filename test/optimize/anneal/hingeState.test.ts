import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRng } from '../../../sim/random.ts'
import type { Rng } from '../../../src/model/random.ts'
import { HingeState } from '../../../src/optimize/anneal/hingeState.ts'
import { hingeColumns } from '../../../src/optimize/anneal/hingeColumns.ts'
import { evaluate } from '../../../src/optimize/evaluate.ts'
import type { Problem } from '../../../src/optimize/problem.ts'
import { trials } from '../../support/parts.ts'
import { randomHingeProblem } from './hingeProblem.ts'

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 })

/** Runs `visit` on a state that has already wandered a little. */
function eachState(runs: number, visit: (state: HingeState, problem: Problem, rng: Rng) => void): void {
  fc.assert(
    fc.property(seeds, (seed) => {
      const rng = seededRng(seed, 'hinges')
      const problem = randomHingeProblem(rng)
      const state = new HingeState(problem, hingeColumns(problem, problem.initial)!, problem.initial)
      for (let step = 0; step < 6; step++) state.tryShift(rng.below(problem.itemCount), rng.below(problem.binCount), rng.below(20))
      visit(state, problem, rng)
    }),
    trials(runs),
  )
}

function after(state: HingeState, ...moves: readonly (readonly [number, number])[]): Int32Array {
  const assignment = state.assignment.slice()
  for (const [item, bin] of moves) assignment[item] = bin
  return assignment
}

describe('HingeState', () => {
  it('takes a shift exactly when it keeps all hard limits and costs no more than allowed', () => {
    let [taken, refused] = [0, 0]
    eachState(400, (state, problem, rng) => {
      for (let tried = 0; tried < 12; tried++) {
        const [item, target] = [rng.below(problem.itemCount), rng.below(problem.binCount)]
        if (state.assignment[item] === target) continue
        const moved = after(state, [item, target])
        const cost = evaluate(problem, moved)
        const change = cost.value - evaluate(problem, state.assignment).value
        const allowance = change + rng.below(3) - 1
        const isTaken = state.tryShift(item, target, allowance)
        expect(isTaken).toBe(cost.hard === 0 && change <= allowance)
        if (isTaken) taken++
        else refused++
        if (isTaken) expect(state.assignment).toEqual(moved)
      }
    })
    expect(Math.min(taken, refused)).toBeGreaterThan(200)
  })

  it('takes a swap only when it keeps all hard limits and costs no more than allowed, and without rules whenever it does', () => {
    let taken = 0
    eachState(400, (state, problem, rng) => {
      for (let tried = 0; tried < 12; tried++) {
        const [one, other] = [rng.below(problem.itemCount), rng.below(problem.itemCount)]
        const [a, b] = [state.assignment[one]!, state.assignment[other]!]
        if (a === b) continue
        const moved = after(state, [one, b], [other, a])
        const cost = evaluate(problem, moved)
        const change = cost.value - evaluate(problem, state.assignment).value
        const allowance = change + rng.below(3) - 1
        const isTaken = state.trySwap(one, other, allowance)
        if (isTaken) taken++
        if (isTaken || problem.rules.length === 0) expect(isTaken).toBe(cost.hard === 0 && change <= allowance)
        if (isTaken) expect(state.assignment).toEqual(moved)
      }
    })
    expect(taken).toBeGreaterThan(200)
  })

  it('costs what evaluate says and lists who is away, with limits held and priced', () => {
    eachState(300, (state, problem, rng) => {
      for (const penalty of [0, 30, 0.5]) {
        if (penalty > 0) state.penalty = penalty
        for (let step = 0; step < 15; step++) {
          if (rng.next() < 0.5) state.tryShift(rng.below(problem.itemCount), rng.below(problem.binCount), rng.below(30))
          else state.trySwap(rng.below(problem.itemCount), rng.below(problem.itemCount), rng.below(30))
        }
        state.recomputeValue()
        const { value, hard } = evaluate(problem, state.assignment)
        expect(state.value).toBe(value)
        expect(state.violation === 0).toBe(hard === 0)
        expect([...state.displaced.subarray(0, state.displacedCount)].sort((a, b) => a - b)).toEqual([...state.assignment.keys()].filter((item) => state.assignment[item] !== problem.initial[item]))
      }
    })
  })

  it('prices what is above limits beside the rest', () => {
    let taken = 0
    eachState(300, (state, problem, rng) => {
      const twin = new HingeState(problem, hingeColumns(problem, problem.initial)!, state.assignment)
      const priced = (of: HingeState): number => evaluate(problem, of.assignment).value + 64 * of.violation
      state.penalty = twin.penalty = 64
      for (let tried = 0; tried < 12; tried++) {
        twin.restart(state.assignment)
        const moves = [rng.below(problem.itemCount), rng.next() < 0.5 ? rng.below(problem.itemCount) : rng.below(problem.binCount)] as const
        const attempt = (of: HingeState, allowance: number): boolean => (tried % 2 === 0 ? of.tryShift(moves[0], moves[1] % problem.binCount, allowance) : of.trySwap(moves[0], moves[1] % problem.itemCount, allowance))
        if (!attempt(twin, Infinity)) continue
        const change = priced(twin) - priced(state)
        expect(attempt(state, change - 1e-6)).toBe(false)
        expect(attempt(state, change + 1e-6)).toBe(true)
        taken++
      }
    })
    expect(taken).toBeGreaterThan(500)
  })

  it('breaks no rule while limits are priced', () => {
    let broken = 0
    eachState(200, (state, problem, rng) => {
      state.penalty = 0.1
      for (let step = 0; step < 20; step++) state.tryShift(rng.below(problem.itemCount), rng.below(problem.binCount), rng.below(30))
      if (state.violation > 0) broken++
      expect(evaluate({ ...problem, capacity: problem.capacity.map(() => Infinity) , terms: [] }, state.assignment).hard).toBe(0)
    })
    expect(broken).toBeGreaterThan(20)
  })

  it('goes on from another assignment as if it had been made for it', () => {
    eachState(100, (state, problem) => {
      const elsewhere = state.assignment.slice()
      state.restart(problem.initial)
      state.restart(elsewhere)
      expect(state.value).toBe(evaluate(problem, elsewhere).value)
    })
  })
})
