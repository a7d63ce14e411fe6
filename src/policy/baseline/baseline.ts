import type { LoadHistory } from '../../model/history.ts'
import type { Pool } from '../../model/pool.ts'

/** A policy that names its migrations directly, in the order in which they are to start. */
export interface Baseline {
  readonly name: string
  /** Samples of the past that it looks at. */
  readonly historyMs: number
  /** Migrations wanted now. `frames` are the samples so far, oldest first; placement and states are the pool's. A VM may be named twice: the second target is final. */
  decide(pool: Pool, frames: LoadHistory, atMs: number): readonly BaselineMove[]
}

export interface BaselineMove {
  readonly vm: number
  readonly target: number
}
