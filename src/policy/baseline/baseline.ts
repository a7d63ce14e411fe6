import type { LoadHistory } from '../../model/history.ts'
import type { Pool } from '../../model/pool.ts'

/** What a baseline decides on. Read-only, and valid during the decision only. */
export interface BaselineView {
  /** Placement and states. */
  readonly pool: Pool
  /** Samples so far, oldest first; the last one is of now. */
  readonly frames: LoadHistory
  /** Slots of VMs in the order in which they came to the hosts where they are. */
  readonly arrivalOrder: Int32Array
  readonly atMs: number
}

/** A policy that names its migrations directly. */
export interface Baseline {
  readonly name: string
  /** Samples of the past that it looks at. */
  readonly historyMs: number
  /** Migrations wanted now, in the order in which they are to start. A VM may be named twice: the second target is final. The same view gives the same answer. */
  decide(view: BaselineView): readonly BaselineMove[]
}

export interface BaselineMove {
  readonly vm: number
  readonly target: number
  /** To relieve an overloaded host, or to empty one that is little used. */
  readonly cause: 'relieve' | 'empty'
}
