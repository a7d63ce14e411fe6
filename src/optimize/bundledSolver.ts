import { assignmentCount } from './exact/enumerate.ts'
import { exactRefusal, exactSolver } from './exact/exactSolver.ts'
import type { LinearSolver } from './exact/linear.ts'
import { exchangeLeavers } from './exchangeLeavers.ts'
import { searchSolver } from './search/searchSolver.ts'
import { type Improver, wishSolver } from './wishSolver.ts'
import type { Solver } from './packing.ts'
import type { Problem } from './problem.ts'

const SEARCHES: readonly Improver[] = [{ solver: exchangeLeavers, suits: () => true }, { solver: searchSolver, suits: () => true }]

/** The solver behind the goals' wishes, in simulation and live: greedy, then exchanges of who moves and the search, within the limits that are asked for. */
export const bundledSolver = wishSolver(SEARCHES)

/** Pools of at most so many hosts get the exact answer where a program says it. */
export const SMALL_POOL_HOSTS_MAX = 12

/** Whole columns of a program that are solved to the end in a decision: tenths of a second. */
const WHOLE_COLUMNS_MAX = 60

/**
 * The same with an exact answer where wishes are about little enough: all placements one by one, or a program in whole
 * numbers, by its size alone. Loading the linear solver and waiting for it is the caller's: a thread's, or a command's.
 */
export function provingSolver(linear: LinearSolver): Solver {
  const exact = exactSolver(linear, { wholeColumnsMax: WHOLE_COLUMNS_MAX, secondsMax: null, repeatable: true })
  return wishSolver([{ solver: exact, suits: isSmall }, ...SEARCHES])
}

const isSmall = (problem: Problem): boolean => assignmentCount(problem) !== null || exactRefusal(problem, WHOLE_COLUMNS_MAX) === null
