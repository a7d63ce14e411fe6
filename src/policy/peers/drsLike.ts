import { MINUTE_MS } from '../../model/resources.ts'
import { bestMove } from './bestMove.ts'
import { type Draft, cpuRatio, deviation, fits, isAllowed, moveTo, placedDraftOf, usableHosts } from './draft.ts'
import type { Peer, PeerAction, PeerView } from './peer.ts'

const MOVES_PER_HOST_MAX = 8
/** A move must take off at least this part of the imbalance that is tolerated. */
const GAIN_MIN_RATIO = 0.1

/**
 * vSphere DRS up to 6.7: every 300 s the standard deviation of the hosts' load (demand over capacity) is compared with a
 * target, and as long as it is above, the move that lowers it most is taken, at most 8 a host. At the default threshold
 * 3 recommendations of priority 6 - ceil(imbalance / 0.1 x sqrt(hosts)) <= 3 are applied, so the target is 0.2 /
 * sqrt(hosts). Rules and memory are checked. What the cost-benefit filter weighs is not published: here a move must be
 * worth a tenth of the target. No cooldown for a VM.
 * Sources: vSphere Resource Management (docs.vmware.com, "DRS migration recommendations"); VMware KB 1007485 for the
 * formula, as reported by third parties.
 */
export const drsLike: Peer = {
  name: 'drs-like', intervalMs: 5 * MINUTE_MS, historyMs: 5 * MINUTE_MS, stopsWhatStays: false,
  decide: (view) => ({ actions: balance(view, placedDraftOf(view, 5 * MINUTE_MS)), memory: view.memory }),
}

/** The moves of one run; they are made on the draft. */
export function balance({ busy }: PeerView, draft: Draft, without: readonly number[] = []): PeerAction[] {
  const hosts = usableHosts(draft).filter((host) => !without.includes(host))
  if (busy || hosts.length < 2) return []
  const imbalance = (): number => deviation(hosts.map((host) => cpuRatio(draft, host)))
  const target = 0.2 / Math.sqrt(hosts.length)
  const taken = new Map<number, number>()
  const moved = new Set<number>()
  const count = (host: number): number => taken.get(host) ?? 0
  const actions: PeerAction[] = []
  for (let now = imbalance(); now > target; now = imbalance()) {
    const move = bestMove(draft, hosts, (vm, host) => !moved.has(vm) && count(draft.pool.vmHost[vm]!) < MOVES_PER_HOST_MAX && count(host) < MOVES_PER_HOST_MAX && fits(draft, vm, host) && isAllowed(draft, vm, host), imbalance)
    if (move === null || now - move.after < GAIN_MIN_RATIO * target) break
    for (const host of [draft.pool.vmHost[move.vm]!, move.target]) taken.set(host, count(host) + 1)
    moveTo(draft, move.vm, move.target)
    moved.add(move.vm)
    actions.push({ kind: 'migrate', vm: move.vm, target: move.target, why: `imbalance ${now.toFixed(3)} is above ${target.toFixed(3)}` })
  }
  return actions
}
