import { describe, expect, it } from 'vitest'
import { trustAtStart } from '../../../src/control/autonomy.ts'
import { LiveSession } from '../../../src/drivers/live/session.ts'
import type { SessionStatus, Told } from '../../../src/drivers/live/status.ts'
import type { HostDriver } from '../../../src/execute/protocol/effects.ts'
import { EMPTY_LEDGER, replay } from '../../../src/execute/protocol/ledger.ts'
import type { JournalRecord } from '../../../src/execute/protocol/records.ts'
import { PROTOCOL_TIMES } from '../../../src/execute/protocol/state.ts'
import { hostId, vmId } from '../../../src/model/ids.ts'
import type { Autonomy, StagedAutonomy } from '../../../src/model/livePool.ts'
import type { RunEvent } from '../../../src/model/run.ts'
import { done } from '../../../src/model/result.ts'
import { DAY, HOUR, MINUTE, MONDAY_UNIX_MS, makeHost, makePolicy, makeVm } from '../../support/parts.ts'

const STAGED: StagedAutonomy = { upTo: 'automatic', goodDays: 2, missesMax: 3 }
const TICK_MS = 5 * MINUTE
const VMS = ['v0', 'v1', 'v2', 'v3']

interface Trial {
  readonly configured?: Autonomy
  readonly given?: Autonomy | null
  readonly staged?: StagedAutonomy | null
  /** What each VM uses, as a ratio of its size, at an instant since the session began. */
  readonly used?: (atMs: number) => number
  readonly forMs: number
  readonly meanwhile?: (session: LiveSession, nowMs: number) => void
}

/** What outlives a session: the journal's records and the wall clock. */
interface Survives {
  readonly records: JournalRecord[]
  unixMs: number
  epoch: number
}

const survivor = (): Survives => ({ records: [], unixMs: MONDAY_UNIX_MS, epoch: 0 })

interface Seen {
  readonly begins: Autonomy
  readonly status: SessionStatus
  readonly events: readonly RunEvent[]
  readonly alarms: readonly { readonly atMs: number; readonly code: string }[]
  /** Mode at the end of each hour. */
  readonly modes: readonly Autonomy[]
}

/** A session over two hosts that do what they are told, under a clock of the test's own. */
async function live(survives: Survives, { configured = 'observe', given = null, staged = STAGED, used = () => 0.3, forMs, meanwhile }: Trial): Promise<Seen> {
  const hosts = ['a', 'b'].map((name) => makeHost(name))
  const vms = VMS.map((name) => makeVm(name))
  const startUnixMs = survives.unixMs
  let nowMs = 0
  let timers: { readonly atMs: number; readonly run: () => void }[] = []
  const events: RunEvent[] = []
  const alarms: { atMs: number; code: string }[] = []
  const modes: Autonomy[] = []
  const place = (at: number): string => (at % 2 === 0 ? 'a' : 'b')
  const driver: HostDriver = {
    perform: ({ id }) => Promise.resolve({ id, ok: true, failure: null }), able: () => done(undefined), close: () => Promise.resolve(),
    look: (wanted) => Promise.resolve(wanted.map((host) => ({ host, seenUnixMs: startUnixMs + nowMs, reachable: true, power: 'on', cordoned: false, incoming: 0, outgoing: 0, vms: VMS.flatMap((name, at) => (hostId(place(at)) === host ? [{ vm: vmId(name), uuid: name, state: 'running' as const, hasJob: false }] : [])) }))),
  }
  const found = { ledger: survives.records.length === 0 ? EMPTY_LEDGER : replay(survives.records, PROTOCOL_TIMES), damage: null }
  const trust = trustAtStart(found.ledger.trust, configured, given, staged, startUnixMs)
  const lease = { epoch: ++survives.epoch, untilMs: 1e15, renew: () => Promise.resolve(lease) }
  const session = new LiveSession({
    policy: makePolicy(), trust, configured, staged, rules: [], migrations: [], times: { tickMs: TICK_MS }, startUnixMs, nowMs: () => nowMs, driver, lease,
    executor: { who: 'test', times: { ...PROTOCOL_TIMES, lookEveryMs: HOUR, unknownAfterMs: 4 * HOUR }, limits: { hostIncomingMax: 1, hostOutgoingMax: 1, poolMigrationsMax: null, bootsAtOnceMax: null, hostsOnMin: 1 }, hosts: hosts.map(({ id }) => ({ id, powerManaged: false, canAbort: true })) },
    journal: { found, append: (records) => { survives.records.push(...records); return Promise.resolve({ ok: true }) } },
    time: { unixMs: () => startUnixMs + nowMs, steadyMs: () => nowMs, after: (delayMs, run) => { const timer = { atMs: nowMs + delayMs, run }; timers.push(timer); return () => { timers = timers.filter((other) => other !== timer) } } },
    look: () => Promise.resolve({
      hosts: hosts.map((host) => ({ host, power: 'on' as const, reachable: true, mode: 'available' as const, vms: vms.flatMap((vm, at) => (place(at) === host.id ? [{ vm, state: 'running' as const }] : [])) })),
      measured: { takenAtMs: nowMs, intervalMs: TICK_MS, hostCpuMhz: new Map(), vms: new Map(vms.map((vm) => [vm.id, { cpuMhz: used(nowMs) * vm.cpuMhz, delayRatio: 0, memoryMib: vm.memoryMib, networkMibPerS: 0, diskMibPerS: 0 }])) },
    }),
    solve: () => Promise.resolve(null), metrics: () => null,
    async wait(waitMs, until) {
      const letter = { arrived: false }
      void until.then(() => (letter.arrived = true))
      await new Promise((resolve) => setImmediate(resolve))
      if (letter.arrived) return
      nowMs = Math.min(nowMs + waitMs, ...timers.map(({ atMs }) => Math.max(nowMs + 1, atMs)))
      const due = timers.filter(({ atMs }) => atMs <= nowMs)
      timers = timers.filter((timer) => !due.includes(timer))
      for (const { run } of due) run()
      meanwhile?.(session, nowMs)
      while (modes.length < Math.floor(nowMs / HOUR)) modes.push(session.status.mode)
      if (nowMs >= forMs) void session.stop()
    },
    listener: { began: () => undefined, turned: () => undefined, event: (event) => void events.push(event), planned: () => undefined, alarm: (code) => void alarms.push({ atMs: nowMs, code }), failed: (error) => { throw error } },
  })
  await session.run()
  survives.unixMs = startUnixMs + nowMs
  return { begins: trust.mode, status: session.status, events, alarms, modes }
}

