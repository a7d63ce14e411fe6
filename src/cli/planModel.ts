import type { Plan } from '../model/plan.ts'
import { UNASSIGNED } from '../optimize/problem.ts'
import type { PlacementModel } from '../plan/whyNot.ts'
import { OBJECTIVES } from './planObjective.ts'
import type { PoolFile } from './poolFile.ts'

/** The problem whose answer a plan is, where it was made for a named objective; null: hosts are compared by utilization. */
export function modelOf({ goal, steps }: Plan, file: PoolFile): PlacementModel | null {
  const objective = OBJECTIVES.find(({ name }) => name === goal)
  if (objective === undefined) return null
  const { problem, itemVm } = objective.problemOf(file)
  const itemOf = new Map(Array.from(itemVm, (vm, item) => [vm, item] as const))
  const hostOf = new Map<string, number>(file.pool.hosts.map(({ id }, host) => [id, host]))
  const vmOf = new Map<string, number>(file.pool.vms.map(({ id }, vm) => [id, vm]))
  const assignment = problem.initial.slice()
  for (const step of steps) {
    const item = 'target' in step ? itemOf.get(vmOf.get(step.vm) ?? UNASSIGNED) : undefined
    if (item !== undefined && 'target' in step) assignment[item] = hostOf.get(step.target) ?? UNASSIGNED
  }
  return { problem, assignment, itemOf: (vm) => itemOf.get(vm) ?? UNASSIGNED, binOf: (host) => host, dimensionNames: objective.dimensionNames }
}
