import type { HostId } from '../model/ids.ts'
import type { LoadView } from '../model/loadView.ts'
import type { Pool } from '../model/pool.ts'
import { type Reason, reason } from '../model/result.ts'
import { viewLoad } from '../observe/loadView.ts'
import { type Arbitrated, OPTIONAL_GOALS, arbitrate, packs } from '../policy/arbitrate.ts'
import { availabilityGoal, withFailoverKept } from '../policy/goals/availability.ts'
import { evenDistributionGoal } from '../policy/goals/evenDistribution.ts'
import { type ModeChange, maintenanceGoal } from '../policy/goals/maintenance.ts'
import { placementGoal } from '../policy/goals/placement.ts'
import { powerSaveGoal } from '../policy/goals/powerSave/goal.ts'
import { viewRisk, viewTargets } from '../policy/risk/riskMemory.ts'
import type { GoalView, Wish } from '../policy/wish.ts'
import { allowanceOf } from './allowance.ts'
import { followOthers, restarting, standsAside } from './others.ts'
import { stillUnplaced } from './conclude.ts'
import { foresee, withOutlook } from './foresee.ts'
import type { ControllerConfig, ControllerState } from './state.ts'

/** What the goals want, as one problem for a solver, with all that is needed to make a plan of the answer. */
export interface Question {
  readonly arbitrated: Arbitrated
  readonly load: LoadView
}

/** What one decision came to before anything is solved. `question` is null when nobody wished for anything. */
export interface Decided {
  readonly state: ControllerState
  readonly question: Question | null
  readonly modes: readonly ModeChange[]
  readonly notes: readonly Note[]
}

/** What a goal says. It is recorded when its code changes; with `always`, each time. */
export interface Note {
  readonly goal: string
  readonly reason: Reason
  readonly always?: true
}

/** Observe, decide, arbitrate: from what is known now to one problem, with a note from every goal. */
export function decide(config: ControllerConfig, known: ControllerState, pool: Pool, atMs: number): Decided {
  const before = { ...known, others: followOthers(known, pool, atMs) }
  const view = goalView(config, before, pool, atMs)
  const { state, wishes, modes, notes } = askGoals(view, before)
  if (wishes.length === 0) return { state: { ...state, shortage: { unplaced: stillUnplaced(state), unrelieved: 0, undrained: 0 } }, question: null, modes, notes }
  const arbitrated = arbitrate(view, wishes, allowanceOf(state, view, state.gate ?? config.gate))
  return { state, question: { arbitrated, load: view.load }, modes, notes: [...notes, blackoutNote(arbitrated)] }
}

function blackoutNote({ putOff }: Arbitrated): Note {
  const wishes = putOff.filter((wish) => !wish.closed)
  if (wishes.length === 0) return { goal: 'blackout', reason: reason('noBlackout', 'No blackout window puts anything off.') }
  return { goal: 'blackout', reason: reason('blackout', `a blackout window is open and puts off: ${wishes.map((wish) => wish.reason.text).join('; ')}`, { wishes: wishes.length }) }
}

/** Loads as they were measured, over the policy's windows. */
export function loadNow({ policy: { powerSave, observation }, history, migrations: { learned } }: ControllerState, pool: Pool, atMs: number): LoadView {
  const load = viewLoad(pool, history, atMs, { shortMs: powerSave.onWindowMs, longMs: powerSave.enabled ? powerSave.offWindowMs : powerSave.onWindowMs, ageMaxMs: observation.ageMaxMs, percentile: observation.statistic === 'percentile' ? observation.percentile : null, cacheWeight: observation.cacheWeight })
  return learned === null ? load : { ...load, migrations: learned }
}

/** What goals look at. */
export function goalView(config: ControllerConfig, state: ControllerState, pool: Pool, atMs: number): GoalView {
  const { policy, risk, others } = state
  const load = loadNow(state, pool, atMs)
  const outlook = foresee(state, pool, config.startUnixMs + atMs)
  return { pool, load: withOutlook(load, outlook), outlook, policy, atMs, unixMs: config.startUnixMs + atMs, memoryEnforced: config.memoryEnforced, restarting: restarting(pool, others), risk: viewRisk(risk, pool, policy), targets: viewTargets(risk, pool, policy) }
}

/** What whoever listens passes on to the HA manager. */
export const hookReason = (host: HostId, isIn: boolean): Reason =>
  isIn ? reason('maintenanceEntered', `${host} is in maintenance: tell the HA manager to leave it alone`) : reason('maintenanceLeft', `${host} is back from maintenance: tell the HA manager to count on it`)

function askGoals(view: GoalView, state: ControllerState): { wishes: readonly Wish[]; notes: Decided['notes']; modes: readonly ModeChange[]; state: ControllerState } {
  const maintenance = maintenanceGoal(view, state.maintenance)
  const placement = placementGoal(view, state.placement)
  const even = evenDistributionGoal(view, state.even, packs(view))
  const power = powerSaveGoal(view, state.power, state.shortage)
  const availability = availabilityGoal(view, power.memory)
  const closed: Wish = { goal: 'consolidation', reason: power.note, closed: power.memory.draining }
  const aside = standsAside(state.others, view.policy, view.atMs)
  const { wishes: safe, kept } = withFailoverKept(view, [...maintenance.wishes, ...placement.wishes, ...even.wishes, ...power.wishes, ...availability.wishes])
  const wishes = aside === null ? safe : safe.filter((wish) => !OPTIONAL_GOALS.has(wish.goal) || wish.wake !== undefined)
  return {
    wishes: wishes.length > 0 ? [...wishes, closed] : [],
    notes: [
      { goal: 'maintenance', reason: maintenance.note }, ...maintenance.dropped.map((why): Note => ({ goal: 'maintenance', reason: why, always: true })),
      ...maintenance.modes.filter(({ mode }) => mode !== 'entering').map(({ host, mode }): Note => ({ goal: 'hook', reason: hookReason(view.pool.hosts[host]!.id, mode === 'maintenance'), always: true })),
      { goal: 'placement', reason: placement.note }, { goal: 'evenDistribution', reason: even.note }, { goal: 'powerSave', reason: power.note }, { goal: 'availability', reason: aside ?? kept ?? availability.note },
    ],
    modes: maintenance.modes, state: { ...state, placement: placement.memory, maintenance: maintenance.memory, even: even.memory, power: power.memory },
  }
}
