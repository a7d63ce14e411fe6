import { type StepId, stepId } from '../model/ids.ts'
import type { Step, StepOutcome } from '../model/plan.ts'
import type { PeerName } from '../model/policy.ts'
import { type PoolIndex, findHost } from '../model/poolIndex.ts'
import { MODE, NOWHERE, POWER, VM, copyPool, type Pool } from '../model/pool.ts'
import { type Reason, reason } from '../model/result.ts'
import { begin } from '../model/transition.ts'
import { maintenanceGoal } from '../policy/goals/maintenance.ts'
import { placementGoal } from '../policy/goals/placement.ts'
import { draftOf } from '../policy/peers/draft.ts'
import { NO_PEER_MEMORY, type Peer, type PeerAction } from '../policy/peers/peer.ts'
import { PEERS } from '../policy/peers/peers.ts'
import { type Action, serve, stepOf } from '../policy/peers/platform.ts'
import { record, takeNotes } from './adopt.ts'
import { limitsOf } from './conclude.ts'
import { goalView } from './decide.ts'
import type { Input, Output } from './messages.ts'
import { withoutSolve } from './solving.ts'
import { startEvent } from './startEvent.ts'
import type { ControllerConfig, ControllerState, Turned } from './state.ts'

/** Refusals that a real system waits out in its queue; every other ends the step. */
const QUEUED = new Set(['hostOutgoingMax', 'hostIncomingMax', 'poolMigrationsMax', 'poolBootsMax'])

export const peerOf = (name: PeerName): Peer => PEERS[name]

/** A tick under a policy that names a peer: the peer also runs between decisions, as samples come. */
export function peerTick(config: ControllerConfig, peer: Peer, state: ControllerState, input: Input): Turned {
  const { atMs } = input
  if (atMs < state.nextDecisionMs) return mayRun(peer, state, atMs) ? decidePeer(config, peer, state, input) : { state, outputs: [] }
  const nextDecisionMs = atMs + state.policy.decisionIntervalMs
  const { state: next, outputs } = decidePeer(config, peer, { ...withoutSolve(state), nextDecisionMs }, input)
  return { state: next, outputs: [...outputs, { kind: 'wakeAt', atMs: nextDecisionMs }] }
}

/** A peer's time has come, and, unless it runs more often than samples come, there is one that it has not seen. */
function mayRun(peer: Peer, { history, peer: { lastRunMs, seenMs } }: ControllerState, atMs: number): boolean {
  const last = history.at(-1)
  if (last === undefined || (lastRunMs !== null && atMs - lastRunMs < peer.intervalMs)) return false
  return seenMs === null || last.takenAtMs > seenMs || peer.intervalMs < last.intervalMs
}

/**
 * One decision of a peer: what is asked of the platform is served, then the peer names its moves if its time has come.
 * They start in its order as soon as the rule that says whether a step may begin lets them; a step that it refuses is
 * dropped and recorded.
 */
function decidePeer(config: ControllerConfig, peer: Peer, before: ControllerState, { pool, index, atMs }: Input): Turned {
  const served = serveRequests(config, peer, before, pool, atMs)
  const asked = askPeer(peer, served.state, pool, atMs)
  const queued = enqueue(asked.state, pool, [...served.actions, ...asked.actions], peer, atMs)
  const started = startPeerSteps(config, queued.state, pool, index, atMs)
  return { state: started.state, outputs: [...served.outputs, ...queued.outputs, ...started.outputs] }
}

interface Served extends Turned {
  readonly actions: readonly Named[]
}

/** An action of the platform or of the peer, each with its reason. */
type Named = Action | { readonly kind: 'powerOn' | 'powerOff'; readonly host: number; readonly reason: Reason }

function serveRequests(config: ControllerConfig, peer: Peer, before: ControllerState, pool: Pool, atMs: number): Served {
  if (!isAsked(before, pool)) return { state: before, outputs: [], actions: [] }
  const view = goalView(config, before, pool, atMs)
  const maintenance = maintenanceGoal(view, before.maintenance)
  const placement = placementGoal(view, before.placement)
  const noted = takeNotes({ ...before, maintenance: maintenance.memory, placement: placement.memory }, [{ goal: 'maintenance', reason: maintenance.note }, { goal: 'placement', reason: placement.note }], atMs)
  const draft = draftOf({ pool, frames: noted.state.history, atMs, busy: false, movedAtMs: before.movedAtMs, poweredOff: [], failedWakes: [], memory: NO_PEER_MEMORY }, 0)
  const stops = peer.stopsWhatStays ? stopped(before, pool) : []
  const stopping = new Set(stops.map(({ vm }) => vm))
  const actions = serve(draft, [...maintenance.wishes, ...placement.wishes], limitsOf(before, config, pool), (vm) => !stopping.has(vm) && atMs >= (before.failures.get(vm)?.untilMs ?? 0))
  const modes = maintenance.modes.map(({ host, mode }): Output => ({ kind: 'mode', host: pool.hosts[host]!.id, mode }))
  return { state: noted.state, outputs: [...modes, ...noted.outputs], actions: [...stops, ...actions] }
}

