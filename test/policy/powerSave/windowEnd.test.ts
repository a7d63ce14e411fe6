import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { simulate } from '../../../sim/run.ts'
import { hostId, stepId } from '../../../src/model/ids.ts'
import type { Zone } from '../../../src/model/policy.ts'
import { reason } from '../../../src/model/result.ts'
import type { RunEvent } from '../../../src/model/run.ts'
import type { ScenarioEvent } from '../../../src/model/scenario.ts'
import { hostTrouble, replay } from '../../../src/execute/protocol/ledger.ts'
import type { JournalRecord } from '../../../src/execute/protocol/records.ts'
import { PROTOCOL_TIMES } from '../../../src/execute/protocol/state.ts'
import { greedySolver } from '../../../src/optimize/greedy.ts'
import { drive } from '../../support/controller.ts'
import { smallPool } from '../../support/pools.ts'
import { HOUR, MINUTE, MONDAY_UNIX_MS, initially, loadOf, makeHost, makePolicy, makeRun, makeVm, workloadVm } from '../../support/parts.ts'

const UTC: Zone = { name: 'UTC', fromMs: [-8.64e15], offsetMs: [0] }
const HOSTS = Array.from({ length: 8 }, (_, number) => `h${number}`)
const END_MS = 6 * HOUR

interface Night {
  readonly seed: number
  readonly wakeFailureRatio: number
  readonly bootsAtOnceMax: number
  readonly wakeBeforeWindowEnd: boolean
  /** When maintenance of h3 is wished, and of h0, which may be off by then. */
  readonly enterMs: number
  /** CPU that each VM wants of its own. */
  readonly ratio?: number
}

/** Eight hosts with two VMs each, power save from midnight to six. */
function night({ seed, wakeFailureRatio, bootsAtOnceMax, wakeBeforeWindowEnd, enterMs, ratio = 0.1 }: Night): readonly RunEvent[] {
  const vms = HOSTS.flatMap((host, number) => [0, 1].map((one) => workloadVm(makeVm(`v${2 * number + one}`), host, { cpuColumn: 0 })))
  const events: ScenarioEvent[] = ['h0', 'h3'].map((host) => ({ kind: 'maintenanceEnter', atMs: enterMs, host: hostId(host), method: null }))
  const run = makeRun({
    hosts: HOSTS.map((name) => initially(makeHost(name))), durationMs: 9 * HOUR, startUnixMs: MONDAY_UNIX_MS, seed, events,
    policy: makePolicy({ powerSave: { enabled: true, reserveHosts: 0, bootsAtOnceMax, wakeBeforeWindowEnd, windows: [{ days: [1, 2, 3, 4, 5, 6, 7], fromMinute: 0, toMinute: 360, zone: UTC }] } }),
    workload: { vms, cpu: loadOf(HOUR, Array.from({ length: 9 }, () => [ratio])), memory: null, network: null, disk: null },
  })
  return simulate({ ...run, faults: { ...run.faults, wakeFailureRatio } }, { solver: greedySolver }).events
}

/** What broke the promise of the window's end, by the events alone. */
function broken(events: readonly RunEvent[], { bootsAtOnceMax }: Night): string[] {
  const power = new Map(HOSTS.map((host) => [host, 'on']))
  const inMaintenance = new Set<string>()
  const faults: string[] = []
  for (const event of events) {
    if (event.kind === 'host' && event.change === 'mode') inMaintenance.add(event.host)
    if (event.kind !== 'host' || event.change !== 'power') continue
    power.set(event.host, event.power!)
    const booting = [...power.values()].filter((state) => state === 'poweringOn').length
    if (booting > bootsAtOnceMax) faults.push(`${booting} hosts boot at once`)
    if (event.power === 'poweringOff' && event.atMs >= END_MS) faults.push(`${event.host} goes off after the window`)
    if (event.power === 'poweringOn' && inMaintenance.has(event.host)) faults.push(`${event.host} is woken in maintenance`)
  }
  for (const [host, state] of power) if (state !== 'on' && state !== 'failed' && !inMaintenance.has(host)) faults.push(`${host} is ${state} three hours after the window`)
  return faults
}

const offs = (events: readonly RunEvent[]): number => events.filter((event) => event.kind === 'start' && event.action === 'powerOff').length

