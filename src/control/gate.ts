import { reason } from '../model/result.ts'
import { record } from './adopt.ts'
import type { Output } from './messages.ts'
import type { ControllerConfig, ControllerState, Turned } from './state.ts'

/** An approved plan is carried out to its end before the next decision: what a person agreed to is not exchanged meanwhile. */
export const isBound = (config: ControllerConfig, { plan, progress, gate }: ControllerState): boolean =>
  (gate ?? config.gate) === 'approve' && plan?.approved === true && progress.waiting.length + progress.running.length > 0

/** Approves the plan that waits. A hash that is not its own approves nothing: the pool went on, and there is another plan. */
export function approve(state: ControllerState, hash: string, atMs: number): Turned {
  const said = (code: string, text: string): Output => record({ atMs, kind: 'request', request: 'approve', reason: reason(code, text) })
  if (state.plan?.hash !== hash || state.progress.waiting.length === 0) return { state, outputs: [said('planGone', `plan ${hash} does not wait: look at the one that does, and approve that`)] }
  return { state: { ...state, plan: { hash, approved: true } }, outputs: [said('planApproved', `plan ${hash} was approved`)] }
}
