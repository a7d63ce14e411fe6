import { OPERATOR, type Step } from '../model/plan.ts'
import type { PolicySettings } from '../model/policy.ts'
import { inForce } from '../policy/windows.ts'

const OPTIONAL_CODES = new Set(['relieve', 'empty', 'spread'])

/** Whether a step serves a wish that can wait: relief, consolidation, evenness. Rules, maintenance and placement can't. */
export const isOptional = (step: Step): boolean => (step.kind === 'powerOff' ? step.reason.code !== OPERATOR : OPTIONAL_CODES.has(step.reason.code))

/** Which planned steps may start: all, those of a plan that a person approved, or none. Operators' own steps are approved by being asked for. */
export const GATES = ['automatic', 'approve', 'recommend'] as const
export type Gate = (typeof GATES)[number]

/** Whether the gate lets a step begin: with `recommend` nothing passes, with `approve` what a person asked for or approved. */
export function mayPass(gate: Gate, isApproved: boolean, step: Step): boolean {
  return gate === 'automatic' || (gate === 'approve' && (isApproved || step.reason.code === OPERATOR))
}

/**
 * Whether a planned step may not start now because the calendar went on since it was planned: nothing optional starts in
 * a blackout, and nothing is emptied or powered off after power save's window has ended.
 */
export function mustWait({ budgets, powerSave }: PolicySettings, step: Step, unixMs: number): boolean {
  if (!isOptional(step)) return false
  if (budgets.blackouts.length > 0 && inForce(budgets.blackouts, unixMs)) return true
  const saves = step.kind === 'powerOff' || step.reason.code === 'empty'
  return saves && !(powerSave.enabled && inForce(powerSave.windows, unixMs))
}
