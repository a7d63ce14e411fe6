import { stepId } from '../model/ids.ts'
import type { MigrateStep, Plan, PowerStep, Step, StepOutcome } from '../model/plan.ts'
import { type PoolIndex, findHost, findVm } from '../model/poolIndex.ts'
import { NOWHERE, copyPool, type Pool } from '../model/pool.ts'
import { HOUR_MS } from '../model/resources.ts'
import { reason } from '../model/result.ts'
import type { RunEvent } from '../model/run.ts'
import { remember } from '../observe/history.ts'
import { endStep, startReady } from '../execute/walk.ts'
import { stepKey } from '../plan/hash.ts'
import { requestMaintenance } from '../policy/goals/maintenance.ts'
import { afterPowerStep } from '../policy/goals/powerSave.ts'
import { baselineStepEnded, decideBaseline } from './baseline.ts'
import { type Note, decide, isUnderWay, limitsOf } from './decide.ts'
import { OPERATOR, isOptional, mustWait } from './hold.ts'
import type { Input, Output, Request } from './messages.ts'
import { startEvent } from './startEvent.ts'
import type { ControllerConfig, ControllerState } from './state.ts'

export interface Turned {
  readonly state: ControllerState
  readonly outputs: readonly Output[]
}

/**
 * The controller: what is known and what just happened in, what is known next and what is to be done out. It never
 * waits, reads no clock and does no I/O; whoever calls it does. The same inputs give the same outputs.
 */
export function turn(config: ControllerConfig, state: ControllerState, input: Input): Turned {
  switch (input.kind) {
    case 'tick':
      return tick(config, state, input)
    case 'stepEnded':
      return stepEnded(config, state, input)
    case 'request':
      return request(config, state, input)
  }
}

function tick(config: ControllerConfig, before: ControllerState, input: Input & { kind: 'tick' }): Turned {
  const { atMs, pool, index } = input
  const keepMs = config.baseline?.historyMs ?? Math.max(before.policy.powerSave.offWindowMs, before.policy.powerSave.onWindowMs, before.policy.observation.ageMaxMs)
  const history = input.samples.reduce((old, sample) => remember(old, pool, sample, before.policy.observation, keepMs), before.history)
  const state = { ...before, history }
  if (atMs < state.nextDecisionMs) return { state, outputs: [] }
  const next = { ...state, nextDecisionMs: atMs + state.policy.decisionIntervalMs }
  const wake: Output = { kind: 'wakeAt', atMs: next.nextDecisionMs }
  if (config.baseline) {
    const decided = decideBaseline(config.baseline, next, pool, atMs)
    return { state: decided.state, outputs: [...decided.outputs, wake] }
  }
  const decided = decide(config, next, pool, index, atMs)
  const modes = decided.modes.map(({ host, mode }): Output => ({ kind: 'mode', host: pool.hosts[host]!.id, mode }))
  const noted = takeNotes(decided.state, decided.notes, atMs)
  const adopted = adopt(noted.state, decided.plan, atMs)
  const started = start(config, adopted.state, pool, index, atMs)
  return { state: started.state, outputs: [...modes, ...noted.outputs, ...adopted.outputs, ...started.outputs, wake] }
}

