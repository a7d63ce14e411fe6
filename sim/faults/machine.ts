import type { Effect, SeenHost } from '../../src/execute/protocol/effects.ts'
import { advance, resume } from '../../src/execute/protocol/advance.ts'
import { replay } from '../../src/execute/protocol/ledger.ts'
import type { JournalRecord } from '../../src/execute/protocol/records.ts'
import type { ExecutorConfig, ExecutorInput, ExecutorOutput } from '../../src/execute/protocol/state.ts'
import type { Rng } from '../../src/model/random.ts'
import { carryOut } from './commands.ts'
import { Disk } from './disk.ts'
import { Checks } from './invariants.ts'
import { Journaling } from './journaling.ts'
import { NO_ODDS, type Odds } from './odds.ts'
import type { Process } from './process.ts'
import { EventHash, Tally, effectName } from './tally.ts'
import { FAULT_TIMES } from './times.ts'
import { VirtualTime } from './virtualTime.ts'
import { send } from './wire.ts'
import { type Defences, type World, makeWorld, seeHost } from './world.ts'

const LEASE_MS = 30_000
const RENEW_MS = 8_000
const START_MS = 1_000_000

/** A fault that strikes one chosen effect, and nothing else does. */
export interface Forced {
  readonly effect: number
  readonly fault: 'crashBefore' | 'crashAfter' | 'lostReply'
}

export interface MachineOptions {
  readonly hosts: number
  readonly vms: number
  readonly xen: (host: number) => boolean
  readonly hostsOnMin: number
  readonly odds: Odds
  readonly defences: Defences
  readonly forced: Forced | null
  readonly apart: readonly (readonly [string, string])[]
  readonly isTraced: boolean
}

/**
 * Two controllers that run the executor's very code, on one virtual time with a pool of hosts, a journal and a network that
 * fails as drawn. Everything that happens is an event of one queue, so a seed repeats to the byte.
 */
export class Machine {
  readonly world: World
  readonly checks: Checks
  readonly disk = new Disk()
  readonly tally = new Tally()
  readonly hash = new EventHash()
  readonly trace: string[] = []
  readonly config: ExecutorConfig
  readonly processes: (Process | null)[] = [null, null]
  readonly downUntilMs = [0, 0]
  readonly options: MachineOptions
  onEnded: (output: ExecutorOutput & { kind: 'ended' }) => void = () => undefined
  odds: Odds
  /** Effects handed out so far, and when the last one was. */
  effects = 0
  lastEffectMs = 0
  readonly #rng: Rng
  readonly #time = new VirtualTime(START_MS)
  readonly #journaling: Journaling

