import { type Reason, reason } from '../model/result.ts'
import { scheduledPolicy } from '../policy/windows.ts'
import { giveWay, record } from './adopt.ts'
import { followRun } from './runNow.ts'
import type { ControllerConfig, ControllerState, Turned } from './state.ts'

/**
 * Takes up what holds at this instant: what the policy schedules, and a goal that a person lets run now. Where that
 * changes, what was planned or asked before gives way.
 */
export function followSchedule(config: ControllerConfig, state: ControllerState, atMs: number): Turned {
  if (state.standing.schedule.length === 0 && state.runNow === null) return { state, outputs: [] }
  const scheduled = scheduledPolicy(state.standing, config.startUnixMs + atMs)
  const { runNow, said } = followRun(state, scheduled, atMs)
  const policy = runNow?.policy ?? scheduled
  if (policy === state.policy) return { state, outputs: [] }
  const cleared = giveWay(state, atMs)
  const changed = scheduled === (state.runNow?.base ?? state.policy) ? null : scheduleReason(state, scheduled)
  const notes = [said, changed].filter((note) => note !== null).map((note) => record({ atMs, kind: 'note', goal: 'schedule', reason: note }))
  return { state: { ...cleared.state, policy, runNow, nextDecisionMs: atMs }, outputs: [...notes, ...cleared.outputs] }
}

function scheduleReason({ standing }: ControllerState, scheduled: ControllerState['policy']): Reason {
  const entry = standing.schedule.findIndex(({ settings }) => settings === scheduled)
  return reason('scheduleChanged', entry < 0 ? 'no scheduled settings hold any more: the policy’s own do' : `settings ${entry + 1} of the policy’s schedule hold from here on`, { entry: entry + 1 })
}
