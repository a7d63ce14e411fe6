import { describe, expect, it } from 'vitest'
import { parseInventory, type Inventory } from '../../../../src/config/inventory.ts'
import { parseSource } from '../../../../src/config/sourceDocument.ts'
import { BadInput } from '../../../../src/model/result.ts'
import type { LoadSeries } from '../../../../src/model/load.ts'
import { seededRng } from '../../../../sim/random.ts'
import { readLoad } from '../../../../sim/workloads/formats.ts'
import { loadFolderFiles } from '../../../../sim/workloads/loadFolder/loadFolderFiles.ts'
import { recordedFromMetrics, recordedRange, type RecordedPool } from '../../../../sim/workloads/prometheus/recorder.ts'
import type { MetricSamples } from '../../../../sim/workloads/prometheus/series.ts'
import { FROM_MS, HOUR, MINUTE, rendered, samples, type History, type HistoryHost, type HistoryVm } from './history.ts'

const inventoryOf = (text: string): Inventory => parseInventory(parseSource('hosts.yaml', text))

const INVENTORY = inventoryOf(`
defaults: { cores: 16, coreMhz: 2000, memoryMib: "128 GiB", power: { idleW: 100, fullW: 300, bootMs: "2 min", shutdownMs: "1 min" } }
hosts: [{ name: a }, { name: b }, { name: c }]
`)

const alwaysOn = (name: string): HistoryHost => ({ name, heard: null, bootedMs: () => -24 * HOUR })
const vmOn = (name: string, places: HistoryVm['places'], more: Partial<HistoryVm> = {}): HistoryVm => ({ name, vcpus: 4, memoryMib: 4096, places, cores: () => 2, ...more })
const whole = (host: string): HistoryVm['places'] => [{ host, fromMs: -HOUR, toMs: 9 * HOUR }]

const history = (vms: readonly HistoryVm[], more: Partial<History> = {}): History => ({
  durationMs: 4 * HOUR, hosts: ['a', 'b', 'c'].map(alwaysOn), vms, scrapeMs: MINUTE, jitterMs: 5000, incomingMs: 2 * MINUTE, withStates: true, ...more,
})

function imported(all: readonly MetricSamples[], hours = 4, inventory = INVENTORY): RecordedPool {
  return recordedFromMetrics(all, inventory, { fromMs: FROM_MS, toMs: FROM_MS + hours * HOUR, stepMs: 5 * MINUTE })
}

const importHistory = (one: History): RecordedPool => imported(rendered(one, seededRng(1)), one.durationMs / HOUR)

function column(series: LoadSeries | null, index: number): number[] {
  return Array.from({ length: series!.sampleCount }, (_, step) => series!.codes[step * series!.names.length + index]! / series!.divisor)
}
const cpuOf = (pool: RecordedPool, name: string): number[] => column(pool.workload.cpu, pool.workload.cpu!.names.indexOf(name))
const happened = (pool: RecordedPool): string[] => pool.recorded.map(({ kind, vm, host }) => [kind, vm, host].filter((word) => word !== null).join(' '))

function issuesOf(work: () => unknown): string[] {
  try {
    work()
  } catch (error) {
    if (error instanceof BadInput) return error.issues.map(({ path, message }) => `${path}: ${message}`)
    throw error
  }
  return []
}

