/**
 * A plan as text. Everything here needs the plan alone (as it is stored), not the pool:
 *   explainPlan(plan)            the whole plan as a note: `plan --explain`, `explain PLAN`
 *   explainSubject(plan, name)   one step, VM or host by its id: `explain PLAN NAME`; null when the plan says nothing of it
 *   whyNothing(plan)             why a plan without steps is one
 * whyNot.ts answers "why not host B?" and needs the pool that the plan was made on. Codes: docs/reasons.md.
 */
import type { NotDone, Plan, Step, StepGroup, StepKind } from '../model/plan.ts'
import { duration, grouped, listNames } from '../model/text.ts'
import { undoLines } from './undo.ts'

/** Steps shown one by one; of more, the first so many and what the others are. */
export interface ExplainOptions {
  readonly stepsShownMax?: number
  /** What was weighed, as lines under the headline (see weighed.ts); it takes the pool, which a stored plan has not. */
  readonly weighed?: readonly string[]
}

const SHOWN_MAX = 40

/** The plan as a note to a colleague: the goal first, why now, each step, what was not done and why, how long, what may go wrong, how to undo it. Lines end with a line feed. */
export function explainPlan(plan: Plan, { stepsShownMax = SHOWN_MAX, weighed = [] }: ExplainOptions = {}): string {
  const parts = [[...headline(plan), ...weighed], plan.steps.length === 0 ? whyNothing(plan) : stepsPart(plan, stepsShownMax), leftPart(plan), plan.steps.length === 0 ? [] : [...timePart(plan), ...riskPart(plan), ...undoPart(plan, stepsShownMax)]]
  return `${parts.filter((part) => part.length > 0).map((part) => part.join('\n')).join('\n\n')}\n`
}

function headline({ goal, reason, steps, complete, hash, baseRevision, objective }: Plan): string[] {
  const what = steps.length === 0 ? 'Nothing is to be done' : countKinds(steps)
  const { before, after, lowerBound } = objective
  const value = steps.length === 0 ? [] : [`Objective: ${grouped(before)} before, ${grouped(after)} after${lowerBound === null ? '' : `; nothing that keeps the same limits is below ${grouped(lowerBound)}${gapText(after, lowerBound)}`}.`]
  const now = steps.length === 0 ? [] : [`Why now: ${sentence(reason.text)}`]
  return [`Goal ${goal}: ${sentence(what)}${complete ? '' : ' Not all that was wished can be reached.'}`, ...now, ...value, `Plan ${hash.slice(0, 12)}, made on revision ${baseRevision} of the pool.`]
}

function gapText(after: number, lowerBound: number): string {
  if (after - lowerBound <= 1e-9 * Math.max(1, Math.abs(after))) return ', so this is proven best'
  return after > 0 ? ` (at most ${((100 * (after - lowerBound)) / after).toFixed(1)} % from the best)` : ''
}

const KIND_WORDS: Readonly<Record<StepKind, readonly [string, string]>> = {
  migrate: ['migration', 'migrations'], startVm: ['VM to start', 'VMs to start'], resumeVm: ['VM to resume', 'VMs to resume'], shutdownVm: ['VM to shut down', 'VMs to shut down'],
  suspendVm: ['VM to suspend', 'VMs to suspend'], powerOn: ['host to power on', 'hosts to power on'], powerOff: ['host to power off', 'hosts to power off'],
}

function countKinds(steps: readonly Step[]): string {
  const counts = new Map<StepKind, number>()
  for (const { kind } of steps) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return [...counts].map(([kind, count]) => `${count} ${KIND_WORDS[kind][count === 1 ? 0 : 1]}`).join(', ')
}

/** What a step does, without its reason. */
export function stepText(step: Step): string {
  switch (step.kind) {
    case 'migrate':
      return `migrate ${step.vm} from ${step.source} to ${step.target}`
    case 'startVm':
      return `start ${step.vm} on ${step.target}`
    case 'resumeVm':
      return `resume ${step.vm} on ${step.target}`
    case 'shutdownVm':
      return `shut down ${step.vm} on ${step.source}`
    case 'suspendVm':
      return `suspend ${step.vm} on ${step.source}`
    case 'powerOn':
      return `power on ${step.host}`
    case 'powerOff':
      return `power off ${step.host}`
  }
}

