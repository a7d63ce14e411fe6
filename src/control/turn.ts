import { endStep } from '../execute/walk.ts'
import { type Reason, reason } from '../model/result.ts'
import { remember } from '../observe/history.ts'
import { learnRisk } from '../policy/risk/riskMemory.ts'
import type { Packed, PackingLimits } from '../optimize/packing.ts'
import { adopt, record, start, takeNotes } from './adopt.ts'
import { baselineStepEnded, decideBaseline } from './baseline.ts'
import { conclude } from './conclude.ts'
import { expire, isBound } from './gate.ts'
import { type Question, decide } from './decide.ts'
import { learnDemand } from './foresee.ts'
import { followSchedule } from './schedule.ts'
import { learn } from './learn.ts'
import type { Input, Output } from './messages.ts'
import { peerLearns, peerOf, peerTick, startPeerSteps } from './peer.ts'
import { request } from './request.ts'
import { STALE_MAX, openSolve, stillToDo, whyStale, withoutSolve } from './solving.ts'
import type { ControllerConfig, ControllerState, Turned } from './state.ts'

/**
 * The controller: what is known and what just happened in, what is known next and what is to be done out. It never
 * waits, reads no clock and does no I/O; whoever calls it does. The same inputs give the same outputs.
 */
export function turn(config: ControllerConfig, state: ControllerState, input: Input): Turned {
  switch (input.kind) {
    case 'tick': {
      const scheduled = followSchedule(config, state, input.atMs)
      const expired = expire(config, scheduled.state, input.atMs)
      const ticked = tick(config, expired.state, input)
      const outputs = [...scheduled.outputs, ...expired.outputs]
      return outputs.length === 0 ? ticked : { state: ticked.state, outputs: [...outputs, ...ticked.outputs] }
    }
    case 'stepEnded':
      return stepEnded(config, state, input)
    case 'request':
      return request(config, state, input)
    case 'solved':
      return solved(config, state, input)
  }
}

function tick(config: ControllerConfig, before: ControllerState, input: Input & { kind: 'tick' }): Turned {
  const { atMs, pool } = input
  const keepMs = config.baseline?.historyMs ?? Math.max(before.policy.peer === null ? 0 : peerOf(before.policy.peer).historyMs, before.policy.powerSave.offWindowMs, before.policy.powerSave.onWindowMs, before.policy.observation.ageMaxMs)
  const history = input.samples.reduce((old, sample) => remember(old, pool, sample, before.policy.observation, keepMs), before.history)
  const state = { ...before, history, risk: learnRisk(before.risk, pool, history, before.policy), outlook: learnDemand(config, before, pool, history) }
  const open = state.solving
  if (open !== null && atMs >= open.deadlineMs) return decideHere(config, state, input, reason('solveLate', `${open.id} is not answered within ${state.policy.optimizer.deadlineMs} ms: ${config.fallback.name} decides instead`))
  if (state.policy.peer !== null) return peerTick(config, peerOf(state.policy.peer), state, input)
  if (open !== null || atMs < state.nextDecisionMs) return { state, outputs: [] }
  if (isBound(config, state)) return start(config, state, pool, input.index, atMs)
  if (config.baseline === null) return ask(config, state, input)
  const decided = decideBaseline(config.baseline, nextDecision(state, atMs), pool, atMs)
  return { state: decided.state, outputs: [...decided.outputs, { kind: 'wakeAt', atMs: decided.state.nextDecisionMs }] }
}

const nextDecision = (state: ControllerState, atMs: number): ControllerState => ({ ...withoutSolve(state), nextDecisionMs: atMs + state.policy.decisionIntervalMs })

/** What the goals want, told and noted; `question` is null when they want nothing, and then all is done. */
function wish(config: ControllerConfig, before: ControllerState, { pool, index, atMs }: Input): Turned & { readonly question: Question | null } {
  const { state, question, modes, notes } = decide(config, nextDecision(before, atMs), pool, atMs)
  const noted = takeNotes(state, notes, atMs)
  const outputs = [...modes.map(({ host, mode }): Output => ({ kind: 'mode', host: pool.hosts[host]!.id, mode })), ...noted.outputs]
  if (question !== null) return { state: noted.state, outputs, question }
  const adopted = adopt(noted.state, null, atMs)
  const started = start(config, adopted.state, pool, index, atMs)
  return { state: { ...started.state, staleInARow: 0 }, outputs: [...outputs, ...adopted.outputs, ...started.outputs, wakeFor(started.state, atMs)], question }
}

