import { HOUR_MS } from '../../model/resources.ts'
import { type Draft, draftOf, isAllowed, lowest, memoryRatio, moveTo, runningHosts, usableHosts, vmsOn } from './draft.ts'
import type { Peer, PeerAction, PeerAnswer, PeerView } from './peer.ts'

/** Percent points between the most and the least used node that are still balanced. */
const BALANCINESS = 0.1

/**
 * ProxLB, default method: every 12 hours, when the memory utilization of the most and the least used node differ by more
 * than `balanciness` (10 percent points), every guest in turn, busy or idle, is given to the node with least memory in
 * use at that point, whether it has room or not. One migration after the other. Neither the gain of a move nor its cost
 * is looked at, nor what the guest does meanwhile (locked, just moved).
 * Sources: ProxLB README, "Options"; gyptazy/ProxLB, proxlb/models/calculations.py (relocate_guests); issues 128, 162
 * and 249.
 */
export const proxlbGreedy: Peer = { name: 'proxlb-greedy', intervalMs: 12 * HOUR_MS, historyMs: 60_000, stopsWhatStays: false, decide }

function decide(view: PeerView): PeerAnswer {
  const draft = draftOf(view, 0)
  const all = runningHosts(draft).map((host) => memoryRatio(draft, host))
  const actions = Math.max(...all) - Math.min(...all) > BALANCINESS ? relocate(draft) : []
  return { actions, memory: view.memory }
}

function relocate(draft: Draft): PeerAction[] {
  const hosts = usableHosts(draft)
  const actions: PeerAction[] = []
  for (const vm of hosts.flatMap((host) => vmsOn(draft, host)).sort((a, b) => a - b)) {
    const here = draft.pool.vmHost[vm]!
    const target = lowest(hosts.filter((host) => host === here || isAllowed(draft, vm, host)), (host) => memoryRatio(draft, host))
    if (target === null || target === here) continue
    moveTo(draft, vm, target)
    actions.push({ kind: 'migrate', vm, target, why: 'nodes differ by more than the balanciness: every guest goes to the node with most free memory' })
  }
  return actions
}
