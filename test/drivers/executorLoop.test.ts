import { describe, expect, it } from 'vitest'
import { type LoopLease, runExecutor } from '../../src/drivers/executorLoop.ts'
import type { Effect, HostDriver, Reply, SeenHost } from '../../src/execute/protocol/effects.ts'
import { EMPTY_LEDGER, replay, toValue } from '../../src/execute/protocol/ledger.ts'
import type { JournalRecord } from '../../src/execute/protocol/records.ts'
import { type ExecutorConfig, type ExecutorOutput, PROTOCOL_TIMES } from '../../src/execute/protocol/state.ts'
import { hostId, stepId, vmId } from '../../src/model/ids.ts'
import type { Step } from '../../src/model/plan.ts'
import { done, reason } from '../../src/model/result.ts'

const A = hostId('a')
const B = hostId('b')
const V = vmId('v')
const config: ExecutorConfig = {
  who: 'test', hosts: [A, B].map((id) => ({ id, powerManaged: true, canAbort: true })), limits: { hostIncomingMax: 1, hostOutgoingMax: 1, poolMigrationsMax: null, bootsAtOnceMax: null, hostsOnMin: 1 }, times: PROTOCOL_TIMES,
}
const move: Step = { id: stepId('s'), kind: 'migrate', vm: V, source: A, target: B, after: [], estimateMs: 1, reason: reason('test', 'test') }

/** Two hosts, a journal in memory, and a clock that only moves when told to. */
class Bench {
  nowMs = 1_000
  place = A
  readonly records: JournalRecord[] = []
  readonly performed: { readonly effect: Effect; readonly written: readonly JournalRecord[] }[] = []
  readonly told: (ExecutorOutput & { kind: 'ended' | 'alarm' })[] = []
  isDriverThrowing = false
  refuse: 'full' | 'fenced' | null = null
  isLeaseLost = false
  #timers: { atMs: number; run: () => void }[] = []

