import type { HostId, StepId, VmId } from '../../model/ids.ts'
import type { Step, StepOutcome } from '../../model/plan.ts'
import type { TrustRecord } from '../../model/livePool.ts'
import type { MaintenanceRecord } from '../../model/maintenanceRecord.ts'
import type { HostMode } from '../../model/pool.ts'
import { HOUR_MS, MINUTE_MS } from '../../model/resources.ts'
import type { Effect, Reply, SeenHost } from './effects.ts'
import type { Ledger } from './ledger.ts'
import type { Clearance, JournalRecord } from './records.ts'

export interface ManagedHost {
  readonly id: HostId
  readonly powerManaged: boolean
  /** Whether a running migration can be cancelled there: on KVM it can, on Xen it can't. */
  readonly canAbort: boolean
}

export interface ExecutorLimits {
  readonly hostIncomingMax: number
  readonly hostOutgoingMax: number
  readonly poolMigrationsMax: number | null
  readonly bootsAtOnceMax: number | null
  /** Reachable hosts that stay on and serve; at least 1 in any case. */
  readonly hostsOnMin: number
}

export interface ProtocolTimes {
  /** From an intent to the deadline of its effect. */
  readonly commandMs: number
  /** Added to a deadline before anything is concluded: what clocks may differ by, and a command that has just begun shows. */
  readonly marginMs: number
  /** An effect whose lease has less than this left is not begun. */
  readonly leaseMinMs: number
  /** Between looks at an intent that is not settled, and at all hosts. */
  readonly pollMs: number
  readonly lookEveryMs: number
  /** A look that brought nothing is asked for again. */
  readonly lookRetryMs: number
  /** Nothing is begun on a look that is older. */
  readonly lookFreshMs: number
  /** A host not seen for so long is unknown. */
  readonly unknownAfterMs: number
  /** A host whose clock differs by more carries out nothing. */
  readonly skewMaxMs: number
  /** A step that can't begin for so long is given back. */
  readonly queueMaxMs: number
  /** A migration that takes longer is aborted where that can be. */
  readonly stuckMs: number
  readonly bootMaxMs: number
  readonly shutdownMaxMs: number
  readonly vmStartMaxMs: number
  readonly vmStopMaxMs: number
  /** Between the two empty looks before a power-off. */
  readonly emptyGapMs: number
  /** A wake that worked is proof for so long. */
  readonly wakeProofMs: number
  readonly retryMs: number
  readonly retryMaxMs: number
}

export const PROTOCOL_TIMES: ProtocolTimes = {
  commandMs: 20_000, marginMs: 5_000, leaseMinMs: 5_000, pollMs: 5_000, lookEveryMs: 30_000, lookRetryMs: 15_000, lookFreshMs: 10_000, unknownAfterMs: 90_000, skewMaxMs: 2_000, queueMaxMs: 2 * MINUTE_MS,
  stuckMs: 10 * MINUTE_MS, bootMaxMs: 10 * MINUTE_MS, shutdownMaxMs: 5 * MINUTE_MS, vmStartMaxMs: MINUTE_MS, vmStopMaxMs: 5 * MINUTE_MS, emptyGapMs: 5_000,
  wakeProofMs: 30 * 24 * HOUR_MS, retryMs: 20_000, retryMaxMs: HOUR_MS / 2,
}

export interface ExecutorConfig {
  readonly who: string
  readonly hosts: readonly ManagedHost[]
  readonly limits: ExecutorLimits
  readonly times: ProtocolTimes
}

/**
 * What reaches the executor. `atMs` is wall time when the process began plus what a steady clock has counted since: it never
 * goes back. `appended` says that the journal holds everything up to that record for good. `memoryMib` of a start is what the
 * step's VM will hold on its target, null where no VM comes to a host.
 */
export type ExecutorInput = { readonly atMs: number } & (
  | { readonly kind: 'start'; readonly step: Step; readonly plan: string | null; readonly poolRevision: number | null; readonly memoryMib: number | null }
  | { readonly kind: 'mode'; readonly host: HostId; readonly mode: HostMode; readonly who: string }
  | { readonly kind: 'clear'; readonly what: Clearance; readonly who: string }
  | { readonly kind: 'trust'; readonly record: TrustRecord }
  | { readonly kind: 'maintenance'; readonly record: MaintenanceRecord }
  | { readonly kind: 'appended'; readonly sequence: number }
  | { readonly kind: 'appendFailed'; readonly why: 'fenced' | 'full' | 'broken'; readonly message: string }
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'seen'; readonly hosts: readonly SeenHost[] }
  | { readonly kind: 'lease'; readonly untilMs: number }
  | { readonly kind: 'leaseLost' }
  | { readonly kind: 'halt'; readonly why: string }
  | { readonly kind: 'tick' }
)

