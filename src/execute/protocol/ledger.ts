import type { HostId, VmId } from '../../model/ids.ts'
import type { TrustRecord } from '../../model/livePool.ts'
import type { MaintenanceRecord } from '../../model/maintenanceRecord.ts'
import type { HostMode } from '../../model/pool.ts'
import { invariant } from '../../model/result.ts'
import type { Clearance, HostTrouble, Intent, JournalRecord, LedgerValue, Outcome, VmTrouble } from './records.ts'
import { HOST_CLEAR, type RetryTimes, VM_CLEAR, afterFailure } from './trouble.ts'

/** Everything that must survive a crash. It is the fold of the journal's records, and nothing else changes it. */
export interface Ledger {
  /** Of the last record in it; 0 before the first. */
  readonly sequence: number
  readonly epoch: number
  readonly snapshotSequence: number
  /** Hosts that people took out, until they give them back. */
  readonly modes: ReadonlyMap<HostId, HostMode>
  /** Hosts that carry a cordon of ours. */
  readonly cordons: ReadonlySet<HostId>
  readonly open: ReadonlyMap<string, Intent>
  readonly vms: ReadonlyMap<VmId, VmTrouble>
  readonly hosts: ReadonlyMap<HostId, HostTrouble>
  /** Why nothing may be done until a person looks; null = something may. */
  readonly halted: string | null
  /** Null: nothing was ever said of it. */
  readonly trust: TrustRecord | null
  /** Null: nothing was ever said of it. */
  readonly maintenance: MaintenanceRecord | null
}

export const EMPTY_LEDGER: Ledger = { sequence: 0, epoch: 0, snapshotSequence: 0, modes: new Map(), cordons: new Set(), open: new Map(), vms: new Map(), hosts: new Map(), halted: null, trust: null, maintenance: null }

/** The state that the records tell. */
export const replay = (records: readonly JournalRecord[], times: RetryTimes, from: Ledger = EMPTY_LEDGER): Ledger => records.reduce((ledger, record) => applyRecord(ledger, record, times), from)

/** Enters one record. Throws on one that does not follow: a gap, an older epoch, a second intent with the same id. */
export function applyRecord(before: Ledger, record: JournalRecord, times: RetryTimes): Ledger {
  invariant(before.sequence === 0 || record.sequence === before.sequence + 1, `record ${record.sequence} follows ${before.sequence}`)
  invariant(record.epoch >= before.epoch, `record ${record.sequence} is of epoch ${record.epoch}, after ${before.epoch}`)
  const ledger = { ...before, sequence: record.sequence, epoch: record.epoch }
  switch (record.kind) {
    case 'epoch':
      return ledger
    case 'intent':
      return opened(ledger, record.body)
    case 'outcome':
      return closed(ledger, record.body, record.atUnixMs, times)
    case 'cordon':
      return { ...ledger, modes: record.body.mode === 'available' ? without(ledger.modes, record.body.host) : put(ledger.modes, record.body.host, record.body.mode) }
    case 'halt':
      return { ...ledger, halted: record.body.why }
    case 'clear':
      return cleared(ledger, record.body.what, record.atUnixMs)
    case 'trust':
      return { ...ledger, trust: record.body }
    case 'maintenance':
      return { ...ledger, maintenance: record.body }
    case 'snapshot':
      return { ...fromValue(record.body), sequence: record.sequence, epoch: record.epoch, snapshotSequence: record.sequence }
  }
}

function opened(ledger: Ledger, intent: Intent): Ledger {
  invariant(!ledger.open.has(intent.id), `intent ${intent.id} is open already`)
  const { action } = intent
  // From the intent on a host may carry our flag; whether it does, a look tells.
  const cordons = action.kind === 'cordon' && action.cordoned ? new Set([...ledger.cordons, action.host]) : ledger.cordons
  return { ...ledger, cordons, open: put(ledger.open, intent.id, intent) }
}