describe('loads from counters', () => {
  it('are the share of the vCPUs used, whatever the jitter of scrapes', () => {
    const pool = importHistory(history([vmOn('web', whole('a')), vmOn('db', whole('b'), { cores: () => 0.4 })]))
    for (const ratio of cpuOf(pool, 'web')) expect(ratio).toBeCloseTo(0.5, 3)
    for (const ratio of cpuOf(pool, 'db')) expect(ratio).toBeCloseTo(0.1, 3)
    expect(pool.workload.vms.map(({ vm, host, arriveMs, departMs }) => [vm.id, vm.vcpus, vm.memoryMib, vm.cpuMhz, host, arriveMs, departMs])).toEqual([
      ['db', 4, 4096, 8000, 'b', 0, null],
      ['web', 4, 4096, 8000, 'a', 0, null],
    ])
    expect(pool.recorded).toEqual([])
  })

  it('are a gap, never zero, where the exporter was silent', () => {
    const heard = [{ fromMs: -HOUR, toMs: HOUR }, { fromMs: 2 * HOUR, toMs: 9 * HOUR }]
    const pool = importHistory(history([vmOn('web', whole('a'))], { hosts: [{ name: 'a', heard, bootedMs: () => -24 * HOUR }, alwaysOn('b'), alwaysOn('c')] }))
    const ratios = cpuOf(pool, 'web')
    for (const [step, ratio] of ratios.entries()) {
      if (step >= 12 && step < 24) expect(ratio, `step ${step}`).toBeNaN()
      else expect(ratio, `step ${step}`).toBeCloseTo(0.5, 3)
    }
    expect(happened(pool)).toEqual([])
    expect(pool.notes.join('\n')).toMatch(/a was silent for 6[01] min from (59|60) min on without having been off/)
  })

  it('go on after a counter restarted, without a negative or a huge step', () => {
    // A restart too quick for a scrape to miss the VM.
    const pool = importHistory(history([vmOn('web', [{ host: 'a', fromMs: -HOUR, toMs: 2 * HOUR + 7000 }, { host: 'a', fromMs: 2 * HOUR + 8000, toMs: 9 * HOUR }])], { incomingMs: 0 }))
    for (const ratio of cpuOf(pool, 'web')) expect(ratio).toBeCloseTo(0.5, 3)
    expect(happened(pool)).toEqual([])
  })

  it('count time that vCPUs waited for a core as wanted', () => {
    const pool = importHistory(history([vmOn('web', whole('a'), { delay: () => 0.8 }), vmOn('full', whole('a'), { cores: () => 3.5, delay: () => 2 })]))
    for (const ratio of cpuOf(pool, 'web')) expect(ratio).toBeCloseTo(0.7, 3)
    for (const ratio of cpuOf(pool, 'full')) expect(ratio).toBeCloseTo(1, 3)
    expect(pool.notes.join('\n')).toContain('% of the CPU demand is time that vCPUs waited for a core')
  })

  it('sum disks and interfaces in MiB/s', () => {
    const pool = importHistory(history([vmOn('web', whole('a'), { bytesPerS: 2 ** 20 })]))
    for (const rate of column(pool.workload.disk, 0)) expect(rate).toBeCloseTo(2, 2)
    for (const rate of column(pool.workload.network, 0)) expect(rate).toBeCloseTo(1, 2)
  })

  it('are not doubled by a second Prometheus or job that scrapes the same exporter', () => {
    const once = rendered(history([vmOn('web', whole('a'), { bytesPerS: 2 ** 20, delay: () => 0.4 })]), seededRng(1))
    const again = rendered(history([vmOn('web', whole('a'), { bytesPerS: 2 ** 20, delay: () => 0.4 })]), seededRng(2)).map((one) => ({ ...one, labels: new Map([...one.labels, ['replica', 'two']]) }))
    const pool = imported([...once, ...again])
    for (const ratio of cpuOf(pool, 'web')) expect(ratio).toBeCloseTo(0.6, 3)
    for (const rate of column(pool.workload.disk, 0)) expect(rate).toBeCloseTo(2, 2)
    expect(pool.workload.vms).toHaveLength(1)
    expect(imported([...again, ...once])).toEqual(pool)
  })

  it('do not depend on the order of doubles that contradict each other', () => {
    const once = rendered(history([vmOn('web', whole('a'))]), seededRng(1))
    const other = rendered(history([vmOn('web', whole('a'), { cores: () => 3 })]), seededRng(1)).map((one) => ({ ...one, labels: new Map([...one.labels, ['replica', 'two']]) }))
    expect(imported([...other, ...once])).toEqual(imported([...once, ...other]))
  })

  it('count work on a slow host as less than the same time on a fast one', () => {
    const unlike = inventoryOf('hosts: [{ name: a, cores: 8, coreMhz: "2 GHz", memoryMib: "64 GiB" }, { name: b, cores: 8, coreMhz: "3 GHz", memoryMib: "64 GiB", performanceFactor: 1.2 }]')
    const pool = imported(rendered(history([vmOn('slow', whole('a')), vmOn('fast', whole('b'))]), seededRng(1)), 4, unlike)
    expect(cpuOf(pool, 'slow')[7]).toBeCloseTo((0.5 * 2000) / 3600, 3)
    expect(cpuOf(pool, 'fast')[7]).toBeCloseTo(0.5, 3)
    expect(pool.workload.vms[0]!.vm.cpuMhz).toBe(4 * 3600)
  })

  it('leave out the end marks of Prometheus, and say when samples contradict each other', () => {
    const all = rendered(history([vmOn('web', whole('a'))]), seededRng(1))
    const marked = all.map((one) => ({ ...one, timesMs: Array.from(one.timesMs).toSpliced(100, 0, one.timesMs[99]! + 1000), values: Array.from(one.values).toSpliced(100, 0, Number.NaN) }))
    expect(imported(marked)).toEqual(imported(all))
    const repeated = all.map((one) => ({ ...one, timesMs: Array.from(one.timesMs).flatMap((atMs) => [atMs, atMs]), values: Array.from(one.values).flatMap((value) => [value, value]) }))
    expect(imported(repeated)).toEqual(imported(all))
    const cpu = all.findIndex(({ labels }) => labels.get('__name__') === 'libvirt_domain_info_cpu_time_seconds_total')
    const doubled = all.with(cpu, { ...all[cpu]!, timesMs: Array.from(all[cpu]!.timesMs).flatMap((atMs) => [atMs, atMs]), values: Array.from(all[cpu]!.values).flatMap((value) => [value, value + 999]) })
    const pool = imported(doubled)
    expect(pool.workload).toEqual(imported(all).workload)
    expect(pool.notes.join('\n')).toMatch(/\d+ samples had the time of the one before and another value/)
  })
})

