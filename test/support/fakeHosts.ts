import { type HandsParts, type Hands, handsOn } from '../../src/cli/holdPool.ts'
import type { LoopTime } from '../../src/drivers/executorLoop.ts'
import type { Effect, Reply, SeenHost, SeenVmState } from '../../src/execute/protocol/effects.ts'
import { EMPTY_LEDGER, replay } from '../../src/execute/protocol/ledger.ts'
import type { JournalRecord } from '../../src/execute/protocol/records.ts'
import { type ExecutorConfig, PROTOCOL_TIMES } from '../../src/execute/protocol/state.ts'
import { type HostId, hostId, vmId } from '../../src/model/ids.ts'
import type { Step } from '../../src/model/plan.ts'
import { done } from '../../src/model/result.ts'
import type { ShownHost } from '../../src/observe/keepPool.ts'
import { MONDAY_UNIX_MS, makeHost, makeVm } from './parts.ts'

/** A process that has crashed at an event: nothing of it goes on. */
export class Crash extends Error {}

interface FakeVm {
  host: string | null
  state: SeenVmState
  target: string | null
}

/** Hosts that do what they are told in their own time, a journal, and a clock that goes on only when nobody has anything to do. They outlive the processes on them. */
export class FakeHosts {
  nowMs = 0
  readonly records: JournalRecord[] = []
  readonly effects: Effect[] = []
  readonly vms = new Map<string, FakeVm>()
  readonly off = new Set<string>()
  readonly cordoned = new Set<string>()
  readonly names: readonly string[]
  /** Called before and after each effect and each append; throws Crash to end the process there. */
  event: (what: string) => void = () => undefined
  /** What a migration of that VM says instead of moving it. */
  readonly refuses = new Map<string, Reply['failure']>()
  /** Hosts that a wake leaves off. */
  readonly deaf = new Set<string>()
  #generation = 0
  #epoch = 0
  #timers: { readonly atMs: number; readonly run: () => void; readonly generation: number | null }[] = []

  constructor(names: readonly string[], vms: Readonly<Record<string, string>>) {
    this.names = names
    for (const [vm, host] of Object.entries(vms)) this.vms.set(vm, { host, state: 'running', target: null })
  }

  placeOf(vm: string): string | null {
    return this.vms.get(vm)?.host ?? null
  }

