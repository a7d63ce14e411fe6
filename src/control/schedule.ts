import { reason } from '../model/result.ts'
import { scheduledPolicy } from '../policy/windows.ts'
import { giveWay, record } from './adopt.ts'
import type { ControllerConfig, ControllerState, Turned } from './state.ts'

/** Takes up what the policy schedules for this instant. Where that changes, what was planned or asked before gives way. */
export function followSchedule(config: ControllerConfig, state: ControllerState, atMs: number): Turned {
  if (state.standing.schedule.length === 0) return { state, outputs: [] }
  const policy = scheduledPolicy(state.standing, config.startUnixMs + atMs)
  if (policy === state.policy) return { state, outputs: [] }
  const cleared = giveWay(state, atMs)
  const entry = state.standing.schedule.findIndex(({ settings }) => settings === policy)
  const text = entry < 0 ? 'no scheduled settings hold any more: the policy’s own do' : `settings ${entry + 1} of the policy’s schedule hold from here on`
  return { state: { ...cleared.state, policy, nextDecisionMs: atMs }, outputs: [record({ atMs, kind: 'note', goal: 'schedule', reason: reason('scheduleChanged', text, { entry: entry + 1 }) }), ...cleared.outputs] }
}
