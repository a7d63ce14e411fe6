import { MODE, NOWHERE } from '../model/pool.ts'
import { findHost } from '../model/poolIndex.ts'
import { type Reason, reason } from '../model/result.ts'
import { duration, listNames } from '../model/text.ts'
import type { MaintenanceMemory } from '../policy/goals/maintenance.ts'
import { record } from './adopt.ts'
import type { Input, Request } from './messages.ts'
import type { ControllerConfig, ControllerState, Turned } from './state.ts'

type Wanted = Extract<Request, { kind: 'maintenancePlan' | 'maintenanceUnplan' | 'maintenanceRoll' | 'maintenanceRollStop' }>
interface Heard {
  readonly memory: MaintenanceMemory
  readonly said: Reason
}

/** Maintenance that people ask for ahead of time, or of many hosts one after another. What is due is done at the next decision, which comes at once. */
export function requestPlanned(config: ControllerConfig, state: ControllerState, input: Input & { kind: 'request' }, wanted: Wanted): Turned {
  const { atMs } = input
  const { memory, said } = heardOf(config, state.maintenance, input, wanted)
  return { state: { ...state, maintenance: memory, nextDecisionMs: Math.min(state.nextDecisionMs, atMs) }, outputs: [record({ atMs, kind: 'request', request: wanted.kind, reason: said }), { kind: 'wakeAt', atMs }] }
}

function heardOf(config: ControllerConfig, memory: MaintenanceMemory, input: Input, wanted: Wanted): Heard {
  switch (wanted.kind) {
    case 'maintenancePlan':
      return planned(config, memory, input, wanted)
    case 'maintenanceUnplan':
      return unplanned(memory, input, wanted)
    case 'maintenanceRoll':
      return rolled(memory, input, wanted)
    case 'maintenanceRollStop':
      if (memory.rolling === null) return { memory, said: reason('noRolling', 'no rolling maintenance is under way: nothing is stopped') }
      return { memory: { ...memory, rolling: { ...memory.rolling, waiting: [], stopped: reason('rollingStopped', 'an operator stopped it') } }, said: reason('rollingStopped', `the rolling maintenance is stopped: no further host begins${memory.rolling.waiting.length === 0 ? '' : ` (not begun: ${listNames(memory.rolling.waiting.map((host) => input.pool.hosts[host]!.id))})`}; those that are away go on to their end`) }
  }
}

const unknown = (memory: MaintenanceMemory, name: string): Heard => ({ memory, said: reason('unknown', `${name} is not in the pool: the request is dropped`) })

function planned(config: ControllerConfig, memory: MaintenanceMemory, { atMs, index }: Input, { host: name, atUnixMs, durationMs, method }: Extract<Wanted, { kind: 'maintenancePlan' }>): Heard {
  const host = findHost(index, name)
  if (host === NOWHERE) return unknown(memory, name)
  const beginMs = atUnixMs - config.startUnixMs
  if (durationMs !== null && beginMs + durationMs <= atMs) return { memory, said: reason('maintenanceMissed', `${name}: that maintenance would have ended already; give a later instant`) }
  const others = memory.planned.filter((plan) => plan.host !== host)
  const again = others.length < memory.planned.length ? ', instead of what was planned for it before' : ''
  const stay = durationMs === null ? 'until somebody says that it leaves' : `for ${duration(durationMs)}`
  return { memory: { ...memory, planned: [...others, { host, atMs: beginMs, durationMs, method, warned: false }] }, said: reason('maintenancePlanned', `${name} enters maintenance in ${duration(Math.max(0, beginMs - atMs))}, ${stay}${again}`, { inMs: beginMs - atMs }) }
}

function unplanned(memory: MaintenanceMemory, { index }: Input, { host: name }: Extract<Wanted, { kind: 'maintenanceUnplan' }>): Heard {
  const host = findHost(index, name)
  if (host === NOWHERE) return unknown(memory, name)
  const rest = memory.planned.filter((plan) => plan.host !== host)
  if (rest.length === memory.planned.length) return { memory, said: reason('notPlanned', `no maintenance of ${name} is planned that has not begun`) }
  return { memory: { ...memory, planned: rest }, said: reason('maintenanceUnplanned', `the planned maintenance of ${name} is taken back`) }
}

function rolled(memory: MaintenanceMemory, { pool, index }: Input, { hosts: names, stayMs, method }: Extract<Wanted, { kind: 'maintenanceRoll' }>): Heard {
  if (memory.rolling !== null) return { memory, said: reason('rollingAlready', `a rolling maintenance is under way: ${memory.rolling.waiting.length} hosts wait; stop it first, or wait until it is over`) }
  const missing = names?.find((name) => findHost(index, name) === NOWHERE)
  if (missing !== undefined) return unknown(memory, missing)
  const all = names === null ? pool.hosts.flatMap((_, host) => (pool.hostMode[host] === MODE.available ? [host] : [])) : [...new Set(names.map((name) => findHost(index, name)))]
  const waiting = all.filter((host) => !memory.entries.some((entry) => entry.host === host && entry.phase !== 'leaving'))
  if (waiting.length === 0) return { memory, said: reason('rollingNothing', 'no host is in service that could go through maintenance') }
  return { memory: { ...memory, rolling: { waiting, away: [], finished: [], method, stayMs, stopped: null } }, said: reason('rollingBegins', `${waiting.length} hosts go through maintenance a few at a time: ${listNames(waiting.map((host) => pool.hosts[host]!.id))}; each stays ${stayMs === null ? 'until somebody says that it leaves' : duration(stayMs)}`, { hosts: waiting.length }) }
}
