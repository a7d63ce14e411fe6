import type { HostId, VmId } from '../../model/ids.ts'
import type { LiveHost, LiveMetrics } from '../../model/livePool.ts'
import { type HostMetrics, LIVE_METRICS, type MetricLoads, metricLoads } from '../../observe/metrics/loads.ts'
import type { Measured } from '../../observe/liveSample.ts'
import type { MetricSeries } from '../../observe/metrics/series.ts'
import { fetchMetrics } from '../prometheus/client.ts'
import type { Secret } from '../secret.ts'

/** A host that was seen, with the VMs that run there. */
export interface SeenRunning {
  readonly id: HostId
  readonly coreMhz: number
  readonly running: readonly VmId[]
}

/** How the metrics server stands, for people. */
export interface MetricsStatus {
  readonly server: string
  /** Why nothing is known of it; null: it answers. */
  readonly failure: string | null
  readonly hosts: readonly HostMetrics[]
  readonly missing: readonly string[]
  readonly unknownVms: readonly VmId[]
}

export interface MetricEyesParts {
  readonly source: LiveMetrics
  readonly hosts: readonly LiveHost[]
  readonly token: Secret | null
  unixMs(): number
  readonly note: (text: string) => void
}

/** One answer; a look is over after twice as long at the latest. */
const ANSWER_MS = 5_000
const LOOK_MS = 2 * ANSWER_MS
const NAMED = 5

/** Loads of a pool from a Prometheus server. What it does not tell freshly is not known, and is told. */
export class MetricEyes {
  private readonly parts: MetricEyesParts
  private readonly hostOfInstance: ReadonlyMap<string, HostId>
  private now: MetricsStatus

  constructor(parts: MetricEyesParts) {
    this.parts = parts
    this.hostOfInstance = new Map(parts.hosts.flatMap(({ id, instances }) => instances.map((instance) => [instance, id] as const)))
    this.now = { server: parts.source.prometheus, failure: 'it was not asked yet', hosts: [], missing: [], unknownVms: [] }
  }

  get status(): MetricsStatus {
    return this.now
  }

  /** Null where the server tells no VM's load, or nothing newer than `afterUnixMs`. Times are Unix ms. */
  async look(hosts: readonly SeenRunning[], afterUnixMs: number): Promise<Measured | null> {
    const { source } = this.parts
    let loads: MetricLoads
    try {
      const nowMs = this.parts.unixMs()
      loads = metricLoads(await this.fetched(nowMs), { nowMs, ageMaxMs: source.ageMaxMs, vmLabel: source.vmLabel, hosts, hostOf: (labels) => this.hostOf(labels.get(source.hostLabel)) })
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error)
      this.now = { ...this.now, failure }
      this.parts.note(`loads are not known: ${failure}`)
      return null
    }
    const { measured, hosts: told, missing, unknownVms } = loads
    this.now = { server: source.prometheus, failure: null, hosts: told, missing, unknownVms }
    if (missing.length > 0) this.parts.note(`${source.prometheus} tells these of no host of the pool: ${missing.join(', ')}`)
    if (unknownVms.length > 0) this.parts.note(`${source.prometheus} tells no load of the last ${source.ageMaxMs / 1000} s of ${named(unknownVms)}: not known, so left where they are`)
    return measured === null || measured.takenAtMs <= afterUnixMs ? null : measured
  }

  private hostOf(instance: string | undefined): HostId | null {
    return instance === undefined ? null : (this.hostOfInstance.get(instance) ?? this.hostOfInstance.get(instance.replace(/:\d+$/, '')) ?? null)
  }

  private async fetched(nowMs: number): Promise<readonly MetricSeries[]> {
    const { source, token } = this.parts
    const series: MetricSeries[] = []
    const signal = AbortSignal.timeout(LOOK_MS)
    await Promise.all(LIVE_METRICS.map((metric) => fetchMetrics({
      url: source.prometheus, metrics: [{ ...metric, largestOnly: false }], hosts: null, fromMs: nowMs - 2 * source.ageMaxMs, toMs: nowMs, token: token?.reveal() ?? null, signal, limits: { timeoutMs: ANSWER_MS, triesMax: 1 },
    }, (one) => void series.push(one))))
    return series
  }
}

const named = (vms: readonly VmId[]): string => `${vms.slice(0, NAMED).join(', ')}${vms.length > NAMED ? ` and ${vms.length - NAMED} more` : ''}`
