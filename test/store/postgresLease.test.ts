import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ExecutorLoop, runExecutor } from '../../src/drivers/executorLoop.ts'
import type { Effect, HostDriver, SeenHost } from '../../src/execute/protocol/effects.ts'
import { PROTOCOL_TIMES } from '../../src/execute/protocol/state.ts'
import { hostId, stepId, vmId } from '../../src/model/ids.ts'
import { type Step } from '../../src/model/plan.ts'
import { done, reason } from '../../src/model/result.ts'
import { openJournal } from '../../src/store/journal.ts'
import type { HeldLease, Lease } from '../../src/store/lease.ts'
import { checkLeaseUrl, postgresLease } from '../../src/store/postgresLease.ts'
import { type OwnPostgres, ownPostgres, postgresPrograms } from '../support/postgres.ts'
import { leaseContract } from './leaseContract.ts'

const programs = postgresPrograms()
const A = hostId('a')
const B = hostId('b')
const V = vmId('v')

describe.skipIf(programs === null)('the lease in a real PostgreSQL (Debian package postgresql)', () => {
  let server: OwnPostgres
  let nowMs = 0
  beforeAll(async () => {
    server = await ownPostgres(programs!)
  }, 60_000)
  afterAll(() => server.remove())
  beforeEach(async () => {
    nowMs = 1000
    await server.sql('DROP TABLE IF EXISTS plimsoll_lease')
  })

  const wait = vi.fn<(ms: number) => Promise<void>>()
  beforeEach(() => {
    wait.mockReset().mockImplementation((ms) => {
      nowMs += ms
      return Promise.resolve()
    })
  })
  const of = (process: number, pool = 'lab', url = server.url): Lease => postgresLease({ url, pool, holder: `controller ${process}` }, { steadyMs: () => nowMs, wait }, 30_000)
  /** Time passes for the database too: its rows end so much sooner. */
  const pass = async (ms: number): Promise<void> => {
    nowMs += ms
    await server.sql(`UPDATE plimsoll_lease SET until_at = until_at - ${ms} * interval '1 millisecond'`)
  }

  leaseContract(() => Promise.resolve({ of, pass }))

  it('is one for each pool', async () => {
    expect(await of(1, 'lab').acquire()).not.toBeNull()
    expect(await of(2, 'hall').acquire()).not.toBeNull()
  })

  it('grows its epochs although the database was restored from before', async () => {
    const first = (await of(1).acquire())!
    expect(first.epoch).toBeGreaterThan(1_000_000_000)
    await server.sql('UPDATE plimsoll_lease SET epoch = epoch + 5')
    expect(await first.renew()).toBeNull()
    await pass(33_000)
    expect((await of(2).acquire())!.epoch).toBe(first.epoch + 6)
  })

  it('is asked for again while the database is away, and kept when it comes back in time', async () => {
    const first = (await of(1).acquire())!
    await server.stop()
    wait.mockImplementation(async (ms) => {
      nowMs += ms
      if (nowMs === 6000) await server.start()
    })
    expect(await first.renew()).toMatchObject({ epoch: first.epoch, untilMs: 36_000 })
  }, 60_000)

  it('is over at its end while the database is away', async () => {
    const first = (await of(1).acquire())!
    await server.stop()
    expect(await first.renew()).toBeNull()
    expect(nowMs).toBe(31_000)
    expect(first.currentEpoch()).not.toBe(first.epoch)
    await expect(of(2).acquire()).rejects.toThrow(/can't be had.*ECONNREFUSED/)
    await server.start()
  }, 60_000)

  it('says what is wrong without the password', async () => {
    const wrong = server.url.replace(server.password, 'canary-9d2b')
    const error = await of(1, 'lab', wrong).acquire().catch((failure: unknown) => failure)
    expect(String(error)).toMatch(/can't be had: password authentication failed/)
    expect(`${String(error)} ${JSON.stringify(error)} ${error instanceof Error ? (error.stack ?? '') : ''}`).not.toContain('canary')
    const { message } = await of(1, 'lab', server.url.replace('/postgres', '/absent-canary-7f3a')).acquire().catch((failure: unknown) => failure as Error) as Error
    expect(message).toContain('database "absent-***" does not exist')
  })

  describe('and a controller that holds it', () => {
    let folder = ''
    let performed: Effect[] = []
    let timers: (() => void)[] = []
    let told: string[] = []
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'plimsoll-paused-'))
      performed = []
      timers = []
      told = []
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    const sees = (host: typeof A): SeenHost => ({ host, seenUnixMs: nowMs, reachable: true, power: 'on', cordoned: false, incoming: 0, outgoing: 0, vms: host === A ? [{ vm: V, uuid: 'v', state: 'running', hasJob: false }] : [] })
    const driver: HostDriver = {
      perform: (effect) => {
        performed.push(effect)
        return Promise.resolve({ id: effect.id, ok: false, failure: null })
      },
      look: (hosts) => Promise.resolve(hosts.map(sees)), able: () => done(undefined), close: () => Promise.resolve(),
    }
    const move = (id: string): Step => ({ id: stepId(id), kind: 'migrate', vm: V, source: A, target: B, after: [], estimateMs: 1, reason: reason('test', 'test') })
    const about = { plan: 'p', poolRevision: 1, memoryMib: 1024 }

    async function controller(lease: HeldLease): Promise<ExecutorLoop> {
      const journal = await openJournal(join(folder, 'journal'), PROTOCOL_TIMES, { currentEpoch: () => lease.currentEpoch(), reserveBytes: 0 })
      return runExecutor({
        config: { who: 'test', hosts: [A, B].map((id) => ({ id, powerManaged: true, canAbort: true })), limits: { hostIncomingMax: 1, hostOutgoingMax: 1, poolMigrationsMax: null, bootsAtOnceMax: null, hostsOnMin: 1 }, times: PROTOCOL_TIMES },
        driver, journal, lease, told: (output) => told.push(output.kind === 'alarm' ? output.code : output.outcome),
        time: {
          unixMs: () => nowMs, steadyMs: () => nowMs,
          after: (_, run) => {
            timers.push(run)
            return () => (timers = timers.filter((other) => other !== run))
          },
        },
      })
    }

    it('issues what it is told to', async () => {
      const loop = await controller((await of(1).acquire())!)
      await vi.waitFor(() => expect(loop.state.journal).toBe('up'))
      await vi.waitFor(() => expect(loop.state.observing).toBeNull())
      loop.start(move('s'), about)
      await vi.waitFor(() => expect(performed).toHaveLength(1))
      await loop.stop()
    })

    it('issues nothing after it was paused past the end, and another one goes on in its place', async () => {
      const paused = await controller((await of(1).acquire())!)
      await vi.waitFor(() => expect(paused.state.observing).toBeNull())
      await pass(33_000)
      const second = (await of(2).acquire())!
      // It wakes: first somebody asks for a step, then all its timers are due, the renewal among them.
      paused.start(move('late'), about)
      for (const run of timers.splice(0)) run()
      await vi.waitFor(() => expect(told).toContain('fenced'))
      paused.start(move('later'), about)
      expect(performed).toEqual([])
      const other = await controller(second)
      await vi.waitFor(() => expect(other.state.observing).toBeNull())
      other.start(move('now'), about)
      await vi.waitFor(() => expect(performed).toHaveLength(1))
      expect(performed[0]).toMatchObject({ action: { kind: 'step', step: { id: 'now' } } })
      await paused.stop()
      await other.stop()
    })
  })
})

describe('the URL of a lease', () => {
  it('is refused where nobody would check who answers, and never repeated', () => {
    for (const url of ['nonsense canary', 'mysql://u:canary@h/d', 'postgresql://u:canary@db.example.org/d', 'postgresql://u:canary@db.example.org/d?sslmode=require', 'postgresql://u:canary@localhost/d?host=db.example.org']) {
      const checked = checkLeaseUrl(url)
      expect(checked.ok).toBe(false)
      expect(JSON.stringify(checked)).not.toContain('canary')
    }
    for (const url of ['postgresql://u:p@db.example.org/d?sslmode=verify-full', 'postgresql://u:p@127.0.0.1:5433/d', 'postgresql:///d?host=/run/postgresql', 'postgres://u@localhost/d']) expect(checkLeaseUrl(url).ok).toBe(true)
  })
})