/** Whether a VM waits for a place, or a host is on its way through maintenance: else there is nothing to serve. */
const isAsked = ({ maintenance }: ControllerState, pool: Pool): boolean => maintenance.entries.length > 0 || maintenance.displaced.length > 0 || pool.vmState.subarray(0, pool.vms.length).includes(VM.pending)

/** VMs that failed to leave a host that enters maintenance. */
function stopped({ failures }: ControllerState, pool: Pool): (Action & { readonly kind: 'shutdownVm' })[] {
  return [...failures.keys()].filter((vm) => pool.vmState[vm] === VM.running && pool.hostMode[pool.vmHost[vm]!] === MODE.entering)
    .map((vm) => ({ kind: 'shutdownVm', vm, reason: reason('evacuationFailed', `${pool.vms[vm]!.id} could not be migrated off its host and is stopped`) }))
}

function askPeer(peer: Peer, state: ControllerState, pool: Pool, atMs: number): { readonly state: ControllerState; readonly actions: readonly Named[] } {
  const { progress, history, movedAtMs } = state
  const { memory, failedWakes } = state.peer
  if (!mayRun(peer, state, atMs)) return { state, actions: [] }
  const poweredOff = state.peer.poweredOff.filter((host) => pool.hostPower[host] === POWER.off)
  const busy = progress.waiting.length + progress.running.length > 0
  const answer = peer.decide({ pool, frames: history, atMs, busy, movedAtMs, poweredOff, failedWakes, memory })
  return { state: { ...state, peer: { lastRunMs: atMs, seenMs: history.at(-1)?.takenAtMs ?? null, memory: answer.memory, poweredOff, failedWakes } }, actions: answer.actions.map(named) }
}

function named(action: PeerAction): Named {
  const why = reason('peer', action.why)
  return action.kind === 'migrate' ? { kind: 'migrate', vm: action.vm, target: action.target, reason: why } : { kind: action.kind, host: action.host, reason: why }
}

/** Puts actions behind those that wait; about a VM or host that has a step already nothing is queued. */
function enqueue(state: ControllerState, pool: Pool, actions: readonly Named[], peer: Peer, atMs: number): Turned {
  const { waiting, running } = state.progress
  const taken = new Set([...waiting, ...running.map(({ step }) => step)].map(subjectOf))
  const prefix = `p${state.planCount}`
  const steps: Step[] = []
  for (const action of actions) {
    const base = { id: stepId(`${prefix}.${steps.length}`), after: [] as readonly StepId[], estimateMs: 0 }
    const step: Step = 'host' in action ? { ...base, kind: action.kind, host: pool.hosts[action.host]!.id, reason: action.reason } : stepOf(pool, action, base)
    if (taken.has(subjectOf(step))) continue
    taken.add(subjectOf(step))
    steps.push(step)
  }
  if (steps.length === 0) return { state, outputs: [] }
  const plan = record({ atMs, kind: 'plan', plan: prefix, goal: 'peer', steps: steps.length, reason: reason('peer', `${peer.name}: ${steps[0]!.reason.text}`, { steps: steps.length }), unmet: [] })
  return { state: { ...state, planCount: state.planCount + 1, progress: { ...state.progress, waiting: [...waiting, ...steps] } }, outputs: [plan] }
}

const subjectOf = (step: Step): string => ('vm' in step ? `vm ${step.vm}` : `host ${step.host}`)

/** Starts what waits, in order, on a copy of the freshest pool. */
export function startPeerSteps(config: ControllerConfig, state: ControllerState, pool: Pool, index: PoolIndex, atMs: number): Turned {
  const { waiting, running } = state.progress
  if (waiting.length === 0) return { state, outputs: [] }
  const draft = copyPool(pool)
  const limits = limitsOf(state, config, pool)
  const still: Step[] = []
  const started: Step[] = []
  const outputs: Output[] = []
  for (const step of waiting) {
    const begun = begin(draft, index, step, limits)
    if (begun.ok) {
      started.push(step)
      outputs.push(record(startEvent(step, atMs)), { kind: 'start', step })
    } else if (QUEUED.has(begun.refusal.code)) still.push(step)
    else outputs.push(record({ atMs, kind: 'note', goal: 'plan', reason: reason(begun.refusal.code, `${step.id} (${step.kind}) is dropped: ${begun.refusal.message}`) }))
  }
  return { state: { ...state, progress: { ...state.progress, waiting: still, running: [...running, ...started.map((step) => ({ step, sinceMs: atMs }))] } }, outputs }
}

/** What the end of a power step means for a peer. */
export function peerLearns(state: ControllerState, index: PoolIndex, step: Step, outcome: StepOutcome): ControllerState {
  if (step.kind !== 'powerOn' && step.kind !== 'powerOff') return state
  const host = findHost(index, step.host)
  if (host === NOWHERE) return state
  const { poweredOff, failedWakes } = state.peer
  if (step.kind === 'powerOff') return outcome === 'done' ? { ...state, peer: { ...state.peer, poweredOff: [...poweredOff, host] } } : state
  return outcome === 'done' ? state : { ...state, peer: { ...state.peer, failedWakes: [...failedWakes.filter((other) => other !== host), host] } }
}
