import { NOWHERE, POWER, holdsMemory, memoryForVmsMib, type Pool } from '../../model/pool.ts'
import { type Reason, reason } from '../../model/result.ts'
import { counted } from '../../model/text.ts'
import { isServing } from '../../model/transition.ts'
import type { GoalView, Wish } from '../wish.ts'
import { type PowerMemory } from './powerSave/memory.ts'
import { wakeable } from './powerSave/wake.ts'

/** What the availability goal says: hosts to wake for room, and why. */
export interface AvailabilityAnswer {
  readonly wishes: readonly Wish[]
  readonly note: Reason
}

/**
 * Keeps room for the failure of so many hosts: where the memory that VMs hold no longer fits the serving hosts without the
 * largest ones, hosts that power save switched off are woken. What would use the room up is barred by the rule of
 * `failoverRow`, what would empty hosts by `withFailoverKept`.
 */
export function availabilityGoal(view: GoalView, power: PowerMemory): AvailabilityAnswer {
  const { hostFailures } = view.policy.availability
  if (hostFailures === 0) return { wishes: [], note: reason('failoverOff', 'No room is kept for failures of hosts.') }
  const missingMib = heldMib(view.pool) - roomMib(view.pool, hostFailures, new Set())
  if (missingMib <= 0) return { wishes: [], note: reason('failoverKept', `all VMs would find memory after any ${counted(hostFailures, 'host', 'hosts')} failed, by the sum`, { hostFailures, spareMib: -missingMib }) }
  const short = reason('failoverShort', `${Math.ceil(missingMib)} MiB are missing for the VMs of any ${counted(hostFailures, 'failed host', 'failed hosts')}: add hosts or memory, or stop VMs`, { hostFailures, missingMib })
  // Whoever switched hosts off while power save does not work wants them off.
  const wake = view.policy.powerSave.enabled ? hostsFor(view.pool, missingMib, wakeable(view, power)) : []
  return { wishes: wake.length === 0 ? [] : [{ goal: 'overload', reason: short, wake }], note: short }
}

/** As many of the hosts, in their order, as bring so much memory; those that boot already count. */
function hostsFor(pool: Pool, missingMib: number, hosts: readonly number[]): number[] {
  let left = missingMib - pool.hosts.reduce((sum, host, at) => sum + (pool.hostPower[at] === POWER.poweringOn ? memoryForVmsMib(host) : 0), 0)
  const chosen: number[] = []
  for (const host of hosts) {
    if (left <= 0) break
    chosen.push(host)
    left -= memoryForVmsMib(pool.hosts[host]!)
  }
  return chosen
}

/** Memory of all VMs that hold or are to get a place again on hosts that serve or are being left. */
function heldMib(pool: Pool): number {
  let sum = 0
  for (let vm = 0; vm < pool.vms.length; vm++) if (holdsMemory(pool.vmState[vm]!) && pool.vmHost[vm] !== NOWHERE) sum += pool.vms[vm]!.memoryMib
  return sum
}

/** Memory of the serving hosts without some, and without the largest `failures` of the rest. */
function roomMib(pool: Pool, failures: number, without: ReadonlySet<number>): number {
  const sizes = pool.hosts.flatMap((host, at) => (isServing(pool, at) && !without.has(at) ? [memoryForVmsMib(host)] : []))
  return sizes.sort((a, b) => b - a).slice(failures).reduce((sum, mib) => sum + mib, 0)
}

/** The wishes with no more hosts emptied than leaves room for failures; `kept` says so where it holds any back. */
export function withFailoverKept({ pool, policy }: GoalView, wishes: readonly Wish[]): { readonly wishes: readonly Wish[]; readonly kept: Reason | null } {
  const { hostFailures } = policy.availability
  let kept: Reason | null = null
  const held = hostFailures === 0 ? 0 : heldMib(pool)
  const limited = wishes.flatMap((wish) => {
    if (hostFailures === 0 || (wish.empty?.length ?? 0) === 0) return [wish]
    const emptyMax = emptiesAllowed(pool, hostFailures, held, wish.empty!, wish.emptyMax ?? 0)
    if (emptyMax === (wish.emptyMax ?? 0)) return [wish]
    kept = reason('keptForFailover', `${emptyMax} instead of ${wish.emptyMax ?? 0} hosts are emptied: all VMs must find memory after any ${counted(hostFailures, 'host', 'hosts')} failed`, { hostFailures, emptyMax })
    return emptyMax === 0 ? [] : [{ ...wish, emptyMax }]
  })
  return { wishes: limited, kept }
}

/** How many of these hosts, be they the largest, may go. */
function emptiesAllowed(pool: Pool, failures: number, held: number, hosts: readonly number[], most: number): number {
  const largest = [...hosts].sort((a, b) => memoryForVmsMib(pool.hosts[b]!) - memoryForVmsMib(pool.hosts[a]!) || a - b)
  let allowed = Math.min(most, hosts.length)
  while (allowed > 0 && roomMib(pool, failures, new Set(largest.slice(0, allowed))) < held) allowed--
  return allowed
}
