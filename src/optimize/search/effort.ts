import type { Answer, SolveLimits } from '../problem.ts'

/** What a bin that is only looked at, and a price in a scan, take beside a proposal of an annealing, which counts 1. */
export const LOOKED = 1 / 64
export const SCANNED = 1 / 8

/** Nodes between two looks at whether somebody wants the search to stop. */
const LOOK_EVERY = 1024

/** What a solve has spent of what it may spend, in nodes of about half a microsecond, and whether it was told to stop. */
export class Effort {
  nodes = 0
  readonly nodesMax: number
  private readonly shouldStop: () => boolean
  private nextLook = LOOK_EVERY
  private isStopped = false

  constructor(limits: SolveLimits, nodesMax = limits.nodesMax) {
    this.nodesMax = nodesMax
    this.shouldStop = limits.shouldStop
    this.isStopped = limits.shouldStop()
  }

  /** Counts so many nodes, whole ones; returns whether there may be more. */
  spend(count: number): boolean {
    this.nodes += Math.ceil(count)
    if (this.nodes >= this.nextLook) {
      this.nextLook = this.nodes + LOOK_EVERY
      this.isStopped ||= this.shouldStop()
    }
    return this.hasMore()
  }

  hasMore(): boolean {
    return !this.isStopped && this.nodes < this.nodesMax
  }

  /** How it ended, where `atRest` is what to say of a search that had nothing left to try. */
  ended(atRest: 'optimal' | 'localOptimum' = 'localOptimum'): Answer['ended'] {
    if (this.isStopped) return 'stopped'
    return this.nodes < this.nodesMax ? atRest : 'nodes'
  }
}
