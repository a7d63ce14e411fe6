import { startReady } from '../execute/walk.ts'
import type { HostId } from '../model/ids.ts'
import { OPERATOR, type Plan, type Step } from '../model/plan.ts'
import type { PoolIndex } from '../model/poolIndex.ts'
import { draftOf, type Pool } from '../model/pool.ts'
import { HOUR_MS } from '../model/resources.ts'
import { reason } from '../model/result.ts'
import type { RunEvent } from '../model/run.ts'
import { stepKey } from '../plan/hash.ts'
import { limitsOf } from './conclude.ts'
import type { Note } from './decide.ts'
import { hostHourOf } from './hostHour.ts'
import { isOptional, mayPass, mustWait } from './hold.ts'
import type { Output } from './messages.ts'
import { withoutSolve } from './solving.ts'
import { startEvent } from './startEvent.ts'
import type { ControllerConfig, ControllerState, Turned } from './state.ts'

export const record = (event: RunEvent): Output => ({ kind: 'record', event })

/** Records what each goal says when it says something new: "why did nothing happen?" is answered there. */
export function takeNotes(state: ControllerState, said: readonly Note[], atMs: number): Turned {
  const fresh = said.filter(({ goal, reason: why, always }) => always === true || state.notes.get(goal) !== why.code)
  if (fresh.length === 0) return { state, outputs: [] }
  const notes = new Map(state.notes)
  for (const { goal, reason: why, always } of fresh) if (always !== true) notes.set(goal, why.code)
  return { state: { ...state, notes }, outputs: fresh.map(({ goal, reason: why }) => record({ atMs, kind: 'note', goal, reason: why })) }
}

/**
 * Makes a new plan the current one. A plan that wants the same VMs and hosts moved as what still waits changes nothing;
 * otherwise the steps that have not begun are dropped and the new ones take their place. Operators' own steps stay.
 */
export function adopt(state: ControllerState, plan: Plan | null, atMs: number): Turned {
  const own = state.progress.waiting.filter((step) => step.reason.code === OPERATOR)
  const old = state.progress.waiting.filter((step) => step.reason.code !== OPERATOR)
  const steps = (plan?.steps ?? []).filter((step) => !isUnderWay(state, step) || 'vm' in step)
  const short = plan?.unmet[0] ?? (state.placement.deferred && state.shortage.unplaced > 0 ? null : reason('allMet', 'Everything that was wished is reached or under way.'))
  const unmet = takeNotes(state, short === null ? [] : [{ goal: 'unmet', reason: short }], atMs)
  // What waits while nothing runs is stuck: then only a plan with the same targets is the same.
  const name = state.progress.running.length > 0 ? subject : stepKey
  if (names(steps, name) === names(old, name)) return { ...unmet, state: { ...unmet.state, plan: unmet.state.plan && { ...unmet.state.plan, confirmedMs: atMs } } }
  const outputs = [...unmet.outputs]
  if (old.length > 0) outputs.push(superseded(old.length, atMs))
  if (plan && steps.length > 0) outputs.push({ kind: 'planned', plan }, record({ atMs, kind: 'plan', plan: `p${state.planCount - 1}`, goal: plan.goal, steps: steps.length, reason: plan.reason, unmet: plan.unmet.slice(0, UNMET_SHOWN) }))
  const made = plan && steps.length > 0 ? { hash: plan.hash, approved: false, confirmedMs: atMs } : unmet.state.plan
  return { state: { ...unmet.state, plan: made, progress: { ...state.progress, waiting: [...own, ...steps], lost: new Set() } }, outputs }
}

/**
 * What waits was planned for other wishes than those that hold now, and what is being solved was asked for them: only
 * operators' own steps stay, the decision that follows plans the rest anew.
 */
export function giveWay(before: ControllerState, atMs: number): Turned {
  const own = before.progress.waiting.filter((step) => step.reason.code === OPERATOR)
  const steps = before.progress.waiting.length - own.length
  const outputs: Output[] = []
  if (before.solving !== null) outputs.push(record({ atMs, kind: 'note', goal: 'optimizer', reason: reason('solveDropped', `${before.solving.id} is dropped: the wishes changed; they are solved anew`) }))
  if (steps > 0) outputs.push(superseded(steps, atMs))
  return { state: { ...withoutSolve(before), progress: steps > 0 ? { ...before.progress, waiting: own } : before.progress }, outputs }
}

const superseded = (steps: number, atMs: number): Output =>
  record({ atMs, kind: 'note', goal: 'plan', reason: reason('superseded', `${steps} steps that had not begun are dropped: the pool or the wishes changed`, { steps }) })

const UNMET_SHOWN = 10

const subject = (step: Step): string => `${step.kind} ${'vm' in step ? step.vm : step.host}`
const names = (steps: readonly Step[], name: (step: Step) => string): string => steps.map(name).sort().join(',')

/** Steps of a VM or host that is on its way already are not wanted twice. */
const isUnderWay = (state: ControllerState, step: Step): boolean =>
  state.progress.running.some(({ step: other }) => ('vm' in step && 'vm' in other && step.vm === other.vm) || ('host' in step && 'host' in other && step.host === other.host))

/** What becomes of a host that was not emptied after all. Moves that were made are kept: each was to a place that is good for long. */
const stillOn = (host: HostId): string => `; ${host} stays on, and what left it stays where it is: it fits there as well, and going back would cost as much again`

/** Starts every step that is ready, on a copy of the freshest pool. */
export function start(config: ControllerConfig, state: ControllerState, pool: Pool, index: PoolIndex, atMs: number): Turned {
  if (state.progress.waiting.length === 0) return { state, outputs: [] }
  const lately = state.startedLately.filter((started) => atMs - started.atMs < HOUR_MS)
  const hostHour = hostHourOf(state.policy.budgets.migrationsPerHostHourMax, lately)
  const walked = startReady(draftOf(pool), index, state.progress, limitsOf(state, config, pool), atMs, (step) => !mayPass(state.gate ?? config.gate ?? 'automatic', state.plan?.approved === true, step) || mustWait(state.policy, step, config.startUnixMs + atMs) || hostHour.isSpent(step))
  const outputs: Output[] = walked.dropped.map(({ step, refusal }) => record({ atMs, kind: 'note', goal: 'plan', reason: reason(refusal.code, `${step.id} (${step.kind}) is dropped: ${refusal.message}${step.kind === 'powerOff' ? stillOn(step.host) : ''}`) }))
  for (const step of walked.started) outputs.push(record(startEvent(step, atMs)), { kind: 'start', step })
  const optional = walked.started.flatMap((step) => (step.kind === 'migrate' && isOptional(step) ? [{ atMs, relieves: step.reason.code === 'relieve', source: step.source, target: step.target }] : []))
  const plan = walked.started.length > 0 && state.plan !== null ? { ...state.plan, confirmedMs: atMs } : state.plan
  return { state: { ...state, plan, progress: walked.progress, startedLately: [...lately, ...optional] }, outputs }
}
