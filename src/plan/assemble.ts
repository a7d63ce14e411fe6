import type { StepId } from '../model/ids.ts'
import type { LoadView } from '../model/loadView.ts'
import type { LearnedMigrations } from '../model/migrations.ts'
import type { NotDone, Plan, PlanEstimate, PlanObjective, Step, StepGroup } from '../model/plan.ts'
import type { PoolIndex } from '../model/poolIndex.ts'
import type { Pool } from '../model/pool.ts'
import type { Reason } from '../model/result.ts'
import type { TransitionLimits } from '../model/transition.ts'
import { boundMs, makespanBound } from './bound.ts'
import { withFigures } from './figures.ts'
import { planHash } from './hash.ts'
import { jobsOf, lanesOf } from './jobs.ts'
import { type Wanted, orderSteps } from './order.ts'
import type { HardRow } from './rows.ts'
import { type Priority, type Schedule, schedule } from './schedule.ts'

/** A group of wanted steps, by their positions. */
export type WantedGroup = Omit<StepGroup, 'steps'> & { readonly wanted: readonly number[] }

/** What a plan is to say and do, before its steps are ordered. */
export interface PlanInput {
  readonly goal: string
  readonly reason: Reason
  readonly wanted: readonly Wanted[]
  readonly groups: readonly WantedGroup[]
  readonly unmet: readonly Reason[]
  readonly notDone: readonly NotDone[]
  readonly objective: PlanObjective
  readonly baseHash: string | null
}

export interface PlanOptions {
  /** Ids of steps are `prefix.number`. */
  readonly prefix: string
  /** Loads for figures and dirty rates; null: no figures, every VM dirties memory as at full use. */
  readonly load: LoadView | null
  /** Amounts that hosts must not exceed beside what the pool itself limits (see hardRows). */
  readonly rows?: readonly HardRow[]
  /** `bySchedule` lists steps as they are to begin, so that whoever starts them in this order comes near to the estimate. */
  readonly order: 'asWanted' | 'bySchedule'
}

/** Orders, times, explains and addresses what is wanted. Same input: same bytes. */
export function assemblePlan(pool: Pool, index: PoolIndex, input: PlanInput, limits: TransitionLimits, { prefix, load, rows = [], order }: PlanOptions): Plan {
  const { goal, reason, notDone, objective, baseHash } = input
  const ordered = orderSteps(pool, index, input.wanted, limits, prefix, rows)
  const timed = timedSteps(pool, index, load, ordered.steps, limits, order)
  const unmet = [...input.unmet, ...ordered.unmet]
  const plan: Omit<Plan, 'hash'> = {
    formatVersion: 1, baseRevision: pool.revision, baseHash, goal, reason, complete: unmet.length === 0, unmet, notDone, objective, estimate: timed.estimate, groups: groupsOf(input, timed.steps),
    steps: load === null ? timed.steps : withFigures(pool, index, load, timed.steps),
  }
  return { ...plan, hash: planHash(plan) }
}

/** Steps with their estimate, in the order asked for. Also for steps that were ordered otherwise (see campaign.ts). */
export function timedSteps(pool: Pool, index: PoolIndex, load: LoadView | null, steps: readonly Step[], limits: TransitionLimits, order: PlanOptions['order'], priorities?: readonly Priority[]): { readonly steps: readonly Step[]; readonly estimate: PlanEstimate } {
  if (steps.length === 0) return { steps, estimate: { beginMs: [], endMs: [], makespanMs: 0, makespanBoundMs: 0, sentMib: 0, downtimeMs: 0 } }
  const jobs = jobsOf(pool, index, load, steps)
  const lanes = lanesOf(pool, limits, load)
  const times = schedule(jobs, lanes, priorities)
  const listed = steps.map((_, number) => number)
  if (order === 'bySchedule') listed.sort((a, b) => times.beginMs[a]! - times.beginMs[b]! || times.endMs[a]! - times.endMs[b]! || a - b)
  const { makespanMs, sentMib, downtimeMs }: Schedule = times
  const estimate = {
    beginMs: listed.map((number) => times.beginMs[number]!), endMs: listed.map((number) => times.endMs[number]!), makespanMs, makespanBoundMs: Math.floor(boundMs(makespanBound(jobs, lanes))),
    sentMib: Math.round(sentMib), downtimeMs: load?.migrations === undefined ? downtimeMs : learnedDowntimeMs(load.migrations, steps),
  }
  return { steps: listed.map((number) => steps[number]!), estimate }
}

const learnedDowntimeMs = ({ downtimeMs, vms }: LearnedMigrations, steps: readonly Step[]): number =>
  Math.round(steps.reduce((sum, step) => (step.kind === 'migrate' ? sum + (vms.get(step.vm)?.downtimeMs ?? downtimeMs) : sum), 0))

/** A VM's steps, by way of a third host too, belong to the group that wanted it moved. */
function groupsOf({ wanted, groups }: PlanInput, steps: readonly Step[]): StepGroup[] {
  if (groups.length === 0) return []
  const stepsOf = new Map<string, StepId[]>()
  for (const step of steps) stepsOf.set(subject(step), [...(stepsOf.get(subject(step)) ?? []), step.id])
  return groups.flatMap(({ wanted: positions, ...group }) => {
    const ids = positions.flatMap((position) => stepsOf.get(subject(wanted[position]!)) ?? [])
    return ids.length === 0 ? [] : [{ ...group, steps: ids }]
  })
}

const subject = (step: Wanted): string => ('vm' in step ? `vm ${step.vm}` : `${step.kind} ${step.host}`)
