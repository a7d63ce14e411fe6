import { searchSolver } from './search/searchSolver.ts'
import { wishSolver } from './wishSolver.ts'

/** The solver behind the goals' wishes, in simulation and live: greedy, then the search, within the limits that are asked for. */
export const bundledSolver = wishSolver([{ solver: searchSolver, suits: () => true }])