/** Asks for a placement. Until it is there, steps go on and requests are heard, but nothing further is decided. */
function ask(config: ControllerConfig, before: ControllerState, input: Input): Turned {
  const { state, outputs, question } = wish(config, before, input)
  if (question === null) return { state, outputs }
  const id = `solve-${state.solveCount}`
  const deadlineMs = input.atMs + state.policy.optimizer.deadlineMs
  return {
    state: { ...state, solveCount: state.solveCount + 1, solving: openSolve(id, deadlineMs, input.pool, question, withoutSolve(before).placement) },
    outputs: [...outputs, { kind: 'solve', id, packing: question.arbitrated.packing, limits: limitsOfSolve(state), deadlineMs }],
  }
}

/** Every solve of a run draws from the same seed: what is asked again is answered alike. */
const limitsOfSolve = ({ policy }: ControllerState): PackingLimits => ({ nodesMax: policy.optimizer.nodesMax, seed: 1 })

/** Decides within the turn, with the quick solver, because the other one has no answer that is of use. */
function decideHere(config: ControllerConfig, before: ControllerState, input: Input, why: Reason): Turned {
  const said = record({ atMs: input.atMs, kind: 'note', goal: 'optimizer', reason: why })
  const { state, outputs, question } = wish(config, before, input)
  if (question === null) return { state, outputs: [said, ...outputs] }
  const packed = config.fallback.solve(question.arbitrated.packing, limitsOfSolve(state), () => false)
  const carried = carryOut(config, state, input, question, packed)
  return { state: carried.state, outputs: [said, ...outputs, ...carried.outputs] }
}

function solved(config: ControllerConfig, state: ControllerState, input: Input & { kind: 'solved' }): Turned {
  const { atMs, pool, id, answer } = input
  const open = state.solving
  if (open?.id !== id) return { state, outputs: [record({ atMs, kind: 'note', goal: 'optimizer', reason: reason('solveClosed', `the answer to ${id} is dropped: that solve was answered, given up or replaced before`) })] }
  const stale = whyStale(pool, open, answer)
  if (stale !== null) return again(config, state, input, stale)
  const rest = stillToDo(pool, open, answer)
  return carryOut(config, { ...state, solving: null }, input, rest.question, rest.packed)
}

/** A stale answer is dropped and the question asked anew; where the pool keeps overtaking answers, the quick solver decides. */
function again(config: ControllerConfig, before: ControllerState, input: Input & { kind: 'solved' }, why: Reason): Turned {
  const state = { ...before, staleInARow: before.staleInARow + 1 }
  const dropped = `the answer to ${input.id} is dropped: ${why.text}`
  if (state.staleInARow >= STALE_MAX) return decideHere(config, state, input, reason('solveOvertaken', `${dropped}; so were ${STALE_MAX - 1} before it: ${config.fallback.name} decides instead`))
  const asked = ask(config, state, input)
  return { state: asked.state, outputs: [record({ atMs: input.atMs, kind: 'note', goal: 'optimizer', reason: reason(why.code, `${dropped}; it is solved anew`) }), ...asked.outputs] }
}

/** Makes a plan of an answer, takes it over and starts what may start. */
function carryOut(config: ControllerConfig, before: ControllerState, { pool, index, atMs }: Input, question: Question, packed: Packed): Turned {
  const { state, plan } = conclude(config, { ...before, staleInARow: 0 }, pool, index, question, packed)
  const adopted = adopt(state, plan, atMs)
  const started = start(config, adopted.state, pool, index, atMs)
  return { state: started.state, outputs: [...adopted.outputs, ...started.outputs, wakeFor(started.state, atMs)] }
}

const wakeFor = ({ nextDecisionMs }: ControllerState, atMs: number): Output => ({ kind: 'wakeAt', atMs: Math.max(atMs, nextDecisionMs) })

function stepEnded(config: ControllerConfig, before: ControllerState, input: Input & { kind: 'stepEnded' }): Turned {
  const learned = config.baseline && baselineStepEnded(before, input)
  if (learned) return learned
  const { atMs, pool, index } = input
  const { progress, ended } = endStep(before.progress, input.step, input.outcome === 'done')
  if (!ended) return { state: before, outputs: [] }
  const state = learn({ ...before, progress }, pool, index, ended.step, input.outcome, atMs)
  if (state.policy.peer !== null) return startPeerSteps(config, peerLearns(state, index, ended.step, input.outcome), pool, index, atMs)
  return start(config, state, pool, index, atMs)
}
