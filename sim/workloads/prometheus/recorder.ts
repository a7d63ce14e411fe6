import type { Inventory } from '../../../src/config/inventory.ts'
import { hostId, type HostId } from '../../../src/model/ids.ts'
import type { Host } from '../../../src/model/pool.ts'
import { BadInput } from '../../../src/model/result.ts'
import type { InitialHost, WorkloadVm } from '../../../src/model/scenario.ts'
import { issueList, type IssueList } from '../reading/issueList.ts'
import { checkLimits, type Load } from '../load.ts'
import { byteOrder, quoted, vmIdsOf } from '../reading/names.ts'
import type { RecordedRange } from './fold.ts'
import { hearingOf, historyOf, hostsOf, type Hearing } from './hosts.ts'
import { loadsOf, speedOf, type MeasuredStay, type StayLoads } from './loads.ts'
import { claimsOf, placesOf, staysOf, type Stay } from './places.ts'
import { coveredMs } from './power.ts'
import { inOrder, type RecordedEvent } from './recorded.ts'
import { seriesIndex, type MetricSamples, type SeriesIndex, type Subject } from './series.ts'
import { vmOfSize } from '../vm.ts'

/** Days of a pool as they were: hosts, load, and what happened (migrations, power switches, arrivals, departures). */
export interface RecordedPool extends Load {
  readonly hosts: readonly InitialHost[]
  readonly recorded: readonly RecordedEvent[]
}

/** What is imported, Unix ms: [fromMs, toMs) in whole steps. */
export interface ImportRange {
  readonly fromMs: number
  readonly toMs: number
  readonly stepMs: number
}

const STEP_MIN_MS = 10_000
const STEP_MAX_MS = 86_400_000
const STEPS_MAX = 1_000_000
/** As long as Prometheus itself carries a sample on. */
const GAP_MIN_MS = 300_000
const CELLS_MAX = 600_000_000
/** Longer than a migration takes, even a slow one. */
const DISPUTED_MAX_MS = 3_600_000

/** The range in steps, with the longest distance of two samples that is no gap. Throws BadInput when it is none. */
export function recordedRange({ fromMs, toMs, stepMs }: ImportRange): RecordedRange {
  const fault = (path: string, message: string): never => {
    throw new BadInput([{ path, message }])
  }
  if (!Number.isInteger(stepMs) || stepMs < STEP_MIN_MS || stepMs > STEP_MAX_MS) fault('--step', `is ${stepMs} ms: a length of ${STEP_MIN_MS / 1000} s to one day was expected`)
  if (!Number.isSafeInteger(fromMs) || fromMs < 0) fault('--from', 'is no instant after 1970')
  const stepCount = Math.floor((toMs - fromMs) / stepMs)
  if (!(stepCount >= 1)) fault('--to', `is less than a step of ${stepMs / 1000} s after --from: give a later instant`)
  if (stepCount > STEPS_MAX) fault('--to', `is ${stepCount} steps after --from, at most ${STEPS_MAX} are imported: take a longer --step or less time`)
  return { fromMs, stepMs, stepCount, gapMaxMs: Math.max(GAP_MIN_MS, 1.5 * stepMs) }
}

/** The stretch of time, Unix ms, of which samples are wanted: some before and after say what was going on at the ends. */
export const samplesWanted = ({ fromMs, stepMs, stepCount, gapMaxMs }: RecordedRange): { readonly fromMs: number; readonly toMs: number } => ({
  fromMs: fromMs - gapMaxMs, toMs: fromMs + stepCount * stepMs + gapMaxMs,
})

/** Takes samples as they come and makes a recorded pool of them. */
export interface PoolRecorder {
  /** Everything wrong so far; what reads the samples may add to it. */
  readonly issues: IssueList
  /** Samples of one series must come in order of time; series may come in any order and in pieces. */
  add(samples: MetricSamples): void
  /** Throws BadInput with every fault found in the samples. */
  finish(): RecordedPool
}

/** A recorder for a range. `source` names the metrics in messages. */
export function poolRecorder(source: string, inventory: Inventory, range: RecordedRange): PoolRecorder {
  const issues = issueList()
  const index = seriesIndex(inventory, range, issues)
  return {
    issues,
    add: (samples) => index.add(samples),
    finish: () => recordedPool(source, inventory, index, range, issues),
  }
}

/** A recorded pool from all samples at once. Throws BadInput with every fault found. */
export function recordedFromMetrics(samples: Iterable<MetricSamples>, inventory: Inventory, range: ImportRange): RecordedPool {
  const recorder = poolRecorder('metrics', inventory, recordedRange(range))
  for (const series of samples) recorder.add(series)
  return recorder.finish()
}

