import type { HostId, StepId, VmId } from '../model/ids.ts'
import type { Sample } from '../model/load.ts'
import type { MigrationSample } from '../model/migrations.ts'
import type { OperatorRequest } from '../model/operatorRequest.ts'
import type { Plan, Step, StepOutcome } from '../model/plan.ts'
import type { PoolIndex } from '../model/poolIndex.ts'
import type { HostMode, Pool } from '../model/pool.ts'
import type { PolicySettings } from '../model/policy.ts'
import type { Reason } from '../model/result.ts'
import type { RunEvent } from '../model/run.ts'
import type { Packed, Packing, PackingLimits } from '../optimize/packing.ts'
import type { Gate } from './hold.ts'

/**
 * What reaches the controller. `pool` is the driver's freshest view of inventory, placement and states, read-only and
 * valid during the turn only; loads come in samples.
 */
export type Input = { readonly atMs: number; readonly pool: Pool; readonly index: PoolIndex } & (
  | { readonly kind: 'tick'; readonly samples: readonly Sample[] }
  | { readonly kind: 'stepEnded'; readonly step: StepId; readonly outcome: StepOutcome; readonly message: string | null }
  | { readonly kind: 'request'; readonly request: Request }
  | { readonly kind: 'solved'; readonly id: string; readonly answer: Packed }
)

/** What people ask for. */
export type Request =
  | OperatorRequest
  /** A person looked at the host: it may be woken again. */
  | { readonly kind: 'clearHost'; readonly host: HostId }
  /** The host was seen to wake, at an instant that may lie before the run. */
  | { readonly kind: 'wakeProven'; readonly host: HostId; readonly atMs: number }
  /** A controller before this one powered the host off, for a reason of this code. */
  | { readonly kind: 'wasPoweredOff'; readonly host: HostId; readonly code: string }
  | { readonly kind: 'place'; readonly vm: VmId }
  /** Migrations that were carried out, by this controller or by one before it, oldest first. */
  | { readonly kind: 'migrated'; readonly samples: readonly MigrationSample[] }
  | { readonly kind: 'policy'; readonly policy: PolicySettings }
  /** Which planned steps may start from now on. */
  | { readonly kind: 'gate'; readonly gate: Gate; readonly why?: Reason }

/**
 * What the controller wants done. `mode` cordons or frees a host; `wakeAt` asks for a tick; `record` goes into the run;
 * `planned` is a plan that was taken over, whole.
 * `solve` asks for a placement: whoever drives the controller has it found elsewhere, as long as that takes, and tells the
 * answer as `solved`, or a tick at `deadlineMs`, whichever comes first. It replaces a solve that is still open.
 */
export type Output =
  | { readonly kind: 'start'; readonly step: Step }
  | { readonly kind: 'mode'; readonly host: HostId; readonly mode: HostMode }
  | { readonly kind: 'wakeAt'; readonly atMs: number }
  | { readonly kind: 'planned'; readonly plan: Plan }
  | { readonly kind: 'record'; readonly event: RunEvent }
  | { readonly kind: 'solve'; readonly id: string; readonly packing: Packing; readonly limits: PackingLimits; readonly deadlineMs: number }
