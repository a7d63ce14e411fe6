import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { evaluate } from '../../../src/optimize/evaluate.ts'
import { exactProgram, notLinear } from '../../../src/optimize/exact/program.ts'
import { loadGlpk } from '../../../src/optimize/exact/glpk.ts'
import type { LinearSolver } from '../../../src/optimize/exact/linear.ts'
import { trials } from '../../support/parts.ts'
import { bruteForce, tinyProblem } from '../tinyProblems.ts'

let glpk: LinearSolver
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
