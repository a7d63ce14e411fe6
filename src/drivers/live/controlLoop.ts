import type { Input, Output, Request } from '../../control/messages.ts'
import type { ControllerConfig, ControllerState } from '../../control/state.ts'
import { turn } from '../../control/turn.ts'
import type { HostId, StepId } from '../../model/ids.ts'
import type { Sample } from '../../model/load.ts'
import type { Step, StepOutcome } from '../../model/plan.ts'
import { type PoolIndex, indexPool } from '../../model/poolIndex.ts'
import type { HostMode, Pool } from '../../model/pool.ts'
import type { Packed, Packing, PackingLimits } from '../../optimize/packing.ts'
import { Inbox } from './inbox.ts'

/** The pool as it was just seen, with what was measured since the last time. Nobody changes it afterwards. */
export interface Observation {
  readonly pool: Pool
  readonly samples: readonly Sample[]
}

/** Everything outside the controller: eyes, hands, a place to think, a clock and a memory. */
export interface Surroundings {
  /** Looks at the whole pool now, and enters what steps that were handed over hold, whether or not the hosts show it yet. A rejection counts as "nothing was seen" and is told to `failed`. */
  observe(): Promise<Observation>
  /** Hands a step over; its end comes back through `Controlling.ended`. */
  start(step: Step, plan: string | null, poolRevision: number): void
  mode(host: HostId, mode: HostMode): void
  solve(packing: Packing, limits: PackingLimits, timeoutMs: number): Promise<Packed | null>
  /** Whole ms since the controller's instant 0; never goes back. */
  nowMs(): number
  /** Ends early when `until` resolves. */
  wait(durationMs: number, until: Promise<void>): Promise<void>
  /** Every input with what it led to, before anything of that is carried out. */
  turned(input: Input, outputs: readonly Output[], state: ControllerState): void
  failed(error: unknown): void
}

export interface LoopTimes {
  readonly tickMs: number
}

type Letter =
  | { readonly kind: 'request'; readonly request: Request }
  | { readonly kind: 'stepEnded'; readonly step: StepId; readonly outcome: StepOutcome; readonly message: string | null }
  | { readonly kind: 'solved'; readonly id: string; readonly answer: Packed }

/** What may be told to a loop that runs. */
export interface Controlling {
  request(request: Request): void
  ended(step: StepId, outcome: StepOutcome, message: string | null): void
  /** Something has changed out there: looks soon, not only at the next tick. */
  hint(): void
  /** Resolves when `stop` was called and nothing is being turned. */
  readonly over: Promise<void>
  stop(): void
}

/**
 * Feeds the controller from the clock, the pool and whoever asks, one input after another, each with a pool that was seen
 * after it arrived. It is the simulator's loop with a real pool: the same turn, the same outputs.
 */
export function controlPool(config: ControllerConfig, initial: ControllerState, times: LoopTimes, around: Surroundings): Controlling {
  const loop = new ControlLoop(config, initial, times, around)
  return { request: (request) => loop.inbox.put({ kind: 'request', request }), ended: (step, outcome, message) => loop.inbox.put({ kind: 'stepEnded', step, outcome, message }), hint: () => loop.hint(), over: loop.run(), stop: () => loop.stop() }
}

/** Between two looks because of hints: whatever happens, hosts are not asked more often. */
const HINTED_MS = 2000

class ControlLoop {
  readonly inbox = new Inbox<Letter>()
  private readonly config: ControllerConfig
  private readonly times: LoopTimes
  private readonly around: Surroundings
  private state: ControllerState
  private seen: { readonly pool: Pool; readonly index: PoolIndex } | null = null
  private plan: string | null = null
  private nextTickMs = 0
  private lastTickMs = -HINTED_MS
  private hinted: Promise<void> = Promise.resolve()
  private endHinted: () => void = () => undefined
  private stopped = false
  private readonly stopping: Promise<void>
  private endStopping: () => void = () => undefined

  constructor(config: ControllerConfig, initial: ControllerState, times: LoopTimes, around: Surroundings) {
    this.config = config
    this.state = initial
    this.times = times
    this.around = around
    this.stopping = new Promise((resolve) => {
      this.endStopping = resolve
    })
  }

  hint(): void {
    this.nextTickMs = Math.min(this.nextTickMs, Math.max(this.around.nowMs(), this.lastTickMs + HINTED_MS))
    this.endHinted()
  }

  stop(): void {
    this.stopped = true
    this.endStopping()
  }

  async run(): Promise<void> {
    while (!this.stopped) {
      const now = this.around.nowMs()
      if (now >= this.nextTickMs) {
        this.nextTickMs = now + this.times.tickMs
        this.lastTickMs = now
        await this.tick()
        continue
      }
      const letter = this.inbox.take()
      if (letter !== undefined) {
        await this.open(letter)
        continue
      }
      this.hinted = new Promise((resolve) => {
        this.endHinted = resolve
      })
      await this.around.wait(this.nextTickMs - now, Promise.race([this.inbox.arrival(), this.stopping, this.hinted]))
    }
  }

  private async tick(): Promise<void> {
    const observation = await this.look()
    if (observation === null || this.seen === null) return
    this.tell({ kind: 'tick', atMs: this.around.nowMs(), ...this.seen, samples: observation.samples })
  }

  /** Told with the pool as it is then; where it can't be seen, with the last that was. */
  private async open(letter: Letter): Promise<void> {
    await this.look()
    if (this.seen === null) {
      this.inbox.put(letter)
      await this.around.wait(this.times.tickMs, this.stopping)
      return
    }
    this.tell({ ...letter, atMs: this.around.nowMs(), ...this.seen })
  }

  private async look(): Promise<Observation | null> {
    try {
      const observation = await this.around.observe()
      this.seen = { pool: observation.pool, index: indexPool(observation.pool) }
      return observation
    } catch (error) {
      this.around.failed(error)
      return null
    }
  }

  private tell(input: Input): void {
    const { state, outputs } = turn(this.config, this.state, input)
    this.state = state
    this.around.turned(input, outputs, state)
    for (const output of outputs) this.obey(output, input)
  }

  private obey(output: Output, { pool, atMs }: Input): void {
    switch (output.kind) {
      case 'start':
        this.around.start(output.step, this.plan, pool.revision)
        return
      case 'mode':
        this.around.mode(output.host, output.mode)
        return
      case 'wakeAt':
        this.nextTickMs = Math.min(this.nextTickMs, Math.max(output.atMs, atMs + 1))
        return
      case 'planned':
        this.plan = output.plan.hash
        return
      case 'record':
        return
      case 'solve':
        void this.solve(output, atMs)
    }
  }

  /** An answer that does not come is nothing to wait for: at the deadline the controller decides with its quick solver. */
  private async solve({ id, packing, limits, deadlineMs }: Extract<Output, { kind: 'solve' }>, atMs: number): Promise<void> {
    this.nextTickMs = Math.min(this.nextTickMs, deadlineMs)
    try {
      const answer = await this.around.solve(packing, limits, deadlineMs - atMs)
      if (answer !== null) this.inbox.put({ kind: 'solved', id, answer })
    } catch (error) {
      this.around.failed(error)
    }
  }
}