  /** A new process on these hosts: the one before it, if it still lives, is dead from here on. */
  begin(say: (text: string) => void = () => undefined): Hands {
    const generation = ++this.#generation
    const isAlive = (): boolean => generation === this.#generation
    const lease = (): HandsParts['lease'] => ({ epoch: this.#epoch, untilMs: this.nowMs + 30_000, renew: () => this.#while(isAlive, () => lease()) })
    this.#epoch++
    return handsOn({
      config: this.#config(), say, lease: lease(), time: this.time(generation),
      journal: { found: { ledger: this.records.length === 0 ? EMPTY_LEDGER : replay(this.records, PROTOCOL_TIMES), damage: null }, append: (records) => this.#while(isAlive, () => this.#append(records)) },
      driver: { perform: (effect) => this.#while(isAlive, () => this.#perform(effect, isAlive)).then((reply) => reply), look: (hosts) => this.#while(isAlive, () => hosts.map((host) => this.#see(host))), able: () => done(undefined), close: () => Promise.resolve() },
      sight: () => this.#while(isAlive, () => this.names.map((name) => this.#show(name))),
    })
  }

  /** What each host shows now. */
  see(): readonly SeenHost[] {
    return this.names.map((name) => this.#see(hostId(name)))
  }

  kill(): void {
    this.#generation++
    this.#timers = this.#timers.filter(({ generation }) => generation === null)
  }

  time(generation: number | null = null): LoopTime {
    return {
      unixMs: () => MONDAY_UNIX_MS + this.nowMs, steadyMs: () => this.nowMs,
      after: (delayMs, run) => {
        const timer = { atMs: this.nowMs + delayMs, run, generation }
        this.#timers.push(timer)
        return () => { this.#timers = this.#timers.filter((other) => other !== timer) }
      },
    }
  }

  /** Lets time pass, timer by timer, until `isOver` or the limit. */
  async pass(isOver: () => boolean, limitMs = 3_600_000): Promise<void> {
    const endMs = this.nowMs + limitMs
    for (;;) {
      await settled()
      if (isOver()) return
      const next = this.#timers.reduce<number | null>((first, { atMs }) => (first === null || atMs < first ? atMs : first), null)
      if (next === null || next > endMs) throw new Error(`nothing more happens after ${this.nowMs} ms`)
      this.nowMs = Math.max(this.nowMs, next)
      const due = this.#timers.filter(({ atMs }) => atMs <= this.nowMs)
      this.#timers = this.#timers.filter((timer) => !due.includes(timer))
      for (const { run } of due) run()
    }
  }

  #config(): ExecutorConfig {
    return { who: 'test', times: PROTOCOL_TIMES, limits: { hostIncomingMax: 1, hostOutgoingMax: 1, poolMigrationsMax: null, bootsAtOnceMax: null, hostsOnMin: 1 }, hosts: this.names.map((name) => ({ id: hostId(name), powerManaged: true, canAbort: true })) }
  }

  /** Of a dead process no call comes back. */
  #while<T>(isAlive: () => boolean, call: () => T): Promise<T> {
    return new Promise((resolve) => {
      if (!isAlive()) return
      try {
        const value = call()
        queueMicrotask(() => (isAlive() ? resolve(value) : undefined))
      } catch (error) {
        if (!(error instanceof Crash)) throw error
        this.kill()
      }
    })
  }

  #append(records: readonly JournalRecord[]): { ok: true } {
    this.event('before an append')
    this.records.push(...records)
    this.event('after an append')
    return { ok: true }
  }

  #perform(effect: Effect, isAlive: () => boolean): Promise<Reply> {
    this.event('before an effect')
    this.effects.push(effect)
    const { id, action } = effect
    const takesMs = action.kind === 'step' ? this.#stepMs(action.step) : 100
    if (action.kind === 'cordon') this.cordoned[action.cordoned ? 'add' : 'delete'](action.host)
    if (action.kind === 'step' && action.step.kind === 'migrate') this.#copy(action.step.vm, action.step.target)
    const failure = action.kind === 'step' && 'vm' in action.step ? (this.refuses.get(action.step.vm) ?? null) : null
    // The host goes on, whatever becomes of who asked.
    const ended = new Promise<Reply>((resolve) => void this.time().after(takesMs, () => {
      if (action.kind === 'step') this.#finish(action.step, failure !== null)
      if (isAlive()) resolve({ id, ok: failure === null, failure })
    }))
    this.event('after an effect')
    return ended
  }

  #stepMs = (step: Step): number => (step.kind === 'migrate' ? 7000 : 3000)

  #copy(vm: string, target: string): void {
    this.vms.get(vm)!.target = target
  }

  #finish(step: Step, failed: boolean): void {
    if ('host' in step) {
      if (step.kind === 'powerOff') this.off.add(step.host)
      else if (!this.deaf.has(step.host)) this.off.delete(step.host)
      return
    }
    const vm = this.vms.get(step.vm)!
    vm.target = null
    if (failed) return
    if (step.kind === 'migrate') vm.host = step.target
    else if (step.kind === 'startVm' || step.kind === 'resumeVm') this.vms.set(step.vm, { host: step.target, state: 'running', target: null })
    else vm.state = step.kind === 'shutdownVm' ? 'shutOff' : 'saved'
  }

  #see(host: HostId): SeenHost {
    const isOff = this.off.has(host)
    const vms = [...this.vms].flatMap(([name, { host: at, state, target }]) => [
      ...(at === host ? [{ vm: vmId(name), uuid: name, state, hasJob: target !== null, memoryMib: 4096 }] : []), ...(target === host ? [{ vm: vmId(name), uuid: name, state: 'incoming' as const, hasJob: true, memoryMib: 4096 }] : []),
    ])
    return { host, seenUnixMs: MONDAY_UNIX_MS + this.nowMs, reachable: !isOff, power: isOff ? 'off' : 'on', cordoned: this.cordoned.has(host), vms: isOff ? [] : vms, incoming: vms.filter(({ state }) => state === 'incoming').length, outgoing: vms.filter(({ state, hasJob }) => hasJob && state !== 'incoming').length }
  }

  #show(name: string): ShownHost {
    const { vms, power } = this.#see(hostId(name))
    return { host: makeHost(name), power: power ?? 'on', reachable: true, mode: 'available', vms: vms.map(({ vm, state }) => ({ vm: makeVm(vm), state })) }
  }
}

/** Lets everything that waits for nothing but its turn have it. */
async function settled(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve))
}
