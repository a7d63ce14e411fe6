import { DRILL, type Plan, type Step } from '../model/plan.ts'
import { poolBudgets } from '../model/poolBudgets.ts'
import type { PoolIndex } from '../model/poolIndex.ts'
import type { Pool } from '../model/pool.ts'
import { type Reason, invariant, reason } from '../model/result.ts'
import { type TransitionLimits, refusalToPowerOff } from '../model/transition.ts'
import type { Cause, Packed } from '../optimize/packing.ts'
import { checkPlan } from '../plan/check.ts'
import { type Decision, makePlan } from '../plan/makePlan.ts'
import type { Arbitrated } from '../policy/arbitrate.ts'
import { drillReason } from '../policy/goals/powerSave/drills.ts'
import { withRoomForFailures } from '../policy/rules/failoverPlaces.ts'
import type { Question } from './decide.ts'
import { restarting } from './others.ts'
import type { ControllerConfig, ControllerState } from './state.ts'

/** Limits that the policy sets on what happens at once. */
export function limitsOf({ policy }: ControllerState, config: ControllerConfig, pool: Pool): TransitionLimits {
  const { budgets, powerSave } = policy
  const { poolMigrationsMax, bootsAtOnceMax } = poolBudgets(policy, pool.hosts.length)
  return {
    // In the PlanetLab study's world migrations don't get into each other's way: any number runs at once.
    ...(config.memoryEnforced ? { hostIncomingMax: budgets.hostIncomingMax, hostOutgoingMax: budgets.hostOutgoingMax, poolMigrationsMax } : { hostIncomingMax: null, hostOutgoingMax: null, poolMigrationsMax: null }),
    memoryEnforced: config.memoryEnforced,
    ...(policy.availability.hostFailures > 0 && config.memoryEnforced ? { failoverHosts: policy.availability.hostFailures } : {}),
    poolBootsMax: bootsAtOnceMax, hostsOnMin: powerSave.enabled ? powerSave.hostsOnMin : 1,
  }
}

/** From a question and its answer to a plan for the freshest pool: ordered, timed and checked. */
export function conclude(config: ControllerConfig, state: ControllerState, pool: Pool, index: PoolIndex, { arbitrated, load }: Question, solved: Packed): { readonly state: ControllerState; readonly plan: Plan } {
  const limits = limitsOf(state, config, pool)
  const prefix = `p${state.planCount}`
  const packed = config.memoryEnforced ? withRoomForFailures(pool, solved, arbitrated.itemVm, restarting(pool, state.others)) : solved
  const plan = makePlan(pool, index, load, decisionOf(state, pool, arbitrated, packed, limits), limits, prefix)
  const faults = checkPlan(pool, plan, { memoryEnforced: config.memoryEnforced, hostsOnMin: limits.hostsOnMin })
  invariant(faults.length === 0, `plan ${prefix} is unsafe: ${faults.map(({ message }) => message).join('; ')}`)
  return { state: { ...state, shortage: shortageOf(state, packed), power: { ...state.power, draining: packed.emptied }, planCount: state.planCount + (plan.steps.length > 0 ? 1 : 0) }, plan }
}

function decisionOf(state: ControllerState, pool: Pool, arbitrated: Arbitrated, packed: Packed, limits: TransitionLimits): Decision {
  const none = { goal: 'none', reason: reason('none', 'no goal asks for this') }
  const reasonOf = (cause: Cause): { goal: string; reason: Reason } => arbitrated.reasons[cause] ?? none
  const first = packed.moves[0] ? reasonOf(packed.moves[0].cause) : (arbitrated.wake[0] ?? arbitrated.reasons.drain ?? arbitrated.reasons.empty ?? Object.values(arbitrated.reasons)[0] ?? none)
  const evacuation = arbitrated.reasons.drain?.reason ?? none.reason
  return {
    ...(state.policy.budgets.weighBenefit ? { leaveOutUnworthy: true } : {}),
    packed, itemVm: arbitrated.itemVm, unmet: arbitrated.unmet, reasonOf, wake: arbitrated.wake, goal: first.goal, reason: first.reason,
    stop: arbitrated.stop.map(({ vm, how }) => ({ vm, how, reason: reason(how === 'shutdown' ? 'maintenanceShutdown' : 'maintenanceSuspend', `${evacuation.text}: ${pool.vms[vm]!.id} is to be ${how === 'shutdown' ? 'shut down' : 'suspended'}`) })),
    powerOff: oneDrill(state, arbitrated, packed.emptied.filter((host) => mayPowerOff(pool, packed, host, limits))).map((host) => ({ host, reason: arbitrated.drill.includes(host) ? drillReason(pool, host) : reasonOf('empty').reason, after: runningFrom(state, pool, host) })),
  }
}

/** All hosts but those to be drilled; of these the first, unless a drill is under way: were all to stay off, the pool could do without one. */
function oneDrill({ progress }: ControllerState, { drill }: Arbitrated, hosts: readonly number[]): readonly number[] {
  const isBusy = progress.running.some(({ step }) => step.reason.code === DRILL)
  const first = isBusy ? undefined : hosts.find((host) => drill.includes(host))
  return hosts.filter((host) => host === first || !drill.includes(host))
}

/** Whether the emptied host may be powered off once its VMs have left; judged on the host as it will be, and again when the step begins. */
function mayPowerOff(pool: Pool, packed: Packed, host: number, limits: TransitionLimits): boolean {
  if (packed.assignment.includes(host)) return false
  const refusal = refusalToPowerOff(pool, host, limits)
  return refusal === null || refusal.code === 'hostNotEmpty'
}

/** Steps already running that take a VM off this host. */
function runningFrom(state: ControllerState, pool: Pool, host: number): Step['id'][] {
  return state.progress.running.filter(({ step }) => step.kind === 'migrate' && step.source === pool.hosts[host]!.id).map(({ step }) => step.id)
}

/** VMs without a place that this decision did not look at. */
export const stillUnplaced = ({ placement, shortage }: ControllerState): number => (placement.deferred ? shortage.unplaced : placement.later)

function shortageOf(state: ControllerState, packed: Packed): ControllerState['shortage'] {
  const count = (cause: Cause): number => packed.unmet.filter((unmet) => unmet.cause === cause && unmet.item >= 0).length
  return { unplaced: stillUnplaced(state) + count('place'), unrelieved: count('relieve'), undrained: count('drain') }
}
