import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { simulate } from '../../../sim/run.ts'
import { hostId } from '../../../src/model/ids.ts'
import type { Zone } from '../../../src/model/policy.ts'
import type { RunEvent } from '../../../src/model/run.ts'
import type { ScenarioEvent } from '../../../src/model/scenario.ts'
import { greedySolver } from '../../../src/optimize/greedy.ts'
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
