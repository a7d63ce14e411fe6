import { NO_PEER_MEMORY, type PeerMemory } from '../policy/peers/peer.ts'

/** What the controller remembers for a peer. */
export interface PeerProgress {
  /** Null: it has not run yet. */
  readonly lastRunMs: number | null
  /** The newest sample that it has seen. */
  readonly seenMs: number | null
  readonly memory: PeerMemory
  readonly poweredOff: readonly number[]
  readonly failedWakes: readonly number[]
}

export const NO_PEER_PROGRESS: PeerProgress = { lastRunMs: null, seenMs: null, memory: NO_PEER_MEMORY, poweredOff: [], failedWakes: [] }