/** Steps under the group that they belong to, with what it brings and takes; those of no group in one list. */
function stepsPart(plan: Plan, shownMax: number): string[] {
  const grouped = new Set<string>(plan.groups.flatMap(({ steps }) => steps))
  const loose = plan.steps.flatMap(({ id }, number) => (grouped.has(id) ? [] : [number]))
  const numberOf = new Map(plan.steps.map(({ id }, number) => [id as string, number] as const))
  const parts = plan.groups.map((group) => groupPart(plan, group, group.steps.map((id) => numberOf.get(id)!), shownMax))
  return [...(loose.length === 0 ? [] : [['Steps:', ...stepLines(plan, loose, shownMax, '')]]), ...parts].flatMap((part, number) => (number === 0 ? part : ['', ...part]))
}

function groupPart(plan: Plan, group: StepGroup, numbers: readonly number[], shownMax: number): string[] {
  const { text, code } = plan.steps[numbers[0]!]!.reason
  const why = causeOf(text)
  return [`To ${group.name}, because ${why} [${code}]:`, ...stepLines(plan, numbers, shownMax, why), `  ${worthText(group)}`]
}

/** A reason's text without the figures that are added to it for one step (see figures.ts). */
const causeOf = (text: string): string => text.replace(/ \([^()]* of CPU\)$/, '')

function stepLines(plan: Plan, numbers: readonly number[], shownMax: number, known: string): string[] {
  const rest = numbers.slice(shownMax).map((number) => plan.steps[number]!)
  return [...numbers.slice(0, shownMax).map((number) => stepLine(plan, number, known)), ...(rest.length === 0 ? [] : [`  ... and ${rest.length} more: ${countKinds(rest)}.`])]
}

/** `known`: a reason that was told already. */
function stepLine(plan: Plan, number: number, known = ''): string {
  const step = plan.steps[number]!
  const { text, code } = step.reason
  const after = step.after.length === 0 ? '' : `, after ${listNames(step.after)}`
  const isTold = known !== '' && text.startsWith(known)
  const why = isTold ? text.slice(known.length) : `: ${text} [${code}]`
  return `  ${step.id}  ${stepText(step)}${why}; ${timesText(plan, number)}${after}`
}

function timesText({ estimate, steps }: Plan, number: number): string {
  const begin = estimate.beginMs[number]
  const end = estimate.endMs[number]
  const own = steps[number]!.reason.numbers['learnedMigrations'] ?? 0
  const ground = own === 0 ? '' : ` (as ${own} ${own === 1 ? 'migration' : 'migrations'} of it before)`
  return begin === undefined || end === undefined ? `about ${duration(steps[number]!.estimateMs)}` : `begins at ${duration(begin)}, takes ${shortly(end - begin)}${ground}`
}

/** Below two seconds a whole number of them says too little. */
const shortly = (durationMs: number): string => (durationMs < 2_000 ? `${(durationMs / 1000).toFixed(1)} s` : duration(durationMs))

function worthText({ mandatory, benefit, cost }: StepGroup): string {
  const { sentMib = 0, slowedMs = 0 } = cost.amounts
  const takes = `takes ${cost.totalWh.toFixed(1)} Wh${sentMib === 0 ? '' : ` (${gib(sentMib)} sent, guests slowed for ${shortly(slowedMs)} together)`}`
  if (mandatory && cost.totalWh === 0) return 'Must be done.'
  return mandatory ? `Must be done whatever it costs; ${takes}.` : `Brings ${benefit.totalWh.toFixed(1)} Wh${broughtText(benefit)}, ${takes}.`
}

function broughtText({ amounts: { savedWh = 0, shortCoreHours = 0 } }: StepGroup['benefit']): string {
  const parts = [...(savedWh > 0 ? [`${savedWh.toFixed(1)} Wh of power`] : []), ...(shortCoreHours > 0 ? [`${shortCoreHours.toFixed(2)} core hours of demand that would run short`] : [])]
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}

function leftPart({ unmet, notDone }: Plan): string[] {
  const missed = unmet.length === 0 ? [] : ['Not reached:', ...unmet.map(({ text, code }) => `  ${sentence(text)} [${code}]`)]
  const considered = notDone.length === 0 ? [] : ['Considered and not done:', ...notDone.map((one) => `  ${notDoneText(one)}`)]
  return [...missed, ...considered]
}

const notDoneText = ({ reason }: NotDone): string => `${sentence(reason.text)} [${reason.code}]`

function timePart({ estimate, steps }: Plan): string[] {
  const { makespanMs, makespanBoundMs, sentMib } = estimate
  const ground = steps.some(({ reason: { numbers } }) => 'learnedMigrations' in numbers) ? ', reckoned with what migrations here took before' : ''
  const sent = sentMib === 0 ? '' : `, sending ${gib(sentMib)}`
  return [`How long: about ${shortly(makespanMs)}${sent}${ground}; no order of these steps takes less than ${shortly(makespanBoundMs)}.`]
}

