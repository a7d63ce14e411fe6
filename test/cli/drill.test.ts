import { describe, expect, it } from 'vitest'
import { type DrillResult, drillOn } from '../../src/cli/drill.ts'
import { hostTrouble } from '../../src/execute/protocol/ledger.ts'
import { hostId } from '../../src/model/ids.ts'
import { Crash, FakeHosts } from '../support/fakeHosts.ts'
import { FakeSignals } from '../support/fakeSignals.ts'
import { MONDAY_UNIX_MS } from '../support/parts.ts'

interface Drilled {
  /** Null: it crashed. */
  readonly code: number | null
  readonly told: Partial<DrillResult>
}

const H = hostId('b')
const spare = (): FakeHosts => new FakeHosts(['a', 'b', 'c'], { v1: 'a', v2: 'c' })
const done = (hosts: FakeHosts): string[] => hosts.effects.flatMap(({ action }) => (action.kind === 'step' && 'host' in action.step ? [`${action.step.kind} ${action.step.host}`] : []))

async function drill(hosts: FakeHosts, { answer = null, meanwhile = () => undefined }: { answer?: string | null; meanwhile?: (signals: FakeSignals) => void } = {}): Promise<Drilled> {
  let out = ''
  const terminal = { out: (part: string) => void (out += part), err: () => undefined, isInteractive: false, columns: 80, workingDirectory: '/', ...(answer === null ? {} : { ask: () => Promise.resolve(answer) }) }
  const signals = new FakeSignals()
  const before = hosts.event
  const ending = { code: null as number | null, isOver: false }
  hosts.event = (what) => {
    try {
      before(what)
    } catch (error) {
      ending.isOver = true
      throw error
    }
    meanwhile(signals)
  }
  const hands = hosts.begin()
  void drillOn({ name: 'lab' }, H, hands, { options: { json: true, yes: answer === null }, terminal, signals }).then((code) => { ending.code = code }).finally(() => { ending.isOver = true })
  await hosts.pass(() => ending.isOver, 24 * 3_600_000)
  hosts.event = before
  hosts.kill()
  return { code: ending.code, told: out === '' ? {} : (JSON.parse(out) as DrillResult) }
}

describe('a wake drill', () => {
  it('powers an empty host off and wakes it, and from then on automation may too', async () => {
    const hosts = spare()
    const { code, told } = await drill(hosts)
    expect([code, told.proven, done(hosts)]).toEqual([0, true, ['powerOff b', 'powerOn b']])
    expect(told.wakeProvenUnixMs).toBeGreaterThan(MONDAY_UNIX_MS)
    expect([told.offMs! > 0, told.wakeMs! > 0, hosts.off.size]).toEqual([true, true, 0])
    const again = hosts.begin()
    expect(hostTrouble(again.found, H).wakeProvenMs).toBe(told.wakeProvenUnixMs)
  })

  it('leaves a host alone that holds VMs, and names them', async () => {
    const hosts = new FakeHosts(['a', 'b'], { v1: 'a', web: 'b' })
    const { code, told } = await drill(hosts)
    expect([code, told.code, hosts.effects]).toEqual([1, 'notReady', []])
    expect(told.message).toContain('b holds web')
  })

  it('is not begun unless a person says yes', async () => {
    const hosts = spare()
    expect((await drill(hosts, { answer: 'no' })).code).toBe(1)
    expect(done(hosts)).toEqual([])
  })

  it('proves nothing where the host stays off, and says what to do', async () => {
    const hosts = spare()
    hosts.deaf.add('b')
    const { code, told } = await drill(hosts)
    expect([code, told.proven, told.wakeProvenUnixMs]).toEqual([1, false, null])
    expect(told.message).toMatch(/did not come back.*plimsoll loop clear host b/)
  })

  it('only wakes a host that is off', async () => {
    const hosts = spare()
    hosts.off.add('b')
    const { code, told } = await drill(hosts)
    expect([code, told.offMs, done(hosts)]).toEqual([0, null, ['powerOn b']])
  })

  it('that is asked to end while the host is off wakes it first', async () => {
    const hosts = spare()
    const { code, told } = await drill(hosts, { meanwhile: (signals) => { if (done(hosts).length > 0 && signals.came() === null) signals.give('SIGINT') } })
    expect([code, told.proven, hosts.off.size]).toEqual([0, true, 0])
  })

  it('that a crash cuts anywhere is ended by the next one: the host is up, and proven', async () => {
    let events = 0
    const counted = spare()
    counted.event = () => { events++ }
    await drill(counted)
    expect(events).toBeGreaterThan(10)
    for (let at = 0; at < events; at++) {
      const hosts = spare()
      let seen = 0
      hosts.event = (what) => { if (seen++ === at) throw new Crash(what) }
      expect((await drill(hosts)).code, `event ${at}`).toBeNull()
      hosts.event = () => undefined
      const { code, told } = await drill(hosts)
      expect([code, told.proven, hosts.off.size], `after a crash at event ${at}: ${told.message}`).toEqual([0, true, 0])
    }
  }, 60_000)
})