/** Used like this nobody can foretell it: every hour the other half of what there is. */
const jumping = (atMs: number): number => (Math.floor((atMs + 10 * MINUTE) / (20 * MINUTE)) % 2 === 0 ? 0.05 : 0.95)

describe('a loop with staged autonomy', () => {
  it('rises by one mode after days in which loads were as foretold, each time with its reason', async () => {
    const { modes, status, events, alarms } = await live(survivor(), { forMs: 7 * DAY })
    expect(modes[46]).toBe('observe')
    expect([modes[50], modes[98], modes[150]]).toEqual(['recommend', 'approve', 'automatic'])
    expect(status).toMatchObject({ mode: 'automatic', trust: { upTo: 'automatic', goodDays: 2 } })
    expect(events.flatMap((event) => (event.kind === 'request' && event.request === 'gate' ? [event.reason.code] : []))).toEqual(['trustRose', 'trustRose', 'trustRose'])
    expect(alarms).toEqual([])
  })

  it('rises no further than it may, and without the setting not at all', async () => {
    expect((await live(survivor(), { forMs: 7 * DAY, staged: { ...STAGED, upTo: 'recommend' } })).status.mode).toBe('recommend')
    expect((await live(survivor(), { forMs: 4 * DAY, staged: null })).status).toMatchObject({ mode: 'observe', trust: null })
  })

  it('falls mode by mode while loads are not as foretold, with an alarm each, down to observing', async () => {
    const { modes, alarms } = await live(survivor(), { configured: 'automatic', forMs: DAY, used: jumping })
    expect([modes[0], modes[23]]).toEqual(['automatic', 'observe'])
    expect(alarms.map(({ code }) => code)).toEqual(['trustFell', 'trustFell', 'trustFell'])
  })

  it('goes on after a restart where it was, and counts no day that it did not see', async () => {
    const survives = survivor()
    const first = await live(survives, { forMs: 3 * DAY })
    expect(first.status.mode).toBe('recommend')
    survives.unixMs += 30 * DAY
    const second = await live(survives, { forMs: 2 * HOUR })
    expect([second.begins, second.status.mode]).toEqual(['recommend', 'recommend'])
    // Two hours of the gap count, and the two that were seen.
    expect(second.status.trust!.goodMs).toBeGreaterThan(first.status.trust!.goodMs)
    expect(second.status.trust!.goodMs).toBeLessThanOrEqual(first.status.trust!.goodMs + 4 * HOUR)
  })

  it('keeps a fall across a restart, until a person says otherwise', async () => {
    const survives = survivor()
    const fallen = await live(survives, { configured: 'automatic', forMs: DAY, used: jumping })
    expect(fallen.status.mode).toBe('observe')
    expect((await live(survives, { configured: 'automatic', forMs: HOUR })).begins).toBe('observe')
    expect((await live(survives, { configured: 'approve', forMs: HOUR })).begins).toBe('approve')
    expect((await live(survives, { configured: 'approve', given: 'recommend', forMs: HOUR })).begins).toBe('recommend')
    expect((await live(survives, { configured: 'approve', forMs: HOUR })).begins).toBe('recommend')
  })

  it('begins to count anew when a person changes the mode', async () => {
    const told: Told[] = []
    const { modes, status } = await live(survivor(), { forMs: 60 * HOUR, meanwhile: (session, nowMs) => { if (nowMs >= 40 * HOUR && told.length === 0) told.push(session.tell({ kind: 'mode', mode: 'recommend' }, 'test')) } })
    expect(told[0]!.ok).toBe(true)
    expect([modes[38], modes[42], modes[58]]).toEqual(['observe', 'recommend', 'recommend'])
    expect(status.trust!.goodMs).toBeLessThanOrEqual(20 * HOUR)
  })
})
