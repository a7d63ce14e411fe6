import { exactSolver } from '../../optimize/exact/exactSolver.ts'
import { loadGlpk } from '../../optimize/exact/glpk.ts'
import { loadHighs } from '../../optimize/exact/highs.ts'
import { lowerBoundOfProblem } from '../../optimize/bounds/lowerBound.ts'
import type { Answer, Problem } from '../../optimize/problem.ts'
import type { Task } from './worker.ts'

/** What the thread of an exact solve is given. */
export interface ExactInput {
  readonly problem: Problem
  readonly start: Int32Array
  readonly movesMax: number | null
  readonly backend: 'glpk' | 'highs'
  readonly wholeColumnsMax: number
}

/** Posts the cheap bound first, so that a thread which is ended has said something; then proves the best answer. */
export const exactTask: Task = async (input, post): Promise<Answer> => {
  const { problem, start, movesMax, backend, wholeColumnsMax } = input as ExactInput
  const never = (): boolean => false
  post({ lowerBound: lowerBoundOfProblem(problem, never).value })
  const solver = backend === 'highs' ? await loadHighs() : await loadGlpk()
  // No limit of its own: whoever started the thread ends it.
  return exactSolver(solver, { secondsMax: null, repeatable: false, wholeColumnsMax }).solve(problem, start, { nodesMax: Number.MAX_SAFE_INTEGER, seed: 0, movesMax, shouldStop: never })
}
