import type { Rng } from '../../../../src/model/random.ts'
import type { MetricSamples } from '../../../../sim/workloads/prometheus/series.ts'

export const FROM_MS = 1_772_409_600_000
export const MINUTE = 60_000
export const HOUR = 3_600_000
const MIB = 2 ** 20

/** A VM's time on one host, ms after FROM_MS; each is a new process, so its counters begin anew. */
export interface PlacedFor {
  readonly host: string
  readonly fromMs: number
  readonly toMs: number
}

export interface HistoryVm {
  readonly name: string
  readonly vcpus: number
  readonly memoryMib: number
  readonly places: readonly PlacedFor[]
  /** Cores in use at a time, constant within each step. */
  readonly cores: (atMs: number) => number
  /** Cores' worth of waiting. */
  readonly delay?: (atMs: number) => number
  readonly usedMib?: (atMs: number) => number
  /** Bytes per second of each disk, and of its network. */
  readonly bytesPerS?: number
}

export interface HistoryHost {
  readonly name: string
  /** When its exporters answer; null: always. */
  readonly heard: readonly { readonly fromMs: number; readonly toMs: number }[] | null
  /** Boot time at a moment, ms after FROM_MS; null: no node-exporter. */
  readonly bootedMs: ((atMs: number) => number) | null
}

export interface History {
  readonly durationMs: number
  readonly hosts: readonly HistoryHost[]
  readonly vms: readonly HistoryVm[]
  readonly scrapeMs: number
  /** Scrapes are off by up to this much. */
  readonly jitterMs: number
  /** For how long before a migration the target shows a paused copy. */
  readonly incomingMs: number
  readonly withStates: boolean
}

type Series = Map<string, { labels: Map<string, string>; timesMs: number[]; values: number[] }>

/** What exporters would have shown of a history, scraped from each host at its own phase. */
export function rendered(history: History, rng: Rng): MetricSamples[] {
  const series: Series = new Map()
  for (const host of history.hosts) {
    const phase = rng.next() * history.scrapeMs
    for (let tick = -20; tick * history.scrapeMs < history.durationMs + 20 * history.scrapeMs; tick++) {
      const atMs = Math.round(tick * history.scrapeMs + phase + (rng.next() * 2 - 1) * history.jitterMs)
      if (host.heard !== null && !host.heard.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs)) continue
      scrape(series, history, host, atMs)
    }
  }
  return [...series.values()].map((one) => ({ ...one, file: 'made-up', line: null }))
}

function scrape(series: Series, history: History, host: HistoryHost, atMs: number): void {
  const instance = `${host.name}:9177`
  put(series, { __name__: 'libvirt_up', instance }, atMs, 1)
  if (host.bootedMs !== null) put(series, { __name__: 'node_boot_time_seconds', instance: `${host.name}:9100` }, atMs, (FROM_MS + host.bootedMs(atMs)) / 1000)
  for (const vm of history.vms) {
    for (const [index, place] of vm.places.entries()) {
      if (place.host !== host.name) continue
      const isIncoming = index > 0 && vm.places[index - 1]!.toMs === place.fromMs && atMs >= place.fromMs - history.incomingMs && atMs < place.fromMs
      if (isIncoming || (atMs >= place.fromMs && atMs < place.toMs)) scrapeVm(series, history, vm, place, instance, atMs, isIncoming)
    }
  }
}

function scrapeVm(series: Series, history: History, vm: HistoryVm, place: PlacedFor, instance: string, atMs: number, isIncoming: boolean): void {
  const domain = vm.name
  const one = (name: string, value: number, extra: Record<string, string> = {}): void => put(series, { __name__: `libvirt_domain_${name}`, instance, domain, ...extra }, atMs, value)
  const ranMs = isIncoming ? 0 : atMs - place.fromMs
  one('info_cpu_time_seconds_total', 0.5 + (isIncoming ? 0 : integral(vm.cores, place.fromMs, atMs)))
  if (history.withStates) one('info_vstate', isIncoming ? 3 : 1)
  one('info_virtual_cpus', vm.vcpus)
  one('info_maximum_memory_bytes', vm.memoryMib * MIB)
  if (vm.delay && !isIncoming) {
    const waitedS = integral(vm.delay, place.fromMs, atMs)
    for (let vcpu = 0; vcpu < vm.vcpus; vcpu++) one('vcpu_delay_seconds_total', waitedS / vm.vcpus, { vcpu: String(vcpu) })
  }
  if (vm.usedMib && !isIncoming) {
    one('memory_stats_available_bytes', vm.memoryMib * MIB)
    one('memory_stats_usable_bytes', (vm.memoryMib - vm.usedMib(atMs)) * MIB)
  }
  if (vm.bytesPerS !== undefined) {
    const bytes = (vm.bytesPerS * ranMs) / 1000
    for (const target_device of ['vda', 'vdb']) one('block_stats_read_bytes_total', bytes, { target_device })
    one('interface_stats_receive_bytes_total', bytes, { target_device: 'vnet0' })
  }
}

const GRAIN_MS = MINUTE

/** Integral of a rate that is constant within each minute, in seconds x rate. */
function integral(rate: (atMs: number) => number, fromMs: number, toMs: number): number {
  let sum = 0
  for (let at = fromMs; at < toMs; ) {
    const end = Math.min(toMs, (Math.floor(at / GRAIN_MS) + 1) * GRAIN_MS)
    sum += (rate(at) * (end - at)) / 1000
    at = end
  }
  return sum
}

function put(series: Series, labels: Record<string, string>, atMs: number, value: number): void {
  const key = JSON.stringify(labels)
  const one = series.get(key) ?? { labels: new Map(Object.entries(labels)), timesMs: [], values: [] }
  series.set(key, one)
  one.timesMs.push(FROM_MS + atMs)
  one.values.push(value)
}

/** One series from (minute, value) pairs. */
export function samples(labels: Record<string, string>, pairs: readonly (readonly [number, number])[]): MetricSamples {
  return { labels: new Map(Object.entries(labels)), timesMs: pairs.map(([minute]) => FROM_MS + Math.round(minute * MINUTE)), values: pairs.map(([, value]) => value), file: 'made-up', line: 1 }
}

/** The history as OpenMetrics text, as an exporter's scrapes would be written for `promtool tsdb create-blocks-from`. */
export function openMetrics(all: readonly MetricSamples[]): string {
  const byName = new Map<string, string[]>()
  for (const { labels, timesMs, values } of all) {
    const name = labels.get('__name__')!
    const lines = byName.get(name) ?? []
    byName.set(name, lines)
    const text = [...labels].filter(([label]) => label !== '__name__').map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',')
    for (let index = 0; index < timesMs.length; index++) lines.push(`${name}{${text}} ${values[index]!} ${(timesMs[index]! / 1000).toFixed(3)}`)
  }
  const blocks = [...byName].map(([name, lines]) => `# TYPE ${name.replace(/_total$/, '')} ${name.endsWith('_total') ? 'counter' : 'gauge'}\n${lines.join('\n')}\n`)
  return `${blocks.join('')}# EOF\n`
}
