import type { LoadView } from '../model/loadView.ts'
import type { Plan, Step } from '../model/plan.ts'
import type { PoolIndex } from '../model/poolIndex.ts'
import { type Pool, VM } from '../model/pool.ts'
import { DAY_MS, HOUR_MS } from '../model/resources.ts'
import { type Reason, invariant, reason } from '../model/result.ts'
import { type TransitionLimits, isServing, refusalToPowerOff } from '../model/transition.ts'
import type { Cause, Packed } from '../optimize/packing.ts'
import { viewLoad } from '../observe/loadView.ts'
import { checkPlan } from '../plan/check.ts'
import { type Decision, makePlan } from '../plan/makePlan.ts'
import { TIMING, canConverge } from '../plan/timing.ts'
import { type Allowance, type Arbitrated, arbitrate, packs } from '../policy/arbitrate.ts'
import { evenDistributionGoal } from '../policy/goals/evenDistribution.ts'
import { type ModeChange, maintenanceGoal } from '../policy/goals/maintenance.ts'
import { placementGoal } from '../policy/goals/placement.ts'
import { powerSaveGoal } from '../policy/goals/powerSave.ts'
import { boundVms } from '../policy/ruleFilter.ts'
import type { GoalView, Wish } from '../policy/wish.ts'
import type { ControllerConfig, ControllerState } from './state.ts'

/** What one decision came to. `plan` is null when nobody wished for anything that could be done. */
export interface Decided {
  readonly state: ControllerState
  readonly plan: Plan | null
  readonly modes: readonly ModeChange[]
  readonly notes: readonly Note[]
}

/** What a goal says. It is recorded when its code changes; with `always`, each time. */
export interface Note {
  readonly goal: string
  readonly reason: Reason
  readonly always?: true
}

const never = (): boolean => false

/** Limits that the policy sets on what happens at once. */
export function limitsOf({ policy }: ControllerState, config: ControllerConfig): TransitionLimits {
  const { budgets, powerSave } = policy
  return {
    memoryEnforced: config.memoryEnforced, hostIncomingMax: budgets.hostIncomingMax, hostOutgoingMax: budgets.hostOutgoingMax, poolMigrationsMax: budgets.poolMigrationsMax,
    poolBootsMax: powerSave.bootsAtOnceMax, hostsOnMin: powerSave.enabled ? powerSave.hostsOnMin : 1,
  }
}

/** Observe, decide, arbitrate, solve, order and check: from what is known now to a plan, with a note from every goal. */
export function decide(config: ControllerConfig, before: ControllerState, pool: Pool, index: PoolIndex, atMs: number): Decided {
  const view = goalView(config, before, pool, atMs)
  const asked = askGoals(view, before)
  const state = asked.state
  if (asked.wishes.length === 0) return { state: { ...state, shortage: { unplaced: stillUnplaced(state), unrelieved: 0, undrained: 0 } }, plan: null, modes: asked.modes, notes: asked.notes }
  const arbitrated = arbitrate(view, asked.wishes, allowanceOf(state, view))
  const packed = config.solver.solve(arbitrated.packing, never)
  const prefix = `p${state.planCount}`
  const plan = makePlan(pool, index, view.load, decisionOf(state, pool, arbitrated, packed, limitsOf(state, config)), limitsOf(state, config), prefix)
  const faults = checkPlan(pool, plan, { memoryEnforced: config.memoryEnforced, hostsOnMin: limitsOf(state, config).hostsOnMin })
  invariant(faults.length === 0, `plan ${prefix} is unsafe: ${faults.map(({ message }) => message).join('; ')}`)
  const notes = [...asked.notes, blackoutNote(arbitrated)]
  const next = { ...state, shortage: shortageOf(state, packed), power: { ...state.power, draining: packed.emptied }, planCount: state.planCount + (plan.steps.length > 0 ? 1 : 0) }
  return { state: next, plan, modes: asked.modes, notes }
}

function blackoutNote({ putOff }: Arbitrated): Note {
  const wishes = putOff.filter((wish) => !wish.closed)
  if (wishes.length === 0) return { goal: 'blackout', reason: reason('noBlackout', 'No blackout window puts anything off.') }
  return { goal: 'blackout', reason: reason('blackout', `a blackout window is open and puts off: ${wishes.map((wish) => wish.reason.text).join('; ')}`, { wishes: wishes.length }) }
}

function goalView(config: ControllerConfig, { policy, history }: ControllerState, pool: Pool, atMs: number): GoalView {
  const { powerSave, observation } = policy
  const load: LoadView = viewLoad(pool, history, atMs, { shortMs: powerSave.onWindowMs, longMs: powerSave.enabled ? powerSave.offWindowMs : powerSave.onWindowMs, ageMaxMs: observation.ageMaxMs })
  return { pool, load, policy, atMs, unixMs: config.startUnixMs + atMs, memoryEnforced: config.memoryEnforced }
}

