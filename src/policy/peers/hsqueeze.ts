import { MODE, POWER } from '../../model/pool.ts'
import { HOUR_MS } from '../../model/resources.ts'
import { type Draft, draftOf, fits, freeMemoryMib, heldBy, hostsWhere, isAllowed, mean, moveTo, usableHosts, vmsOn } from './draft.ts'
import { evacuate } from './evacuate.ts'
import { descend } from './ganetiScore.ts'
import { type Peer, type PeerAction, type PeerAnswer, type PeerView, NOTHING } from './peer.ts'

const MINIMAL = 1
const TARGET = 2

/**
 * Ganeti's hsqueeze, its suggestions carried out from an hourly timer (interval and factors are the operator's; here 1 and
 * 2): nodes, never the master (here the first host), are taken offline, those with the fewest instances first, as long as
 * all instances find places by hbal's balancing and every node keeps room for TARGET standard instances (here: of mean
 * memory). Standby nodes, those that it took offline itself, come back while some node lacks room for MINIMAL of them.
 * Memory and virtual CPUs count; CPU use does not.
 * Source: Ganeti 3.0 manual page hsqueeze(1).
 */
export const hsqueeze: Peer = { name: 'hsqueeze', intervalMs: HOUR_MS, historyMs: 60_000, stopsWhatStays: false, decide }

function decide(view: PeerView): PeerAnswer {
  const { pool, memory, poweredOff } = view
  if (view.busy) return NOTHING(memory)
  const draft = draftOf(view, 0)
  const hosts = usableHosts(draft)
  const standardMib = mean(pool.vms.filter((_, vm) => pool.vmHost[vm]! >= 0).map(({ memoryMib }) => memoryMib))
  if (!keeps(draft, hosts, MINIMAL * standardMib)) {
    const host = hostsWhere(pool, (one) => poweredOff.includes(one) && pool.hostPower[one] === POWER.off && pool.hostMode[one] === MODE.available)[0]
    const wake: PeerAction[] = host === undefined ? [] : [{ kind: 'powerOn', host, why: 'a node lacks room for the minimal resources' }]
    return { actions: [...wake, ...descend(draft, hosts)], memory: { ...memory, emptying: [] } }
  }
  const offline = memory.emptying.filter((host) => heldBy(draft, host) === 0 && hosts.includes(host))
  if (offline.length > 0) return { actions: offline.map((host) => ({ kind: 'powerOff', host, why: 'it is empty and suggested to go offline' })), memory: { ...memory, emptying: [] } }
  return squeeze(draft, hosts, standardMib, view)
}

const keeps = (draft: Draft, hosts: readonly number[], freeMib: number): boolean => hosts.every((host) => freeMemoryMib(draft, host) >= freeMib)

/** Takes the first node offline that can be; the next one an hour later. */
function squeeze(draft: Draft, hosts: readonly number[], standardMib: number, { memory }: PeerView): PeerAnswer {
  const { pool } = draft
  const candidates = hosts.slice(1).filter((host) => pool.hosts[host]!.powerManaged && vmsOn(draft, host).length === heldBy(draft, host)).sort((a, b) => pool.hostVmCount[a]! - pool.hostVmCount[b]! || a - b)
  for (const host of candidates) {
    const rest = hosts.filter((other) => other !== host)
    const targets = (vm: number): number[] => rest.filter((other) => fits(draft, vm, other) && isAllowed(draft, vm, other)).sort((a, b) => freeMemoryMib(draft, b) - freeMemoryMib(draft, a) || a - b)
    const placed = evacuate(draft, host, targets)
    if (placed !== null && keeps(draft, rest, TARGET * standardMib)) return { actions: placed.map(({ vm, target }) => ({ kind: 'migrate', vm, target, why: `${pool.hosts[host]!.id} is to go offline` })), memory: { ...memory, emptying: [host] } }
    for (const { vm } of placed ?? []) moveTo(draft, vm, host)
  }
  return NOTHING({ ...memory, emptying: [] })
}
