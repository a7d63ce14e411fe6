import type { HostId } from '../model/ids.ts'
import type { Step } from '../model/plan.ts'
import type { PoolIndex } from '../model/poolIndex.ts'
import type { HostMode, Pool } from '../model/pool.ts'
import type { Result } from '../model/result.ts'

/** A pool that steps can be carried out on: simulated or live, behind the same calls. */
export interface PoolDriver {
  /** The freshest view; read-only for everybody else. */
  readonly pool: Pool
  readonly index: PoolIndex
  /** Begins a step; its end is reported as an input to the controller. Refuses when it may not begin on the pool as it is. */
  start(step: Step): Result<void>
  /** Cordons a host or frees it. */
  setMode(host: HostId, mode: HostMode): void
}
