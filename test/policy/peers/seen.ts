import { NO_PEER_MEMORY, type Peer, type PeerAction, type PeerAnswer, type PeerView } from '../../../src/policy/peers/peer.ts'
import { MINUTE } from '../../support/parts.ts'
import { type SmallPool, hostNumber, vmNumber } from '../../support/pools.ts'

export const NOW = 100 * MINUTE

/** Constant loads over the last hour, one frame a minute: MHz of each VM, hosts as the sum of theirs. A VM that is left out has no samples. */
export function seenOf(small: SmallPool, vmMhz: Readonly<Record<string, number>>, parts: Partial<PeerView> = {}): PeerView {
  return viewOf(small, Array.from({ length: 60 }, () => vmMhz), parts)
}

/** The same from rows, oldest first, a minute apart; the last is of now. */
export function viewOf(small: SmallPool, rows: readonly Readonly<Record<string, number>>[], parts: Partial<PeerView> = {}): PeerView {
  const { pool } = small
  const frames = rows.map((row, position) => {
    const vmCpuMhz = Float64Array.from(pool.vms, ({ id }) => row[id] ?? NaN)
    const hostCpuMhz = new Float64Array(pool.hosts.length)
    vmCpuMhz.forEach((used, vm) => { if (used >= 0) hostCpuMhz[pool.vmHost[vm]!]! += used })
    return { takenAtMs: NOW - (rows.length - 1 - position) * MINUTE, intervalMs: MINUTE, vmCpuMhz, hostCpuMhz }
  })
  return { pool, frames, atMs: NOW, busy: false, movedAtMs: new Float64Array(0), poweredOff: [], failedWakes: [], memory: NO_PEER_MEMORY, ...parts }
}

/** Actions as short texts: `vm>host`, `+host`, `-host`. */
export const told = (small: SmallPool, answer: PeerAnswer): string[] => answer.actions.map((action) => textOf(small, action))
export const does = (small: SmallPool, peer: Peer, view: PeerView): string[] => told(small, peer.decide(view))

function textOf({ pool }: SmallPool, action: PeerAction): string {
  if (action.kind === 'migrate') return `${pool.vms[action.vm]!.id}>${pool.hosts[action.target]!.id}`
  return `${action.kind === 'powerOn' ? '+' : '-'}${pool.hosts[action.host]!.id}`
}

export const moved = (small: SmallPool, vm: string, atMs: number): Float64Array => {
  const column = new Float64Array(small.pool.vms.length).fill(NaN)
  column[vmNumber(small, vm)] = atMs
  return column
}
export const host = (small: SmallPool, name: string): number => hostNumber(small, name)