describe('memory', () => {
  const GIB = 2 ** 30
  const gauges = (names: Record<string, number>): MetricSamples[] => {
    const minutes = Array.from({ length: 300 }, (_, index) => index - 10)
    const labels = { instance: 'a:9177', domain: 'web' }
    const constant = (name: string, value: number): MetricSamples => samples({ __name__: `libvirt_domain_${name}`, ...labels }, minutes.map((minute) => [minute, value] as const))
    return [
      samples({ __name__: 'libvirt_domain_info_cpu_time_seconds_total', ...labels }, minutes.map((minute) => [minute, 1000 + minute] as const)),
      constant('info_virtual_cpus', 2), constant('info_maximum_memory_bytes', 4 * GIB), ...Object.entries(names).map(([name, value]) => constant(`memory_stats_${name}_bytes`, value)),
    ]
  }
  const ratioOf = (names: Record<string, number>): number | null => {
    const { workload } = imported(gauges(names))
    return workload.vms[0]!.memoryColumn === null ? null : column(workload.memory, 0)[5]!
  }

  it('is what the guest sees less what it could give away, also with a balloon', () => {
    expect(ratioOf({ available: 4 * GIB, usable: 3 * GIB, unused: GIB, rss: 4 * GIB })).toBeCloseTo(0.25, 4)
    expect(ratioOf({ available: 2 * GIB, usable: GIB, actual_balloon: 2 * GIB })).toBeCloseTo(0.25, 4)
  })

  it('falls back to unused, then to what the host holds, then to all of it', () => {
    expect(ratioOf({ available: 4 * GIB, unused: GIB, rss: 4 * GIB })).toBeCloseTo(0.75, 4)
    expect(ratioOf({ rss: 2 * GIB })).toBeCloseTo(0.5, 4)
    expect(ratioOf({ rss: 5 * GIB })).toBe(1)
    expect(ratioOf({})).toBeNull()
    expect(imported(gauges({})).notes.join('\n')).toContain('1 of 1 VMs show no memory statistics')
  })
})

