import { snapshotFrom } from '../../config/snapshotFile.ts'
import type { HostId, VmId } from '../../model/ids.ts'
import type { LivePool } from '../../model/livePool.ts'
import type { Host, HostMode, PowerState, Vm } from '../../model/pool.ts'
import type { Measured, VmMeasure } from '../../observe/liveSample.ts'
import type { ShownHost } from '../../observe/keepPool.ts'
import type { HostCounters } from '../libvirt/messages.ts'
import { type Interval, observedPool, usageOf } from '../libvirt/observedPool.ts'
import { type ReadHost, type SilentHost, readCounters, readHost } from '../libvirt/readPool.ts'
import type { LibvirtProcess } from '../libvirt/process.ts'
import type { MetricEyes } from './metricEyes.ts'
import type { PowerController } from '../power/controller.ts'
import type { Sight } from './session.ts'

const POWER_MS = 10_000
/** Counters over a shorter time say little. */
const INTERVAL_MIN_MS = 5_000

export interface EyesParts {
  readonly pool: LivePool
  readonly process: LibvirtProcess
  readonly powerOf: (host: HostId) => PowerController | null
  /** Tells loads; null: libvirt's own counters do. */
  readonly metrics: MetricEyes | null
  /** Unix ms of the session's instant 0. */
  readonly startUnixMs: number
  /** Whole ms of the session's clock, and Unix ms. */
  nowMs(): number
  readonly note: (text: string) => void
}

/**
 * Looks at a live pool: each host's own account of itself and its VMs, and what was used since the look before. A host
 * that was never seen has no size, so it is left out until it is; one that is silent keeps what was known of it, and is
 * off only where its management controller says so.
 */
export class LiveEyes {
  private readonly parts: EyesParts
  private readonly hosts = new Map<HostId, Host>()
  private readonly told = new Set<string>()
  private lately: ReadonlySet<string> = new Set()
  private counters: { readonly atMs: number; readonly values: ReadonlyMap<HostId, HostCounters> } | null = null

  constructor(parts: EyesParts) {
    this.parts = parts
  }

  async look(modes: ReadonlyMap<HostId, HostMode>): Promise<Sight> {
    const { pool, process } = this.parts
    const [read, values] = await Promise.all([Promise.all(pool.hosts.map((host) => readHost(process, host))), this.parts.metrics === null ? readCounters(process, pool.hosts) : new Map()])
    const interval = this.interval(values)
    const observed = observedPool(read, interval?.usage ?? new Map(), Date.now())
    // Hosts are not asked at one instant: a VM that just arrived may show twice. What a second look shows as well is told.
    for (const note of observed.notes) if (this.lately.has(note)) this.note(note)
    this.lately = new Set(observed.notes)
    const snapshot = snapshotFrom(observed.fields, { placeOf: () => pool.name })
    for (const { host } of snapshot.hosts) this.hosts.set(host.id, host)
    const vms = new Map(snapshot.vms.map(({ vm }) => [vm.id, vm]))
    const shown = await Promise.all(read.map((one) => this.shown(one, vms, modes)))
    return { hosts: shown.filter((host) => host !== null), measured: this.parts.metrics !== null ? await this.fromMetrics(this.parts.metrics, read) : interval === null ? null : this.measured(interval, read) }
  }

  /** What the metrics server says, in the session's time. */
  private async fromMetrics(metrics: MetricEyes, read: readonly (ReadHost | SilentHost)[]): Promise<Measured | null> {
    const seen = read.flatMap((one) => ('facts' in one ? [{ id: one.host.id, coreMhz: one.facts.mhz * one.host.performanceFactor, running: one.vms.filter(({ state }) => state === 'running').map(({ vm }) => vm) }] : []))
    const measured = await metrics.look(seen, this.parts.startUnixMs)
    return measured === null ? null : { ...measured, takenAtMs: measured.takenAtMs - this.parts.startUnixMs }
  }

  /** What was used since the look before; null where there was none, or it was only just now. */
  private interval(values: ReadonlyMap<HostId, HostCounters>): { readonly atMs: number; readonly lengthMs: number; readonly usage: Interval } | null {
    const atMs = this.parts.nowMs()
    const before = this.counters
    if (before !== null && atMs - before.atMs < INTERVAL_MIN_MS) return null
    this.counters = { atMs, values }
    return before === null ? null : { atMs, lengthMs: atMs - before.atMs, usage: usageOf(before.values, values) }
  }

  private async shown(read: ReadHost | SilentHost, vms: ReadonlyMap<VmId, Vm>, modes: ReadonlyMap<HostId, HostMode>): Promise<ShownHost | null> {
    const { id } = read.host
    const host = this.hosts.get(id)
    if (host === undefined) {
      this.note(`${id} was not seen yet${'failure' in read ? `: ${read.failure}` : ''}`)
      return null
    }
    const mode = modes.get(id) ?? 'available'
    if ('failure' in read) return this.silent(read, host, mode)
    const shown = read.vms.flatMap((seen) => {
      const vm = vms.get(seen.vm)
      return vm === undefined ? [] : [{ vm, state: seen.state }]
    })
    return { host, power: 'on', reachable: true, mode, vms: shown }
  }

  private async silent({ host: { id }, failure }: SilentHost, host: Host, mode: HostMode): Promise<ShownHost> {
    const seen = (await this.parts.powerOf(id)?.status(Date.now() + POWER_MS))?.power ?? null
    const power: PowerState = seen === 'off' ? 'off' : 'on'
    if (power === 'on') this.note(`${id} does not answer: ${failure}`)
    // A host that is off has no VMs and needs no answer; any other that is silent is not known.
    return { host, power, reachable: power === 'off', mode, vms: [] }
  }

  private measured({ atMs, lengthMs, usage }: { readonly atMs: number; readonly lengthMs: number; readonly usage: Interval }, read: readonly (ReadHost | SilentHost)[]): Measured {
    const vms = new Map<VmId, VmMeasure>()
    const hostCpuMhz = new Map<HostId, number>()
    for (const one of read) {
      const used = 'facts' in one ? usage.get(one.host.id) : undefined
      if (!('facts' in one) || used === undefined) continue
      const coreMhz = one.facts.mhz * one.host.performanceFactor
      if (used.cores !== null) hostCpuMhz.set(one.host.id, used.cores * coreMhz)
      for (const { vm, uuid, state } of one.vms) {
        const measure = used.vms.get(uuid)
        if (measure === undefined || state === 'incoming') continue
        vms.set(vm, { cpuMhz: measure.cores * coreMhz, delayRatio: measure.delayRatio ?? 0, memoryMib: measure.memoryMib ?? NaN, networkMibPerS: measure.networkMibPerS ?? NaN, diskMibPerS: measure.diskMibPerS ?? NaN })
      }
    }
    return { takenAtMs: atMs, intervalMs: lengthMs, vms, hostCpuMhz }
  }

  /** Each note once. */
  private note(text: string): void {
    if (this.told.has(text)) return
    this.told.add(text)
    this.parts.note(text)
  }
}
