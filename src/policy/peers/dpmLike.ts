import { MODE, POWER } from '../../model/pool.ts'
import { MINUTE_MS } from '../../model/resources.ts'
import { type Draft, covers, cpuRatio, fits, heldBy, hostsWhere, isAllowed, lowest, memoryRatio, placedDraftOf, usableHosts, vmsOn } from './draft.ts'
import { balance } from './drsLike.ts'
import { evacuate } from './evacuate.ts'
import type { Peer, PeerAction, PeerAnswer, PeerView } from './peer.ts'

const TARGET = 0.63
const TOLERANCE = 0.18
const ON_WINDOW_MS = 5 * MINUTE_MS
const OFF_WINDOW_MS = 40 * MINUTE_MS
/** With one tolerated failure. */
const HOSTS_ON_MIN = 2

/**
 * vSphere DRS with DPM at its defaults: hosts are kept at 63 +- 18 % of CPU and memory. A host is powered on when the
 * last 5 minutes of one are above 81 %; one is evacuated and powered off when the last 40 minutes of all are below 45 %
 * and the rest would stay below 81 %. With HA tolerating one failure two hosts stay on. A host that failed to leave
 * standby is never a candidate again. Between, DRS balances. A gap in the samples reads as no load.
 * Sources: Broadcom KB 310527 (DemandCapacityRatioTarget 63, ToleranceHost 18, VmDemandHistorySecsHostOn 300, HostOff
 * 2400); vSphere Resource Management, "vSphere Distributed Power Management".
 */
export const dpmLike: Peer = { name: 'dpm-like', intervalMs: 5 * MINUTE_MS, historyMs: OFF_WINDOW_MS, stopsWhatStays: false, decide }

function decide(view: PeerView): PeerAnswer {
  const lately = placedDraftOf(view, ON_WINDOW_MS)
  const { memory } = view
  if (isShort(lately)) {
    const host = wakeable(view)[0]
    const wake: PeerAction[] = host === undefined ? [] : [{ kind: 'powerOn', host, why: `a host is above ${100 * (TARGET + TOLERANCE)} % of CPU or memory` }]
    return { actions: [...wake, ...balance(view, lately)], memory: { ...memory, emptying: [] } }
  }
  const emptied = memory.emptying.filter((host) => heldBy(lately, host) === 0)
  if (emptied.length > 0) return { actions: emptied.map((host) => ({ kind: 'powerOff', host, why: 'it is empty and not needed' })), memory: { ...memory, emptying: [] } }
  if (view.busy) return { actions: [], memory }
  const emptying = evacuateOne(view)
  if (emptying !== null) return { actions: emptying.actions, memory: { ...memory, emptying: [emptying.host] } }
  return { actions: balance(view, lately), memory: { ...memory, emptying: [] } }
}

const load = (draft: Draft, host: number): number => Math.max(cpuRatio(draft, host), memoryRatio(draft, host))
const isShort = (draft: Draft): boolean => usableHosts(draft).some((host) => load(draft, host) > TARGET + TOLERANCE)

const wakeable = ({ pool, failedWakes }: PeerView): number[] =>
  hostsWhere(pool, (host) => (pool.hostPower[host] === POWER.off || pool.hostPower[host] === POWER.failed) && pool.hostMode[host] === MODE.available && pool.hosts[host]!.powerManaged && !failedWakes.includes(host))

function evacuateOne(view: PeerView): { readonly host: number; readonly actions: PeerAction[] } | null {
  const draft = placedDraftOf(view, OFF_WINDOW_MS)
  const hosts = usableHosts(draft)
  if (!covers(view.frames, view.atMs, OFF_WINDOW_MS - 2 * MINUTE_MS) || hosts.length <= HOSTS_ON_MIN || hosts.some((host) => load(draft, host) >= TARGET - TOLERANCE)) return null
  const host = lowest(hosts.filter((one) => draft.pool.hosts[one]!.powerManaged && vmsOn(draft, one).length === heldBy(draft, one)), (one) => load(draft, one))
  if (host === null) return null
  const others = hosts.filter((one) => one !== host)
  const targets = (vm: number): number[] => others.filter((one) => fits(draft, vm, one) && isAllowed(draft, vm, one) && staysBelow(draft, vm, one)).sort((a, b) => load(draft, a) - load(draft, b) || a - b)
  const placed = evacuate(draft, host, targets)
  return placed && { host, actions: placed.map(({ vm, target }) => ({ kind: 'migrate', vm, target, why: `all hosts are below ${100 * (TARGET - TOLERANCE)} %: ${draft.pool.hosts[host]!.id} is to be powered off` })) }
}

const staysBelow = (draft: Draft, vm: number, host: number): boolean =>
  (draft.hostMhz[host]! + draft.vmMhz[vm]!) / draft.pool.hosts[host]!.capacity.cpuMhz <= TARGET + TOLERANCE && memoryRatio(draft, host) + draft.pool.vms[vm]!.memoryMib / draft.pool.hosts[host]!.capacity.memoryMib <= TARGET + TOLERANCE