function riskPart({ steps, estimate }: Plan): string[] {
  const moves = steps.filter(({ kind }) => kind === 'migrate').length
  const stops = steps.filter(({ kind }) => kind === 'shutdownVm' || kind === 'suspendVm')
  const pause = moves === 0 ? '' : ` Each migrated VM stands still for about ${Math.max(1, Math.round(estimate.downtimeMs / moves))} ms and is slower while it moves; its memory is held at both ends until it has arrived.`
  const down = stops.length === 0 ? '' : ` ${listNames(stops.map((step) => ('vm' in step ? step.vm : step.host)))} will not run until started again.`
  return [`Risk: every state on the way keeps the limits, whichever steps run beside each other. If a step fails, what comes after it is dropped and the rest goes on.${pause}${down}`]
}

function undoPart(plan: Plan, shownMax: number): string[] {
  const lines = undoLines(plan)
  const shown = lines.slice(0, Math.min(shownMax, 8))
  return [`To undo: ${shown.join('; ')}${lines.length > shown.length ? `; and so on, ${lines.length} steps backwards` : ''}.`]
}

/** Why a plan has no steps, as lines: what was wished and why that is not done, or that nobody wished for anything. */
export function whyNothing({ reason, unmet, notDone }: Plan): string[] {
  if (reason.code === 'nothingToDo') return [`Nothing was done because there is nothing to do: ${sentence(reason.text)}`]
  if (unmet.length === 0 && notDone.length > 0 && notDone.every((one) => one.reason.code === 'searchCutShort')) return [`What is wished: ${sentence(reason.text)}`, 'Nothing was done because the search ended before it found anything better:']
  if (unmet.length + notDone.length > 0) return [`What is wished: ${sentence(reason.text)}`, 'Nothing was done because that can\'t be reached, or does not pay:']
  return [`What is wished: ${sentence(reason.text)}`, 'Nothing was done because no change was found that comes nearer to it and keeps every limit.']
}

/** What the plan says of one step, VM or host, by its id; null when it says nothing. */
export function explainSubject(plan: Plan, name: string): string | null {
  const numbers = plan.steps.flatMap((step, number) => (concerns(step, name) ? [number] : []))
  const groups = plan.groups.filter(({ steps }) => steps.some((id) => numbers.some((number) => plan.steps[number]!.id === id)))
  const notDone = plan.notDone.filter(({ vms, hosts }) => [...vms, ...hosts].some((subject) => subject === name))
  const unmet = plan.unmet.filter(({ text }) => names(text, name))
  if (numbers.length + notDone.length + unmet.length === 0) return null
  const lines = [
    `Goal ${plan.goal}: ${sentence(plan.reason.text)}`, ...numbers.map((number) => stepLine(plan, number)), ...waitersOf(plan, numbers, name),
    ...groups.map((group) => `  part of "${group.name}" (${group.steps.length} ${group.steps.length === 1 ? 'step' : 'steps'}): ${worthText(group)}`), ...unmet.map(({ text, code }) => `  not reached: ${sentence(text)} [${code}]`), ...notDone.map((one) => `  not done: ${notDoneText(one)}`),
  ]
  return `${lines.join('\n')}\n`
}

const concerns = (step: Step, name: string): boolean => Object.entries(step).some(([key, value]) => (key === 'id' || key === 'vm' || key === 'host' || key === 'source' || key === 'target') && value === name)

/** What waits for the one step asked about. */
function waitersOf({ steps }: Plan, numbers: readonly number[], name: string): string[] {
  if (numbers.length !== 1 || steps[numbers[0]!]!.id !== name) return []
  const waiting = steps.filter(({ after }) => after.some((id) => id === name)).map(({ id }) => id)
  return waiting.length === 0 ? ['  Nothing waits for it.'] : [`  ${listNames(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'} for it.`]
}

/** Whether a text speaks of the name, as a whole word. */
function names(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    if (!isNameLetter(text[at - 1]) && !isNameLetter(text[at + name.length])) return true
  }
  return false
}

const isNameLetter = (letter: string | undefined): boolean => letter !== undefined && /[A-Za-z0-9_-]/.test(letter)
const sentence = (text: string): string => (/[.!?:]$/.test(text) ? text : `${text}.`)
const gib = (mib: number): string => (mib < 1024 ? `${Math.round(mib)} MiB` : `${(mib / 1024).toFixed(1)} GiB`)
