import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { evaluate } from '../../../src/optimize/evaluate.ts'
import { ExactTimeout, exactRefusal, exactSolver } from '../../../src/optimize/exact/exactSolver.ts'
import { loadHighs } from '../../../src/optimize/exact/highs.ts'
import { type Problem, type SolveLimits, problemOf } from '../../../src/optimize/problem.ts'
import { exactProgram, notLinear } from '../../../src/optimize/exact/program.ts'
import { loadGlpk } from '../../../src/optimize/exact/glpk.ts'
import type { LinearSolver } from '../../../src/optimize/exact/linear.ts'
import { trials } from '../../support/parts.ts'
import { bruteForce, tinyProblem } from '../tinyProblems.ts'

let glpk: LinearSolver
const limits: SolveLimits = { nodesMax: 1, seed: 1, movesMax: null, shouldStop: () => false }
const repeatable = { secondsMax: 60, repeatable: true }

/** Waiting items of four sizes for so many bins alike, each in use at a cost of 1: more assignments than can be tried. */
function consolidation(binCount: number, itemCount: number, sizeOf: (item: number) => number): Problem {
  return problemOf({
    itemCount, binCount, dimensions: 1, demand: Float64Array.from({ length: itemCount }, (_, item) => sizeOf(item)), capacity: new Float64Array(binCount).fill(20),
    initial: Int32Array.from({ length: itemCount }, (_, item) => item % binCount), moveCost: new Float64Array(itemCount).fill(0.125), terms: [{ name: 'bins', weight: 1, kind: 'inUse', cost: new Float64Array(binCount).fill(1) }],
  })
}

/** Three by three the sizes fill a bin: hard for a program that does not know it. */
const HARD = consolidation(40, 90, (item) => [9 + ((item * 7) % 30) / 16, 6 + ((item * 11) % 30) / 32, 5 - ((item * 7) % 30) / 16 - ((item * 11) % 30) / 32][Math.floor(item / 30)]!)
beforeAll(async () => {
  glpk = await loadGlpk()
})

describe('the program of a problem', () => {
  it('has the optimum that trying every assignment has, for every linear term and rule', () => {
    fc.assert(fc.property(tinyProblem(), (problem) => {
      if (notLinear(problem) !== null) return
      const { clean } = bruteForce(problem)
      const program = exactProgram(problem, null, -Infinity, null)
      const answer = glpk.solve(program.model, { secondsMax: null })
      if (clean === null) {
        expect(answer.status).toBe('infeasible')
        return
      }
      expect(answer.status).toBe('optimal')
      const cost = evaluate(problem, program.assignmentOf(answer.columns!))
      expect(cost.unplaced + cost.hard).toBeLessThan(1e-9)
      expect(cost.value).toBeCloseTo(clean, 6)
      expect(answer.value + program.constant).toBeCloseTo(clean, 5)
    }), trials(800))
  })
})

describe('the exact solver', () => {
  it('gives what trying every assignment gives, whatever the cost is made of', () => {
    fc.assert(fc.property(tinyProblem(), (problem) => {
      const { best, clean } = bruteForce(problem)
      const answer = exactSolver(glpk, repeatable).solve(problem, problem.initial, limits)
      if (answer.ended !== 'optimal') return
      // Where hard limits can't all hold, only places that an item may stand in are tried.
      if (clean !== null) {
        expect(answer.cost.value).toBeCloseTo(best.value, 6)
        expect(answer.lowerBound).toBeCloseTo(clean, 6)
      }
      expect(answer.cost.unplaced).toBeGreaterThanOrEqual(best.unplaced)
    }), trials(300))
  })

  it('proves a consolidation with moves, the same every time, and the same with either backend', async () => {
    const problem = consolidation(6, 24, (item) => [2, 3, 5, 4][item % 4]!)
    const answer = exactSolver(glpk, repeatable).solve(problem, problem.initial, limits)
    expect(answer).toMatchObject({ ended: 'optimal', cost: { unplaced: 0, hard: 0 } })
    expect(answer.cost.terms['bins']).toBe(5)
    expect(answer).toEqual(exactSolver(glpk, repeatable).solve(problem, problem.initial, limits))
    const other = exactSolver(await loadHighs(), repeatable).solve(problem, problem.initial, limits)
    expect(other.ended).toBe('optimal')
    expect(other.cost.value).toBeCloseTo(answer.cost.value, 6)
  })

  it('tells bins apart that differ in nothing but their cost', () => {
    const alike = consolidation(6, 24, (item) => [2, 3, 5, 4][item % 4]!)
    const waiting: Problem = { ...alike, initial: new Int32Array(24).fill(-1), terms: [{ name: 'bins', weight: 1, kind: 'inUse', cost: Float64Array.of(9, 1, 1, 1, 1, 1) }] }
    expect(exactSolver(glpk, repeatable).solve(waiting, waiting.initial, limits)).toMatchObject({ ended: 'optimal', cost: { value: 5 } })
  })

  it('keeps a limit on moves', () => {
    const problem = consolidation(6, 24, (item) => [2, 3, 5, 4][item % 4]!)
    const free = exactSolver(glpk, repeatable).solve(problem, problem.initial, limits)
    const movesOf = (assignment: Int32Array): number => assignment.filter((bin, item) => bin !== problem.initial[item]).length
    expect(movesOf(free.assignment)).toBeGreaterThan(2)
    const bound = exactSolver(glpk, repeatable).solve(problem, problem.initial, { ...limits, movesMax: 2 })
    expect(movesOf(bound.assignment)).toBeLessThanOrEqual(2)
    expect(bound.lowerBound).toBeLessThanOrEqual(free.cost.value + 1e-9)
  })

  it('says why it does not take a problem, and gives it back with its bound', () => {
    const large = consolidation(40, 400, (item) => 1 + (item % 7))
    expect(exactRefusal(large)).toMatch(/are more than the \d+ that the exact solver takes/)
    const curved: Problem = { ...consolidation(6, 24, (item) => 1 + (item % 3)), terms: [{ name: 'even', weight: 1, kind: 'spread', measure: 'variance', dimension: 0, size: new Float64Array(6).fill(20), over: new Uint8Array(6).fill(1) }] }
    expect(exactRefusal(curved)).toMatch(/the term even \(spread\) is not linear/)
    for (const problem of [large, curved]) {
      const answer = exactSolver(glpk, repeatable).solve(problem, problem.initial, limits)
      expect(answer.ended).toBe('nodes')
      expect(answer.assignment).toEqual(problem.initial)
      expect(answer.lowerBound).toBeLessThanOrEqual(answer.cost.value)
    }
    expect(exactRefusal(consolidation(3, 6, () => 2))).toBeNull()
  })

  it('that runs out of time is an error where a run must repeat, and an unproven answer where not', () => {
    expect(() => exactSolver(glpk, { secondsMax: 0.05, repeatable: true, wholeColumnsMax: 10_000 }).solve(HARD, HARD.initial, limits)).toThrow(ExactTimeout)
    const answer = exactSolver(glpk, { secondsMax: 0.05, repeatable: false, wholeColumnsMax: 10_000 }).solve(HARD, HARD.initial, limits)
    expect(answer.ended).toBe('stopped')
    expect(answer.lowerBound).toBeLessThanOrEqual(answer.cost.value)
  })
})