describe('places', () => {
  const moving = [{ host: 'a', fromMs: -HOUR, toMs: HOUR }, { host: 'b', fromMs: HOUR, toMs: 2 * HOUR }, { host: 'a', fromMs: 2 * HOUR, toMs: 9 * HOUR }]

  it.each([true, false])('follow migrations, with the incoming copy not taken for the VM (states shown: %s)', (withStates) => {
    const pool = importHistory(history([vmOn('web', moving)], { withStates, incomingMs: 10 * MINUTE }))
    expect(happened(pool)).toEqual(['migrate web b', 'migrate web a'])
    for (const [index, atMs] of [HOUR, 2 * HOUR].entries()) expect(Math.abs(pool.recorded[index]!.atMs - atMs)).toBeLessThanOrEqual(2 * MINUTE)
    expect(pool.workload.vms[0]!.host).toBe('a')
    for (const ratio of cpuOf(pool, 'web')) expect(ratio).toBeCloseTo(0.5, 1)
    expect(cpuOf(pool, 'web').reduce((sum, ratio) => sum + ratio, 0) / 48).toBeCloseTo(0.5, 2)
  })

  it.each([['shown as shut off', 5], ['without states', null]] as const)('are not disturbed by a definition left behind on the source (%s)', (_, state) => {
    const vm = vmOn('web', [{ host: 'a', fromMs: -HOUR, toMs: HOUR }, { host: 'b', fromMs: HOUR, toMs: 9 * HOUR }])
    const minutes = Array.from({ length: 180 }, (__, index) => 61 + index)
    const left = [
      samples({ __name__: 'libvirt_domain_info_cpu_time_seconds_total', instance: 'a:9177', domain: 'web' }, minutes.map((minute) => [minute, 0] as const)),
      ...(state === null ? [] : [samples({ __name__: 'libvirt_domain_info_vstate', instance: 'a:9177', domain: 'web' }, minutes.map((minute) => [minute, state] as const))]),
    ]
    const all = rendered(history([vm], { withStates: state !== null }), seededRng(1)).map((one) => {
      // The left-over goes on in the same series.
      const more = left.find(({ labels }) => JSON.stringify([...labels].sort()) === JSON.stringify([...one.labels].sort()))
      if (more === undefined) return one
      const kept = Array.from(one.timesMs).map((atMs, index) => [atMs, one.values[index]!] as const).filter(([atMs]) => atMs < more.timesMs[0]!)
      return { ...one, timesMs: [...kept.map(([atMs]) => atMs), ...Array.from(more.timesMs)], values: [...kept.map(([, value]) => value), ...Array.from(more.values)] }
    })
    const pool = imported(all)
    expect(happened(pool)).toEqual(['migrate web b'])
    for (const ratio of cpuOf(pool, 'web')) expect(ratio).toBeCloseTo(0.5, 1)
  })

  it('begin on the source when a migration is under way as the samples begin', () => {
    const pool = importHistory(history([vmOn('web', [{ host: 'b', fromMs: -HOUR, toMs: 10 * MINUTE }, { host: 'a', fromMs: 10 * MINUTE, toMs: 9 * HOUR }])], { incomingMs: HOUR }))
    expect(pool.workload.vms[0]!.host).toBe('b')
    expect(happened(pool)).toEqual(['migrate web a'])
  })

  it('keep the owner when an incoming copy is given up', () => {
    const pool = importHistory(history([vmOn('web', whole('a'))]))
    const copy = [
      samples({ __name__: 'libvirt_domain_info_cpu_time_seconds_total', instance: 'b:9177', domain: 'web' }, [[60, 0.1], [61, 0.1], [62, 0.1]]),
      samples({ __name__: 'libvirt_domain_info_vstate', instance: 'b:9177', domain: 'web' }, [[60, 3], [61, 3], [62, 3]]),
    ]
    const tried = imported([...rendered(history([vmOn('web', whole('a'))]), seededRng(1)), ...copy])
    expect(tried.recorded).toEqual([])
    expect(tried.workload.cpu!.codes).toEqual(pool.workload.cpu!.codes)
  })

  it('begin and end with VMs that come and go, each stay a VM of its own', () => {
    const pool = importHistory(history([vmOn('job', [{ host: 'a', fromMs: HOUR, toMs: 2 * HOUR }, { host: 'b', fromMs: 3 * HOUR, toMs: 3.5 * HOUR }]), vmOn('web', whole('a'))]))
    expect(happened(pool)).toEqual(['arrive job a', 'depart job a', 'arrive job.2 b', 'depart job.2 b'])
    const expected = [HOUR, 2 * HOUR, 3 * HOUR, 3.5 * HOUR]
    for (const [index, atMs] of expected.entries()) expect(Math.abs(pool.recorded[index]!.atMs - atMs)).toBeLessThanOrEqual(MINUTE + 10_000)
    const first = pool.workload.vms.find(({ vm }) => vm.id === 'job')!
    expect(first).toMatchObject({ arriveMs: pool.recorded[0]!.atMs, departMs: pool.recorded[1]!.atMs, host: null })
    const ratios = cpuOf(pool, 'job')
    expect(ratios[11]).toBeNaN()
    for (let step = 12; step < 24; step++) expect(ratios[step]).toBeCloseTo(0.5, 3)
    expect(ratios[25]).toBeNaN()
    expect(pool.notes.join('\n')).toContain('VM "job" left and came back')
  })

  it('take a VM for one that went on while its host was silent and it turned up elsewhere', () => {
    const hosts = [{ name: 'a', heard: [{ fromMs: -HOUR, toMs: HOUR }], bootedMs: null }, alwaysOn('b'), alwaysOn('c')]
    const pool = importHistory(history([vmOn('web', [{ host: 'a', fromMs: -HOUR, toMs: HOUR }, { host: 'b', fromMs: 1.5 * HOUR, toMs: 9 * HOUR }])], { hosts }))
    expect(happened(pool)).toEqual(['migrate web b', 'powerOff a'])
    const ratios = cpuOf(pool, 'web')
    expect(ratios[14]).toBeNaN()
    expect(ratios[20]).toBeCloseTo(0.5, 3)
  })

  it('say when one name runs on two hosts at once for long', () => {
    const pool = importHistory(history([vmOn('web', [{ host: 'b', fromMs: -HOUR, toMs: 9 * HOUR }, { host: 'a', fromMs: HOUR, toMs: 9 * HOUR }])]))
    expect(pool.workload.vms.map(({ vm, host }) => [vm.id, host])).toEqual([['web', 'b']])
    for (const ratio of cpuOf(pool, 'web')) expect(ratio).toBeCloseTo(0.5, 3)
    expect(pool.recorded).toEqual([])
    expect(pool.notes.join('\n')).toContain('VM "web" runs on two hosts at once')
  })
})

