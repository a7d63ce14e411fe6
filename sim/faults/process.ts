import type { SeenHost } from '../../src/execute/protocol/effects.ts'
import type { ExecutorState } from '../../src/execute/protocol/state.ts'

/** One process of one controller. */
export interface Process {
  readonly controller: number
  readonly offsetMs: number
  readonly epoch: number
  leaseUntilMs: number
  state: ExecutorState
  /** Last looks that it was given. */
  readonly looks: Map<string, SeenHost>
  isAlive: boolean
  isPaused: boolean
  /** What reaches it while it stands still. */
  readonly queued: (() => void)[]
  tickMs: number | null
  /** Appends that were on their way when one failed are dropped. */
  appends: number
  lastWriteMs: number
}