function recordedPool(source: string, inventory: Inventory, index: SeriesIndex, range: RecordedRange, issues: IssueList): RecordedPool {
  const notes: string[] = []
  if (index.vms.size === 0) issues.add(source, null, () => nothingFound(inventory, index))
  issues.throwIfAny()
  const hosts = hostsOf(inventory, index, issues, notes)
  issues.throwIfAny()
  const hearing = hearingOf(index, spanOf(range))
  const stays = allStays(index, hearing, range, notes)
  if (stays.length === 0) issues.add(source, null, () => 'no VM runs on any host from --from to --to: check the range')
  const named = measuredStays(stays, index, source, issues, notes)
  issues.throwIfAny()
  const histories = [...hosts.values()].map((host) => ({ host, ...historyOf(host, index.hosts.get(host.id), hearing, stays, range, notes) }))
  const speedMhz = Math.max(...[...hosts.values()].map(speedOf))
  const loads = loadsOf(named, hosts, speedMhz, range)
  const vms = named.map((one, column) => workloadVm(one, column, speedMhz, loads, range))
  checkLimits(source, vms, issues)
  issues.throwIfAny()
  notes.push(...remarks(index, vms, hosts, loads))
  const events = [...named.flatMap((one) => stayEvents(one, range)), ...histories.flatMap(({ host, commands }) => commands.map(({ atMs, kind }) => ({ atMs: Math.max(0, atMs - range.fromMs), kind, vm: null, host: host.id })))]
  return {
    workload: { vms, cpu: loads.cpu.series, memory: loads.memory.series, network: loads.network.series, disk: loads.disk.series },
    hosts: histories.map(({ host, power }) => ({ host, power })), startUnixMs: range.fromMs, notes, recorded: inOrder(events),
  }
}

const spanOf = ({ fromMs, stepMs, stepCount }: RecordedRange): { startMs: number; endMs: number } => ({ startMs: fromMs, endMs: fromMs + stepMs * stepCount })

function nothingFound({ hostLabel, vmLabel }: Inventory, index: SeriesIndex): string {
  const strangers = [...index.strangers.keys()].sort(byteOrder).slice(0, 5).map(quoted).join(', ')
  if (strangers !== '') return `no VM of the inventory's hosts: label "${hostLabel}" has other values, such as ${strangers}; write them as instance in the inventory`
  if (index.unnamedCount > 0) return `the series of VMs lack the label "${hostLabel}" or "${vmLabel}": name the right ones as hostLabel and vmLabel in an inventory`
  return 'no series of libvirt-exporter (libvirt_domain_...) from --from to --to: check the range, and that its metrics are there'
}

function allStays(index: SeriesIndex, hearing: Hearing, range: RecordedRange, notes: string[]): Stay[] {
  const heard = (host: string, startMs: number, endMs: number): number => coveredMs(hearing.libvirt.get(host) ?? [], startMs, endMs)
  const stays: Stay[] = []
  for (const vm of [...index.vms.keys()].sort(byteOrder)) {
    const { segments, disputedMs } = placesOf([...index.vms.get(vm)!.values()].flatMap(claimsOf))
    const own = staysOf(vm, segments, spanOf(range), range.gapMaxMs, heard)
    // Seen in a single scrape at the very end: nothing is known of it.
    stays.push(...own.filter(({ arriveMs, departMs }) => (departMs ?? Number.POSITIVE_INFINITY) > (arriveMs ?? range.fromMs)))
    if (own.length > 1) notes.push(`VM ${quoted(vm)} left and came back: each of its ${own.length} stays is a VM of its own, with .2, .3, ... after the name`)
    if (disputedMs > DISPUTED_MAX_MS) notes.push(`VM ${quoted(vm)} runs on two hosts at once for ${Math.round(disputedMs / 60_000)} min: two VMs of one name? Only the one that was first counts`)
  }
  return stays
}

function measuredStays(stays: readonly Stay[], index: SeriesIndex, source: string, issues: IssueList, notes: string[]): MeasuredStay[] {
  if (stays.length * 4 > CELLS_MAX) issues.add(source, null, () => `${stays.length} stays of VMs are more than can be held`)
  const ids = vmIdsOf(stays.map(({ vm }) => vm))
  const renamed = stays.filter(({ vm }, stay) => ids[stay] !== vm && !ids[stay]!.startsWith(`${vm}.`)).length
  if (renamed > 0) notes.push(`${renamed} VMs have names that can't be used as they are: characters other than letters, digits, ".", "_" and "-" became "_"`)
  return stays.map((stay, position) => {
    const subjects = index.vms.get(stay.vm)!
    return { name: ids[position]!, stay, subjects, ...sizeOf(stay, subjects, source, issues) }
  })
}

