import type { Plan } from '../model/plan.ts'
import { duration, grouped } from '../model/text.ts'
import { explainPlan, stepText, whyNothing } from '../plan/explain.ts'
import type { MadePlan } from './makePlan.ts'

/** What a plan may miss and still be a plan: it was to make things better, and does so as far as it can. */
const OPTIONAL_CODES: ReadonlySet<string> = new Set(['cannotRelieve', 'noRoomToRelieve', 'homeFull', 'cannotEmpty', 'cannotSpread', 'budgetSpent'])

/** Whether all is reached that must be. */
export const isDone = ({ unmet }: Plan): boolean => unmet.every(({ code }) => OPTIONAL_CODES.has(code))

/** A plan as a file: one step a line. The same plan gives the same bytes. */
export function planFileText(plan: Plan): string {
  const parts = Object.entries(plan).map(([key, value]: [string, unknown]) =>
    Array.isArray(value) && value.length > 0 ? `${JSON.stringify(key)}: [\n  ${value.map((entry) => JSON.stringify(entry)).join(',\n  ')}\n]` : `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
  return `{\n${parts.join(',\n')}\n}\n`
}

/** A plan for people: its steps, or with `explain` everything that it knows. */
export function planText({ plan, score, assumptions, name }: MadePlan, explain: boolean, weighed: readonly string[] = []): string {
  const assumed = `Assumed: ${assumptions.join(' ')}\n`
  if (explain) return `${explainPlan(plan, { weighed })}${assumed}`
  const { steps, unmet, estimate } = plan
  if (steps.length === 0) return `${whyNothing(plan).join('\n')}\n${unmetText(plan)}${notDoneText(plan)}${assumed}`
  const gap = score.lowerBound === null ? '' : ` (no placement is below ${grouped(score.lowerBound)})`
  const lines = [
    `${steps.length} ${steps.length === 1 ? 'step' : 'steps'}, about ${duration(estimate.makespanMs)}: ${plan.reason.text}`, `${name}: ${grouped(score.before)} before, ${grouped(score.after)} after${gap}`, '',
    ...steps.map((step) => `${step.id.padEnd(8)} ${stepText(step)}${step.after.length === 0 ? '' : `, after ${step.after.length > 4 ? `${step.after.length} others` : step.after.join(', ')}`}`), '',
  ]
  return `${lines.join('\n')}${unmet.length === 0 ? '' : unmetText(plan)}Plan ${plan.hash.slice(0, 12)}; --explain says why, --out FILE keeps it.\n${assumed}`
}

const notDoneText = ({ notDone }: Plan): string => notDone.map(({ reason: { text, code } }) => `Not done: ${text} [${code}]\n`).join('')
const unmetText = ({ unmet }: Plan): string => unmet.map(({ text, code }) => `Not reached: ${text} [${code}]\n`).join('')
