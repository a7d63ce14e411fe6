import { hostId, vmId, type HostId, type VmId } from '../../../src/model/ids.ts'
import type { ScenarioEvent, Workload } from '../../../src/model/scenario.ts'
import type { IssueList } from '../reading/issueList.ts'
import { byteOrder, nameFault } from '../reading/names.ts'
import { readRecords, type CsvRow } from '../reading/records.ts'

/** In the order in which they count when they fall on one instant. */
export const RECORDED_KINDS = ['powerOn', 'arrive', 'migrate', 'depart', 'powerOff'] as const
export type RecordedKind = (typeof RECORDED_KINDS)[number]

/** Something that happened in a recorded pool, ms after the run's time 0. A migration's host is its target. */
export type RecordedEvent =
  | { readonly atMs: number; readonly kind: 'arrive' | 'migrate' | 'depart'; readonly vm: VmId; readonly host: HostId }
  | { readonly atMs: number; readonly kind: 'powerOn' | 'powerOff'; readonly vm: null; readonly host: HostId }

/** By time, then as `RECORDED_KINDS` has them, then by name. */
export function inOrder(events: readonly RecordedEvent[]): RecordedEvent[] {
  const rank = (event: RecordedEvent): number => RECORDED_KINDS.indexOf(event.kind)
  return [...events].sort((left, right) => left.atMs - right.atMs || rank(left) - rank(right) || byteOrder(left.vm ?? '', right.vm ?? '') || byteOrder(left.host, right.host))
}

/** Name of the file in a load folder that holds what happened. */
export const RECORDED_FILE = 'recorded.csv'

/** Lines of `recorded.csv`; reading them back gives the same events. */
export function* recordedText(events: readonly RecordedEvent[]): Generator<string, void, undefined> {
  yield 'atMs,kind,vm,host\n'
  for (const { atMs, kind, vm, host } of events) yield `${atMs},${kind},${vm ?? ''},${host}\n`
}

/** Reads `recorded.csv`. Adds an issue for each fault, and for a VM or host that the load does not have. */
export function readRecorded(file: string, chunks: Iterable<Uint8Array>, vms: ReadonlySet<string>, hosts: ReadonlySet<string>, issues: IssueList): RecordedEvent[] {
  const events: RecordedEvent[] = []
  let lastMs = 0
  readRecords(file, chunks, { required: ['atMs', 'kind', 'vm', 'host'], optional: [] }, issues, (row) => {
    const atMs = row.number('atMs', { min: 0, max: 1e14, whole: true })
    if (atMs < lastMs) row.add('atMs', `${atMs} is before the row above: events come in order of time`)
    lastMs = Math.max(lastMs, Number.isNaN(atMs) ? 0 : atMs)
    const event = eventOf(row, atMs, vms, hosts)
    if (event !== null) events.push(event)
  })
  return events
}

function eventOf(row: CsvRow, atMs: number, vms: ReadonlySet<string>, hosts: ReadonlySet<string>): RecordedEvent | null {
  const kind = RECORDED_KINDS.find((known) => known === row.text('kind'))
  if (kind === undefined) row.add('kind', `"${row.text('kind').slice(0, 40)}" was found, one of ${RECORDED_KINDS.join(', ')} was expected`)
  const host = hostId(knownName(row, 'host', hosts))
  if (kind === undefined) return null
  if (kind === 'powerOn' || kind === 'powerOff') {
    if (row.text('vm') !== '') row.add('vm', `a ${kind} has no VM: leave the cell empty`)
    return { atMs, kind, vm: null, host }
  }
  return { atMs, kind, vm: vmId(knownName(row, 'vm', vms)), host }
}

function knownName(row: CsvRow, column: 'vm' | 'host', known: ReadonlySet<string>): string {
  const name = row.text(column)
  if (!known.has(name)) row.add(column, nameFault(name) ?? `${name} is not in ${column === 'vm' ? 'vms.csv' : 'hosts.json'}`)
  return name
}

/** What administrators did, as events of a scenario: what the policy `as-recorded` replays and all others leave out. */
export function scenarioEventsOf(events: readonly RecordedEvent[]): ScenarioEvent[] {
  return events.flatMap((event): ScenarioEvent[] => {
    switch (event.kind) {
      case 'migrate':
        return [{ atMs: event.atMs, kind: 'migrate', vm: event.vm, target: event.host }]
      case 'powerOn':
      case 'powerOff':
        return [{ atMs: event.atMs, kind: event.kind, host: event.host }]
      case 'arrive':
      case 'depart':
        // The workload has these itself.
        return []
    }
  })
}

/** The workload with each VM that came later placed where it was started; without this a policy has to place it. */
export function placedAsRecorded(workload: Workload, events: readonly RecordedEvent[]): Workload {
  const first = new Map(events.flatMap((event) => (event.kind === 'arrive' ? [[event.vm, event.host] as const] : [])))
  return { ...workload, vms: workload.vms.map((entry) => ({ ...entry, host: entry.host ?? first.get(entry.vm.id) ?? null })) }
}
