import { describe, expect, it } from 'vitest'
import { simulate } from '../../../sim/run.ts'
import { hostId } from '../../../src/model/ids.ts'
import type { RunEvent } from '../../../src/model/run.ts'
import type { ScenarioEvent } from '../../../src/model/scenario.ts'
import type { Zone } from '../../../src/model/policy.ts'
import { clearWakeFailures, noPowerMemory } from '../../../src/policy/goals/powerSave/memory.ts'
import { DAY, HOUR, MINUTE, MONDAY_UNIX_MS, initially, loadOf, makeHost, makePolicy, makeRun, makeVm, workloadVm } from '../../support/parts.ts'

const UTC: Zone = { name: 'UTC', fromMs: [-8.64e15], offsetMs: [0] }

const starts = (events: readonly RunEvent[], action: string): number[] => events.flatMap((event) => (event.kind === 'start' && event.action === action ? [event.atMs] : []))

describe('waking hosts', () => {
  const deaf = (quarantineMs: number | null, events: readonly ScenarioEvent[] = []): number[] => {
    const hosts = [initially(makeHost('h0')), initially(makeHost('h1'), 'off')]
    const policy = makePolicy({ powerSave: { enabled: true, hostsOnMin: 2, wakeFailuresMax: 2, quarantineMs } })
    return starts(simulate(makeRun({ hosts, durationMs: DAY, policy, events: [{ kind: 'wakeBreak', atMs: 0, host: hostId('h1') }, ...events] })).events, 'powerOn')
  }

  it('a host that fails again and again is left alone for the quarantine, then tried once at a time', () => {
    const tried = deaf(6 * HOUR)
    expect(tried).toHaveLength(5)
    expect(tried[1]! - tried[0]!).toBeLessThan(HOUR)
    for (let at = 2; at < tried.length; at++) expect(tried[at]! - tried[at - 1]!).toBeGreaterThanOrEqual(6 * HOUR)
  })

  it('without an end of the quarantine it is not tried again, mended or not', () => {
    expect(deaf(null, [{ kind: 'wakeMend', atMs: HOUR, host: hostId('h1') }])).toHaveLength(2)
  })

  it('a mended host is woken once the quarantine is over, and its failures are forgotten', () => {
    expect(deaf(6 * HOUR, [{ kind: 'wakeMend', atMs: HOUR, host: hostId('h1') }])).toHaveLength(3)
  })
})

describe('a person who looked at a host', () => {
  it('makes its failures forgotten, and no other host’s', () => {
    const entry = (host: number) => ({ host, count: 3, notBeforeMs: Infinity })
    const memory = { ...noPowerMemory(), wakeFailures: [entry(1), entry(2)] }
    expect(clearWakeFailures(memory, 1).wakeFailures).toEqual([entry(2)])
  })
})

describe('the end of power save’s window', () => {
  /** Idle hosts, a window from 0:00 to 6:00 UTC; hosts off at its end come back one at a time. */
  const night = (wakeBeforeWindowEnd: boolean) => {
    const policy = makePolicy({
      powerSave: { enabled: true, hostsOnMin: 1, reserveHosts: 0, bootsAtOnceMax: 1, offWindowMs: 10 * MINUTE, hostOnMinMs: 0, wakeBeforeWindowEnd, windows: [{ days: [1, 2, 3, 4, 5, 6, 7], fromMinute: 0, toMinute: 360, zone: UTC }] },
    })
    return simulate(makeRun({
      hosts: ['h0', 'h1', 'h2'].map((name) => initially(makeHost(name))), durationMs: 8 * HOUR, startUnixMs: MONDAY_UNIX_MS, policy,
      workload: { vms: [workloadVm(makeVm('v0'), 'h0', { cpuColumn: 0 })], cpu: loadOf(HOUR, [[0.05]]), memory: null, network: null, disk: null },
    })).events
  }
  const ups = (events: readonly RunEvent[]): number[] => events.flatMap((event) => (event.kind === 'end' && event.action === 'powerOn' && event.outcome === 'done' ? [event.atMs] : []))

  it('hosts wake from then on, or so early that all serve by then', () => {
    const [after, before] = [night(false), night(true)]
    expect(starts(after, 'powerOff').length).toBeGreaterThanOrEqual(2)
    expect(Math.min(...starts(after, 'powerOn'))).toBeGreaterThanOrEqual(6 * HOUR)
    expect(ups(before).length).toBe(starts(before, 'powerOff').length)
    expect(Math.max(...ups(before))).toBeLessThanOrEqual(6 * HOUR)
    expect(Math.min(...starts(before, 'powerOn'))).toBeGreaterThan(5 * HOUR)
    expect(Math.max(...starts(before, 'powerOff'))).toBeLessThan(Math.min(...starts(before, 'powerOn')))
  })
})

describe('hosts that stay on however idle they are', () => {
  it('are named with what keeps them on', () => {
    const hosts = [makeHost('h0', { powerManaged: false }), makeHost('h1', { powerManaged: false }), makeHost('h2')]
    const policy = makePolicy({ powerSave: { enabled: true, hostsOnMin: 1, reserveHosts: 0, offWindowMs: 10 * MINUTE, powerCyclesPerHostDayMax: 0 } })
    const { events } = simulate(makeRun({ hosts: hosts.map((host) => initially(host)), durationMs: HOUR, policy }))
    const notes = events.flatMap((event) => ('reason' in event && event.reason.code === 'noHostLow' ? [event.reason.text] : []))
    expect(notes[0]).toContain('h0: it is left out of power management')
    expect(notes[0]).toContain('h2: it was switched off 0 times within a day, which is the most')
  })
})
