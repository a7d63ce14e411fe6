import { HOUR_MS } from '../../model/resources.ts'
import { bestMove } from './bestMove.ts'
import { deviation, draftOf, fits, mean, memoryRatio, moveTo, runningHosts } from './draft.ts'
import type { Peer, PeerAction, PeerAnswer, PeerView } from './peer.ts'

const THRESHOLD = 0.4
const MIGRATIONS_MAX = 50

/**
 * CloudStack's cluster DRS, algorithm condensed, at its defaults: every 60 minutes, as long as the imbalance of allocated
 * memory (standard deviation over mean) is below drs.imbalance 0.4, the move that raises it most is added to the plan, at
 * most 50. Allocated memory is all it looks at: no CPU use, no cooldown, no power. Anti-affinity that is not strict is
 * not seen, and nothing is checked again before it is executed, so that the plan may name hosts in maintenance. When a VM
 * can't leave a host that is prepared for maintenance, it is stopped.
 * Sources: CloudStack administration guide, "CloudStack DRS"; apache/cloudstack issues 12473, 3720, 11286, 12045 and pull
 * request 14108.
 */
export const cloudstackCondensed: Peer = { name: 'cloudstack-condensed', intervalMs: HOUR_MS, historyMs: 60_000, stopsWhatStays: true, decide }

function decide(view: PeerView): PeerAnswer {
  const draft = draftOf(view, 0)
  const hosts = runningHosts(draft)
  const imbalance = (): number => {
    const held = hosts.map((host) => memoryRatio(draft, host))
    return mean(held) === 0 ? 0 : deviation(held) / mean(held)
  }
  const moved = new Set<number>()
  const actions: PeerAction[] = []
  for (let now = imbalance(); now < THRESHOLD && actions.length < MIGRATIONS_MAX && hosts.length > 1; now = imbalance()) {
    const move = bestMove(draft, hosts, (vm, host) => !moved.has(vm) && fits(draft, vm, host), () => -imbalance())
    if (move === null || -move.after <= now + 1e-9) break
    moveTo(draft, move.vm, move.target)
    moved.add(move.vm)
    actions.push({ kind: 'migrate', vm: move.vm, target: move.target, why: `imbalance ${now.toFixed(2)} is below ${THRESHOLD}: not condensed` })
  }
  return { actions, memory: view.memory }
}
