import { MODE, POWER } from '../../model/pool.ts'
import { MINUTE_MS } from '../../model/resources.ts'
import { type Draft, cpuRatio, draftOf, freeMemoryMib, heldBy, hostsWhere, isAllowed, meanOf, moveTo, runningHosts, vmsOn } from './draft.ts'
import { evacuate } from './evacuate.ts'
import type { Peer, PeerAction, PeerAnswer, PeerView } from './peer.ts'

const CRITICAL_CPU = 0.9
const CRITICAL_FREE_MIB = 1000
const HIGH_CPU = 0.85 * CRITICAL_CPU
const LOW_CPU = 0.65 * CRITICAL_CPU
const HIGH_FREE_MIB = 1.2 * CRITICAL_FREE_MIB
const LOW_FREE_MIB = 1.5 * CRITICAL_FREE_MIB
const COOLDOWN_MS = 30 * MINUTE_MS
/** Weight of the last minute; the rest is the last half hour's. */
const LAST_MINUTE_WEIGHT = 0.75
const HISTORY_MS = 30 * MINUTE_MS

/**
 * Xen Orchestra's load balancer, performance plan: every minute, on 75 % of the last minute and 25 % of the last half
 * hour. A host above 85 % of the critical CPU (90 %) or below 1.2 times the critical free memory (1000 MB) gives VMs,
 * those that use most first, to the least used host, until it is below 65 % and above 1.5 times. A VM that was moved
 * rests for 30 minutes. All halted hosts are started. A disabled host is still a target (mended in pull request 10209).
 * Sources: Xen Orchestra documentation, "Load balancing"; vatesfr/xen-orchestra, packages/xo-server-load-balancer,
 * issues 5411 and 10209.
 */
export const xoPerformance: Peer = { name: 'xo-performance', intervalMs: MINUTE_MS, historyMs: HISTORY_MS, stopsWhatStays: false, decide: decideByPerformance }

/**
 * Its density plan: the same relief, and hosts (never the pool's master, here the first host) whose VMs all fit others
 * below the critical values are emptied onto the fullest host that takes them, the master first, and powered off. It
 * never starts a host again.
 * Sources: as above; issue 5385 for what happens without a power-on mode.
 */
export const xoDensity: Peer = { name: 'xo-density', intervalMs: MINUTE_MS, historyMs: HISTORY_MS, stopsWhatStays: false, decide: decideByDensity }

function averaged(view: PeerView): Draft {
  const draft = draftOf(view, MINUTE_MS)
  const { frames, atMs, pool } = view
  blend(draft.vmMhz, meanOf(frames, atMs, HISTORY_MS, pool.vms.length, 'vmCpuMhz'))
  blend(draft.hostMhz, meanOf(frames, atMs, HISTORY_MS, pool.hosts.length, 'hostCpuMhz'))
  return draft
}

function blend(now: Float64Array, long: Float64Array): void {
  for (let at = 0; at < now.length; at++) now[at] = LAST_MINUTE_WEIGHT * now[at]! + (1 - LAST_MINUTE_WEIGHT) * long[at]!
}

function decideByPerformance(view: PeerView): PeerAnswer {
  const { pool } = view
  const halted = hostsWhere(pool, (host) => pool.hostPower[host] === POWER.off && pool.hostMode[host] === MODE.available)
  const wakes = halted.map((host): PeerAction => ({ kind: 'powerOn', host, why: 'the performance plan starts all halted hosts' }))
  return { actions: [...wakes, ...relieve(view, averaged(view))], memory: view.memory }
}

function relieve(view: PeerView, draft: Draft): PeerAction[] {
  const hosts = runningHosts(draft)
  const actions: PeerAction[] = []
  for (const host of hosts) {
    if (cpuRatio(draft, host) <= HIGH_CPU && freeMemoryMib(draft, host) >= HIGH_FREE_MIB) continue
    for (const vm of vmsOn(draft, host).sort((a, b) => draft.vmMhz[b]! - draft.vmMhz[a]! || a - b)) {
      if (cpuRatio(draft, host) < LOW_CPU && freeMemoryMib(draft, host) > LOW_FREE_MIB) break
      if (view.atMs - view.movedAtMs[vm]! < COOLDOWN_MS) continue
      const target = hosts.filter((other) => other !== host && takes(draft, vm, other, HIGH_CPU, HIGH_FREE_MIB) && isAllowed(draft, vm, other)).sort((a, b) => cpuRatio(draft, a) - cpuRatio(draft, b) || a - b)[0]
      if (target === undefined) continue
      moveTo(draft, vm, target)
      actions.push({ kind: 'migrate', vm, target, why: `${draft.pool.hosts[host]!.id} is above ${100 * HIGH_CPU} % of CPU or below ${HIGH_FREE_MIB} MB of free memory` })
    }
  }
  return actions
}

/** Whether the host stays below these values with the VM. */
const takes = (draft: Draft, vm: number, host: number, cpu: number, freeMib: number): boolean =>
  (draft.hostMhz[host]! + draft.vmMhz[vm]!) / draft.pool.hosts[host]!.capacity.cpuMhz < cpu && freeMemoryMib(draft, host) - draft.pool.vms[vm]!.memoryMib > freeMib

function decideByDensity(view: PeerView): PeerAnswer {
  const draft = averaged(view)
  const relief = relieve(view, draft)
  const hosts = runningHosts(draft)
  const powerOffs = hosts.slice(1).filter((host) => heldBy(draft, host) === 0 && draft.pool.hosts[host]!.powerManaged).map((host): PeerAction => ({ kind: 'powerOff', host, why: 'the density plan shuts empty hosts down' }))
  if (view.busy || relief.length > 0) return { actions: [...relief, ...powerOffs], memory: view.memory }
  return { actions: [...empty(view, draft, hosts), ...powerOffs], memory: view.memory }
}

function empty(view: PeerView, draft: Draft, hosts: readonly number[]): PeerAction[] {
  const master = hosts[0]
  const actions: PeerAction[] = []
  const filled = new Set<number>()
  for (const host of hosts.slice(1).sort((a, b) => freeMemoryMib(draft, b) - freeMemoryMib(draft, a) || a - b)) {
    const vms = vmsOn(draft, host)
    if (vms.length === 0 || vms.length < heldBy(draft, host) || filled.has(host) || vms.some((vm) => view.atMs - view.movedAtMs[vm]! < COOLDOWN_MS)) continue
    const others = hosts.filter((other) => other !== host && heldBy(draft, other) > 0)
    const targets = (vm: number): number[] =>
      others.filter((other) => takes(draft, vm, other, CRITICAL_CPU, CRITICAL_FREE_MIB) && isAllowed(draft, vm, other)).sort((a, b) => Number(b === master) - Number(a === master) || freeMemoryMib(draft, a) - freeMemoryMib(draft, b) || a - b)
    for (const { vm, target } of evacuate(draft, host, targets) ?? []) {
      filled.add(target)
      actions.push({ kind: 'migrate', vm, target, why: `density plan: all VMs of ${draft.pool.hosts[host]!.id} fit others` })
    }
  }
  return actions
}
