import type { LoadHistory } from '../../model/history.ts'
import type { PeerName } from '../../model/policy.ts'
import type { Pool } from '../../model/pool.ts'

/** What a peer decides on: what our own controller is shown, no more. Read-only, and valid during the decision only. */
export interface PeerView {
  readonly pool: Pool
  /** Samples so far, oldest first. */
  readonly frames: LoadHistory
  readonly atMs: number
  /** Whether a step of this controller is waiting or under way. */
  readonly busy: boolean
  /** When each VM last moved, by slot; NaN: not since it took the slot. */
  readonly movedAtMs: Float64Array
  /** Hosts that this controller powered off. */
  readonly poweredOff: readonly number[]
  /** Hosts that failed to wake. */
  readonly failedWakes: readonly number[]
  readonly memory: PeerMemory
}

/** What a peer remembers from run to run. */
export interface PeerMemory {
  /** Runs in a row in which its condition held. */
  readonly rounds: number
  /** Hosts that it is emptying. */
  readonly emptying: readonly number[]
}

export const NO_PEER_MEMORY: PeerMemory = { rounds: 0, emptying: [] }

/** One action, by index into the pool; `why` is one short sentence. */
export type PeerAction = ({ readonly kind: 'migrate'; readonly vm: number; readonly target: number } | { readonly kind: 'powerOn' | 'powerOff'; readonly host: number }) & { readonly why: string }

export interface PeerAnswer {
  /** In the order in which they are to start. */
  readonly actions: readonly PeerAction[]
  readonly memory: PeerMemory
}

/**
 * What another system does, from its documented semantics, in our words and code. It names its moves itself: no wish,
 * arbitration, ordering or benefit filter of ours stands between it and the rule that says whether a step may begin.
 */
export interface Peer {
  readonly name: PeerName
  /** Time between its runs. */
  readonly intervalMs: number
  /** Samples of the past that it looks at. */
  readonly historyMs: number
  /** When a migration off a host that enters maintenance fails, the VM is shut down rather than left running. */
  readonly stopsWhatStays: boolean
  /** The same view gives the same answer. */
  decide(view: PeerView): PeerAnswer
}

export const NOTHING = (memory: PeerMemory): PeerAnswer => ({ actions: [], memory })
