import type { StepKind, StepOutcome } from './plan.ts'

/** Events of a run that are counted: those that match all that is given; an empty list matches anything. Steps that somebody else started are left out unless `codes` names them. */
export interface EventFilter {
  readonly kind: 'plan' | 'start' | 'end' | 'note' | 'vm' | 'host' | 'request'
  readonly actions: readonly StepKind[]
  readonly vms: readonly string[]
  readonly sources: readonly string[]
  readonly targets: readonly string[]
  readonly hosts: readonly string[]
  readonly outcomes: readonly StepOutcome[]
  readonly changes: readonly string[]
  readonly goals: readonly string[]
  /** Of the event's reason. */
  readonly codes: readonly string[]
  readonly fromMs: number
  /** Null: to the end. */
  readonly toMs: number | null
}

/** How many events match; with `each` of the VM or host that has most, with `withinMs` in the busiest stretch of that length. */
export interface EventMeasure {
  readonly filter: EventFilter
  readonly each: 'vm' | 'host' | null
  readonly withinMs: number | null
}

/** How many of these VMs are anywhere else than on one of these hosts as the run ends. */
export interface PlaceMeasure {
  readonly vms: readonly string[]
  readonly hosts: readonly string[]
}
