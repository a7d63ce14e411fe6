import { describe, expect, it } from 'vitest'
import { hostId, vmId } from '../../../src/model/ids.ts'
import { type MetricContext, type MetricLoads, LIVE_METRICS, metricLoads } from '../../../src/observe/metrics/loads.ts'
import type { MetricSeries } from '../../../src/observe/metrics/series.ts'

const NOW = 1_700_000_000_000
const GIB = 2 ** 30

/** Samples every 30 s up to `ageMs` ago; a counter grows by `perS`. */
function series(name: string, host: string, labels: Readonly<Record<string, string>>, value: (atMs: number) => number, ageMs = 10_000, count = 6): MetricSeries {
  const timesMs = Array.from({ length: count }, (_, at) => NOW - ageMs - (count - 1 - at) * 30_000)
  return { labels: new Map(Object.entries({ __name__: name, instance: host, ...labels })), timesMs, values: timesMs.map(value) }
}
const counter = (perS: number) => (atMs: number): number => ((atMs - NOW + 9_000_000) / 1000) * perS
const vmCpu = (host: string, domain: string, cores: number, ageMs?: number): MetricSeries => series('libvirt_domain_info_cpu_time_seconds_total', host, { domain }, counter(cores), ageMs)

const context = (running: Readonly<Record<string, readonly string[]>>, more: Partial<MetricContext> = {}): MetricContext => ({
  nowMs: NOW, ageMaxMs: 180_000, vmLabel: 'domain', hostOf: (labels) => (labels.get('instance')!.startsWith('elsewhere') ? null : hostId(labels.get('instance')!)),
  hosts: Object.entries(running).map(([id, vms]) => ({ id: hostId(id), coreMhz: 2000, running: vms.map((vm) => vmId(vm)) })), ...more,
})
const loads = (all: readonly MetricSeries[], given: MetricContext): MetricLoads => metricLoads(all, given)
const vm = ({ measured }: MetricLoads, name: string) => measured?.vms.get(vmId(name))

