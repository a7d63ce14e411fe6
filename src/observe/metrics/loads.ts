import type { HostId, VmId } from '../../model/ids.ts'
import type { Measured, VmMeasure } from '../liveSample.ts'
import { type Growth, type MetricSeries, MetricTable, type Reading, growth, latest } from './series.ts'

const VM = {
  cpu: 'libvirt_domain_info_cpu_time_seconds_total', delay: 'libvirt_domain_vcpu_delay_seconds_total', available: 'libvirt_domain_memory_stats_available_bytes', usable: 'libvirt_domain_memory_stats_usable_bytes',
  unused: 'libvirt_domain_memory_stats_unused_bytes', rss: 'libvirt_domain_memory_stats_rss_bytes', read: 'libvirt_domain_block_stats_read_bytes_total', write: 'libvirt_domain_block_stats_write_bytes_total',
  receive: 'libvirt_domain_interface_stats_receive_bytes_total', transmit: 'libvirt_domain_interface_stats_transmit_bytes_total',
} as const
const NODE = {
  cpu: 'node_cpu_seconds_total', memoryAvailable: 'node_memory_MemAvailable_bytes', pressureCpu: 'node_pressure_cpu_waiting_seconds_total', pressureMemory: 'node_pressure_memory_waiting_seconds_total', arc: 'node_zfs_arc_size', arcMin: 'node_zfs_arc_c_min',
} as const

/** What is asked of the server: names as libvirt-exporter and node-exporter have them. */
export const LIVE_METRICS: readonly { readonly name: string; readonly only: { readonly label: string; readonly value: string } | null }[] = [...Object.values(VM), ...Object.values(NODE)].map((name) => ({ name, only: name === NODE.cpu ? { label: 'mode', value: 'idle' } : null }))

/** A pool as libvirt showed it at the same time: what metrics are set against. */
export interface MetricContext {
  readonly nowMs: number
  /** Samples older than this say nothing. */
  readonly ageMaxMs: number
  /** Host that a series is of; null: none of the pool. */
  readonly hostOf: (labels: ReadonlyMap<string, string>) => HostId | null
  readonly vmLabel: string
  readonly hosts: readonly { readonly id: HostId; readonly coreMhz: number; readonly running: readonly VmId[] }[]
}

/** What a host's node metrics say; null: not told, or too old. */
export interface HostMetrics {
  readonly host: HostId
  /** Age of the oldest of its VMs' loads, else of what it told last. */
  readonly ageMs: number | null
  /** Share of time in which some task waited for CPU, and for memory (PSI). */
  readonly pressureCpuRatio: number | null
  readonly pressureMemoryRatio: number | null
  readonly memoryAvailableMib: number | null
  /** Memory of the ZFS cache that it gives back under pressure: beside what is told as available. */
  readonly arcReclaimableMib: number | null
}

export interface MetricLoads {
  /** Times are Unix ms; null: no VM's load is known. */
  readonly measured: Measured | null
  readonly hosts: readonly HostMetrics[]
  /** Metrics that no host of the pool tells. */
  readonly missing: readonly string[]
  /** VMs that run and whose load is not known. */
  readonly unknownVms: readonly VmId[]
}

const MIB = 2 ** 20
/** No name holds it: they are C texts. */
const BOTH = '\0'

