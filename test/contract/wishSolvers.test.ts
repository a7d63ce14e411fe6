import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../../src/optimize/evaluate.ts'
import { greedySolver } from '../../src/optimize/greedy.ts'
import { fixedCost } from '../../src/optimize/objective.ts'
import { problemOfPacking } from '../../src/optimize/packingProblem.ts'
import { isBetter, type Problem } from '../../src/optimize/problem.ts'
import { wishSolver } from '../../src/optimize/wishSolver.ts'
import { type SmallPacking, bestValue, faultsOfAnswer, packingArbitrary, packingOf, valueOf } from '../support/packings.ts'
import { trials } from '../support/parts.ts'
import { WISH_SOLVERS, plainSearch } from './wishSolvers.ts'

const LIMITS = { nodesMax: 3000, seed: 1 }
const never = (): boolean => false
const placesOf = (assignment: Int32Array): (number | null)[] => [...assignment].map((bin) => (bin < 0 ? null : bin))

describe.each(WISH_SOLVERS)('%s', (_, solver) => {
  it('keeps memory, rules, fill limits, budgets and what rests, and moves only what somebody wants moved', () => {
    fc.assert(fc.property(packingArbitrary, (problem) => {
      expect(faultsOfAnswer(problem, solver.solve(packingOf(problem), LIMITS, never))).toEqual([])
    }), trials(400))
  })

  it('is never worse than greedy, never better than the best placement, and its value is what it says', () => {
    fc.assert(fc.property(packingArbitrary, (problem) => {
      const packed = solver.solve(packingOf(problem), LIMITS, never)
      const value = valueOf(problem, placesOf(packed.assignment))
      expect(packed.objectiveAfter).toBeCloseTo(value, 4)
      expect(value).toBeLessThanOrEqual(valueOf(problem, placesOf(greedySolver.solve(packingOf(problem), LIMITS, never).assignment)) + 1e-6)
      expect(value).toBeGreaterThanOrEqual(bestValue(problem) - 1e-4)
    }), trials(200))
  })

  it('answers for every item without a place and every one that could not leave, for loaded bins, homes and bins not emptied', () => {
    fc.assert(fc.property(packingArbitrary, (problem) => {
      const packed = solver.solve(packingOf(problem), LIMITS, never)
      const unmet = new Set(packed.unmet.map(({ cause, item, bin }) => (cause === 'place' || cause === 'drain' || cause === 'preferred' ? `${cause} ${item}` : `${cause} ${bin}`)))
      problem.items.forEach(({ movable, home }, item) => {
        const place = packed.assignment[item]!
        if (place === -1) expect(unmet).toContain(`place ${item}`)
        else if (problem.bins[place]!.drain && movable) expect(unmet).toContain(`drain ${item}`)
        else if (movable && home !== null && place !== home && packed.emptied.length === 0 && problem.spreadMax === null) expect(unmet).toContain(`preferred ${item}`)
      })
      problem.bins.forEach((bin, number) => {
        const cpu = problem.items.reduce((sum, item, index) => sum + (packed.assignment[index] === number ? item.cpu : 0), 0)
        if (bin.relieve && cpu > problem.relieveTo * bin.cpu + 1e-9) expect(unmet).toContain(`relieve ${number}`)
      })
      if (packed.emptied.length < problem.emptyMax) for (const bin of problem.empty) if (!packed.emptied.includes(bin)) expect(unmet).toContain(`empty ${bin}`)
    }), trials(200))
  })

  it('answers alike when asked again', () => {
    fc.assert(fc.property(packingArbitrary, (problem) => {
      expect(solver.solve(packingOf(problem), LIMITS, never)).toEqual(solver.solve(packingOf(problem), LIMITS, never))
    }), trials(50))
  })

  it('changes nothing that it is given', () => {
    fc.assert(fc.property(packingArbitrary, (problem) => {
      const packing = packingOf(problem)
      solver.solve(packing, LIMITS, never)
      expect(packing).toEqual(packingOf(problem))
    }), trials(50))
  })
})

/** The least cost over every assignment of a problem, by trying them all. */
function leastCost(problem: Problem): ReturnType<typeof evaluate> {
  const assignment = problem.initial.slice()
  let best = evaluate(problem, assignment)
  const walk = (item: number): void => {
    if (item === problem.itemCount) {
      const cost = evaluate(problem, assignment)
      if (isBetter(cost, best)) best = cost
      return
    }
    if (problem.movable[item] === 0) { walk(item + 1); return; }
    for (let bin = -1; bin < problem.binCount; bin++) {
      if (bin === -1 && problem.initial[item] !== -1) continue
      assignment[item] = bin
      walk(item + 1)
    }
    assignment[item] = problem.initial[item]!
  }
  walk(0)
  return best
}

describe('the problem that a packing becomes', () => {
  const greedy = (problem: SmallPacking) => greedySolver.solve(packingOf(problem), LIMITS, never)

  it('has greedy’s answer among its own', () => {
    fc.assert(fc.property(packingArbitrary, (small) => {
      const packed = greedy(small)
      const problem = problemOfPacking(packingOf(small), { emptying: packed.emptied, answer: packed.assignment })
      expect(evaluate(problem, packed.assignment).hard).toBeLessThanOrEqual(evaluate(problem, problem.initial).hard + 1e-12)
    }), trials(400))
  })

  it.each(WISH_SOLVERS.filter(([name]) => name !== 'greedy'))('has a bound by %s that no placement of it is below', (_, solver) => {
    let bounded = 0
    fc.assert(fc.property(packingArbitrary, (small) => {
      const packed = solver.solve(packingOf(small), LIMITS, never)
      if (packed.lowerBound === null) return
      const best = leastCost(problemOfPacking(packingOf(small), { emptying: packed.emptied, answer: packed.assignment }))
      if (best.unplaced > 0 || best.hard > 0) return
      bounded++
      expect(packed.lowerBound).toBeLessThanOrEqual(best.value - fixedCost(packingOf(small)) + 1e-4)
    }), trials(200))
    expect(bounded).toBeGreaterThan(50)
  })
})

describe('a search behind greedy', () => {
  it('betters it in some packings, and reaches the best placement of what may move in most', () => {
    let [better, open, reached] = [0, 0, 0]
    fc.assert(fc.property(packingArbitrary, (small) => {
      const before = greedySolver.solve(packingOf(small), LIMITS, never)
      const after = wishSolver([{ solver: plainSearch, suits: () => true }]).solve(packingOf(small), LIMITS, never)
      if (after.objectiveAfter < before.objectiveAfter - 1e-6) better++
      if (before.moves.length === 0) return
      const best = leastCost(problemOfPacking(packingOf(small), { emptying: after.emptied, answer: before.assignment }))
      if (best.unplaced > 0 || best.hard > 0) return
      open++
      if (after.objectiveAfter <= best.value - fixedCost(packingOf(small)) + 1e-4) reached++
    }), { ...trials(600), seed: 7 })
    expect(better).toBeGreaterThan(3)
    expect(reached / open).toBeGreaterThan(0.8)
  })
})