describe('power states', () => {
  const silentFrom = (name: string, fromMs: number, toMs: number, bootedMs: HistoryHost['bootedMs']): HistoryHost => ({ name, heard: [{ fromMs: -HOUR, toMs: fromMs }, { fromMs: toMs, toMs: 9 * HOUR }], bootedMs })
  const hostsWith = (c: HistoryHost): HistoryHost[] => [alwaysOn('a'), alwaysOn('b'), c]
  const power = (pool: RecordedPool): unknown[] => pool.recorded.map(({ kind, host, atMs }) => [kind, host, Math.round(atMs / MINUTE)])

  it('show an empty host that was switched off and booted again', () => {
    const c = silentFrom('c', HOUR, 3 * HOUR, (atMs) => (atMs < 2 * HOUR ? -24 * HOUR : 3 * HOUR - 90_000))
    const pool = importHistory(history([vmOn('web', whole('a'))], { hosts: hostsWith(c) }))
    // On: so early that two minutes of booting end when it is heard again.
    expect(power(pool)).toEqual([['powerOff', 'c', expect.closeTo(60, -0.5)], ['powerOn', 'c', expect.closeTo(178, -0.5)]])
    expect(pool.hosts.map(({ power: state }) => state)).toEqual(['on', 'on', 'on'])
  })

  it('count an empty silent host as off without boot times, and one with VMs as unreachable', () => {
    const empty = importHistory(history([vmOn('web', whole('a'))], { hosts: hostsWith(silentFrom('c', HOUR, 3 * HOUR, null)) }))
    expect(happened(empty)).toEqual(['powerOff c', 'powerOn c'])
    const held = importHistory(history([vmOn('web', whole('c'))], { hosts: hostsWith(silentFrom('c', HOUR, 3 * HOUR, null)) }))
    expect(happened(held)).toEqual([])
  })

  it('take a host whose boot time did not change for unreachable', () => {
    const pool = importHistory(history([vmOn('web', whole('a'))], { hosts: hostsWith(silentFrom('c', HOUR, 3 * HOUR, () => -24 * HOUR)) }))
    expect(happened(pool)).toEqual([])
    expect(pool.notes.join('\n')).toContain('c was silent for')
  })

  it('stay on when nothing at all was heard: Prometheus was down', () => {
    const hosts = ['a', 'b', 'c'].map((name) => silentFrom(name, HOUR, 2 * HOUR, null))
    const pool = importHistory(history([vmOn('web', whole('a'))], { hosts }))
    expect(happened(pool)).toEqual([])
    expect(cpuOf(pool, 'web')[15]).toBeNaN()
  })

  it('begin off for a host that comes up later or never', () => {
    const late = { name: 'b', heard: [{ fromMs: 2 * HOUR, toMs: 9 * HOUR }], bootedMs: () => 2 * HOUR - MINUTE }
    const pool = importHistory(history([vmOn('web', whole('a'))], { hosts: [alwaysOn('a'), late] }))
    expect(pool.hosts.map(({ host, power: state }) => [host.id, state])).toEqual([['a', 'on'], ['b', 'off'], ['c', 'off']])
    expect(happened(pool)).toEqual(['powerOn b'])
    expect(pool.notes.join('\n')).toContain('c never reported and counts as off')
  })

  it('switch off only after the last VM was seen elsewhere', () => {
    const c = { name: 'c', heard: [{ fromMs: -HOUR, toMs: HOUR }], bootedMs: null }
    const pool = importHistory(history([vmOn('web', [{ host: 'c', fromMs: -HOUR, toMs: HOUR }, { host: 'a', fromMs: HOUR + 3 * MINUTE, toMs: 9 * HOUR }])], { hosts: hostsWith(c) }))
    expect(happened(pool)).toEqual(['migrate web a', 'powerOff c'])
    expect(pool.recorded[1]!.atMs).toBeGreaterThanOrEqual(pool.recorded[0]!.atMs)
  })

  it('ignore a restart that is over before its power model could have gone down and up', () => {
    const pool = importHistory(history([vmOn('web', whole('a'))], { hosts: hostsWith(silentFrom('c', HOUR, HOUR + 9 * MINUTE, (atMs) => (atMs < HOUR ? -24 * HOUR : HOUR + 5 * MINUTE))), scrapeMs: 30_000 }))
    expect(happened(pool)).toEqual(['powerOff c', 'powerOn c'])
    const slow = inventoryOf('defaults: { cores: 16, coreMhz: 2000, memoryMib: "128 GiB", power: { idleW: 1, fullW: 2, bootMs: "9 min", shutdownMs: "1 min" } }\nhosts: [{ name: a }, { name: b }, { name: c }]')
    const restarted = imported(rendered(history([vmOn('web', whole('a'))], { hosts: hostsWith(silentFrom('c', HOUR, HOUR + 9 * MINUTE, (atMs) => (atMs < HOUR ? -24 * HOUR : HOUR + 5 * MINUTE))) }), seededRng(1)), 4, slow)
    expect(happened(restarted)).toEqual([])
    expect(restarted.notes.join('\n')).toContain('a restart')
  })
})