/** Records what each goal says when it says something new: "why did nothing happen?" is answered there. */
function takeNotes(state: ControllerState, said: readonly Note[], atMs: number): Turned {
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
function adopt(state: ControllerState, plan: Plan | null, atMs: number): Turned {
  const own = state.progress.waiting.filter((step) => step.reason.code === OPERATOR)
  const old = state.progress.waiting.filter((step) => step.reason.code !== OPERATOR)
  const steps = (plan?.steps ?? []).filter((step) => !isUnderWay(state, step) || 'vm' in step)
  const short = plan?.unmet[0] ?? (state.placement.deferred && state.shortage.unplaced > 0 ? null : reason('allMet', 'Everything that was wished is reached or under way.'))
  const unmet = takeNotes(state, short === null ? [] : [{ goal: 'unmet', reason: short }], atMs)
  // What waits while nothing runs is stuck: then only a plan with the same targets is the same.
  const name = state.progress.running.length > 0 ? subject : stepKey
  if (names(steps, name) === names(old, name)) return unmet
  const outputs = [...unmet.outputs]
  if (old.length > 0) outputs.push(superseded(old.length, atMs))
  if (plan && steps.length > 0) outputs.push(record({ atMs, kind: 'plan', plan: `p${state.planCount - 1}`, goal: plan.goal, steps: steps.length, reason: plan.reason, unmet: plan.unmet.slice(0, UNMET_SHOWN) }))
  return { state: { ...unmet.state, progress: { ...state.progress, waiting: [...own, ...steps], lost: new Set() } }, outputs }
}

const superseded = (steps: number, atMs: number): Output =>
  record({ atMs, kind: 'note', goal: 'plan', reason: reason('superseded', `${steps} steps that had not begun are dropped: the pool or the wishes changed`, { steps }) })

const UNMET_SHOWN = 10

const subject = (step: Step): string => `${step.kind} ${'vm' in step ? step.vm : step.host}`
const names = (steps: readonly Step[], name: (step: Step) => string): string => steps.map(name).sort().join(',')

/** Starts every step that is ready, on a copy of the freshest pool. */
function start(config: ControllerConfig, state: ControllerState, pool: Pool, index: PoolIndex, atMs: number): Turned {
  if (state.progress.waiting.length === 0) return { state, outputs: [] }
  const walked = startReady(copyPool(pool), index, state.progress, limitsOf(state, config), atMs, (step) => mustWait(state.policy, step, config.startUnixMs + atMs))
  const outputs: Output[] = walked.dropped.map(({ step, refusal }) => record({ atMs, kind: 'note', goal: 'plan', reason: reason(refusal.code, `${step.id} (${step.kind}) is dropped: ${refusal.message}`) }))
  for (const step of walked.started) outputs.push(record(startEvent(step, atMs)), { kind: 'start', step })
  const optional = walked.started.filter((step) => step.kind === 'migrate' && isOptional(step)).length
  const lately = state.startedAtMs.filter((startMs) => atMs - startMs < HOUR_MS)
  return { state: { ...state, progress: walked.progress, startedAtMs: [...lately, ...new Array<number>(optional).fill(atMs)] }, outputs }
}

function stepEnded(config: ControllerConfig, before: ControllerState, input: Input & { kind: 'stepEnded' }): Turned {
  const learned = config.baseline && baselineStepEnded(before, input)
  if (learned) return learned
  const { atMs, pool, index } = input
  const { progress, ended } = endStep(before.progress, input.step, input.outcome === 'done')
  if (!ended) return { state: before, outputs: [] }
  const state = learn({ ...before, progress }, pool, index, ended.step, input.outcome, atMs)
  return start(config, state, pool, index, atMs)
}

/** Cooldowns, back-offs, displaced VMs and power records after a step. */
function learn(state: ControllerState, pool: Pool, index: PoolIndex, step: Step, outcome: StepOutcome, atMs: number): ControllerState {
  const ok = outcome === 'done'
  switch (step.kind) {
    case 'migrate':
      return ok ? moved(state, pool, index, step, atMs) : backOff(state, pool, findVm(index, step.vm), atMs)
    case 'shutdownVm':
    case 'suspendVm':
      return ok ? displaced(state, pool, findVm(index, step.vm), findHost(index, step.source), step.kind === 'shutdownVm' ? 'shutdown' : 'suspended') : state
    case 'startVm':
    case 'resumeVm':
      return state
    case 'powerOn':
    case 'powerOff':
      return learnPower(state, index, step, ok, atMs)
  }
}

function moved(state: ControllerState, pool: Pool, index: PoolIndex, step: MigrateStep, atMs: number): ControllerState {
  const vm = findVm(index, step.vm)
  if (vm === NOWHERE) return state
  const movedAtMs = new Float64Array(Math.max(pool.vms.length, state.movedAtMs.length)).fill(NaN)
  movedAtMs.set(state.movedAtMs)
  movedAtMs[vm] = atMs
  const failures = new Map(state.failures)
  failures.delete(vm)
  const next = { ...state, movedAtMs, failures }
  return step.reason.code === 'evacuate' ? displaced(next, pool, vm, findHost(index, step.source), 'migrated') : next
}

/** Remembers where a VM was before maintenance took it away; the first home counts while it is still displaced. */
function displaced(state: ControllerState, pool: Pool, vm: number, home: number, how: 'migrated' | 'shutdown' | 'suspended'): ControllerState {
  if (vm === NOWHERE) return state
  const known = state.maintenance.displaced.some((entry) => entry.vm === vm && entry.vmSinceMs === pool.vmSinceMs[vm])
  if (known) return state
  return { ...state, maintenance: { ...state.maintenance, displaced: [...state.maintenance.displaced, { vm, vmSinceMs: pool.vmSinceMs[vm]!, home, how }] } }
}

function backOff(state: ControllerState, pool: Pool, vm: number, atMs: number): ControllerState {
  if (vm === NOWHERE) return state
  const { retryMs, retryMaxMs } = state.policy.budgets
  const before = state.failures.get(vm)
  const count = (before && before.vmSinceMs === pool.vmSinceMs[vm] ? before.count : 0) + 1
  return { ...state, failures: new Map(state.failures).set(vm, { count, untilMs: atMs + Math.min(retryMaxMs, retryMs * 2 ** (count - 1)), vmSinceMs: pool.vmSinceMs[vm]! }) }
}

function learnPower(state: ControllerState, index: PoolIndex, step: PowerStep, ok: boolean, atMs: number): ControllerState {
  const host = findHost(index, step.host)
  if (host === NOWHERE || step.reason.code === OPERATOR) return state
  return { ...state, power: afterPowerStep(state.power, host, step.kind, ok, atMs) }
}

function request(config: ControllerConfig, state: ControllerState, input: Input & { kind: 'request' }): Turned {
  const { atMs, pool, index } = input
  const wanted = input.request
  const soon: Output = { kind: 'wakeAt', atMs }
  switch (wanted.kind) {
    case 'place':
      return { state: { ...state, nextDecisionMs: Math.min(state.nextDecisionMs, atMs) }, outputs: [soon] }
    case 'policy': {
      const cleared = giveWay(state, atMs)
      return { state: { ...cleared.state, policy: wanted.policy, nextDecisionMs: atMs }, outputs: [record({ atMs, kind: 'request', request: 'policy', reason: reason('policyChanged', `policy ${wanted.policy.name} holds from here on`) }), ...cleared.outputs, soon] }
    }
    case 'maintenanceEnter':
    case 'maintenanceLeave': {
      const host = findHost(index, wanted.host)
      if (host === NOWHERE) return unknownTarget(state, wanted, wanted.host, atMs)
      const method = wanted.kind === 'maintenanceEnter' ? wanted.method : null
      const result = requestMaintenance(pool, state.maintenance, host, wanted.kind === 'maintenanceEnter' ? 'enter' : 'leave', method, atMs)
      const modes = result.modes.map((change): Output => ({ kind: 'mode', host: pool.hosts[change.host]!.id, mode: change.mode }))
      const cleared = giveWay(state, atMs)
      return { state: { ...cleared.state, maintenance: result.memory, nextDecisionMs: atMs }, outputs: [record({ atMs, kind: 'request', request: wanted.kind, reason: result.reason }), ...cleared.outputs, ...modes, soon] }
    }
    case 'migrate':
    case 'powerOn':
    case 'powerOff':
      return operatorStep(config, state, input, wanted)
  }
}

/** What waits was planned for other wishes than those that hold now: only operators' own steps stay, the decision that follows plans the rest anew. */
function giveWay(state: ControllerState, atMs: number): Turned {
  const own = state.progress.waiting.filter((step) => step.reason.code === OPERATOR)
  const steps = state.progress.waiting.length - own.length
  if (steps === 0) return { state, outputs: [] }
  return { state: { ...state, progress: { ...state.progress, waiting: own } }, outputs: [superseded(steps, atMs)] }
}

/** An operator's own step goes through the same rule as every other. */
function operatorStep(config: ControllerConfig, state: ControllerState, { atMs, pool, index }: Input, wanted: Extract<Request, { kind: 'migrate' | 'powerOn' | 'powerOff' }>): Turned {
  const why = reason(OPERATOR, `asked for by an operator`)
  const base = { id: stepId(`o${state.planCount}`), after: [], estimateMs: 0, reason: why }
  if (wanted.kind !== 'migrate') return enqueue(config, state, pool, index, { ...base, kind: wanted.kind, host: wanted.host }, atMs)
  const vm = findVm(index, wanted.vm)
  if (vm === NOWHERE || pool.vmHost[vm] === NOWHERE) return unknownTarget(state, wanted, wanted.vm, atMs)
  return enqueue(config, state, pool, index, { ...base, kind: 'migrate', vm: wanted.vm, source: pool.hosts[pool.vmHost[vm]!]!.id, target: wanted.target }, atMs)
}

function enqueue(config: ControllerConfig, state: ControllerState, pool: Pool, index: PoolIndex, step: Step, atMs: number): Turned {
  const next = { ...state, planCount: state.planCount + 1, progress: { ...state.progress, waiting: [...state.progress.waiting, step] } }
  const started = start(config, next, pool, index, atMs)
  return { state: started.state, outputs: [record({ atMs, kind: 'request', request: step.kind, reason: step.reason }), ...started.outputs] }
}

const unknownTarget = (state: ControllerState, wanted: Request, name: string, atMs: number): Turned => ({
  state, outputs: [record({ atMs, kind: 'request', request: wanted.kind, reason: reason('unknown', `${name} is not in the pool or has no place: the request is dropped`) })],
})

const record = (event: RunEvent): Output => ({ kind: 'record', event })
