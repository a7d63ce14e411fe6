import { stepId } from '../model/ids.ts'
import { OPERATOR, type Step } from '../model/plan.ts'
import { type PoolIndex, findHost, findVm } from '../model/poolIndex.ts'
import { NOWHERE, type Pool } from '../model/pool.ts'
import { reason } from '../model/result.ts'
import { requestMaintenance } from '../policy/goals/maintenance.ts'
import { afterWake, clearWakeFailures, foundOff } from '../policy/goals/powerSave/memory.ts'
import { giveWay, record, start } from './adopt.ts'
import { hookReason } from './decide.ts'
import { approve } from './gate.ts'
import type { Input, Output, Request } from './messages.ts'
import { rememberMigrations } from './migrationMemory.ts'
import { beginRun } from './runNow.ts'
import { requestPlanned } from './requestPlanned.ts'
import type { ControllerConfig, ControllerState, Turned } from './state.ts'

/** What people ask for: wishes for the next decision, which comes at once, or steps of their own. */
export function request(config: ControllerConfig, state: ControllerState, input: Input & { kind: 'request' }): Turned {
  const { atMs, pool, index } = input
  const wanted = input.request
  const soon: Output = { kind: 'wakeAt', atMs }
  switch (wanted.kind) {
    case 'place':
      return { state: { ...state, nextDecisionMs: Math.min(state.nextDecisionMs, atMs) }, outputs: [soon] }
    case 'migrated': {
      const { migrations, said } = rememberMigrations(state, wanted.samples)
      return { state: { ...state, migrations }, outputs: said === null ? [] : [record({ atMs, kind: 'note', goal: 'migrations', reason: said })] }
    }
    case 'policy': {
      const cleared = giveWay(state, atMs)
      return { state: { ...cleared.state, policy: wanted.policy, standing: wanted.policy, runNow: null, migrations: rememberMigrations({ migrations: state.migrations, policy: wanted.policy }, []).migrations, nextDecisionMs: atMs }, outputs: [record({ atMs, kind: 'request', request: 'policy', reason: reason('policyChanged', `policy ${wanted.policy.name} holds from here on`) }), ...cleared.outputs, soon] }
    }
    case 'maintenanceEnter':
    case 'maintenanceLeave': {
      const host = findHost(index, wanted.host)
      if (host === NOWHERE) return unknownTarget(state, wanted, wanted.host, atMs)
      const method = wanted.kind === 'maintenanceEnter' ? wanted.method : null
      const result = requestMaintenance(pool, state.maintenance, host, wanted.kind === 'maintenanceEnter' ? 'enter' : 'leave', method, atMs)
      const modes = result.modes.map((change): Output => ({ kind: 'mode', host: pool.hosts[change.host]!.id, mode: change.mode }))
      const hooks = modes.some((output) => output.kind === 'mode' && output.mode === 'available') ? [record({ atMs, kind: 'note', goal: 'hook', reason: hookReason(wanted.host, false) })] : []
      const cleared = giveWay(state, atMs)
      return { state: { ...cleared.state, maintenance: result.memory, nextDecisionMs: atMs }, outputs: [record({ atMs, kind: 'request', request: wanted.kind, reason: result.reason }), ...cleared.outputs, ...modes, ...hooks, soon] }
    }
    case 'maintenancePlan':
    case 'maintenanceUnplan':
    case 'maintenanceRoll':
    case 'maintenanceRollStop':
      return requestPlanned(config, state, input, wanted)
    case 'runNow': {
      const { runNow, said } = beginRun(state, wanted.goal, wanted.forMs, atMs, config.baseline !== null)
      const heard = record({ atMs, kind: 'request', request: 'runNow', reason: said })
      if (runNow === state.runNow || runNow === null) return { state, outputs: [heard] }
      const cleared = giveWay(state, atMs)
      // What the goal said before is forgotten, so that what it says now is told, and tells when it is through.
      const notes = new Map(cleared.state.notes)
      notes.delete(wanted.goal)
      return { state: { ...cleared.state, policy: runNow.policy, runNow, notes, nextDecisionMs: atMs }, outputs: [heard, ...cleared.outputs, soon] }
    }
    case 'clearHost': {
      const host = findHost(index, wanted.host)
      if (host === NOWHERE) return unknownTarget(state, wanted, wanted.host, atMs)
      return { state: { ...state, power: clearWakeFailures(state.power, host), nextDecisionMs: atMs }, outputs: [record({ atMs, kind: 'request', request: 'clearHost', reason: reason('hostCleared', `${wanted.host} was looked at by an operator: it may be woken again`) }), soon] }
    }
    case 'wasPoweredOff': {
      const host = findHost(index, wanted.host)
      if (host === NOWHERE) return unknownTarget(state, wanted, wanted.host, atMs)
      return wanted.code === OPERATOR ? { state, outputs: [] } : { state: { ...state, power: foundOff(state.power, host, wanted.code) }, outputs: [] }
    }
    case 'wakeProven': {
      const host = findHost(index, wanted.host)
      return host === NOWHERE ? unknownTarget(state, wanted, wanted.host, atMs) : { state: { ...state, power: afterWake(state.power, host, true, wanted.atMs) }, outputs: [] }
    }
    case 'approve': {
      const approved = approve(state, wanted.plan, atMs)
      const started = start(config, approved.state, pool, index, atMs)
      return { state: started.state, outputs: [...approved.outputs, ...started.outputs] }
    }
    case 'gate':
      return { state: { ...state, gate: wanted.gate, nextDecisionMs: atMs }, outputs: [record({ atMs, kind: 'request', request: 'gate', reason: wanted.why ?? reason('gateChanged', `from here on plans are held to ${wanted.gate}`) }), soon] }
    case 'migrate':
    case 'powerOn':
    case 'powerOff':
      return operatorStep(config, state, input, wanted)
  }
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