describe('hosts', () => {
  const all = rendered(history([vmOn('web', whole('a'))]), seededRng(1))
  const node = (name: string, value: number, extra: Record<string, string> = {}): MetricSamples => samples({ __name__: name, instance: 'a:9100', ...extra }, [[1, value]])

  it('come from their metrics without an inventory, and assumptions are said', () => {
    const processors = [0, 1, 2, 3].map((cpu) => node('node_cpu_seconds_total', 100, { cpu: String(cpu), mode: 'idle' }))
    const pool = imported([...all.filter(({ labels }) => labels.get('instance')!.startsWith('a:')), ...processors, node('node_memory_MemTotal_bytes', 32 * 2 ** 30), node('node_cpu_scaling_frequency_max_hertz', 2.6e9, { cpu: '0' })], 4, inventoryless)
    expect(pool.hosts).toMatchObject([{ host: { id: 'a', cores: 4, coreMhz: 2600, smtYield: 1, capacity: { cpuMhz: 10_400, memoryMib: 32_768 } }, power: 'on' }])
    expect(pool.notes.join('\n')).toMatch(/power is assumed from the cores/)
  })

  it('without a size are refused, all at once', () => {
    const issues = issuesOf(() => imported(all, 4, inventoryless))
    expect(issues.filter((issue) => issue.includes('its cores are neither'))).toHaveLength(3)
    expect(issues.filter((issue) => issue.includes('its memory is neither'))).toHaveLength(3)
  })

  it('are found by another label, by full instance or without port, and strangers are left out', () => {
    const labelled = all.map((one) => ({ ...one, labels: new Map([...one.labels, ['nodename', `${one.labels.get('instance')!.slice(0, 1)}.example`]]) }))
    const pool = imported(labelled, 4, inventoryOf('hostLabel: nodename\nhosts: [{ name: first, instance: a.example, model: rack-2020 }]'))
    expect(pool.workload.vms[0]!.host).toBe('first')
    expect(pool.notes.join('\n')).toContain('2 instances are not in the inventory and were left out: "b.example", "c.example"')
    expect(issuesOf(() => imported(labelled, 4, inventoryOf('hosts: [{ name: x, instance: "x:1", model: rack-2020 }]'))).join()).toContain('label "instance" has other values, such as "a:')
  })
})