function closed(ledger: Ledger, outcome: Outcome, atMs: number, times: RetryTimes): Ledger {
  const intent = ledger.open.get(outcome.id)
  invariant(intent !== undefined, `outcome of ${outcome.id}, which is not open`)
  const rest = { ...ledger, open: without(ledger.open, outcome.id) }
  const { action } = intent
  if (action.kind === 'abort') return rest
  if (action.kind === 'cordon') {
    // A flag that may be there stays in the list until a host has shown that it is not.
    return !action.cordoned && outcome.settled === 'done' ? { ...rest, cordons: new Set([...rest.cordons].filter((host) => host !== action.host)) } : rest
  }
  const { step } = action
  switch (step.kind) {
    case 'powerOn':
      return { ...rest, hosts: put(rest.hosts, step.host, { ...hostTrouble(rest, step.host), ...(outcome.settled === 'done' ? { offFor: null } : {}), wakeProvenMs: outcome.settled === 'done' ? atMs : null, ...(outcome.class === 'hostOut' ? { out: outcome.seen } : {}) }) }
    case 'powerOff':
      if (outcome.settled === 'done') return { ...rest, hosts: put(rest.hosts, step.host, { ...hostTrouble(rest, step.host), offFor: step.reason.code }) }
      return outcome.class === null ? rest : { ...rest, hosts: put(rest.hosts, step.host, { ...(rest.hosts.get(step.host) ?? HOST_CLEAR), ...(outcome.class === 'hostOut' ? { out: outcome.seen } : {}) }) }
    case 'migrate':
      return outcome.settled === 'done' ? { ...rest, vms: without(rest.vms, step.vm) } : afterFailure(rest, step, outcome, atMs, times)
    case 'startVm':
    case 'resumeVm':
    case 'shutdownVm':
    case 'suspendVm':
      return rest
  }
}

function cleared(ledger: Ledger, what: Clearance, atMs: number): Ledger {
  switch (what.kind) {
    case 'vm':
      return { ...ledger, vms: without(ledger.vms, what.vm) }
    case 'host':
      return { ...ledger, hosts: put(ledger.hosts, what.host, { ...(ledger.hosts.get(what.host) ?? HOST_CLEAR), out: null }) }
    case 'halt':
      return { ...ledger, halted: null }
    case 'wakeProven':
      return { ...ledger, hosts: put(ledger.hosts, what.host, { ...(ledger.hosts.get(what.host) ?? HOST_CLEAR), wakeProvenMs: atMs }) }
  }
}

/** For snapshots and comparison: equal ledgers have equal values. */
export function toValue(ledger: Ledger): LedgerValue {
  return { modes: pairs(ledger.modes), cordons: [...ledger.cordons].sort(), open: pairs(ledger.open), vms: pairs(ledger.vms), hosts: pairs(ledger.hosts), halted: ledger.halted, trust: ledger.trust, maintenance: ledger.maintenance }
}

export const fromValue = (value: LedgerValue): Ledger => ({
  ...EMPTY_LEDGER, modes: new Map(value.modes), cordons: new Set(value.cordons), open: new Map(value.open), vms: new Map(value.vms), hosts: new Map(value.hosts), halted: value.halted, trust: value.trust ?? null, maintenance: value.maintenance ?? null,
})

export const vmTrouble = (ledger: Ledger, vm: VmId): VmTrouble => ledger.vms.get(vm) ?? VM_CLEAR
export const hostTrouble = (ledger: Ledger, host: HostId): HostTrouble => ledger.hosts.get(host) ?? HOST_CLEAR

const pairs = <Key extends string, Value>(map: ReadonlyMap<Key, Value>): (readonly [Key, Value])[] => [...map].sort(([a], [b]) => (a < b ? -1 : 1))

export function put<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key, value: Value): ReadonlyMap<Key, Value> {
  return new Map(map).set(key, value)
}

export function without<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): ReadonlyMap<Key, Value> {
  if (!map.has(key)) return map
  const rest = new Map(map)
  rest.delete(key)
  return rest
}
