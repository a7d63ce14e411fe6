import type { HostId, VmId } from '../../model/ids.ts'
import type { SeenHost, SeenVm } from './effects.ts'
import type { Turning } from './turning.ts'
import { alarm } from './turning.ts'

/** What the host showed since then, or null: then it is looked at. */
export function reading(turning: Turning, host: HostId, sinceMs: number): SeenHost | null {
  const view = turning.state.views.get(host)
  if (view !== undefined && view.seenUnixMs >= sinceMs) return view
  turning.wanted.add(host)
  return null
}

/** Readings of all these hosts, or null while some are missing. */
export function readings(turning: Turning, hosts: readonly HostId[], sinceMs: number): readonly SeenHost[] | null {
  const found = hosts.map((host) => reading(turning, host, sinceMs))
  return found.includes(null) ? null : (found as readonly SeenHost[])
}

export const allHosts = (turning: Turning): readonly HostId[] => turning.config.hosts.map(({ id }) => id)

/** Whether we know what runs there: it answers, or its management controller says that it is off. */
export const isKnown = (seen: SeenHost): boolean => seen.reachable || seen.power === 'off'

export const isServingHost = (seen: SeenHost): boolean => seen.reachable && seen.power !== 'off'

/** Whether the VM runs there, as opposed to being defined, saved or copied there. A state known to be told wrongly counts as running. */
export const isActive = ({ state }: SeenVm): boolean => state === 'running' || state === 'paused' || state === 'crashed' || state === 'unsure'

export const vmOn = (seen: SeenHost, vm: VmId): SeenVm | null => (seen.reachable ? (seen.vms.find((other) => other.vm === vm) ?? null) : null)

export function isActiveOn(seen: SeenHost, vm: VmId): boolean {
  const found = vmOn(seen, vm)
  return found !== null && isActive(found)
}

/** Nothing runs, arrives, leaves or is worked on there. */
export const isEmpty = (seen: SeenHost): boolean => seen.reachable && seen.incoming === 0 && seen.outgoing === 0 && !seen.vms.some((vm) => isActive(vm) || vm.state === 'incoming' || vm.hasJob)

/** Hosts that did not show themselves lately. */
export function unknownHosts(turning: Turning): readonly HostId[] {
  const { state, config, atMs } = turning
  return allHosts(turning).filter((host) => {
    const view = state.views.get(host)
    return view === undefined || !isKnown(view) || atMs - view.seenUnixMs > config.times.unknownAfterMs
  })
}

/** Takes looks in. An older look than the one at hand, however it was delayed, changes nothing. */
export function takeIn(turning: Turning, hosts: readonly SeenHost[]): void {
  const views = new Map(turning.state.views)
  for (const seen of hosts) if ((views.get(seen.host)?.seenUnixMs ?? -1) < seen.seenUnixMs) views.set(seen.host, seen)
  turning.state.views = views
  noteSkew(turning, hosts)
  noteDoubles(turning)
}

function noteSkew(turning: Turning, hosts: readonly SeenHost[]): void {
  for (const { host, reachable, clockUnixMs, seenUnixMs } of hosts) {
    if (!reachable || clockUnixMs === undefined) continue
    const isSkewed = Math.abs(clockUnixMs - seenUnixMs) > turning.config.times.skewMaxMs
    if (isSkewed === turning.state.skewed.has(host)) continue
    const skewed = new Set(turning.state.skewed)
    if (isSkewed) skewed.add(host)
    else skewed.delete(host)
    turning.state.skewed = skewed
    if (isSkewed) alarm(turning, 'clockSkew', host, `the clock of ${host} differs from ours by ${clockUnixMs - seenUnixMs} ms: nothing is done there, deadlines would mean something else`)
  }
}

/** VMs active on more than one host. One round of looks may show a VM before and after its move; the next tells. */
function noteDoubles(turning: Turning): void {
  const { state, atMs } = turning
  const active = activeTwice(turning)
  if (active.size === 0 && state.doubles.size === 0) return
  const doubles = new Map<VmId, { sinceMs: number; hosts: readonly HostId[]; confirmed: boolean }>()
  for (const [vm, hosts] of active) {
    const before = state.doubles.get(vm)
    const sinceMs = before?.sinceMs ?? atMs
    const isConfirmed = before !== undefined && (before.confirmed || hosts.every((host) => state.views.get(host)!.seenUnixMs > sinceMs))
    doubles.set(vm, { sinceMs, hosts, confirmed: isConfirmed })
    if (isConfirmed && !before.confirmed) alarm(turning, 'vmDoubled', vm, `${vm} runs on ${hosts.join(' and ')}: both hosts are left alone; stop the wrong one by hand`)
  }
  // A host that does not answer has not stopped its copy: the VM counts as double until both have been seen again.
  for (const [vm, before] of state.doubles) if (!doubles.has(vm) && before.hosts.some((host) => !isKnown(state.views.get(host)!))) doubles.set(vm, before)
  state.doubles = doubles
}

function activeTwice({ state }: Turning): Map<VmId, HostId[]> {
  const first = new Map<VmId, HostId>()
  const twice = new Map<VmId, HostId[]>()
  for (const seen of state.views.values()) {
    if (!seen.reachable) continue
    for (const vm of seen.vms) {
      if (!isActive(vm)) continue
      const other = first.get(vm.vm)
      if (other === undefined) first.set(vm.vm, seen.host)
      else twice.set(vm.vm, [...(twice.get(vm.vm) ?? [other]), seen.host])
    }
  }
  return twice
}

export const isFrozen = ({ state }: Turning, host: HostId): boolean => state.doubles.size > 0 && [...state.doubles.values()].some(({ hosts }) => hosts.includes(host))
