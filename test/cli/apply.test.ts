import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type ApplySession, type Order, applyOn } from '../../src/cli/apply.ts'
import { ApplyReport } from '../../src/cli/applyText.ts'
import type { LivePool } from '../../src/model/livePool.ts'
import { hostId, stepId, vmId } from '../../src/model/ids.ts'
import type { Plan, Step } from '../../src/model/plan.ts'
import { reason } from '../../src/model/result.ts'
import { planHash } from '../../src/plan/hash.ts'
import { Crash, FakeHosts } from '../support/fakeHosts.ts'
import { FakeSignals } from '../support/fakeSignals.ts'
import { makePolicy } from '../support/parts.ts'

const root = mkdtempSync(join(tmpdir(), 'plimsoll-apply-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let folders = 0

const why = reason('test', 'for the test')
const migrate = (id: string, vm: string, source: string, target: string, ...after: string[]): Step => ({ id: stepId(id), kind: 'migrate', vm: vmId(vm), source: hostId(source), target: hostId(target), after: after.map(stepId), estimateMs: 1000, reason: why })

function planOf(steps: readonly Step[]): Plan {
  const rest = { formatVersion: 1 as const, baseRevision: 0, baseHash: null, goal: 'test', reason: why, complete: true, unmet: [], notDone: [], objective: { before: 1, after: 0, lowerBound: null }, estimate: { beginMs: steps.map(() => 0), endMs: steps.map(() => 1), makespanMs: 1, makespanBoundMs: 1, sentMib: 0, downtimeMs: 0 }, groups: [], steps }
  return { ...rest, hash: planHash(rest) }
}

interface Told {
  readonly complete?: boolean
  readonly fits?: boolean
  readonly faults?: readonly { readonly message: string }[]
  readonly open?: number
  readonly steps?: readonly { readonly id: string; readonly outcome: string; readonly code: string; readonly message: string }[]
}

interface Applied {
  readonly code: number | null
  readonly told: Told
  readonly said: string
}

/** One `apply` on the hosts, from taking them to giving them back; null: it crashed. */
async function apply(hosts: FakeHosts, plan: Plan, folder: string, { goesOn = false, meanwhile = () => undefined, yes = true, answer = '' }: { goesOn?: boolean; meanwhile?: (signals: FakeSignals) => void; yes?: boolean; answer?: string } = {}): Promise<Applied> {
  const text = { out: '', err: '' }
  const terminal = { out: (part: string) => void (text.out += part), err: (part: string) => void (text.err += part), isInteractive: false, columns: 80, workingDirectory: root, ask: () => Promise.resolve(answer) }
  const signals = new FakeSignals()
  const pool = { name: 'lab', stateFolder: folder } as LivePool
  const order: Order = { again: 'plimsoll apply it again', plan, planText: '{}', pool, policy: makePolicy(), base: null, rules: [], limits: { memoryEnforced: true, hostIncomingMax: 1, hostOutgoingMax: 1, poolMigrationsMax: null, poolBootsMax: null, hostsOnMin: 1 }, goesOn }
  const session: ApplySession = { report: new ApplyReport(plan, null), signals, terminal, options: { json: true, yes } }
  let code: number | null = null
  const ending = { isOver: false }
  const generation = { isDead: false }
  const before = hosts.event
  hosts.event = (what) => {
    try {
      before(what)
    } catch (error) {
      generation.isDead = true
      throw error
    }
    meanwhile(signals)
  }
  const hands = hosts.begin()
  void applyOn(order, hands, session).then((given) => { code = given }).finally(() => { ending.isOver = true })
  await hosts.pass(() => ending.isOver || generation.isDead)
  hosts.event = before
  if (!generation.isDead) await hands.executor.stop()
  hosts.kill()
  return { code: generation.isDead ? null : code, told: text.out === '' ? {} : (JSON.parse(text.out.trim().split('\n').at(-1)!) as Told), said: text.err }
}

const fresh = (): string => join(root, `state-${folders++}`)
const three = (): FakeHosts => new FakeHosts(['a', 'b', 'c'], { v1: 'a', v2: 'a', v3: 'b' })
// v1 makes two moves, so that being on a host does not tell how far the plan is.
const PLAN = planOf([migrate('s1', 'v1', 'a', 'b'), migrate('s2', 'v2', 'a', 'c', 's1'), migrate('s3', 'v1', 'b', 'c', 's1'), migrate('s4', 'v3', 'b', 'a', 's3')])

describe('a plan that is applied', () => {
  it('is carried out to its end, each step once, and is then no longer one to go on with', async () => {
    const hosts = three()
    const folder = fresh()
    expect(await apply(hosts, PLAN, folder)).toMatchObject({ code: 0, told: { complete: true, open: 0 } })
    expect([hosts.placeOf('v1'), hosts.placeOf('v2'), hosts.placeOf('v3')]).toEqual(['c', 'c', 'a'])
    expect(hosts.effects.map(({ action }) => (action.kind === 'step' ? action.step.id : action.kind)).sort()).toEqual(['s1', 's2', 's3', 's4'])
    // Each intent says which plan it is of.
    expect(new Set(hosts.records.flatMap((record) => (record.kind === 'intent' ? [record.body.plan] : [])))).toEqual(new Set([PLAN.hash]))
    expect(readFileSync(join(folder, 'applied', PLAN.hash, 'plan.json'), 'utf8')).toBe('{}')
    const again = await apply(hosts, PLAN, folder)
    expect(again).toMatchObject({ code: 1, told: { fits: false } })
    expect(hosts.effects).toHaveLength(4)
  })

  it('that does not fit is refused with everything that is in its way, and nothing is begun', async () => {
    const hosts = three()
    hosts.vms.get('v1')!.host = 'c'
    hosts.vms.delete('v3')
    const { code, told } = await apply(hosts, PLAN, fresh())
    expect(code).toBe(1)
    const text = told.faults!.map(({ message }) => message).join('\n')
    expect(text).toContain('v1 is not on a')
    expect(text).toContain('v3 is not in the pool')
    expect(hosts.effects).toEqual([])
  })

  it('is not begun unless a person says yes', async () => {
    const hosts = three()
    expect((await apply(hosts, PLAN, fresh(), { yes: false, answer: 'y' })).code).toBe(1)
    expect(hosts.effects).toEqual([])
    expect((await apply(hosts, PLAN, fresh(), { yes: false, answer: 'Yes' })).code).toBe(0)
  })

  it('stops after a step that failed, says which, and goes on from there when it is applied again', async () => {
    const hosts = three()
    const folder = fresh()
    hosts.refuses.set('v2', { class: 'sameLater', code: 1, domain: 10, text: 'no' })
    const { code, told } = await apply(hosts, PLAN, folder)
    expect(code).toBe(1)
    const outcomes = Object.fromEntries(told.steps!.map(({ id, outcome }) => [id, outcome]))
    expect(outcomes).toMatchObject({ s1: 'done', s2: 'failed', s4: 'notBegun' })
    hosts.refuses.clear()
    const beganMs = hosts.nowMs
    expect(await apply(hosts, PLAN, folder)).toMatchObject({ code: 0, told: { complete: true } })
    // The protocol rests before it tries that VM again, and so does the plan.
    expect(hosts.nowMs - beganMs).toBeGreaterThan(10_000)
    expect([hosts.placeOf('v1'), hosts.placeOf('v2'), hosts.placeOf('v3')]).toEqual(['c', 'c', 'a'])
  })

  it('with --go-on does what does not need the step that failed', async () => {
    const hosts = three()
    hosts.refuses.set('v2', { class: 'sameLater', code: 1, domain: 10, text: 'no' })
    const { told } = await apply(hosts, PLAN, fresh(), { goesOn: true })
    expect(Object.fromEntries(told.steps!.map(({ id, outcome }) => [id, outcome]))).toEqual({ s1: 'done', s2: 'failed', s3: 'done', s4: 'done' })
  })

  it('Ctrl-C begins nothing further and waits for what runs; again leaves it to the hosts, and the next one finds out', async () => {
    const hosts = three()
    const folder = fresh()
    const once = await apply(hosts, PLAN, folder, { meanwhile: (signals) => { if (hosts.effects.length === 1 && signals.came() === null) signals.give('SIGINT') } })
    expect(once).toMatchObject({ code: 130, told: { complete: false, open: 0 } })
    expect([hosts.placeOf('v1'), hosts.effects.length]).toEqual(['b', 1])
    let left = 0
    const twice = await apply(hosts, PLAN, folder, { meanwhile: (signals) => { if (hosts.effects.length > 1) for (; left < 2; left++) signals.give('SIGINT') } })
    expect(twice.code).toBe(130)
    expect(twice.told.open).toBeGreaterThan(0)
    expect(await apply(hosts, PLAN, folder)).toMatchObject({ code: 0, told: { complete: true } })
    expect(new Set(hosts.effects.map(({ action }) => (action.kind === 'step' ? action.step.id : ''))).size).toBe(hosts.effects.length)
  })

  it('that a crash cuts, before or after any write or effect, is brought to its end by the next one, each step having been done once', async () => {
    let events = 0
    const counted = three()
    counted.event = () => { events++ }
    await apply(counted, PLAN, fresh())
    expect(events).toBeGreaterThan(20)
    for (let at = 0; at < events; at++) {
      const hosts = three()
      const folder = fresh()
      let seen = 0
      hosts.event = (what) => { if (seen++ === at) throw new Crash(what) }
      expect((await apply(hosts, PLAN, folder)).code, `event ${at}`).toBeNull()
      hosts.event = () => undefined
      expect(await apply(hosts, PLAN, folder), `after a crash at event ${at}`).toMatchObject({ code: 0, told: { complete: true } })
      expect([hosts.placeOf('v1'), hosts.placeOf('v2'), hosts.placeOf('v3')]).toEqual(['c', 'c', 'a'])
      const done = hosts.effects.map(({ action }) => (action.kind === 'step' ? action.step.id : ''))
      expect(new Set(done).size, `steps done twice after event ${at}: ${done.join(' ')}`).toBe(done.length)
    }
  }, 60_000)
})