const inventoryless: Inventory = { hostLabel: 'instance', vmLabel: 'domain', hosts: null }

it('a recorded pool is the same after it was written to a load folder and read back', () => {
  const c = { name: 'c', heard: [{ fromMs: -HOUR, toMs: HOUR }, { fromMs: 3 * HOUR, toMs: 9 * HOUR }], bootedMs: null }
  const pool = importHistory(history([
    vmOn('web', [{ host: 'a', fromMs: -HOUR, toMs: HOUR }, { host: 'b', fromMs: HOUR, toMs: 9 * HOUR }], { usedMib: () => 1000, bytesPerS: 123_456 }), vmOn('job', [{ host: 'a', fromMs: HOUR, toMs: 2 * HOUR }]),
  ], { hosts: [alwaysOn('a'), alwaysOn('b'), c] }))
  const files = new Map([...loadFolderFiles(pool, 'a test')].map(([name, pieces]) => [name, new TextEncoder().encode([...pieces].join(''))]))
  const source = { path: 'folder', kind: 'folder' as const, names: [...files.keys()].sort(), open: (name: string) => files.get(name)! }
  const back = readLoad('load', source)
  expect(back).toEqual({ workload: pool.workload, hosts: pool.hosts, startUnixMs: FROM_MS, notes: [] })
})