  readonly driver: HostDriver = {
    perform: (effect) => this.#perform(effect),
    look: (hosts) => Promise.resolve(hosts.map((host) => this.#see(host))),
    able: () => done(undefined),
    close: () => Promise.resolve(),
  }

  readonly loop = (found = { ledger: EMPTY_LEDGER, damage: null as string | null }, epoch = 1): ReturnType<typeof runExecutor> =>
    runExecutor({ config, driver: this.driver, journal: { found, append: (records) => this.#append(records) }, lease: this.#lease(epoch), time: { unixMs: () => this.nowMs, steadyMs: () => this.nowMs, after: (delayMs, run) => this.#after(delayMs, run) }, told: (output) => this.told.push(output) })

  #lease(epoch: number): LoopLease {
    return { epoch, untilMs: this.nowMs + 30_000, renew: () => Promise.resolve(this.isLeaseLost ? null : this.#lease(epoch)) }
  }

  async #perform(effect: Effect): Promise<Reply> {
    await Promise.resolve()
    this.performed.push({ effect, written: [...this.records] })
    if (effect.action.kind === 'step') this.place = B
    if (this.isDriverThrowing) throw new Error('the line is cut')
    return { id: effect.id, ok: true, failure: null }
  }

  #see(host: typeof A): SeenHost {
    return { host, seenUnixMs: this.nowMs, reachable: true, power: 'on', cordoned: false, incoming: 0, outgoing: 0, vms: this.place === host ? [{ vm: V, uuid: 'v', state: 'running', hasJob: false }] : [] }
  }

  async #append(records: readonly JournalRecord[]): Promise<{ ok: true } | { ok: false; why: 'full' | 'fenced'; message: string }> {
    await Promise.resolve()
    if (this.refuse !== null) return { ok: false, why: this.refuse, message: 'refused' }
    this.records.push(...records)
    return { ok: true }
  }

  #after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.nowMs + delayMs, run }
    this.#timers.push(timer)
    return () => (this.#timers = this.#timers.filter((other) => other !== timer))
  }

  /** Lets time pass, second by second, and everything that is promised come true. */
  async pass(ms: number): Promise<void> {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; this.nowMs += 1000) {
      const due = this.#timers.filter(({ atMs }) => atMs <= this.nowMs)
      this.#timers = this.#timers.filter((timer) => !due.includes(timer))
      for (const { run } of due) run()
      for (let round = 0; round < 30; round++) await Promise.resolve()
    }
  }
}

const about = { plan: 'p', poolRevision: 1, memoryMib: 1024 }

describe('the loop that drives the executor', () => {
  it('carries a step out: its intent is written before the call, its end is told after a look', async () => {
    const bench = new Bench()
    const loop = bench.loop()
    await bench.pass(2_000)
    loop.start(move, about)
    await bench.pass(60_000)
    expect(bench.performed).toHaveLength(1)
    expect(bench.performed[0]!.written.some((record) => record.kind === 'intent' && record.body.id === bench.performed[0]!.effect.id)).toBe(true)
    expect(bench.told.filter(({ kind }) => kind === 'ended')).toMatchObject([{ outcome: 'done' }])
    expect(toValue(replay(bench.records, PROTOCOL_TIMES))).toEqual(toValue(loop.state.confirmed))
    expect(bench.records.at(-1)).toMatchObject({ kind: 'outcome', body: { settled: 'done' } })
  })

  it('takes a driver that throws for a call that said nothing', async () => {
    const bench = new Bench()
    bench.isDriverThrowing = true
    const loop = bench.loop()
    await bench.pass(2_000)
    loop.start(move, about)
    await bench.pass(10_000)
    expect(bench.told.filter(({ kind }) => kind === 'ended')).toEqual([])
    await bench.pass(60_000)
    expect(bench.told.filter(({ kind }) => kind === 'ended')).toMatchObject([{ outcome: 'done' }])
  })

  it('begins nothing where the journal takes no record', async () => {
    const bench = new Bench()
    const loop = bench.loop()
    await bench.pass(2_000)
    bench.refuse = 'full'
    loop.start(move, about)
    await bench.pass(20_000)
    expect(bench.performed).toEqual([])
    expect(bench.told).toContainEqual(expect.objectContaining({ kind: 'ended', outcome: 'refused', code: 'journalDown' }))
    bench.refuse = null
    await bench.pass(60_000)
    loop.start({ ...move, id: stepId('again') }, about)
    await bench.pass(60_000)
    expect(bench.performed).toHaveLength(1)
  })

  it('stops for good when the lease is lost', async () => {
    const bench = new Bench()
    const loop = bench.loop()
    await bench.pass(2_000)
    bench.isLeaseLost = true
    await bench.pass(30_000)
    loop.start(move, about)
    await bench.pass(60_000)
    expect(bench.performed).toEqual([])
    expect(bench.told).toContainEqual(expect.objectContaining({ code: 'fenced' }))
  })

  it('settles after a restart what the process before left open, and calls nobody again', async () => {
    const bench = new Bench()
    const before = bench.loop()
    await bench.pass(2_000)
    before.start(move, about)
    await bench.pass(1_000)
    await before.stop()
    expect(bench.records.filter(({ kind }) => kind === 'outcome')).toEqual([])
    bench.loop({ ledger: replay(bench.records, PROTOCOL_TIMES), damage: null }, 2)
    await bench.pass(90_000)
    expect(bench.performed).toHaveLength(1)
    expect(bench.told.filter(({ kind }) => kind === 'ended')).toMatchObject([{ step: { id: 's' }, outcome: 'done' }])
  })

  it('only looks after damage, until a person has cleared it', async () => {
    const bench = new Bench()
    const loop = bench.loop({ ledger: EMPTY_LEDGER, damage: 'line 7 does not fit' })
    await bench.pass(5_000)
    loop.start(move, about)
    await bench.pass(5_000)
    expect(bench.performed).toEqual([])
    loop.clear({ kind: 'halt' }, 'operator')
    await bench.pass(5_000)
    loop.start({ ...move, id: stepId('again') }, about)
    await bench.pass(60_000)
    expect(bench.performed).toHaveLength(1)
  })
})
