import type { RunnableGoal } from '../model/operatorRequest.ts'
import type { PolicySettings } from '../model/policy.ts'
import { HOUR_MS } from '../model/resources.ts'
import { type Reason, reason } from '../model/result.ts'
import { duration } from '../model/text.ts'
import type { ControllerState } from './state.ts'

/** A goal that runs once outside its schedule because a person asked for it. */
export interface RunNow {
  readonly goal: RunnableGoal
  readonly sinceMs: number
  readonly untilMs: number
  /** What holds without it, and with it. */
  readonly base: PolicySettings
  readonly policy: PolicySettings
}

const RUN_MS = HOUR_MS

/** The settings with the goal at work whatever its windows say; even distribution waits for no hold time. Budgets, cooldowns and blackouts stay. */
export function withGoalNow(base: PolicySettings, goal: RunnableGoal): PolicySettings {
  switch (goal) {
    case 'evenDistribution':
      return { ...base, evenDistribution: { ...base.evenDistribution, enabled: true, windows: [], holdMs: 0 } }
    case 'powerSave':
      return { ...base, powerSave: { ...base.powerSave, enabled: true, windows: [] } }
  }
}

/** Begins such a run, or says why there is none. Without a length it is an hour at most. */
export function beginRun({ policy, runNow }: ControllerState, goal: RunnableGoal, forMs: number | null, atMs: number, hasBaseline: boolean): { readonly runNow: RunNow | null; readonly said: Reason } {
  if (policy.peer !== null || hasBaseline) return { runNow, said: reason('runUnfit', `policy ${policy.name} is another system's: it has no ${goal} that could run now`) }
  const base = runNow?.base ?? policy
  const lengthMs = forMs ?? RUN_MS
  const until = goal === 'powerSave' ? `for ${duration(lengthMs)}; then hosts come up again unless its own window is open` : `until no host is loaded, at most for ${duration(lengthMs)}`
  return { runNow: { goal, sinceMs: atMs, untilMs: atMs + lengthMs, base, policy: withGoalNow(base, goal) }, said: reason('runNow', `${goal} runs now, whatever its windows say, ${until}; budgets, cooldowns and blackouts hold`, { forMs: lengthMs }) }
}

/** What became of a run at this instant, over the settings that hold without it. */
export function followRun(state: ControllerState, base: PolicySettings, atMs: number): { readonly runNow: RunNow | null; readonly said: Reason | null } {
  const { runNow } = state
  if (runNow === null) return { runNow, said: null }
  if (atMs >= runNow.untilMs) return { runNow: null, said: reason('runOver', `${runNow.goal} ran for ${duration(atMs - runNow.sinceMs)} as asked: its own windows hold again`) }
  if (hasNothingLeft(state, runNow)) return { runNow: null, said: reason('runOver', `${runNow.goal} has nothing left to do: its own windows hold again`) }
  return { runNow: runNow.base === base ? runNow : { ...runNow, base, policy: withGoalNow(base, runNow.goal) }, said: null }
}

/** Even distribution is through when it looked, no host is loaded, and nothing of it is under way. */
const hasNothingLeft = ({ notes, progress, solving }: ControllerState, { goal }: RunNow): boolean =>
  goal === 'evenDistribution' && notes.get('evenDistribution') === 'noHostLoaded' && progress.waiting.length + progress.running.length === 0 && solving === null
