import type { HostId, StepId, VmId } from '../../model/ids.ts'
import type { Step } from '../../model/plan.ts'
import type { Result } from '../../model/result.ts'

/**
 * What one call to the outside is to do. Every effect has an id that is never used again, and may not begin after
 * `deadlineUnixMs`, by the clock of the host that carries it out: that host refuses what comes late or a second time.
 */
export interface Effect {
  readonly id: string
  readonly deadlineUnixMs: number
  readonly action: Action
}

/** Cordoning is kept by the host itself; a host that is cordoned refuses starts and incoming migrations. */
export type Action =
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'cordon'; readonly host: HostId; readonly cordoned: boolean }
  | { readonly kind: 'abort'; readonly vm: VmId; readonly host: HostId; readonly step: StepId }

/** Classes of failures, as in the table of errors: same target later, another host, this VM never, this host out, ask a person, unknown. */
export const FAILURE_CLASSES = ['sameLater', 'otherHost', 'vmPinned', 'hostOut', 'operator', 'unknown'] as const
export type FailureClass = (typeof FAILURE_CLASSES)[number]

/** What a call said. It is not the truth: both ends are read before anything is concluded. */
export interface Reply {
  readonly id: string
  readonly ok: boolean
  /** The driver's own code and domain, and its text; null where it said nothing (time-out, lost connection). */
  readonly failure: { readonly class: FailureClass; readonly code: number | null; readonly domain: number | null; readonly text: string } | null
}

export const SEEN_VM_STATES = ['running', 'paused', 'incoming', 'shutOff', 'saved', 'crashed', 'unsure'] as const
/** `incoming` is the copy that a migration fills; `unsure` a state that the driver is known to report wrongly. */
export type SeenVmState = (typeof SEEN_VM_STATES)[number]

export interface SeenVm {
  readonly vm: VmId
  readonly uuid: string
  readonly state: SeenVmState
  /** A job of anybody's runs on it: migration, backup, save. */
  readonly hasJob: boolean
  /** What it holds, or will hold as an incoming copy; absent: not told. */
  readonly memoryMib?: number
}

/** One host, looked at. `reachable: false` says nothing about its VMs: unknown is neither dead nor empty. */
export interface SeenHost {
  readonly host: HostId
  readonly seenUnixMs: number
  readonly reachable: boolean
  /** From the management controller; null = no answer, which is not "off". */
  readonly power: 'on' | 'off' | null
  readonly cordoned: boolean
  readonly vms: readonly SeenVm[]
  readonly incoming: number
  readonly outgoing: number
  /** The host's own clock when it was looked at; absent: not told, and its skew is not known. */
  readonly clockUnixMs?: number
  /** What VMs may hold here together; absent: not told, and memory is not checked once more before an effect. */
  readonly memoryForVmsMib?: number
}

/** Hosts as a driver shows them: the same few calls for KVM, Xen and the simulated pool. */
export interface HostDriver {
  /** Performs an effect and answers when the call has come back, at the latest some time after its deadline; never throws. */
  perform(effect: Effect): Promise<Reply>
  /** Looks at hosts now, not at what is remembered. */
  look(hosts: readonly HostId[]): Promise<readonly SeenHost[]>
  /** Whether a step could be done here at all, before it is planned: capabilities, guard, proven wake. */
  able(action: Action): Result<void>
  close(): Promise<void>
}
