import { questionOnce } from '../control/planOnce.ts'
import type { Plan } from '../model/plan.ts'
import type { PolicySettings } from '../model/policy.ts'
import { greedySolver } from '../optimize/greedy.ts'
import { problemOfPacking } from '../optimize/packingProblem.ts'
import { type Problem, UNASSIGNED } from '../optimize/problem.ts'
import type { PlacementModel } from '../plan/whyNot.ts'
import { OBJECTIVES } from './planObjective.ts'
import type { PoolFile } from './poolFile.ts'

/**
 * The problem whose answer a plan is: that of a named objective, or of what the policy's goals ask of the pool. Null where
 * there is none, as when a broken pool was mended: then hosts are compared by utilization.
 */
export function modelOf(plan: Plan, file: PoolFile, policy: PolicySettings): PlacementModel | null {
  const objective = OBJECTIVES.find(({ name }) => name === plan.goal)
  if (objective === undefined) return modelOfGoals(plan, file, policy)
  const { problem, itemVm } = objective.problemOf(file)
  return modelFrom(problem, itemVm, placed(plan, file, problem.initial, itemVm), objective.dimensionNames)
}

function modelOfGoals(plan: Plan, file: PoolFile, policy: PolicySettings): PlacementModel | null {
  if (plan.goal === 'repair' || plan.goal === 'none') return null
  const question = questionOnce({ pool: file.pool, vmCpuMhz: file.used.vmCpuMhz, unixMs: file.unixMs }, policy, greedySolver)
  if (question === null) return null
  const { packing, itemVm } = question.arbitrated
  const answer = placed(plan, file, packing.assignment, itemVm)
  const emptying = plan.steps.flatMap((step) => (step.kind === 'powerOff' ? [file.pool.hosts.findIndex(({ id }) => id === step.host)] : []))
  return modelFrom(problemOfPacking(packing, { emptying, answer }), itemVm, answer, ['MHz of CPU', 'MiB of memory'])
}

/** Where the plan has each item in the end. */
function placed({ steps }: Plan, { pool }: PoolFile, initial: Int32Array, itemVm: Int32Array): Int32Array {
  const hostOf = new Map<string, number>(pool.hosts.map(({ id }, host) => [id, host]))
  const itemOf = new Map<string, number>(Array.from(itemVm, (vm, item) => [pool.vms[vm]!.id, item]))
  const assignment = initial.slice()
  for (const step of steps) {
    const item = 'target' in step ? itemOf.get(step.vm) : undefined
    if (item !== undefined && 'target' in step) assignment[item] = hostOf.get(step.target) ?? UNASSIGNED
  }
  return assignment
}

function modelFrom(problem: Problem, itemVm: Int32Array, assignment: Int32Array, dimensionNames: readonly string[]): PlacementModel {
  const itemOf = new Map(Array.from(itemVm, (vm, item) => [vm, item] as const))
  return { problem, assignment, itemOf: (vm) => itemOf.get(vm) ?? UNASSIGNED, binOf: (host) => host, dimensionNames }
}
