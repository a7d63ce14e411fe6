import { advance, resume } from '../execute/protocol/advance.ts'
import type { Effect, HostDriver } from '../execute/protocol/effects.ts'
import type { Ledger } from '../execute/protocol/ledger.ts'
import type { Clearance, JournalRecord } from '../execute/protocol/records.ts'
import type { ExecutorConfig, ExecutorInput, ExecutorOutput, ExecutorState } from '../execute/protocol/state.ts'
import type { HostId } from '../model/ids.ts'
import type { Step } from '../model/plan.ts'
import type { TrustRecord } from '../model/livePool.ts'
import type { MaintenanceRecord } from '../model/maintenanceRecord.ts'
import type { HostMode } from '../model/pool.ts'

/** The journal, as far as the loop needs it (store/journal.ts is one). */
export interface LoopJournal {
  readonly found: { readonly ledger: Ledger; readonly damage: string | null }
  append(records: readonly JournalRecord[]): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: 'fenced' | 'full' | 'broken'; readonly message: string }>
}

/** A held lease, as far as the loop needs it (store/lease.ts gives one). `untilMs` is of the steady clock. */
export interface LoopLease {
  readonly epoch: number
  readonly untilMs: number
  renew(): Promise<LoopLease | null>
}

/** Time as the loop sees it: real, or a test's own. */
export interface LoopTime {
  /** Wall time as this process began plus what the steady clock has counted since; integer ms, never goes back. */
  unixMs(): number
  steadyMs(): number
  /** Calls back once after so long; what it returns takes the call back. */
  after(delayMs: number, run: () => void): () => void
}

export interface LoopParts {
  readonly config: ExecutorConfig
  readonly driver: HostDriver
  readonly journal: LoopJournal
  readonly lease: LoopLease
  readonly time: LoopTime
  readonly told: (output: ExecutorOutput & { readonly kind: 'ended' | 'alarm' }) => void
}

/** The executor at work. */
export interface ExecutorLoop {
  readonly state: ExecutorState
  /** A step that the controller starts; its end is told as `ended`. `memoryMib` is what its VM will hold on its target. */
  start(step: Step, about: { readonly plan: string | null; readonly poolRevision: number | null; readonly memoryMib: number | null }): void
  setMode(host: HostId, mode: HostMode, who: string): void
  clear(what: Clearance, who: string): void
  /** Kept across restarts; not while the journal takes nothing. */
  setTrust(record: TrustRecord): void
  /** The same of maintenance. */
  setMaintenance(record: MaintenanceRecord): void
  /** Nothing further is begun until a person clears it. */
  halt(why: string): void
  /** Issues nothing further and waits for the write that is under way. Open intents stay open: whoever comes next settles them. */
  stop(): Promise<void>
}

type WithoutTime<Input> = Input extends unknown ? Omit<Input, 'atMs'> : never

/** Renewed so often within the length of a lease. */
const RENEWALS = 3
const RENEW_LATEST_MS = 1000

/**
 * Drives `advance` in real time: appends in order, effects after their appends, looks, wakes and lease. Begins at once by
 * resuming on what the journal told. A fault of ours (an exception out of `advance`) ends all issuing with an alarm.
 */
export function runExecutor(parts: LoopParts): ExecutorLoop {
  return new Loop(parts)
}

class Loop implements ExecutorLoop {
  readonly #parts: LoopParts
  #state: ExecutorState
  #lease: LoopLease
  #queue: JournalRecord[] = []
  #writing: Promise<void> | null = null
  #cancelWake: () => void = () => undefined
  #cancelRenewal: () => void = () => undefined
  #isStopped = false

