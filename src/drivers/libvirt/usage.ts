import type { DomainCounters, HostCounters } from './messages.ts'
import { isControlDomain } from './seen.ts'

/** What a VM used between two readings. Null = not told, never zero. */
export interface MeasuredVm {
  /** CPU time over time: 1.5 is one and a half cores. */
  readonly cores: number
  /** Time its vCPUs waited for a core, over time, summed. */
  readonly delayRatio: number | null
  readonly memoryMib: number | null
  readonly networkMibPerS: number | null
  readonly diskMibPerS: number | null
}

/** What a host used between two readings. */
export interface MeasuredHost {
  readonly intervalMs: number
  readonly cores: number | null
  /** Of that what is the host's own: on Xen its control domain's. */
  readonly overheadCores: number | null
  readonly memoryFreeMib: number | null
  /** By UUID; a VM that came, or whose counters began anew, is missing. */
  readonly vms: ReadonlyMap<string, MeasuredVm>
}

const NS_PER_MS = 1e6
const MIB = 2 ** 20
const KIB_PER_MIB = 1024

/** Growth of a counter; null where it is not told or went back: then it is a new series. */
const grown = (before: number | undefined, after: number | undefined): number | null => (before === undefined || after === undefined || after < before ? null : after - before)

/** Rates between two readings of one host. A counter that went back (the VM came from another host, or was restarted) gives nothing for this interval. */
export function usageBetween(before: HostCounters, after: HostCounters): MeasuredHost {
  const intervalMs = after.atMs - before.atMs
  const earlier = new Map(before.domains.map((domain) => [domain.uuid, domain]))
  const vms = new Map<string, MeasuredVm>()
  for (const domain of after.domains) {
    const measured = isControlDomain(domain) || intervalMs <= 0 ? null : measuredVm(earlier.get(domain.uuid), domain, intervalMs)
    if (measured !== null) vms.set(domain.uuid, measured)
  }
  const busy = grown(before.cpuBusyNs ?? undefined, after.cpuBusyNs ?? undefined)
  const control = coresOf(before.domains.find(isControlDomain), after.domains.find(isControlDomain), intervalMs)
  return { intervalMs, cores: intervalMs <= 0 ? null : busy === null ? sumOf(vms, control) : busy / NS_PER_MS / intervalMs, overheadCores: control, memoryFreeMib: after.memoryFreeKib === null ? null : after.memoryFreeKib / KIB_PER_MIB, vms }
}

/** Where the hypervisor tells no CPU time of its own: that of all domains, the control domain's included. */
const sumOf = (vms: ReadonlyMap<string, MeasuredVm>, control: number | null): number | null => (control === null ? null : [...vms.values()].reduce((sum, { cores }) => sum + cores, control))

function coresOf(before: DomainCounters | undefined, after: DomainCounters | undefined, intervalMs: number): number | null {
  const time = grown(before?.cpuTimeNs, after?.cpuTimeNs)
  return time === null || intervalMs <= 0 ? null : time / NS_PER_MS / intervalMs
}

function measuredVm(before: DomainCounters | undefined, after: DomainCounters, intervalMs: number): MeasuredVm | null {
  // Another run of the domain has another id, whatever its counters say.
  const cores = before?.id === after.id ? coresOf(before, after, intervalMs) : null
  if (cores === null) return null
  const delay = grown(before?.delayNs, after.delayNs)
  const rate = (one: number | null): number | null => (one === null ? null : (one / MIB / intervalMs) * 1000)
  return {
    cores, delayRatio: delay === null ? null : delay / NS_PER_MS / intervalMs, memoryMib: memoryUsedMib(after),
    networkMibPerS: rate(grown(before?.networkBytes, after.networkBytes)), diskMibPerS: rate(grown(before?.diskBytes, after.diskBytes)),
  }
}

/** What the guest uses: by its own account where it gives one, else what it holds of the host. */
export function memoryUsedMib({ balloonAvailableKib, balloonUsableKib, balloonUnusedKib, rssKib, balloonKib }: DomainCounters): number | null {
  const free = balloonUsableKib ?? balloonUnusedKib
  if (balloonAvailableKib !== undefined && free !== undefined && free <= balloonAvailableKib) return (balloonAvailableKib - free) / KIB_PER_MIB
  const held = rssKib === undefined ? undefined : balloonKib === undefined ? rssKib : Math.min(rssKib, balloonKib)
  return held === undefined || held === 0 ? null : held / KIB_PER_MIB
}