  constructor(rng: Rng, options: MachineOptions) {
    this.options = options
    this.odds = options.odds
    this.#rng = rng
    this.world = makeWorld(options.hosts, options.vms, options.xen, options.defences, {
      nowMs: () => this.nowMs, after: (delayMs, run) => this.after(delayMs, run), draw: () => this.#rng.next(), odds: () => this.odds,
      takesEffect: (effect) => this.#takesEffect(effect), fault: (effect, name) => this.#count(effect, name), mutated: (what) => this.#mutated(what),
    })
    const limits = { hostIncomingMax: 1, hostOutgoingMax: 1, poolMigrationsMax: 2, bootsAtOnceMax: 2, hostsOnMin: options.hostsOnMin }
    this.config = { who: 'controller', hosts: this.world.hosts.map(({ id, xen }) => ({ id, powerManaged: true, canAbort: !xen })), limits, times: FAULT_TIMES }
    const { lookFreshMs, retryMs, retryMaxMs } = FAULT_TIMES
    this.checks = new Checks(this.world, { hostMigrationsMax: 1, poolMigrationsMax: 2, hostsOnMin: options.hostsOnMin, lookFreshMs, retryMs, retryMaxMs }, () => this.nowMs, options.apart)
    this.#journaling = new Journaling(this)
    for (const controller of [0, 1]) this.after(1 + controller * 500, () => this.#heartbeat(controller))
  }

  get nowMs(): number {
    return this.#time.nowMs
  }

  after(delayMs: number, run: () => void): void {
    this.#time.after(delayMs, run)
  }

  /** Runs events until then, or until something is broken. */
  runUntil(untilMs: number): void {
    this.#time.runUntil(untilMs, () => this.checks.violations.length > 0)
  }

  draw(chance: number): boolean {
    return chance > 0 && this.#rng.next() < chance
  }

  below(bound: number): number {
    return this.#rng.below(bound)
  }

  note(text: string): void {
    this.hash.number(this.nowMs)
    this.hash.text(text)
    if (this.options.isTraced) this.trace.push(`${((this.nowMs - START_MS) / 1000).toFixed(3)} ${text}`)
  }

  leader(): Process | null {
    return this.processes.find((runner) => runner?.isAlive === true && runner.state.journal !== 'fenced' && runner.epoch === this.disk.epoch) ?? null
  }

  /** Hands an input to a process, now or when it stands no longer still. */
  feed(runner: Process, input: WithoutTime<ExecutorInput>): void {
    if (!runner.isAlive) return
    if (runner.isPaused) return void runner.queued.push(() => this.feed(runner, input))
    const turned = advance(this.config, runner.state, { ...input, atMs: this.nowMs + runner.offsetMs })
    runner.state = turned.state
    this.#handle(runner, turned.outputs)
  }

  crash(controller: number): void {
    const runner = this.processes[controller]
    if (!runner?.isAlive) return
    runner.isAlive = false
    this.processes[controller] = null
    this.downUntilMs[controller] = this.nowMs + 5_000 + this.below(60_000)
    this.tally.add('crashes')
    this.note(`controller ${controller} crashes`)
  }

  pause(controller: number, durationMs: number): void {
    const runner = this.processes[controller]
    if (!runner?.isAlive || runner.isPaused) return
    runner.isPaused = true
    this.tally.add('pauses')
    this.note(`controller ${controller} stands still for ${durationMs} ms`)
    this.after(durationMs, () => {
      runner.isPaused = false
      for (const run of runner.queued.splice(0)) run()
    })
  }

  /** No more faults: what is broken is mended, clocks are set. */
  mend(): void {
    this.odds = NO_ODDS
    this.disk.full = false
    for (const host of this.world.hosts) {
      host.cut.fill(false)
      host.controllerAnswers = true
    }
    for (const runner of this.processes) if (runner !== null && runner.offsetMs !== 0) this.crash(runner.controller)
  }

  #heartbeat(controller: number): void {
    this.after(RENEW_MS + this.below(500), () => this.#heartbeat(controller))
    const runner = this.processes[controller]
    if (runner?.isAlive) {
      if (runner.isPaused) return
      if (runner.state.journal === 'fenced') this.processes[controller] = null
      else if (this.disk.renew(controller, runner.epoch, this.nowMs, LEASE_MS)) {
        runner.leaseUntilMs = this.disk.leaseUntilMs
        this.feed(runner, { kind: 'lease', untilMs: this.disk.leaseUntilMs + runner.offsetMs })
      } else this.feed(runner, { kind: 'leaseLost' })
      return
    }
    if (this.nowMs < this.downUntilMs[controller]!) return
    const epoch = this.disk.acquire(controller, this.nowMs, LEASE_MS)
    if (epoch !== null) this.#start(controller, epoch)
  }

  #start(controller: number, epoch: number): void {
    const offsetMs = this.draw(this.odds.clockJump) ? (this.below(2) === 0 ? 3_600_000 : -3_600_000) : 0
    if (offsetMs !== 0) this.tally.add('clockJumps')
    if (this.below(12) === 0) {
      const fault = this.disk.whyNotRecovered(this.below(400))
      this.tally.add('tornAppends')
      if (fault !== null) this.checks.broken('replay', fault)
    }
    this.note(`controller ${controller} leads in epoch ${epoch}`)
    const ledger = replay(this.disk.records, FAULT_TIMES)
    if (!this.#journaling.tells(ledger)) this.checks.broken('replay', 'the journal tells another state than the one that was kept')
    const turned = resume(this.config, { ledger, damage: null }, { atMs: this.nowMs + offsetMs, epoch, leaseUntilMs: this.disk.leaseUntilMs + offsetMs })
    const runner: Process = {
      controller, offsetMs, epoch, leaseUntilMs: this.disk.leaseUntilMs, state: turned.state, looks: new Map(), isAlive: true, isPaused: false, queued: [], tickMs: null, appends: 0, lastWriteMs: 0,
    }
    this.processes[controller] = runner
    this.tally.add('starts')
    this.#handle(runner, turned.outputs)
  }

  #handle(runner: Process, outputs: readonly ExecutorOutput[]): void {
    const records: JournalRecord[] = []
    for (const output of outputs) {
      if (!runner.isAlive) return
      if (output.kind === 'append') records.push(output.record)
      else if (output.kind === 'perform') this.#perform(runner, output.effect)
      else if (output.kind === 'look') this.#look(runner, output.hosts)
      else if (output.kind === 'wakeAt') this.#wake(runner, output.atMs - runner.offsetMs)
      else if (output.kind === 'ended') {
        this.note(`${output.step.id} ${output.outcome} ${output.code}`)
        this.tally.add(`ended ${output.outcome}`)
        this.onEnded(output)
      } else {
        this.note(`alarm ${output.code} ${output.subject ?? ''}`)
        this.tally.add(`alarm ${output.code}`)
      }
    }
    if (records.length > 0) this.#journaling.append(runner, records)
  }

