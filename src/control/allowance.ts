import { VM, type Vm } from '../model/pool.ts'
import { poolBudgets } from '../model/poolBudgets.ts'
import { DAY_MS, HOUR_MS } from '../model/resources.ts'
import { isServing } from '../model/transition.ts'
import { TIMING, canConverge } from '../plan/timing.ts'
import type { Allowance } from '../policy/arbitrate.ts'
import { boundVms } from '../policy/ruleFilter.ts'
import type { GoalView } from '../policy/wish.ts'
import type { Gate } from './hold.ts'
import { leftToOthers } from './others.ts'
import type { ControllerState } from './state.ts'

/** Failures in a row after which optional moves leave a VM alone. */
const FAILURES_MAX = 5

/** What cooldowns, backing off, migrations that would come to nothing, and the hour's budget leave for a decision. */
export function allowanceOf(state: ControllerState, view: GoalView, gate: Gate = 'automatic'): Allowance {
  const { budgets } = state.policy
  const { pool, atMs } = view
  const resting = new Uint8Array(pool.vms.length)
  const blocked = new Uint8Array(pool.vms.length)
  for (let vm = 0; vm < resting.length; vm++) if (isKept(pool.vms[vm], gate) || (atMs - (state.movedAtMs[vm] ?? NaN) < (pool.vms[vm]?.cooldownMs ?? budgets.vmCooldownMs) && state.movedAtMs[vm]! >= pool.vmSinceMs[vm]!)) resting[vm] = 1
  if (pool.rules.length > 0) {
    const bound = boundVms(pool)
    for (let vm = 0; vm < resting.length; vm++) if (bound.has(pool.vms[vm]!.id)) resting[vm] = 1
  }
  for (const [vm, { count, untilMs, vmSinceMs }] of state.failures) {
    if (pool.vmSinceMs[vm] !== vmSinceMs) continue
    if (atMs < untilMs) blocked[vm] = 1
    // It was tried often enough: for a day only what must move is tried again.
    if (count >= FAILURES_MAX && atMs < untilMs + DAY_MS) resting[vm] = 1
  }
  for (const vm of leftToOthers(state.others, pool, state.policy, atMs)) resting[vm] = 1
  restHopeless(view, resting)
  return { ...movesLeft(state, view), resting, blocked }
}

/** Whether a VM's own setting keeps optional moves from it: always, or where nobody approves plans. */
const isKept = (vm: Vm | undefined, gate: Gate): boolean => vm?.automation === 'never' || (vm?.automation === 'recommend' && gate === 'automatic')

/** Optional moves left of the hour's budget, and how many of them may serve anything but relief. */
function movesLeft({ policy, startedLately }: ControllerState, { pool, atMs }: GoalView): Pick<Allowance, 'optionalMovesMax' | 'otherMovesMax'> {
  const { migrationsPerHourMax } = poolBudgets(policy, pool.hosts.length)
  const lately = startedLately.filter((started) => atMs - started.atMs < HOUR_MS)
  const others = lately.filter(({ relieves }) => !relieves).length
  const optionalMovesMax = Math.min(policy.budgets.migrationsPerPlanMax ?? Infinity, Math.max(0, migrationsPerHourMax - lately.length))
  const reserved = Math.floor(policy.budgets.reliefReserve * migrationsPerHourMax)
  return { optionalMovesMax, otherMovesMax: Math.max(0, Math.min(optionalMovesMax, migrationsPerHourMax - reserved - others)) }
}

/** VMs that dirty memory faster than any link in the pool takes it are moved only where they must be. */
function restHopeless({ pool, load }: GoalView, resting: Uint8Array): void {
  const links = pool.hosts.map((host, number) => (isServing(pool, number) ? host.migrationLinkMibPerS : 0)).sort((a, b) => b - a)
  for (let vm = 0; vm < resting.length; vm++) {
    if (pool.vmState[vm] !== VM.running || resting[vm] === 1) continue
    const source = pool.hosts[pool.vmHost[vm]!]!.migrationLinkMibPerS
    const target = links[0] === source ? (links[1] ?? 0) : (links[0] ?? 0)
    if (!canConverge(pool, vm, Math.min(TIMING.streamMibPerS, source, target), load.vmShortMhz[vm]! / Math.max(1, pool.vms[vm]!.cpuMhz))) resting[vm] = 1
  }
}