/** Loads of the pool's VMs and hosts from a server's latest samples. Nothing is made up: who is not told freshly is not in it. */
export function metricLoads(series: Iterable<MetricSeries>, context: MetricContext): MetricLoads {
  const table = new MetricTable()
  for (const one of series) {
    const host = context.hostOf(one.labels)
    if (host !== null) table.add(one, [host, one.labels.get(context.vmLabel) ?? '', one.labels.get('vcpu') ?? one.labels.get('target_device') ?? one.labels.get('cpu') ?? ''].join(BOTH))
  }
  const oldestMs = context.nowMs - context.ageMaxMs
  const vms = new Map<VmId, VmMeasure>()
  const hostCpuMhz = new Map<HostId, number>()
  const grown: Growth[] = []
  const hosts = context.hosts.map((host): HostMetrics => {
    const figures = hostMetrics(table, host.id, context)
    const own = host.running.flatMap((vm) => {
      const cpu = table.sum(VM.cpu, prefixOf(host.id, vm), (one) => growth(one, oldestMs))
      return cpu === null ? [] : [{ vm, cpu }]
    })
    const cores = ({ value, intervalMs }: Growth): number => (value * 1000) / intervalMs
    const usedCores = own.reduce((sum, { cpu }) => sum + cores(cpu), 0)
    for (const { vm, cpu } of own) vms.set(vm, measureOf(table, prefixOf(host.id, vm), cores(cpu), host.coreMhz, oldestMs, usedCores > 0 && figures.pressureCpuRatio !== null ? (figures.pressureCpuRatio * cores(cpu)) / usedCores : 0))
    const busy = busyCores(table, host.id, oldestMs)
    if (busy !== null) hostCpuMhz.set(host.id, busy * host.coreMhz)
    grown.push(...own.map(({ cpu }) => cpu))
    const oldest = own.reduce((least, { cpu }) => Math.min(least, cpu.atMs), Infinity)
    return { ...figures, ageMs: own.length > 0 ? Math.max(0, context.nowMs - oldest) : figures.ageMs }
  })
  const newest = grown.reduce<Growth | null>((late, one) => (late === null || one.atMs > late.atMs ? one : late), null)
  return {
    hosts, missing: LIVE_METRICS.flatMap(({ name }) => (table.has(name) ? [] : [name])), unknownVms: context.hosts.flatMap(({ running }) => running.filter((vm) => !vms.has(vm))),
    // A server whose clock is ahead of ours must not tell of the future.
    measured: newest === null ? null : { takenAtMs: Math.min(newest.atMs, context.nowMs), intervalMs: newest.intervalMs, vms, hostCpuMhz },
  }
}

const prefixOf = (host: HostId, vm: string): string => [host, vm, ''].join(BOTH)

/** `waitedCores`: what the host's pressure says at the least of a VM whose waiting is not told. */
function measureOf(table: MetricTable, prefix: string, cores: number, coreMhz: number, oldestMs: number, waitedCores: number): VmMeasure {
  const grown = (name: string): Growth | null => table.sum(name, prefix, (one) => growth(one, oldestMs))
  const perS = (names: readonly string[]): number => {
    const rates = names.map(grown).filter((one) => one !== null)
    return rates.length === 0 ? NaN : rates.reduce((sum, { value, intervalMs }) => sum + (value * 1000) / intervalMs / MIB, 0)
  }
  const delay = grown(VM.delay)
  return {
    cpuMhz: cores * coreMhz, delayRatio: delay === null ? waitedCores : (delay.value * 1000) / delay.intervalMs, memoryMib: memoryOf((name) => table.sum(name, prefix, (one) => latest(one, oldestMs))?.value ?? null),
    networkMibPerS: perS([VM.receive, VM.transmit]), diskMibPerS: perS([VM.read, VM.write]),
  }
}

/** The guest's own account where it gives one, else what it holds. */
function memoryOf(read: (name: string) => number | null): number {
  const available = read(VM.available)
  const free = read(VM.usable) ?? read(VM.unused)
  if (available !== null && free !== null && free <= available) return (available - free) / MIB
  const held = read(VM.rss)
  return held === null || held <= 0 ? NaN : held / MIB
}

/** Time in which the host's CPUs did not idle, as cores. */
function busyCores(table: MetricTable, host: HostId, oldestMs: number): number | null {
  let cpus = 0
  const idle = table.sum<Growth>(NODE.cpu, prefixOf(host, ''), (series) => {
    cpus++
    return growth(series, oldestMs)
  })
  return idle === null ? null : Math.max(0, cpus - (idle.value * 1000) / idle.intervalMs)
}

function hostMetrics(table: MetricTable, host: HostId, { nowMs, ageMaxMs }: MetricContext): HostMetrics {
  const oldestMs = nowMs - ageMaxMs
  const prefix = prefixOf(host, '')
  const last = (name: string): Reading | null => table.sum(name, prefix, (one) => latest(one, oldestMs))
  const share = (name: string): number | null => {
    const waited = table.sum(name, prefix, (one) => growth(one, oldestMs))
    return waited === null ? null : Math.min(1, (waited.value * 1000) / waited.intervalMs)
  }
  const [available, arc] = [last(NODE.memoryAvailable), last(NODE.arc)]
  const told = [available, arc, last(NODE.cpu)].filter((one) => one !== null)
  return {
    host, ageMs: told.length === 0 ? null : Math.max(0, nowMs - Math.max(...told.map(({ atMs }) => atMs))), pressureCpuRatio: share(NODE.pressureCpu), pressureMemoryRatio: share(NODE.pressureMemory),
    memoryAvailableMib: available === null ? null : available.value / MIB, arcReclaimableMib: arc === null ? null : Math.max(0, arc.value - (last(NODE.arcMin)?.value ?? 0)) / MIB,
  }
}
