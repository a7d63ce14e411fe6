import { reason } from '../model/result.ts'
import { duration } from '../model/text.ts'
import { giveWay, record } from './adopt.ts'
import type { Output } from './messages.ts'
import type { ControllerConfig, ControllerState, Turned } from './state.ts'

/** An approved plan is carried out to its end before the next decision: what a person agreed to is not exchanged meanwhile. */
export const isBound = (config: ControllerConfig, { plan, progress, gate }: ControllerState): boolean =>
  (gate ?? config.gate) === 'approve' && plan?.approved === true && progress.waiting.length + progress.running.length > 0

/**
 * Approves the plan that waits. A hash that is not its own approves nothing: the pool went on, and there is another plan.
 * Nor does one that no decision has confirmed for too long: nobody knows whether it still fits.
 */
export function approve(state: ControllerState, hash: string, atMs: number): Turned {
  const said = (code: string, text: string): Output => record({ atMs, kind: 'request', request: 'approve', reason: reason(code, text) })
  if (state.plan?.hash !== hash || state.progress.waiting.length === 0) return { state, outputs: [said('planGone', `plan ${hash} does not wait: look at the one that does, and approve that`)] }
  if (isTooOld(state, atMs)) {
    const dropped = forget(state, atMs)
    return { state: dropped.state, outputs: [said('planExpired', `plan ${hash} was last found right ${age(state, atMs)} ago and is not approved: a new one is made now, look at that`), ...dropped.outputs, { kind: 'wakeAt', atMs }] }
  }
  return { state: { ...state, plan: { hash, approved: true, confirmedMs: atMs } }, outputs: [said('planApproved', `plan ${hash} was approved`)] }
}

/** Takes back an approved plan of which nothing could begin for too long, so that it is planned anew. */
export function expire(config: ControllerConfig, state: ControllerState, atMs: number): Turned {
  if (!isBound(config, state) || state.progress.running.length > 0 || !isTooOld(state, atMs)) return { state, outputs: [] }
  const dropped = forget(state, atMs)
  return { state: dropped.state, outputs: [record({ atMs, kind: 'note', goal: 'plan', reason: reason('planExpired', `nothing of approved plan ${state.plan!.hash.slice(0, 12)} could begin for ${age(state, atMs)}: its approval is void, a new plan is made; look at that and approve it`) }), ...dropped.outputs] }
}

const isTooOld = ({ plan, policy }: ControllerState, atMs: number): boolean => plan !== null && atMs - plan.confirmedMs >= policy.budgets.planAgeMaxMs
const age = ({ plan }: ControllerState, atMs: number): string => duration(atMs - plan!.confirmedMs)

function forget(state: ControllerState, atMs: number): Turned {
  const cleared = giveWay(state, atMs)
  return { state: { ...cleared.state, plan: null, nextDecisionMs: atMs }, outputs: cleared.outputs }
}
