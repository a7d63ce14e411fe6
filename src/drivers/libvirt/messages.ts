/** What the process that holds the C library is asked, and what it answers. Values here are plain, so that they pass between processes. */

/** What libvirt said of a failure; `code` and `domain` null where it said nothing: time-out, lost process, unreachable address. */
export interface CallFailure {
  readonly code: number | null
  readonly domain: number | null
  readonly text: string
  /** Whether the call may have reached the host: then the outcome is not known. */
  readonly mayHaveBegun: boolean
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: CallFailure }

/** One domain as a look shows it. Numbers are libvirt's own: virDomainState, its reason, KiB, ns. */
export interface SeenDomain {
  readonly name: string
  readonly uuid: string
  /** Null: not active. */
  readonly id: number | null
  readonly state: number
  readonly reason: number
  readonly isPersistent: boolean
  readonly hasManagedSave: boolean
  /** virDomainJobType, 0 = none; null: the host does not say, because it only receives. */
  readonly jobType: number | null
  readonly memoryKib: number
  readonly memoryMaxKib: number
  readonly vcpus: number
  readonly cpuTimeNs: number
  /** CPU time a moment later, told of domains in a state that may be false. */
  readonly cpuTimeLaterNs: number | null
}

export interface LookedHost {
  readonly domains: readonly SeenDomain[]
  readonly memoryKib: number
}

/** One reading of counters. Absent = not told. */
export interface DomainCounters {
  readonly name: string
  readonly uuid: string
  readonly id: number | null
  readonly state: number
  readonly cpuTimeNs?: number
  readonly vcpus?: number
  /** Sum over vCPUs of the time they waited for a core. */
  readonly delayNs?: number
  readonly balloonKib?: number
  readonly balloonMaximumKib?: number
  readonly balloonUnusedKib?: number
  readonly balloonAvailableKib?: number
  readonly balloonUsableKib?: number
  readonly rssKib?: number
  readonly networkBytes?: number
  readonly diskBytes?: number
}

export interface HostCounters {
  /** By the clock of the process that asked, monotonic. */
  readonly atMs: number
  readonly domains: readonly DomainCounters[]
  /** Time the host's CPUs were busy, summed; null where libvirt has no such call. */
  readonly cpuBusyNs: number | null
  readonly memoryKib: number
  readonly memoryFreeKib: number | null
}

export interface NodeFacts {
  readonly hostName: string
  readonly driver: string
  readonly libraryVersion: number
  readonly hypervisorVersion: number
  readonly cpuModel: string
  readonly memoryKib: number
  readonly cpus: number
  readonly mhz: number
  readonly cells: number
  readonly sockets: number
  readonly coresPerSocket: number
  readonly threadsPerCore: number
  readonly capabilitiesXml: string
  /** Calls by name that the host's driver refuses as not supported. */
  readonly unsupported: readonly string[]
}

export interface MigrationOrder {
  readonly uuid: string
  readonly targetUri: string
  readonly flags: number
  readonly bandwidthMibPerS: number | null
  /** Null: the data goes to the name that the target gives itself. */
  readonly dataUri: string | null
  /** Downtimes allowed one after the other each time progress stalls; empty: this driver can't be tuned. */
  readonly downtimeStepsMs: readonly number[]
  /** No progress for so long: the next step, then the end. */
  readonly stallMs: number
  /** Aborted after so long where that can be. */
  readonly limitMs: number
  readonly pollMs: number
  readonly notAfterUnixMs: number
}

/** How a running migration stands. Null = the driver doesn't tell. */
export interface MigrationProgress {
  readonly elapsedMs: number
  readonly memoryTotalMib: number | null
  readonly memoryRemainingMib: number | null
  readonly memoryProcessedMib: number | null
  readonly mibPerS: number | null
  readonly dirtyMibPerS: number | null
  readonly iteration: number | null
  readonly downtimeMs: number | null
}

export interface MigrationEnd {
  readonly durationMs: number
  readonly last: MigrationProgress | null
  /** What was tried to make it converge, in order. */
  readonly measures: readonly string[]
}

export interface DomainXml {
  readonly name: string
  readonly uuid: string
  readonly xml: string
}

/** Stands for an event where the connection that told them was lost. */
export const LOST = -1

/** A lifecycle event: a hint to look, never the truth. */
export interface LifecycleEvent {
  readonly uri: string
  readonly name: string
  readonly event: number
  readonly detail: number
}

/** Calls by name: what goes in, what comes out. Every one but `process` is for one host, by its address. */
export interface Calls {
  look: { input: null; output: LookedHost }
  counters: { input: null; output: HostCounters }
  facts: { input: null; output: NodeFacts }
  xml: { input: { readonly uuid: string | null; readonly inactive: boolean }; output: readonly DomainXml[] }
  migrate: { input: MigrationOrder; output: MigrationEnd }
  completedJob: { input: { readonly uuid: string }; output: MigrationProgress }
  abort: { input: { readonly uuid: string; readonly pollMs: number; readonly limitMs: number }; output: { readonly ended: boolean } }
  start: { input: { readonly uuid: string; readonly notAfterUnixMs: number }; output: null }
  shutdown: { input: { readonly uuid: string; readonly notAfterUnixMs: number }; output: null }
  save: { input: { readonly uuid: string; readonly notAfterUnixMs: number }; output: null }
  resume: { input: { readonly uuid: string; readonly notAfterUnixMs: number }; output: null }
  define: { input: { readonly xml: string; readonly notAfterUnixMs: number }; output: { readonly uuid: string } }
  undefine: { input: { readonly uuid: string; readonly notAfterUnixMs: number }; output: null }
  watch: { input: null; output: null }
}
export type CallName = keyof Calls

export interface Request {
  readonly id: number
  readonly uri: string
  /** Where the address is tried before the library opens it; null: nothing to try. */
  readonly probe: { readonly host: string; readonly port: number } | null
  readonly call: CallName
  readonly input: unknown
}

export type FromChild =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer<unknown> }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: MigrationProgress }
  | { readonly kind: 'event'; readonly event: LifecycleEvent }
