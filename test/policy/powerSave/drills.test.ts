import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { simulate } from '../../../sim/run.ts'
import { initialState } from '../../../src/control/state.ts'
import { turn } from '../../../src/control/turn.ts'
import { hostId } from '../../../src/model/ids.ts'
import type { PolicySettings } from '../../../src/model/policy.ts'
import { addHost, emptyPool } from '../../../src/model/pool.ts'
import { indexPool } from '../../../src/model/poolIndex.ts'
import type { RunEvent } from '../../../src/model/run.ts'
import type { ScenarioEvent, ScenarioRun } from '../../../src/model/scenario.ts'
import { greedySolver } from '../../../src/optimize/greedy.ts'
import { DAY, HOUR, MINUTE, initially, loadOf, makeHost, makePolicy, makeRun, makeVm, workloadVm } from '../../support/parts.ts'

const HOSTS = ['h0', 'h1', 'h2', 'h3', 'h4']

/** Five hosts with a VM each; demand is low but for one hour in four. */
function day(powerSave: Partial<PolicySettings['powerSave']>, parts: Partial<ScenarioRun> = {}): ScenarioRun {
  return makeRun({
    hosts: HOSTS.map((name) => initially(makeHost(name))), durationMs: DAY,
    policy: makePolicy({ powerSave: { enabled: true, reserveHosts: 0, hostsOnMin: 1, offWindowMs: 20 * MINUTE, wakeProofAgeMaxMs: 30 * DAY, ...powerSave } }),
    workload: { vms: HOSTS.map((name, number) => workloadVm(makeVm(`v${number}`, { cpuMhz: 8000 }), name, { cpuColumn: number })), cpu: loadOf(HOUR, Array.from({ length: 24 }, (_, hour) => HOSTS.map(() => (hour % 4 === 3 ? 0.7 : 0.05)))), memory: null, network: null, disk: null },
    ...parts,
  })
}

const eventsOf = (run: ScenarioRun): readonly RunEvent[] => simulate(run, { solver: greedySolver }).events
const startsOf = (events: readonly RunEvent[], action: string) => events.flatMap((event) => (event.kind === 'start' && event.action === action ? [{ atMs: event.atMs, host: event.host!, code: event.reason.code }] : []))
const deaf = (hosts: readonly string[]): ScenarioEvent[] => hosts.map((host) => ({ kind: 'wakeBreak', atMs: 0, host: hostId(host) }))

/** What a run did against the rule, by its events alone. */
function breaches(events: readonly RunEvent[], ageMaxMs: number): string[] {
  const provenMs = new Map<string, number>()
  const drilled = new Set<string>()
  const found: string[] = []
  for (const event of events) {
    if (event.kind === 'end' && event.action === 'powerOn') {
      if (event.outcome === 'done') provenMs.set(event.host!, event.atMs)
      else provenMs.delete(event.host!)
      if (event.outcome === 'done') drilled.delete(event.host!)
    }
    if (event.kind !== 'start' || event.action !== 'powerOff') continue
    const ageMs = event.atMs - (provenMs.get(event.host!) ?? -Infinity)
    if (event.reason.code === 'drill') drilled.add(event.host!)
    else if (ageMs > ageMaxMs) found.push(`${event.host} goes off ${ageMs} ms after it was seen to wake`)
    // Two that never came back may lie beside the one that is tried.
    if (drilled.size > 3) found.push(`${drilled.size} hosts are drilled at once`)
  }
  return found
}

