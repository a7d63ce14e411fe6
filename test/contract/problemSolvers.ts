import type { ProblemSolver } from '../../src/optimize/problem.ts'

/** A solver that the contract is asked of. */
export interface Contracted {
  readonly solver: ProblemSolver
  /** Whether it finds the best of tiny problems, or by how much of it (at least of 1) it may miss on average. */
  readonly gapMeanMax: number
}

/** Every ProblemSolver of the tree, in one place: whoever adds one adds its line. */
export const PROBLEM_SOLVERS: readonly Contracted[] = []