describe('bad input', () => {
  const all = rendered(history([vmOn('web', whole('a')), vmOn('db', whole('b'))]), seededRng(1))
  const without = (name: string): MetricSamples[] => all.filter(({ labels }) => labels.get('__name__') !== name)

  it('names every VM without a size', () => {
    expect(issuesOf(() => imported(without('libvirt_domain_info_virtual_cpus')))).toEqual([
      'metrics: VM "db": 0 vCPUs; libvirt_domain_info_virtual_cpus with 1 to 4096 was expected',
      'metrics: VM "web": 0 vCPUs; libvirt_domain_info_virtual_cpus with 1 to 4096 was expected',
    ])
    expect(issuesOf(() => imported(without('libvirt_domain_info_maximum_memory_bytes')))).toHaveLength(2)
  })

  it('says that nothing is there', () => {
    expect(issuesOf(() => imported([]))).toEqual(['metrics: no series of libvirt-exporter (libvirt_domain_...) from --from to --to: check the range, and that its metrics are there'])
    expect(issuesOf(() => imported(all.map((one) => ({ ...one, labels: new Map([...one.labels].filter(([name]) => name !== 'domain')) })))).join()).toContain('lack the label')
    expect(issuesOf(() => recordedFromMetrics(all, INVENTORY, { fromMs: FROM_MS - 1000 * HOUR, toMs: FROM_MS - 999 * HOUR, stepMs: 5 * MINUTE })).join()).toContain('no VM runs on any host')
  })

  it('refuses negative, infinite and out-of-order samples, each with its place', () => {
    const labels = { __name__: 'libvirt_domain_info_cpu_time_seconds_total', instance: 'a:9177', domain: 'odd' }
    const issues = issuesOf(() => imported([...all, samples(labels, [[1, 5], [3, 7], [2, 6], [4, -1], [5, Number.POSITIVE_INFINITY]])]))
    expect(issues).toHaveLength(3)
    expect(issues[0]).toMatch(/^made-up:3: .*comes after a later sample/)
    expect(issues[1]).toMatch(/^made-up:4: .*is -1 at/)
    expect(issues[2]).toMatch(/^made-up:5: .*is Infinity at/)
  })

  it.each([
    [{ fromMs: FROM_MS, toMs: FROM_MS, stepMs: 300_000 }, '--to: is less than a step of 300 s after --from'],
    [{ fromMs: FROM_MS, toMs: FROM_MS - HOUR, stepMs: 300_000 }, '--to: is less than a step'],
    [{ fromMs: FROM_MS, toMs: FROM_MS + HOUR, stepMs: 500 }, '--step: is 500 ms'],
    [{ fromMs: Number.NaN, toMs: FROM_MS, stepMs: 300_000 }, '--from: is no instant'],
    [{ fromMs: 0, toMs: FROM_MS, stepMs: 10_000 }, 'at most 1000000 are imported'],
  ])('refuses the range %j', (range, message) => {
    expect(issuesOf(() => recordedRange(range)).join()).toContain(message)
  })

  it('keeps names of VMs that ids can not have, and says so', () => {
    const odd = all.map((one) => ({ ...one, labels: new Map([...one.labels].map(([name, value]) => [name, value === 'web' ? 'web server/1' : value])) }))
    const pool = imported(odd)
    expect(pool.workload.vms.map(({ vm }) => vm.id)).toEqual(['db', 'web_server_1'])
    expect(pool.notes.join('\n')).toContain('1 VMs have names that can\'t be used as they are')
  })
})
