import { type Figure, figureOf } from '../config/figures.ts'
import type { Expectation } from '../config/scenario.ts'
import type { Run } from '../model/run.ts'
import { countElsewhere, measureEvents } from '../report/measureEvents.ts'

/** What of a run is judged; events may be left out where no expectation looks at them. */
export type JudgedRun = Pick<Run, 'summary' | 'events'>

/** How one expectation fared in one run. */
export interface Verdict {
  readonly scenario: string
  readonly policy: string
  readonly seed: number
  /** The figure, or what is counted, in a few words. */
  readonly figure: string
  /** Of the figure, or of its ratio to `ratioTo`. Null: the run has no such figure. */
  readonly value: number | null
  readonly min: number | null
  readonly max: number | null
  readonly ratioTo: string | null
  readonly kept: boolean
  /** What it means when it is not kept. */
  readonly because: string | null
}

/** Whether runs are to be kept with their events to be judged. */
export const looksAtEvents = (expectations: readonly Expectation[]): boolean => expectations.some(({ figure }) => figure === null)

/** Judges the runs of one variant against its expectations. An expectation that no run answers is not kept. */
export function judgeExpectations(expectations: readonly Expectation[], runs: readonly JudgedRun[]): Verdict[] {
  return expectations.flatMap((expectation) => runs.filter(({ summary }) => expectation.policy === null || summary.policy === expectation.policy).map((run) => judge(expectation, run, runs)))
}

function judge(expectation: Expectation, run: JudgedRun, runs: readonly JudgedRun[]): Verdict {
  const { min, max, ratioTo, because } = expectation
  const { scenario, policy, seed } = run.summary
  const own = valueOf(expectation, run)
  const other = ratioTo === null ? null : runs.find(({ summary }) => summary.policy === ratioTo && summary.seed === seed)
  const otherValue = other ? valueOf(expectation, other) : null
  const value = ratioTo === null ? own : own !== null && otherValue !== null && otherValue !== 0 ? own / otherValue : null
  const kept = value !== null && (min === null || value >= min) && (max === null || value <= max)
  return { scenario, policy, seed, figure: nameOf(expectation), value, min, max, ratioTo, kept, because }
}

function valueOf({ figure, events, placed, class: ofClass }: Expectation, run: JudgedRun): number | null {
  if (figure !== null && ofClass !== undefined) return slaOfClass(run, figure, ofClass)
  if (figure !== null) return figureOf(run.summary, figure)
  if (events !== null) return measureEvents(run.events, events)
  return placed === null ? null : countElsewhere(run.events, placed)
}

/** Null: the run has no VMs of the class. */
function slaOfClass({ summary }: JudgedRun, figure: Figure, name: string): number | null {
  const sla = Object.hasOwn(summary.slaByClass, name) ? summary.slaByClass[name] : undefined
  return sla === undefined ? null : figureOf({ ...summary, sla }, figure)
}

function nameOf({ figure, events, placed, class: ofClass }: Expectation): string {
  if (figure !== null) return ofClass === undefined ? figure : `${figure} of class ${ofClass}`
  if (events === null) return `VMs of ${placed?.vms.join(', ')} that are not on ${placed?.hosts.join(' or ')}`
  const { kind, actions, codes, vms, targets, hosts } = events.filter
  const of = [...actions, ...codes, ...vms, ...targets, ...hosts]
  return `events ${kind}${of.length > 0 ? ` (${of.join(', ')})` : ''}${events.each === null ? '' : ` of one ${events.each === 'vm' ? 'VM' : 'host'}`}${events.withinMs === null ? '' : ` within ${events.withinMs / 60_000} min`}`
}

/** One line for each limit that was not kept. */
export function brokenText(verdicts: readonly Verdict[]): string[] {
  return verdicts
    .filter((verdict) => !verdict.kept)
    .map((verdict) => `expectation not met: ${verdict.ratioTo === null ? verdict.figure : `${verdict.figure} relative to ${verdict.ratioTo}`} of ${verdict.policy} (seed ${verdict.seed}) is ${valueText(verdict)}, expected ${limitText(verdict)}${verdict.because === null ? '' : `: ${verdict.because}`}`)
}

const valueText = ({ value }: Verdict): string => (value === null ? 'not known' : String(value))
const limitText = ({ min, max }: Verdict): string => (min !== null && max !== null ? `${min} to ${max}` : min !== null ? `at least ${min}` : `at most ${max ?? 0}`)

/** The same in a few words, for a table: what it means, with the value and the limit. */
export const whyBroken = (verdict: Verdict): string => `${verdict.because ?? verdict.figure} (${valueText(verdict)}, expected ${limitText(verdict)})`
