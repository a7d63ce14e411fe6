import type { Plan } from '../model/plan.ts'
import type { PlacementModel } from '../plan/whyNot.ts'
import type { PoolFile } from './poolFile.ts'

/** The problem whose answer a plan is, where it was made for a named objective; null: the goals' plans are compared by utilization. */
export function modelOf(_plan: Plan, _file: PoolFile): Promise<PlacementModel | null> {
  return Promise.resolve(null)
}