describe('loads from a metrics server', () => {
  it('are the growth of counters in cores, memory by the guest’s account, and rates over all disks and interfaces', () => {
    const told = loads([
      vmCpu('a', 'web', 1.5), series('libvirt_domain_vcpu_delay_seconds_total', 'a', { domain: 'web', vcpu: '0' }, counter(0.1)), series('libvirt_domain_vcpu_delay_seconds_total', 'a', { domain: 'web', vcpu: '1' }, counter(0.2)),
      series('libvirt_domain_memory_stats_available_bytes', 'a', { domain: 'web' }, () => 4 * GIB), series('libvirt_domain_memory_stats_usable_bytes', 'a', { domain: 'web' }, () => GIB), series('libvirt_domain_memory_stats_rss_bytes', 'a', { domain: 'web' }, () => 9 * GIB),
      ...['vda', 'vdb'].map((target_device) => series('libvirt_domain_block_stats_read_bytes_total', 'a', { domain: 'web', target_device }, counter(2 ** 20))), series('libvirt_domain_interface_stats_receive_bytes_total', 'a', { domain: 'web', target_device: 'eth0' }, counter(3 * 2 ** 20)),
      ...['0', '1', '2', '3'].map((cpu) => series('node_cpu_seconds_total', 'a', { cpu, mode: 'idle' }, counter(0.25))),
    ], context({ a: ['web'] }))
    expect(vm(told, 'web')!.cpuMhz).toBeCloseTo(3000, 6)
    expect(vm(told, 'web')!.delayRatio).toBeCloseTo(0.3, 6)
    expect(vm(told, 'web')).toMatchObject({ memoryMib: 3072 })
    expect(vm(told, 'web')!.diskMibPerS).toBeCloseTo(2, 6)
    expect(vm(told, 'web')!.networkMibPerS).toBeCloseTo(3, 6)
    expect(told.measured!.hostCpuMhz.get(hostId('a'))).toBeCloseTo(3 * 2000, 6)
    expect(told.measured).toMatchObject({ takenAtMs: NOW - 10_000, intervalMs: 30_000 })
    expect(told.hosts[0]!.ageMs).toBe(10_000)
  })

  it('of samples that are old, alone, of a counter that began anew, or of a host where the VM is not, are not known', () => {
    const restarted = vmCpu('a', 'again', 1)
    const anew: MetricSeries = { ...restarted, values: restarted.values.map((value, at) => (at === 5 ? 0.5 : value)) }
    // Began anew two samples ago and has overtaken the value before by now.
    const told = loads([vmCpu('a', 'old', 1, 181_000), series('libvirt_domain_info_cpu_time_seconds_total', 'a', { domain: 'alone' }, counter(1), 10_000, 1), anew, vmCpu('b', 'elsewhere', 1), vmCpu('a', 'good', 1), vmCpu('elsewhere:9177', 'good', 9)], context({ a: ['old', 'alone', 'again', 'elsewhere', 'good', 'nobody'], b: [] }))
    expect(told.unknownVms).toEqual(['old', 'alone', 'again', 'elsewhere', 'nobody'])
    expect(vm(told, 'good')!.cpuMhz).toBeCloseTo(2000, 6)
  })

  it('are none where nothing is fresh, and say so of each host and metric', () => {
    const told = loads([vmCpu('a', 'web', 1, 200_000)], context({ a: ['web'], b: [] }))
    expect(told.measured).toBeNull()
    expect(told.hosts.map(({ ageMs, arcReclaimableMib, pressureCpuRatio }) => [ageMs, arcReclaimableMib, pressureCpuRatio])).toEqual([[null, null, null], [null, null, null]])
    expect(told.missing).toHaveLength(LIVE_METRICS.length - 1)
    expect(vm(loads([vmCpu('a', 'web', 1)], context({ a: ['web'] })), 'web')).toMatchObject({ memoryMib: NaN, networkMibPerS: NaN, diskMibPerS: NaN, delayRatio: 0 })
  })

  it('have the freshest of several servers or jobs, not their sum', () => {
    const told = loads([series('libvirt_domain_info_cpu_time_seconds_total', 'a', { domain: 'web', job: 'one' }, counter(4), 70_000), series('libvirt_domain_info_cpu_time_seconds_total', 'a', { domain: 'web', job: 'two' }, counter(1))], context({ a: ['web'] }))
    expect(vm(told, 'web')!.cpuMhz).toBeCloseTo(2000, 6)
  })

  it('are never of the future, whatever the server’s clock says', () => {
    expect(loads([vmCpu('a', 'web', 1, -60_000)], context({ a: ['web'] })).measured!.takenAtMs).toBe(NOW)
  })

  it('count a host’s pressure as waiting of its VMs, by what they use, where their own is not told', () => {
    const pressure = series('node_pressure_cpu_waiting_seconds_total', 'a', {}, counter(0.4))
    const told = loads([vmCpu('a', 'web', 3), vmCpu('a', 'db', 1), pressure], context({ a: ['web', 'db'] }))
    expect([vm(told, 'web')!.delayRatio, vm(told, 'db')!.delayRatio].map((ratio) => Number(ratio.toFixed(6)))).toEqual([0.3, 0.1])
    expect(told.hosts[0]!.pressureCpuRatio).toBeCloseTo(0.4, 6)
    const own = loads([vmCpu('a', 'web', 3), series('libvirt_domain_vcpu_delay_seconds_total', 'a', { domain: 'web', vcpu: '0' }, counter(0)), pressure], context({ a: ['web'] }))
    expect(vm(own, 'web')!.delayRatio).toBe(0)
  })

  it('tell what the ZFS cache would give back, beside what is available', () => {
    const told = loads([series('node_zfs_arc_size', 'a', {}, () => 12 * GIB), series('node_zfs_arc_c_min', 'a', {}, () => 2 * GIB), series('node_memory_MemAvailable_bytes', 'a', {}, () => 5 * GIB)], context({ a: [] }))
    expect(told.hosts[0]).toMatchObject({ arcReclaimableMib: 10_240, memoryAvailableMib: 5120, ageMs: 10_000 })
  })
})