describe('hosts that were not seen to wake', () => {
  it('stay on, and a note says why', () => {
    const events = eventsOf(day({ wakeDrills: false }))
    expect(startsOf(events, 'powerOff')).toEqual([])
    const notes = events.flatMap((event) => (event.kind === 'note' && event.goal === 'powerSave' && event.reason.code === 'wakeNotProven' ? [event.reason.text] : []))
    expect(notes[0]).toMatch(/stay on, for want of proof that they wake: drills are off \(powerSave.wakeDrills\)/)
  })

  it('are drilled where drills are on: off and on again at once, and only then off to save power', () => {
    const events = eventsOf(day({}))
    const offs = startsOf(events, 'powerOff')
    const ons = startsOf(events, 'powerOn')
    expect(offs[0]).toMatchObject({ code: 'drill' })
    const [first] = offs
    const wake = ons.find(({ host }) => host === first!.host)!
    expect(wake.code).toBe('drill')
    // The shutdown takes half a minute, the next decision comes within one.
    expect(wake.atMs - first!.atMs).toBeLessThanOrEqual(2 * MINUTE)
    expect(offs.filter(({ code }) => code === 'consolidate').length).toBeGreaterThan(2)
    expect(breaches(events, 30 * DAY)).toEqual([])
  })

  it('are drilled by risk as well', () => {
    const events = eventsOf(day({ fill: 'risk' }))
    expect(startsOf(events, 'powerOff').map(({ code }) => code)).toEqual(expect.arrayContaining(['drill', 'consolidate']))
    expect(breaches(events, 30 * DAY)).toEqual([])
  })

  it('are switched as ever where no proof is asked for', () => {
    expect(startsOf(eventsOf(day({ wakeProofAgeMaxMs: null })), 'powerOff').every(({ code }) => code === 'consolidate')).toBe(true)
  })

  it('a proof that is too old counts no more: the host is drilled again', () => {
    const events = eventsOf(day({ wakeProofAgeMaxMs: HOUR, powerCyclesPerHostDayMax: 24 }))
    const drills = startsOf(events, 'powerOff').filter(({ code }) => code === 'drill')
    expect(drills.length).toBeGreaterThan(new Set(drills.map(({ host }) => host)).size)
    expect(breaches(events, HOUR)).toEqual([])
  })

  it('drills count among the power cycles of a day', () => {
    const offs = startsOf(eventsOf(day({ powerCyclesPerHostDayMax: 1 })), 'powerOff')
    expect(offs.length).toBeGreaterThan(0)
    for (const name of HOSTS) expect(offs.filter(({ host }) => host === name).length).toBeLessThanOrEqual(1)
  })

  it('one that does not come back is left out, and the others are tried', () => {
    const events = eventsOf(day({}, { events: deaf(['h0', 'h1']) }))
    expect(startsOf(events, 'powerOff').filter(({ host, code }) => code === 'consolidate' && (host === 'h0' || host === 'h1'))).toEqual([])
    expect(breaches(events, 30 * DAY)).toEqual([])
  })

  it('when two did not come back no other is tried: the cause may be one for all', () => {
    const events = eventsOf(day({}, { events: deaf(HOSTS) }))
    expect(new Set(startsOf(events, 'powerOff').map(({ host }) => host)).size).toBe(2)
    expect(events.some((event) => event.kind === 'note' && /did not come back from drills, so no other is tried/.test(event.reason.text))).toBe(true)
  })

  it('whatever fails, none goes off without a proof, and drills take one host at a time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.constantFrom(0, 0.2, 0.6), fc.constantFrom(HOUR, 6 * HOUR, 30 * DAY), fc.constantFrom('utilization' as const, 'risk' as const), (seed, wakeFailureRatio, ageMaxMs, fill) => {
        const run = day({ wakeProofAgeMaxMs: ageMaxMs, fill, powerCyclesPerHostDayMax: 12 })
        expect(breaches(eventsOf({ ...run, seed, faults: { ...run.faults, wakeFailureRatio } }), ageMaxMs)).toEqual([])
      }),
      { numRuns: 20, seed: 7 },
    )
  })
})

describe('a wake that somebody else saw', () => {
  const noon = (host: string) => {
    const pool = emptyPool()
    for (const name of HOSTS) addHost(pool, makeHost(name))
    const policy = makePolicy({ powerSave: { enabled: true, wakeProofAgeMaxMs: DAY } })
    const config = { fallback: greedySolver, startUnixMs: 0, memoryEnforced: true, baseline: null }
    return turn(config, initialState(policy), { kind: 'request', atMs: 0, pool, index: indexPool(pool), request: { kind: 'wakeProven', host: hostId(host), atMs: -HOUR } }).state.power.wakes
  }

  it('proves the host, at its own time', () => {
    expect(noon('h3')).toEqual([{ host: 3, atMs: -HOUR }])
  })

  it('of an unknown host proves nothing', () => {
    expect(noon('h9')).toEqual([])
  })

  it('an operator’s own power cycle proves the host: it goes off without a drill', () => {
    const cycled: ScenarioEvent[] = [{ kind: 'powerOff', atMs: 0, host: hostId('h4') }, { kind: 'powerOn', atMs: 5 * MINUTE, host: hostId('h4') }]
    const run = day({ wakeDrills: false }, { workload: { vms: [], cpu: null, memory: null, network: null, disk: null }, events: cycled })
    expect(startsOf(eventsOf(run), 'powerOff').map(({ host, code }) => `${host} ${code}`)).toEqual(['h4 operator', 'h4 consolidate'])
  })
})