export const ALARMS = ['observeOnly', 'fenced', 'vmDoubled', 'vmGone', 'vmPinned', 'hostOut', 'wakeFailed', 'migrationStuck', 'powerOffStuck', 'clockSkew', 'halted'] as const
export type AlarmCode = (typeof ALARMS)[number]

/** What the executor wants done. Appends are carried out in their order; `perform` comes only after its intent was `appended`. */
export type ExecutorOutput =
  | { readonly kind: 'append'; readonly record: JournalRecord }
  | { readonly kind: 'perform'; readonly effect: Effect }
  | { readonly kind: 'look'; readonly hosts: readonly HostId[] }
  | { readonly kind: 'wakeAt'; readonly atMs: number }
  | { readonly kind: 'ended'; readonly step: Step; readonly outcome: StepOutcome; readonly code: string; readonly message: string }
  | { readonly kind: 'alarm'; readonly code: AlarmCode; readonly subject: string | null; readonly message: string }

/** A step on its way. It is forgotten in a crash; its intent is not. */
export interface Job {
  readonly step: Step
  readonly plan: string | null
  readonly poolRevision: number | null
  readonly memoryMib: number | null
  readonly sinceMs: number
  /** Only looks since then count for what the job asks next. */
  readonly lookSinceMs: number
  readonly intent: string | null
  /** Intents so far. */
  readonly tries: number
  /** When the host was first seen empty behind its cordon. */
  readonly emptySinceMs: number | null
}

/** What this process knows of an open intent beyond the journal. */
export interface Watch {
  /** Of the intent's record. */
  readonly sequence: number
  /** `waiting` for the journal, `issued` by this process, `adopted` from one before, `void`: never issued, and never will be. */
  readonly phase: 'waiting' | 'issued' | 'adopted' | 'void'
  readonly sinceMs: number
  /** From then on the command itself can no longer begin; what it began may still run. */
  readonly restMs: number
  readonly lookSinceMs: number
  readonly reply: Reply | null
  /** Looks showed something that a single look may show wrongly. */
  readonly doubt: 'doubled' | 'gone' | null
  readonly abortedMs: number | null
  readonly alarmed: boolean
}

export interface ExecutorState {
  readonly epoch: number
  readonly resumedMs: number
  readonly leaseUntilMs: number
  readonly journal: 'up' | 'down' | 'fenced'
  readonly journalRetryMs: number
  /** What the journal holds for good, and what it will hold once all appends have succeeded. */
  readonly confirmed: Ledger
  readonly current: Ledger
  readonly pending: readonly JournalRecord[]
  readonly jobs: readonly Job[]
  readonly watches: ReadonlyMap<string, Watch>
  readonly views: ReadonlyMap<HostId, SeenHost>
  readonly askedMs: ReadonlyMap<HostId, number>
  readonly lookedMs: number
  /** VMs seen active on two hosts: since when, and whether later looks at both confirmed it. */
  readonly doubles: ReadonlyMap<VmId, { readonly sinceMs: number; readonly hosts: readonly HostId[]; readonly confirmed: boolean }>
  readonly skewed: ReadonlySet<HostId>
  /** Cordons that did not take are tried again from then on. */
  readonly cordonRetryMs: ReadonlyMap<HostId, number>
  /** Why nothing new is done; null = acting. */
  readonly observing: string | null
  readonly intentCount: number
}

export interface Advanced {
  readonly state: ExecutorState
  readonly outputs: readonly ExecutorOutput[]
}

/** Steps under way: given and not yet ended, those of a process before this one included. They hold what they take. */
export const stepsUnderWay = (state: ExecutorState): readonly Step[] => state.jobs.map(({ step }) => step)

export const isUnderWay = (state: ExecutorState, step: StepId): boolean => state.jobs.some((job) => job.step.id === step)
