import { SMALL_POOL_HOSTS_MAX, bundledSolver, provingSolver } from '../optimize/bundledSolver.ts'
import { loadGlpk } from '../optimize/exact/glpk.ts'
import type { Solver } from '../optimize/packing.ts'

/** What answers the goals' wishes in a pool of this size: exact in a small one, with a search in a large one. By counts alone, so that runs repeat. */
export async function solverFor(hostCount: number): Promise<Solver> {
  return hostCount <= SMALL_POOL_HOSTS_MAX ? provingSolver(await loadGlpk()) : bundledSolver
}
