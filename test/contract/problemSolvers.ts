import { annealSolver } from '../../src/optimize/anneal/annealSolver.ts'
import { loadGlpk } from '../../src/optimize/exact/glpk.ts'
import { exactSolver } from '../../src/optimize/exact/exactSolver.ts'
import type { ProblemSolver } from '../../src/optimize/problem.ts'
import { repair } from '../../src/optimize/search/repair.ts'
import { searchSolver } from '../../src/optimize/search/searchSolver.ts'

/** A solver that the contract is asked of. */
export interface Contracted {
  readonly solver: ProblemSolver
  /** By how much of the best value (at least of 1) it may miss on tiny problems, on average; those it says are optimal it must not miss. */
  readonly gapMeanMax: number
  /** Compares whole costs only: to place an item, or to mend one limit, it may break another. Whoever uses its answers looks at `cost.hard`. */
  readonly weighsLimits?: boolean
  /** Edges that it is known to get wrong. */
  readonly edgesLeftOut?: readonly string[]
}

/** Touches only what is violated, so it leaves values where they are. */
const repairSolver: ProblemSolver = { name: 'repair', solve: repair }

/** Every ProblemSolver of the tree, in one place: whoever adds one adds its line. */
export const PROBLEM_SOLVERS: readonly Contracted[] = [
  { solver: repairSolver, gapMeanMax: 2 },
  // Puts items together in bins that have room for none of them, as long as the sum of all that is too much does not grow.
  { solver: searchSolver, gapMeanMax: 0.05, edgesLeftOut: ['bins without capacity'] },
  { solver: exactSolver(await loadGlpk(), { secondsMax: 20, repeatable: true, wholeColumnsMax: 60 }), gapMeanMax: 0.01, weighsLimits: true },
  { solver: annealSolver, gapMeanMax: 0.1, weighsLimits: true },
]
