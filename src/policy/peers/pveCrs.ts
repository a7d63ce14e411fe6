import { bestMove } from './bestMove.ts'
import { cpuRatio, deviation, fits, isAllowed, mean, memoryRatio, placedDraftOf, usableHosts } from './draft.ts'
import { type Peer, type PeerAnswer, type PeerView, NOTHING } from './peer.ts'

const THRESHOLD = 0.3
const ROUNDS = 3
const MARGIN = 0.1

/**
 * Proxmox VE's cluster resource scheduler, dynamic, with automatic rebalancing (pve-ha-manager 5.2): every round of about
 * 10 s the imbalance of the nodes is judged, the coefficient of variation of their load (mean of CPU and memory
 * utilization). When it is above 0.3 for 3 rounds, the one migration that lowers it most is queued if it lowers it by
 * at least 10 %. None while any motion is queued or running. HA rules hold. Being relative, the figure is as large in
 * an idle cluster as in a busy one. No cooldown for a guest.
 * Sources: Proxmox VE documentation, "CRS load balancer" (ha-manager); pve-devel series "dynamic scheduler + load
 * rebalancer", February to April 2026.
 */
export const pveCrs: Peer = { name: 'pve-crs', intervalMs: 10_000, historyMs: 60_000, stopsWhatStays: false, decide }

function decide(view: PeerView): PeerAnswer {
  const { memory, busy } = view
  const draft = placedDraftOf(view, 0)
  const hosts = usableHosts(draft)
  const imbalance = (): number => {
    const loads = hosts.map((host) => (cpuRatio(draft, host) + memoryRatio(draft, host)) / 2)
    return mean(loads) === 0 ? 0 : deviation(loads) / mean(loads)
  }
  const now = imbalance()
  if (hosts.length < 2 || now <= THRESHOLD) return NOTHING({ ...memory, rounds: 0 })
  const rounds = memory.rounds + 1
  if (rounds < ROUNDS || busy) return NOTHING({ ...memory, rounds })
  const move = bestMove(draft, hosts, (vm, host) => fits(draft, vm, host) && isAllowed(draft, vm, host), imbalance)
  if (move === null || move.after > (1 - MARGIN) * now) return NOTHING({ ...memory, rounds })
  return { actions: [{ kind: 'migrate', vm: move.vm, target: move.target, why: `imbalance ${now.toFixed(2)} is above ${THRESHOLD} for ${ROUNDS} rounds` }], memory: { ...memory, rounds: 0 } }
}
