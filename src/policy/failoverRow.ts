import type { GroupRule } from '../optimize/problem.ts'
import { headroomRule } from './rules/failover.ts'
import { failuresByRule } from './rules/failoverPlaces.ts'
import type { GoalView } from './wish.ts'

/**
 * The rows with one more, that keeps room for the failures that the policy or a rule names, by the sum of memory. VMs of a host that has
 * failed are let in beyond it: that is what the room was for.
 */
export function withFailoverRow({ pool, policy, memoryEnforced, restarting = [] }: GoalView, itemVm: Int32Array, rules: readonly GroupRule[]): readonly GroupRule[] {
  const hostFailures = Math.max(policy.availability.hostFailures, failuresByRule(pool))
  if (hostFailures === 0 || !memoryEnforced) return rules
  const row = headroomRule(pool, itemVm, hostFailures, 'failover')
  const restartedMib = restarting.reduce((sum, vm) => sum + pool.vms[vm]!.memoryMib, 0)
  return [...rules, row.kind === 'perZoneMax' ? { ...row, max: row.max.map((mib) => mib + restartedMib) } : row]
}
