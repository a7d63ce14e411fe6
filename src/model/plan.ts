import type { HostId, StepId, VmId } from './ids.ts'
import type { Reason } from './result.ts'

export const STEP_KINDS = ['migrate', 'startVm', 'shutdownVm', 'suspendVm', 'resumeVm', 'powerOn', 'powerOff'] as const
export type StepKind = (typeof STEP_KINDS)[number]

interface StepBase {
  readonly id: StepId
  /** Steps that must have ended well before this one may start. */
  readonly after: readonly StepId[]
  readonly estimateMs: number
  readonly reason: Reason
}

/** Reason code of steps that operators asked for: no automation, so nothing holds them back. */
export const OPERATOR = 'operator'
/** Reason code of the steps of a wake drill: a host is powered off only to be woken at once, so that it is known whether it comes back. */
export const DRILL = 'drill'

/** One action on the pool. */
export type Step = StepBase &
  (
    | { readonly kind: 'migrate'; readonly vm: VmId; readonly source: HostId; readonly target: HostId }
    | { readonly kind: 'startVm' | 'resumeVm'; readonly vm: VmId; readonly target: HostId }
    | { readonly kind: 'shutdownVm' | 'suspendVm'; readonly vm: VmId; readonly source: HostId }
    | { readonly kind: 'powerOn' | 'powerOff'; readonly host: HostId }
  )

/** Values of the objective before and after the plan, and a proven bound; lower is better, units are the objective's. */
export interface PlanObjective {
  readonly before: number
  readonly after: number
  /** No placement that meets the same constraints is below this; null where no bound is known. */
  readonly lowerBound: number | null
}

/** What a plan is expected to take, if all goes as reckoned. Lists are in the order of the plan's steps, ms after its start. */
export interface PlanEstimate {
  readonly beginMs: readonly number[]
  readonly endMs: readonly number[]
  readonly makespanMs: number
  /** No order of the same migrations over the same links and under the same limits ends sooner: bytes over bandwidth, and the longest chain of steps. */
  readonly makespanBoundMs: number
  /** What migrations send, with what is dirtied meanwhile sent again. */
  readonly sentMib: number
  /** Pauses of all migrated VMs together. */
  readonly downtimeMs: number
}

/** Amounts by name, units last in the names, and what they are worth together: in watt-hours, everything else at the prices in force (see plan/worth.ts). */
export interface Worth {
  readonly totalWh: number
  readonly amounts: Readonly<Record<string, number>>
}

/** Steps that only pay together, with what they bring and what they take. */
export interface StepGroup {
  readonly name: string
  readonly steps: readonly StepId[]
  /** Done whatever it costs: rules, maintenance, VMs that wait for a place. */
  readonly mandatory: boolean
  readonly benefit: Worth
  readonly cost: Worth
}

/** Something that was considered and not done, and about whom. */
export interface NotDone {
  readonly reason: Reason
  readonly vms: readonly VmId[]
  readonly hosts: readonly HostId[]
}

/** A graph of steps with reasons: a value that can be stored, shown, checked, approved and replayed. */
export interface Plan {
  readonly formatVersion: 1
  /** Content address: SHA-256, in hex, of the canonical bytes of everything else in the plan (see plan/hash.ts). */
  readonly hash: string
  readonly baseRevision: number
  /** Address of what the plan was made from (a snapshot's bytes, say), null where nobody took one. */
  readonly baseHash: string | null
  readonly goal: string
  readonly reason: Reason
  /** Whether the plan reaches everything that was wished. */
  readonly complete: boolean
  readonly unmet: readonly Reason[]
  readonly notDone: readonly NotDone[]
  readonly objective: PlanObjective
  readonly estimate: PlanEstimate
  readonly groups: readonly StepGroup[]
  /** In an order in which they may be started one after another; `after` says what must have ended before. */
  readonly steps: readonly Step[]
}

export const STEP_OUTCOMES = ['done', 'failed', 'refused', 'timedOut'] as const
export type StepOutcome = (typeof STEP_OUTCOMES)[number]

export type MigrateStep = Extract<Step, { kind: 'migrate' }>
export type StartStep = Extract<Step, { kind: 'startVm' | 'resumeVm' }>
export type StopStep = Extract<Step, { kind: 'shutdownVm' | 'suspendVm' }>
export type PowerStep = Extract<Step, { kind: 'powerOn' | 'powerOff' }>
