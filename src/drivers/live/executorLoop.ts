import { advance } from '../../execute/protocol/advance.ts'
import type { HostDriver } from '../../execute/protocol/effects.ts'
import type { Clearance, JournalRecord } from '../../execute/protocol/records.ts'
import { type Advanced, type ExecutorConfig, type ExecutorInput, type ExecutorOutput, type ExecutorState, stepsUnderWay } from '../../execute/protocol/state.ts'
import type { HostId } from '../../model/ids.ts'
import type { Step } from '../../model/plan.ts'
import type { HostMode } from '../../model/pool.ts'

type InputBody = ExecutorInput extends infer Each ? (Each extends ExecutorInput ? Omit<Each, 'atMs'> : never) : never
type Ended = Extract<ExecutorOutput, { kind: 'ended' }>
type Alarm = Extract<ExecutorOutput, { kind: 'alarm' }>

/** What the protocol needs of the outside. */
export interface ExecutorSurroundings {
  readonly driver: HostDriver
  /** Makes records durable, all or none; one call at a time. */
  append(records: readonly JournalRecord[]): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: 'fenced' | 'full' | 'broken'; readonly message: string }>
  /** Unix ms when the process began plus what a steady clock has counted since. */
  nowMs(): number
  /** Calls back once at that instant or soon after; a later call replaces it. */
  wakeAt(atMs: number, wake: () => void): void
  ended(ended: Ended): void
  alarm(alarm: Alarm): void
}

/**
 * Drives the execution protocol in real time: everything that happens goes in at once, whatever it wants is begun, and
 * answers go in when they come. It waits for nothing itself.
 */
export class ExecutorLoop {
  private readonly config: ExecutorConfig
  private readonly around: ExecutorSurroundings
  private state: ExecutorState
  private waiting: JournalRecord[] = []
  private isAppending = false
  private isStopped = false

  /** `resumed` is what `resume` gave on the journal's state. */
  constructor(config: ExecutorConfig, resumed: Advanced, around: ExecutorSurroundings) {
    this.config = config
    this.around = around
    this.state = resumed.state
    this.obey(resumed.outputs)
  }

  /** `memoryMib`: what the step's VM holds, null where it has none. */
  start(step: Step, plan: string | null, poolRevision: number | null, memoryMib: number | null): void {
    this.take({ kind: 'start', step, plan, poolRevision, memoryMib })
  }

  mode(host: HostId, mode: HostMode, who: string): void {
    this.take({ kind: 'mode', host, mode, who })
  }

  clear(what: Clearance, who: string): void {
    this.take({ kind: 'clear', what, who })
  }

  halt(why: string): void {
    this.take({ kind: 'halt', why })
  }

  leaseHeldUntil(untilMs: number): void {
    this.take({ kind: 'lease', untilMs })
  }

  leaseLost(): void {
    this.take({ kind: 'leaseLost' })
  }

  /** Given and not yet ended; they hold what they take on both ends. */
  get underWay(): readonly Step[] {
    return stepsUnderWay(this.state)
  }

  get current(): ExecutorState {
    return this.state
  }

  /** Nothing is taken in or begun from now on. What is under way at the hosts goes on, and is adopted by the next process. */
  stop(): void {
    this.isStopped = true
  }

  private take(body: InputBody): void {
    if (this.isStopped) return
    const { state, outputs } = advance(this.config, this.state, { ...body, atMs: this.around.nowMs() })
    this.state = state
    this.obey(outputs)
  }

  private obey(outputs: readonly ExecutorOutput[]): void {
    for (const output of outputs) this.carryOut(output)
    if (this.waiting.length > 0) void this.flush()
  }

  private carryOut(output: ExecutorOutput): void {
    switch (output.kind) {
      case 'append':
        this.waiting.push(output.record)
        return
      case 'perform':
        void this.around.driver.perform(output.effect).then((reply) => this.take({ kind: 'reply', reply }))
        return
      case 'look':
        // A look that fails is one that brought nothing: it is asked for again.
        void this.around.driver.look(output.hosts).then((hosts) => this.take({ kind: 'seen', hosts }), () => undefined)
        return
      case 'wakeAt':
        this.around.wakeAt(output.atMs, () => this.take({ kind: 'tick' }))
        return
      case 'ended':
        this.around.ended(output)
        return
      case 'alarm':
        this.around.alarm(output)
    }
  }

  /** One append at a time; what comes meanwhile goes together into the next. */
  private async flush(): Promise<void> {
    if (this.isAppending) return
    this.isAppending = true
    try {
      while (this.waiting.length > 0 && !this.isStopped) {
        const records = this.waiting
        this.waiting = []
        const result = await this.around.append(records)
        if (!result.ok) this.waiting = []
        this.take(result.ok ? { kind: 'appended', sequence: records.at(-1)!.sequence } : { kind: 'appendFailed', why: result.why, message: result.message })
      }
    } finally {
      this.isAppending = false
    }
  }
}
