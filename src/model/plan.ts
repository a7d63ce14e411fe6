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

/** A graph of steps with reasons: a value that can be stored, shown, checked, approved and replayed. */
export interface Plan {
  readonly formatVersion: 1
  readonly hash: string
  readonly baseRevision: number
  readonly goal: string
  readonly reason: Reason
  /** Whether the plan reaches everything that was wished. */
  readonly complete: boolean
  readonly unmet: readonly Reason[]
  readonly objective: PlanObjective
  readonly steps: readonly Step[]
}

export const STEP_OUTCOMES = ['done', 'failed', 'refused', 'timedOut'] as const
export type StepOutcome = (typeof STEP_OUTCOMES)[number]

export type MigrateStep = Extract<Step, { kind: 'migrate' }>
export type StartStep = Extract<Step, { kind: 'startVm' | 'resumeVm' }>
export type StopStep = Extract<Step, { kind: 'shutdownVm' | 'suspendVm' }>
export type PowerStep = Extract<Step, { kind: 'powerOn' | 'powerOff' }>