  constructor(parts: LoopParts) {
    this.#parts = parts
    this.#lease = parts.lease
    const { state, outputs } = resume(parts.config, parts.journal.found, { atMs: parts.time.unixMs(), epoch: parts.lease.epoch, leaseUntilMs: this.#untilUnixMs(parts.lease) })
    this.#state = state
    this.#carryOut(outputs)
    this.#renewLater()
  }

  get state(): ExecutorState {
    return this.#state
  }

  start(step: Step, about: { readonly plan: string | null; readonly poolRevision: number | null; readonly memoryMib: number | null }): void {
    this.#feed({ kind: 'start', step, ...about })
  }

  setMode(host: HostId, mode: HostMode, who: string): void {
    this.#feed({ kind: 'mode', host, mode, who })
  }

  clear(what: Clearance, who: string): void {
    this.#feed({ kind: 'clear', what, who })
  }

  setTrust(record: TrustRecord): void {
    this.#feed({ kind: 'trust', record })
  }

  setMaintenance(record: MaintenanceRecord): void {
    this.#feed({ kind: 'maintenance', record })
  }

  halt(why: string): void {
    this.#feed({ kind: 'halt', why })
  }

  async stop(): Promise<void> {
    this.#end()
    await this.#writing
  }

  #end(): void {
    this.#isStopped = true
    this.#queue = []
    this.#cancelWake()
    this.#cancelRenewal()
  }

  #untilUnixMs({ untilMs }: LoopLease): number {
    const { time } = this.#parts
    return time.unixMs() + untilMs - time.steadyMs()
  }

  #feed(input: WithoutTime<ExecutorInput>): void {
    if (this.#isStopped) return
    try {
      const { state, outputs } = advance(this.#parts.config, this.#state, { ...input, atMs: this.#parts.time.unixMs() })
      this.#state = state
      this.#carryOut(outputs)
    } catch (error) {
      this.#end()
      this.#parts.told({ kind: 'alarm', code: 'halted', subject: null, message: `the executor has stopped, open intents stay open: ${error instanceof Error ? error.message : String(error)}` })
    }
  }

  #carryOut(outputs: readonly ExecutorOutput[]): void {
    for (const output of outputs) {
      switch (output.kind) {
        case 'append':
          this.#queue.push(output.record)
          break
        case 'perform':
          void this.#perform(output.effect)
          break
        case 'look':
          void this.#look(output.hosts)
          break
        case 'wakeAt':
          this.#wake(output.atMs)
          break
        case 'ended':
        case 'alarm':
          this.#parts.told(output)
      }
    }
    if (this.#queue.length > 0) this.#writing ??= this.#write()
  }

  /** One write at a time, each with everything that has come up meanwhile. After a refusal what waited is void. */
  async #write(): Promise<void> {
    while (this.#queue.length > 0) {
      const records = this.#queue
      this.#queue = []
      const result = await this.#append(records)
      if (!result.ok) this.#queue = []
      if (result.ok) this.#feed({ kind: 'appended', sequence: records.at(-1)!.sequence })
      else this.#feed({ kind: 'appendFailed', why: result.why, message: result.message })
    }
    this.#writing = null
  }

  async #append(records: readonly JournalRecord[]): ReturnType<LoopJournal['append']> {
    try {
      return await this.#parts.journal.append(records)
    } catch (error) {
      return { ok: false, why: 'broken', message: error instanceof Error ? error.message : String(error) }
    }
  }

  /** A driver that fails says nothing: then the looks do. */
  async #perform(effect: Effect): Promise<void> {
    try {
      this.#feed({ kind: 'reply', reply: await this.#parts.driver.perform(effect) })
    } catch (error) {
      this.#feed({ kind: 'reply', reply: { id: effect.id, ok: false, failure: { class: 'unknown', code: null, domain: null, text: error instanceof Error ? error.message : String(error) } } })
    }
  }

  async #look(hosts: readonly HostId[]): Promise<void> {
    try {
      this.#feed({ kind: 'seen', hosts: await this.#parts.driver.look(hosts) })
    } catch {
      // Nothing was seen: the executor asks again.
    }
  }

  #wake(atMs: number): void {
    this.#cancelWake()
    this.#cancelWake = this.#parts.time.after(Math.max(0, atMs - this.#parts.time.unixMs()), () => this.#feed({ kind: 'tick' }))
  }

  #renewLater(): void {
    const leftMs = this.#lease.untilMs - this.#parts.time.steadyMs()
    this.#cancelRenewal = this.#parts.time.after(Math.max(Math.min(RENEW_LATEST_MS, leftMs / 2), leftMs / RENEWALS), () => void this.#renew())
  }

  async #renew(): Promise<void> {
    const next = await this.#lease.renew().catch(() => null)
    if (this.#isStopped) return
    if (next === null) {
      this.#feed({ kind: 'leaseLost' })
      this.#end()
      return
    }
    this.#lease = next
    this.#feed({ kind: 'lease', untilMs: this.#untilUnixMs(next) })
    this.#renewLater()
  }
}