describe('the end of the window', () => {
  it('whatever fails to wake and whatever is put into maintenance meanwhile, all others come back, a few at a time', () => {
    let switched = 0
    const nights = fc.record({ seed: fc.integer({ min: 1, max: 1000 }), wakeFailureRatio: fc.constantFrom(0, 0.3, 1), bootsAtOnceMax: fc.constantFrom(1, 2, 5), wakeBeforeWindowEnd: fc.boolean(), enterMs: fc.constantFrom(2 * HOUR, END_MS - MINUTE, END_MS, END_MS + MINUTE, 8 * HOUR) })
    fc.assert(fc.property(nights, (given) => {
      const events = night(given)
      switched += offs(events)
      expect(broken(events, given)).toEqual([])
    }), { numRuns: 25, seed: 3 })
    expect(switched).toBeGreaterThan(75)
  })

  it('then the VMs are spread again, each once', () => {
    const events = night({ seed: 1, wakeFailureRatio: 0, bootsAtOnceMax: 2, wakeBeforeWindowEnd: false, enterMs: 8.9 * HOUR, ratio: 0.5 })
    const held = (untilMs: number): number[] => {
      const at = new Map(HOSTS.flatMap((host, number) => [[`v${2 * number}`, host], [`v${2 * number + 1}`, host]] as const))
      for (const event of events) if (event.kind === 'end' && event.action === 'migrate' && event.outcome === 'done' && event.atMs < untilMs) at.set(event.vm! as `v${number}`, event.target!)
      return HOSTS.map((host) => [...at.values()].filter((other) => other === host).length)
    }
    const gap = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts)
    expect(gap(held(END_MS))).toBeGreaterThan(4)
    // A VM is a tenth of a host: they differ by no more than the 30 % of spreadMax.
    expect(gap(held(8 * HOUR))).toBeLessThanOrEqual(3)
    const carried = events.flatMap((event) => (event.kind === 'start' && event.action === 'migrate' && event.atMs >= END_MS && event.atMs < 8 * HOUR ? [event.vm!] : []))
    expect(new Set(carried).size).toBe(carried.length)
  })
})

describe('a controller that begins anew by night', () => {
  /** One host is off, for a reason that the journal tells or nobody does; power save's window is shut, or open. */
  const wokenFor = (code: string | null, isOpen: boolean): string[] => {
    const small = smallPool({ h0: {}, h1: { power: 'off' } })
    const windows = isOpen ? [] : [{ days: [6], fromMinute: 0, toMinute: 60, zone: UTC }]
    const driven = drive(small, makePolicy({ powerSave: { enabled: true, hostsOnMin: 1, windows } }))
    if (code !== null) driven.request(0, { kind: 'wasPoweredOff', host: hostId('h1'), code })
    driven.tick(MINUTE)
    return driven.started.map((step) => `${step.kind} ${'host' in step ? step.host : step.vm} ${step.reason.code}`)
  }

  it('brings back what the one before it powered off, when the window is shut', () => {
    expect(wokenFor('consolidate', false)).toEqual(['powerOn h1 windowEnded'])
  })

  it('leaves it off while the window is open', () => {
    expect(wokenFor('consolidate', true)).toEqual([])
  })

  it('wakes a host at once that was off for a drill', () => {
    expect(wokenFor('drill', true)).toEqual(['powerOn h1 drill'])
  })

  it('leaves alone what an operator switched off, or nobody knows who', () => {
    expect(wokenFor('operator', false)).toEqual([])
    expect(wokenFor(null, false)).toEqual([])
  })
})

describe('the journal', () => {
  const step = (kind: 'powerOn' | 'powerOff', code: string) => ({ id: stepId('s'), kind, host: hostId('h1'), after: [], estimateMs: 0, reason: reason(code, code) })
  const records = (...steps: readonly ReturnType<typeof step>[]): JournalRecord[] => steps.flatMap((one, number): JournalRecord[] => {
    const base = { epoch: 1, atUnixMs: 1000 * number }
    return [
      { ...base, sequence: 2 * number + 1, kind: 'intent', body: { id: `i${number}`, action: { kind: 'step', step: one }, deadlineUnixMs: 9000, plan: null, poolRevision: null, who: 'controller', why: one.reason.code, precondition: '' } },
      { ...base, sequence: 2 * number + 2, kind: 'outcome', body: { id: `i${number}`, settled: 'done', class: null, seen: '', reply: null } },
    ]
  })
  const offFor = (...steps: readonly ReturnType<typeof step>[]) => hostTrouble(replay(records(...steps), PROTOCOL_TIMES), hostId('h1')).offFor ?? null

  it('remembers why a host was powered off, until it is woken', () => {
    expect(offFor(step('powerOff', 'consolidate'))).toBe('consolidate')
    expect(offFor(step('powerOff', 'consolidate'), step('powerOn', 'windowEnded'))).toBe(null)
  })
})
