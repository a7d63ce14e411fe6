import * as z from 'zod'
import type { EventFilter, EventMeasure, PlaceMeasure } from '../model/expectation.ts'
import { STEP_KINDS, STEP_OUTCOMES } from '../model/plan.ts'
import { choice, duration, name, strict, text } from './fields.ts'
import { FIGURES } from './figures.ts'

const EVENT_KINDS = ['plan', 'start', 'end', 'note', 'vm', 'host', 'request'] as const

/** One value or a list of them. */
const some = <T extends z.ZodType>(one: T, about: string) => z.union([one, z.array(one).min(1).max(1000)]).optional().meta({ description: about })
const names = (about: string) => some(name('Its name.'), about)
const words = (about: string) => some(text('A word.', 64), about)

const eventFilter = strict({
  kind: choice(EVENT_KINDS, 'Kind of event, as in a run’s `events.ndjson`.'),
  action: some(choice(STEP_KINDS, 'What a step does.'), 'Of steps (`start`, `end`).'),
  vm: names('The VM it is about.'), source: names('Where it leaves.'), target: names('Where it goes.'), host: names('The host it is about.'),
  outcome: some(choice(STEP_OUTCOMES, 'How a step ended.'), 'Of `end`.'),
  change: words('Of `vm` and `host`: what changed.'), goal: words('Of `plan` and `note`: who says it.'), code: words('Code of its reason.'),
  fromMs: duration('Not before.').optional(), toMs: duration('Before.').optional(),
}, 'Events that are counted: those that match all that is given. Steps that somebody else started are left out unless `code: foreign` asks for them.')

/** One limit on the runs of a scenario. */
export const expectation = strict({
  policy: text('The policy whose runs it is about; all without it.', 200).optional(),
  figure: z.enum(FIGURES).optional().meta({ description: 'A figure of the run’s summary.' }),
  class: name('With a figure of `sla`: of the VMs of this class.').optional(),
  events: eventFilter.optional(),
  each: z.enum(['vm', 'host']).optional().meta({ description: 'With `events`: of the VM or host with most of them.' }),
  withinMs: duration('With `events`: in the busiest stretch of this length.', 1000).optional(),
  vms: names('VMs that are on one of the hosts `on` as the run ends; what is limited is how many are elsewhere: none without max.'),
  on: names('With `vms`: these hosts.'),
  min: z.number().optional().meta({ description: 'Least value.' }),
  max: z.number().optional().meta({ description: 'Greatest value.' }),
  ratioTo: text('Compare with the same figure of this policy: `min` and `max` are then of the ratio.', 200).optional(),
  because: text('What it means when it is not kept: a sentence for the table.', 300).optional(),
}, 'A limit; when a run does not keep it, the exit code is 1.').superRefine((fields, context) => {
  const fault = (message: string, path: string[] = []): void => context.addIssue({ code: 'custom', path, message })
  const kinds = (['figure', 'events', 'vms'] as const).filter((key) => fields[key] !== undefined)
  if (kinds.length !== 1) fault(kinds.length === 0 ? 'gives neither figure, events nor vms: say what is limited' : `gives ${kinds.join(' and ')}: keep one`)
  if (fields.events === undefined && (fields.each !== undefined || fields.withinMs !== undefined)) fault('gives each or withinMs without events')
  if (fields.class !== undefined && fields.figure?.startsWith('sla.') !== true) fault('names a class where no figure of sla is limited: give one, such as sla.violationRatio', ['class'])
  if ((fields.vms === undefined) !== (fields.on === undefined)) fault('vms and on belong together: say which VMs are to be on which hosts')
  if (fields.ratioTo !== undefined && fields.figure === undefined) fault('compares what is no figure: leave ratioTo out', ['ratioTo'])
  if (fields.min === undefined && fields.max === undefined && fields.vms === undefined) fault('gives neither min nor max: give at least one')
  if (fields.min !== undefined && fields.max !== undefined && fields.min > fields.max) fault(`is ${fields.min}, above max, which is ${fields.max}`, ['min'])
})
type ExpectationFields = z.output<typeof expectation>

const listOf = <T>(given: T | readonly T[] | undefined): readonly T[] => (given === undefined ? [] : Array.isArray(given) ? (given as readonly T[]) : [given as T])

/** What an expectation counts; null: it is no such one. */
export const eventMeasureOf = ({ events, each, withinMs }: ExpectationFields): EventMeasure | null => (events === undefined ? null : { filter: filterOf(events), each: each ?? null, withinMs: withinMs ?? null })
export const placeMeasureOf = ({ vms, on }: ExpectationFields): PlaceMeasure | null => (vms === undefined ? null : { vms: listOf(vms), hosts: listOf(on) })

function filterOf(fields: NonNullable<ExpectationFields['events']>): EventFilter {
  return {
    kind: fields.kind, actions: listOf(fields.action), vms: listOf(fields.vm), sources: listOf(fields.source), targets: listOf(fields.target), hosts: listOf(fields.host),
    outcomes: listOf(fields.outcome), changes: listOf(fields.change), goals: listOf(fields.goal), codes: listOf(fields.code), fromMs: fields.fromMs ?? 0, toMs: fields.toMs ?? null,
  }
}
