import type { LoadFrame } from '../model/history.ts'
import type { Plan } from '../model/plan.ts'
import type { LoadView } from '../model/loadView.ts'
import { indexPool, type PoolIndex } from '../model/poolIndex.ts'
import { MODE, type Pool } from '../model/pool.ts'
import type { PolicySettings } from '../model/policy.ts'
import { DAY_MS } from '../model/resources.ts'
import { reason } from '../model/result.ts'
import type { TransitionLimits } from '../model/transition.ts'
import { viewLoad } from '../observe/loadView.ts'
import type { PackingLimits, Solver } from '../optimize/packing.ts'
import { noMaintenance, type MaintenanceMemory } from '../policy/goals/maintenance.ts'
import { assemblePlan, type PlanInput } from '../plan/assemble.ts'
import { conclude, limitsOf } from './conclude.ts'
import { type Decided, decide, type Note, type Question } from './decide.ts'
import { initialState, type ControllerConfig, type ControllerState } from './state.ts'

/** A pool at one instant, of which nothing earlier is known. */
export interface Instant {
  readonly pool: Pool
  /** Used CPU by VM slot; what a VM without a figure is taken to use as well. */
  readonly vmCpuMhz: Float64Array
  /** On the calendar, for the policy's windows. */
  readonly unixMs: number
}

/** What a policy would do now, and what each goal says. */
export interface PlannedOnce {
  readonly plan: Plan
  readonly notes: readonly Note[]
}

/** The instant on the controller's clock: later than any window or hold time of a policy is long. */
const AT_MS = 30 * DAY_MS

/**
 * One decision of the controller on a pool without a history, not executed: goals, arbitration, solver, order and check
 * are those of a turn. What the pool shows is taken to have been so all the time: every hold time counts as held, no
 * VM as moved lately.
 */
export function planOnce(instant: Instant, policy: PolicySettings, solver: Solver, limits: PackingLimits, shouldStop: () => boolean): PlannedOnce {
  const { pool } = instant
  const index = indexPool(pool)
  const { config, decided: { state, question, notes } } = decideOnce(instant, policy, solver)
  if (question === null) return { plan: nothingToDo(pool, index, notes, limitsOf(state, config, pool)), notes }
  const packed = solver.solve(question.arbitrated.packing, limits, shouldStop)
  return { plan: conclude(config, state, pool, index, question, packed).plan, notes }
}

/** What the goals ask at this instant, before anything is solved; null when none of them wishes for anything. */
export const questionOnce = (instant: Instant, policy: PolicySettings, solver: Solver): Question | null => decideOnce(instant, policy, solver).decided.question

function decideOnce({ pool, vmCpuMhz, unixMs }: Instant, policy: PolicySettings, solver: Solver): { readonly config: ControllerConfig; readonly decided: Decided } {
  const config: ControllerConfig = { fallback: solver, startUnixMs: unixMs - AT_MS, memoryEnforced: true, gate: 'recommend', baseline: null }
  return { config, decided: decide(config, heldState(pool, policy, vmCpuMhz), pool, AT_MS) }
}

/** Loads as the same controller sees them. */
export const heldLoad = (pool: Pool, policy: PolicySettings, vmCpuMhz: Float64Array): LoadView =>
  viewLoad(pool, steadyHistory(policy, vmCpuMhz, pool.hosts.length), AT_MS, { shortMs: policy.powerSave.onWindowMs, longMs: policy.powerSave.offWindowMs, ageMaxMs: policy.observation.ageMaxMs })

/** A plan without steps whose reason is what the goals say. */
function nothingToDo(pool: Pool, index: PoolIndex, notes: readonly Note[], limits: TransitionLimits): Plan {
  const why = reason('nothingToDo', notes.map(({ reason: { text } }) => (text.endsWith('.') ? text : `${text}.`)).join(' '))
  const input: PlanInput = { goal: 'none', reason: why, wanted: [], groups: [], unmet: [], notDone: [], objective: { before: 0, after: 0, lowerBound: null }, baseHash: null }
  return assemblePlan(pool, index, input, limits, { prefix: 'p0', load: null, rows: [], order: 'asWanted' })
}

/** The memory of a controller that has seen nothing but this for as long as the policy looks back. */
function heldState(pool: Pool, policy: PolicySettings, vmCpuMhz: Float64Array): ControllerState {
  const state = initialState(policy)
  const always = new Float64Array(pool.hosts.length)
  return {
    ...state, history: steadyHistory(policy, vmCpuMhz, pool.hosts.length), maintenance: maintenanceOf(pool), movedAtMs: new Float64Array(pool.vms.length).fill(NaN),
    even: { ...state.even, loadedSinceMs: always }, power: { ...state.power, lowSinceMs: always },
  }
}

/** The same frame over and over, as often as samples must come not to count as old. */
function steadyHistory({ powerSave, evenDistribution, observation }: PolicySettings, vmCpuMhz: Float64Array, hosts: number): LoadFrame[] {
  const intervalMs = Math.max(1, Math.floor(observation.ageMaxMs / 2))
  const lookBackMs = Math.max(powerSave.onWindowMs, powerSave.offWindowMs, powerSave.holdMs, evenDistribution.holdMs)
  const hostCpuMhz = new Float64Array(hosts).fill(NaN)
  const earlier = Math.ceil(lookBackMs / intervalMs)
  return Array.from({ length: earlier + 1 }, (_, position) => ({ takenAtMs: AT_MS - (earlier - position) * intervalMs, intervalMs, vmCpuMhz, hostCpuMhz }))
}

/** Hosts on their way into maintenance are to be left; those in it are left alone. */
export function maintenanceOf(pool: Pool): MaintenanceMemory {
  const entries = pool.hosts.flatMap((_, host) => (pool.hostMode[host] === MODE.available ? [] : [{ host, method: null, phase: pool.hostMode[host] === MODE.entering ? ('entering' as const) : ('in' as const), sinceMs: 0, inSinceMs: null, leaveAtMs: null, stayMs: null }]))
  return { ...noMaintenance, entries }
}
