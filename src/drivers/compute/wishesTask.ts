import { SMALL_POOL_HOSTS_MAX, bundledSolver, provingSolver } from '../../optimize/bundledSolver.ts'
import { loadGlpk } from '../../optimize/exact/glpk.ts'
import type { Packed, Packing, PackingLimits } from '../../optimize/packing.ts'
import type { Task } from './worker.ts'

/** What the thread that answers the goals' wishes is given. */
export interface WishesInput {
  readonly packing: Packing
  readonly limits: PackingLimits
}

/** The solver that simulation uses for a pool of this size, so that both decide alike. */
export const wishesTask: Task = async (input): Promise<Packed> => {
  const { packing, limits } = input as WishesInput
  const solver = packing.binCount <= SMALL_POOL_HOSTS_MAX ? provingSolver(await loadGlpk()) : bundledSolver
  return solver.solve(packing, limits, () => false)
}