/** The largest size that the VM had on the hosts of the stay. */
function sizeOf({ vm, segments }: Stay, subjects: ReadonlyMap<string, Subject>, source: string, issues: IssueList): { readonly vcpus: number; readonly memoryMib: number } {
  const own = [...new Set(segments.map(({ host }) => host))].map((host) => subjects.get(host)!)
  const vcpus = Math.max(...own.map((subject) => subject.largest.get('vcpus') ?? subject.parts.get('delayS')?.size ?? 0))
  const memoryMib = Math.ceil(Math.max(...own.map((subject) => subject.largest.get('memoryMax') ?? 0)) / 2 ** 20)
  if (!Number.isInteger(vcpus) || vcpus < 1 || vcpus > 4096) issues.add(source, null, () => `VM ${quoted(vm)}: ${vcpus} vCPUs; libvirt_domain_info_virtual_cpus with 1 to 4096 was expected`)
  if (memoryMib < 1) issues.add(source, null, () => `VM ${quoted(vm)}: no memory size; libvirt_domain_info_maximum_memory_bytes was expected`)
  return { vcpus, memoryMib }
}

function workloadVm({ name, stay, vcpus, memoryMib }: MeasuredStay, index: number, speedMhz: number, loads: StayLoads, range: RecordedRange): WorkloadVm {
  return {
    vm: vmOfSize(name, { vcpus, cpuMhz: vcpus * speedMhz, memoryMib }),
    arriveMs: stay.arriveMs === null ? 0 : stay.arriveMs - range.fromMs,
    departMs: stay.departMs === null ? null : stay.departMs - range.fromMs,
    host: stay.arriveMs === null ? hostId(stay.segments[0]!.host) : null,
    cpuColumn: loads.cpu.columns[index]!, memoryColumn: loads.memory.columns[index]!, networkColumn: loads.network.columns[index]!, diskColumn: loads.disk.columns[index]!,
  }
}

function stayEvents({ name, stay }: MeasuredStay, range: RecordedRange): RecordedEvent[] {
  const { segments, arriveMs, departMs } = stay
  const at = (unixMs: number): number => Math.max(0, unixMs - range.fromMs)
  const host = (position: number): HostId => hostId(segments[position]!.host)
  const events: RecordedEvent[] = []
  if (arriveMs !== null) events.push({ atMs: at(arriveMs), kind: 'arrive', vm: name, host: host(0) })
  for (let position = 1; position < segments.length; position++) {
    if (host(position) !== host(position - 1)) events.push({ atMs: at(segments[position]!.startMs), kind: 'migrate', vm: name, host: host(position) })
  }
  if (departMs !== null) events.push({ atMs: at(departMs), kind: 'depart', vm: name, host: host(segments.length - 1) })
  return events
}

function remarks(index: SeriesIndex, vms: readonly WorkloadVm[], hosts: ReadonlyMap<string, Host>, loads: StayLoads): string[] {
  const notes: string[] = []
  const noMemory = vms.filter(({ memoryColumn }) => memoryColumn === null).length
  if (noMemory > 0) notes.push(`${noMemory} of ${vms.length} VMs show no memory statistics (balloon driver?): they count as using all of their memory`)
  if (loads.delayedRatio >= 0.001) notes.push(`${(loads.delayedRatio * 100).toFixed(1)} % of the CPU demand is time that vCPUs waited for a core`)
  if (index.conflictCount > 0) notes.push(`${index.conflictCount} samples had the time of the one before and another value: the first counts`)
  if (index.unnamedCount > 0) notes.push(`${index.unnamedCount} series lack the label of the host or VM and were left out`)
  const strangers = [...index.strangers.keys()].sort(byteOrder)
  if (strangers.length > 0) notes.push(`${strangers.length} instances are not in the inventory and were left out: ${strangers.slice(0, 5).map(quoted).join(', ')}${strangers.length > 5 ? ', ...' : ''}`)
  for (const host of hosts.values()) {
    const heldMib = vms.reduce((sum, entry) => sum + (entry.host === host.id ? entry.vm.memoryMib : 0), 0)
    const roomMib = host.capacity.memoryMib - host.reserve.memoryMib
    if (heldMib > roomMib) notes.push(`${host.id} begins with VMs of ${heldMib} MiB and has room for ${roomMib} MiB: memory was overcommitted, a simulation that does not allow that refuses migrations to it`)
  }
  return notes
}
