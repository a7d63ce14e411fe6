import type { ProblemSolver } from '../../src/optimize/problem.ts'
import { repair } from '../../src/optimize/search/repair.ts'

/** A solver that the contract is asked of. */
export interface Contracted {
  readonly solver: ProblemSolver
  /** By how much of the best value (at least of 1) it may miss on tiny problems, on average; those it says are optimal it must not miss. */
  readonly gapMeanMax: number
}

/** Touches only what is violated, so it leaves values where they are. */
const repairSolver: ProblemSolver = { name: 'repair', solve: repair }

/** Every ProblemSolver of the tree, in one place: whoever adds one adds its line. */
export const PROBLEM_SOLVERS: readonly Contracted[] = [
  { solver: repairSolver, gapMeanMax: 2 },
]