function askGoals(view: GoalView, state: ControllerState): { wishes: readonly Wish[]; notes: Decided['notes']; modes: readonly ModeChange[]; state: ControllerState } {
  const maintenance = maintenanceGoal(view, state.maintenance)
  const placement = placementGoal(view, state.placement)
  const even = evenDistributionGoal(view, state.even, packs(view))
  const power = powerSaveGoal(view, state.power, state.shortage)
  const closed: Wish = { goal: 'consolidation', reason: power.note, closed: power.memory.draining }
  const wishes = [...maintenance.wishes, ...placement.wishes, ...even.wishes, ...power.wishes]
  return {
    wishes: wishes.length > 0 ? [...wishes, closed] : [],
    notes: [
      { goal: 'maintenance', reason: maintenance.note }, ...maintenance.dropped.map((why): Note => ({ goal: 'maintenance', reason: why, always: true })),
      { goal: 'placement', reason: placement.note }, { goal: 'evenDistribution', reason: even.note }, { goal: 'powerSave', reason: power.note },
    ],
    modes: maintenance.modes, state: { ...state, placement: placement.memory, maintenance: maintenance.memory, even: even.memory, power: power.memory },
  }
}

/** Cooldowns, backing off, migrations that would come to nothing, and the hour's budget. */
function allowanceOf(state: ControllerState, { pool, load, atMs }: GoalView): Allowance {
  const { budgets } = state.policy
  const resting = new Uint8Array(pool.vms.length)
  const blocked = new Uint8Array(pool.vms.length)
  for (let vm = 0; vm < resting.length; vm++) if (atMs - (state.movedAtMs[vm] ?? NaN) < budgets.vmCooldownMs && state.movedAtMs[vm]! >= pool.vmSinceMs[vm]!) resting[vm] = 1
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
  const links = pool.hosts.map((host, number) => (isServing(pool, number) ? host.migrationLinkMibPerS : 0)).sort((a, b) => b - a)
  for (let vm = 0; vm < resting.length; vm++) {
    if (pool.vmState[vm] !== VM.running || resting[vm] === 1) continue
    const source = pool.hosts[pool.vmHost[vm]!]!.migrationLinkMibPerS
    const target = links[0] === source ? (links[1] ?? 0) : (links[0] ?? 0)
    if (!canConverge(pool, vm, Math.min(TIMING.streamMibPerS, source, target), load.vmShortMhz[vm]! / Math.max(1, pool.vms[vm]!.cpuMhz))) resting[vm] = 1
  }
  const lately = state.startedAtMs.filter((startMs) => atMs - startMs < HOUR_MS).length
  return { optionalMovesMax: Math.max(0, budgets.migrationsPerHourMax - lately), resting, blocked }
}

/** Failures in a row after which optional moves leave a VM alone. */
const FAILURES_MAX = 5

function decisionOf(state: ControllerState, pool: Pool, arbitrated: Arbitrated, packed: Packed, limits: TransitionLimits): Decision {
  const none = { goal: 'none', reason: reason('none', 'no goal asks for this') }
  const reasonOf = (cause: Cause): { goal: string; reason: Reason } => arbitrated.reasons[cause] ?? none
  const first = packed.moves[0] ? reasonOf(packed.moves[0].cause) : (arbitrated.wake[0] ?? arbitrated.reasons.drain ?? arbitrated.reasons.empty ?? Object.values(arbitrated.reasons)[0] ?? none)
  const evacuation = arbitrated.reasons.drain?.reason ?? none.reason
  return {
    packed, itemVm: arbitrated.itemVm, unmet: arbitrated.unmet, reasonOf, wake: arbitrated.wake, goal: first.goal, reason: first.reason,
    stop: arbitrated.stop.map(({ vm, how }) => ({ vm, how, reason: reason(how === 'shutdown' ? 'maintenanceShutdown' : 'maintenanceSuspend', `${evacuation.text}: ${pool.vms[vm]!.id} is to be ${how === 'shutdown' ? 'shut down' : 'suspended'}`) })),
    powerOff: packed.emptied.filter((host) => mayPowerOff(pool, packed, host, limits)).map((host) => ({ host, reason: reasonOf('empty').reason, after: runningFrom(state, pool, host) })),
  }
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
const stillUnplaced = ({ placement, shortage }: ControllerState): number => (placement.deferred ? shortage.unplaced : 0)

function shortageOf(state: ControllerState, packed: Packed): ControllerState['shortage'] {
  const count = (cause: Cause): number => packed.unmet.filter((unmet) => unmet.cause === cause && unmet.item >= 0).length
  return { unplaced: stillUnplaced(state) + count('place'), unrelieved: count('relieve'), undrained: count('drain') }
}

/** Steps of a VM or host that is on its way already are not wanted twice. */
export const isUnderWay = (state: ControllerState, step: Step): boolean =>
  state.progress.running.some(({ step: other }) => ('vm' in step && 'vm' in other && step.vm === other.vm) || ('host' in step && 'host' in other && step.host === other.host))

