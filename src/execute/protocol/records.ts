import type { HostId, VmId } from '../../model/ids.ts'
import type { TrustRecord } from '../../model/livePool.ts'
import type { MaintenanceRecord } from '../../model/maintenanceRecord.ts'
import type { HostMode } from '../../model/pool.ts'
import type { Action, FailureClass } from './effects.ts'

/** What is to be done, written down before it is. */
export interface Intent {
  readonly id: string
  readonly action: Action
  readonly deadlineUnixMs: number
  /** Hash of the plan and revision of the pool that the step was made on; null for what no plan asked for. */
  readonly plan: string | null
  readonly poolRevision: number | null
  /** Controller or person. */
  readonly who: string
  /** Code of the reason. */
  readonly why: string
  /** What the hosts showed that allowed it, for people. */
  readonly precondition: string
}

export const SETTLED = ['done', 'notDone', 'elsewhere', 'gone', 'doubled'] as const
/** What became of an intent, by what hosts showed: `elsewhere` = the VM runs on a third host, `gone` = nowhere. */
export type Settled = (typeof SETTLED)[number]

export interface Outcome {
  readonly id: string
  readonly settled: Settled
  readonly class: FailureClass | null
  /** What the hosts showed, for people. */
  readonly seen: string
  /** What the call said, kept beside it. */
  readonly reply: { readonly code: number | null; readonly domain: number | null; readonly text: string } | null
}

/** What people say about trouble that only they can end. */
export type Clearance = { readonly kind: 'vm'; readonly vm: VmId } | { readonly kind: 'host'; readonly host: HostId } | { readonly kind: 'halt' } | { readonly kind: 'wakeProven'; readonly host: HostId }

export type RecordBody =
  | { readonly kind: 'epoch'; readonly body: { readonly who: string } }
  | { readonly kind: 'intent'; readonly body: Intent }
  | { readonly kind: 'outcome'; readonly body: Outcome }
  | { readonly kind: 'cordon'; readonly body: { readonly host: HostId; readonly mode: HostMode; readonly who: string } }
  | { readonly kind: 'halt'; readonly body: { readonly why: string } }
  | { readonly kind: 'clear'; readonly body: { readonly what: Clearance; readonly who: string } }
  /** How far the loop is trusted from here on. */
  | { readonly kind: 'trust'; readonly body: TrustRecord }
  /** What is wished of hosts and where VMs were taken from, whole, from here on. */
  | { readonly kind: 'maintenance'; readonly body: MaintenanceRecord }
  | { readonly kind: 'snapshot'; readonly body: LedgerValue }

/** One line of the journal. Sequences have no gap; the epoch never falls. */
export type JournalRecord = RecordBody & { readonly sequence: number; readonly epoch: number; readonly atUnixMs: number }

/** What is remembered of a VM that could not be migrated. */
export interface VmTrouble {
  readonly failures: number
  readonly notBeforeMs: number
  /** Why it may not be moved until a person clears it; null = it may. */
  readonly pinned: string | null
  /** Failures by target. */
  readonly targets: Readonly<Record<string, number>>
}

export interface HostTrouble {
  /** Why nothing is sent there until a person clears it; null = it may be used. */
  readonly out: string | null
  /** When it last came up after a wake of ours or a person's word; null = never, or the last wake failed. */
  readonly wakeProvenMs: number | null
  /** The reason's code for which we powered it off; absent or null: we did not, or it came up since. */
  readonly offFor?: string | null
}

/** The ledger as a JSON value: maps as lists of pairs, sorted by key. */
export interface LedgerValue {
  readonly modes: readonly (readonly [HostId, HostMode])[]
  readonly cordons: readonly HostId[]
  readonly open: readonly (readonly [string, Intent])[]
  readonly vms: readonly (readonly [VmId, VmTrouble])[]
  readonly hosts: readonly (readonly [HostId, HostTrouble])[]
  readonly halted: string | null
  /** Absent in journals of before there was any. */
  readonly trust?: TrustRecord | null
  readonly maintenance?: MaintenanceRecord | null
}