  #wake(runner: Process, atMs: number): void {
    const dueMs = Math.max(this.nowMs + 1, atMs)
    if (runner.tickMs !== null && runner.tickMs <= dueMs) return
    runner.tickMs = dueMs
    this.after(dueMs - this.nowMs, () => {
      if (runner.tickMs !== dueMs) return
      runner.tickMs = null
      this.feed(runner, { kind: 'tick' })
    })
  }

  #look(runner: Process, hosts: readonly string[]): void {
    const delayMs = 5 + this.below(300)
    const isLost = this.draw(this.odds.lostLook)
    const lateMs = this.draw(this.odds.staleLook) ? this.below(130_000) : 5 + this.below(300)
    if (isLost) return this.tally.add('lostLooks')
    this.after(delayMs, () => {
      const seen = this.world.hosts.filter(({ id }) => hosts.includes(id)).map((host) => seeHost(this.world, host, runner.controller, this.nowMs + runner.offsetMs))
      this.after(lateMs, () => {
        if (!runner.isAlive) return
        this.#deliver(runner, seen)
      })
    })
  }

  #deliver(runner: Process, seen: readonly SeenHost[]): void {
    if (runner.isPaused) return void runner.queued.push(() => this.#deliver(runner, seen))
    for (const look of seen) if ((runner.looks.get(look.host)?.seenUnixMs ?? -1) < look.seenUnixMs) runner.looks.set(look.host, look)
    this.checks.looked(runner.epoch, runner.looks, this.nowMs + runner.offsetMs)
    this.feed(runner, { kind: 'seen', hosts: seen })
  }

  #count(effect: Effect, fault: string): void {
    this.tally.add(`${effectName(effect)} ${fault}`)
  }

  #perform(runner: Process, effect: Effect): void {
    const number = this.effects++
    this.lastEffectMs = this.nowMs
    this.#count(effect, 'begun')
    this.checks.issued(effect, runner.leaseUntilMs)
    const { forced } = this.options
    const strikes = (fault: Forced['fault'], chance: number): boolean => (forced === null ? this.draw(chance) : forced.effect === number && forced.fault === fault)
    if (strikes('crashBefore', this.odds.crashBefore)) {
      this.#count(effect, 'crashBefore')
      return this.crash(runner.controller)
    }
    this.#send(runner, effect, strikes('lostReply', this.odds.lostReply))
    if (strikes('crashAfter', this.odds.crashAfter)) {
      this.#count(effect, 'crashAfter')
      this.crash(runner.controller)
    }
  }

  #send(runner: Process, effect: Effect, isReplyLost: boolean): void {
    const ends = {
      after: (delayMs: number, run: () => void) => this.after(delayMs, run), draw: (chance: number) => this.draw(chance), below: (bound: number) => this.below(bound), odds: () => this.odds,
      fault: (struck: Effect, name: string) => this.#count(struck, name), arrive: (arrived: Effect, answer: Parameters<typeof carryOut>[3]) => carryOut(this.world, arrived, runner.controller, answer),
    }
    send(ends, effect, isReplyLost, (reply) => this.feed(runner, { kind: 'reply', reply }))
  }

  #takesEffect(effect: Effect): void {
    this.note(`effect ${effect.id}`)
    this.checks.takesEffect(effect)
  }

  #mutated(what: string): void {
    this.note(what)
    this.checks.mutated()
  }
}

type WithoutTime<T> = T extends unknown ? Omit<T, 'atMs'> : never
