import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fewestMoves, lowerBoundOfProblem } from '../../../src/optimize/bounds/lowerBound.ts'
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
