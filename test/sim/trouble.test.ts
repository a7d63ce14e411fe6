import { describe, expect, it } from 'vitest'
import { simulate } from '../../sim/run.ts'
import { hostId, vmId } from '../../src/model/ids.ts'
import type { ScenarioEvent } from '../../src/model/scenario.ts'
import type { Sample } from '../../src/model/load.ts'
import { HOUR, MINUTE, initially, loadOf, makeHost, makeRun, makeVm, workloadVm } from '../support/parts.ts'

const scenario = (events: readonly ScenarioEvent[]) => makeRun({
  hosts: ['h0', 'h1'].map((name) => initially(makeHost(name))), durationMs: HOUR, events,
  workload: { vms: ['v0', 'v1'].map((name) => workloadVm(makeVm(name), 'h0', { cpuColumn: 0 })), cpu: loadOf(HOUR, [[0.5]]), memory: null, network: null, disk: null },
})

/** All samples that reach the controller, by the time they were taken. */
function samplesOf(events: readonly ScenarioEvent[]): Sample[] {
  const samples: Sample[] = []
  simulate(scenario(events), { onTurn: (input) => { if (input.kind === 'tick') samples.push(...input.samples) } })
  return samples
}

const fault = (parts: Partial<Extract<ScenarioEvent, { kind: 'sensorFault' }>>): ScenarioEvent => ({ kind: 'sensorFault', atMs: 10 * MINUTE, untilMs: 20 * MINUTE, host: null, vm: null, reads: 'nothing', ...parts })
const at = (samples: readonly Sample[], minute: number): Sample => samples.find(({ takenAtMs }) => takenAtMs === minute * MINUTE)!

describe('trouble in a scenario', () => {
  it('a silent sensor shows nothing for its time, zero where it reads zero, and the truth before and after', () => {
    const silent = samplesOf([fault({ host: hostId('h0') })])
    expect([9, 15, 21].map((minute) => Number.isNaN(at(silent, minute).vmCpuMhz[0]!))).toEqual([false, true, false])
    expect(Number.isNaN(at(silent, 15).hostCpuMhz[0]!) && !Number.isNaN(at(silent, 15).hostCpuMhz[1]!)).toBe(true)
    const zero = samplesOf([fault({ vm: vmId('v1'), reads: 'zero' })])
    expect(at(zero, 15).vmCpuMhz[1]).toBe(0)
    expect(at(zero, 15).vmCpuMhz[0]).toBe(at(zero, 9).vmCpuMhz[0])
    expect(at(zero, 15).hostCpuMhz[0]).toBeGreaterThan(0)
  })

  it('a noisy sensor scatters around the value, and the same in every run', () => {
    const noisy = (): number[] => samplesOf([fault({ reads: 'noise' })]).map(({ vmCpuMhz }) => vmCpuMhz[0]!)
    expect(new Set(noisy().slice(10, 20)).size).toBeGreaterThan(5)
    expect(noisy()).toEqual(noisy())
  })

  it('a locked VM is not migrated until it is unlocked, and the refusal is told', () => {
    const move = (atMs: number): ScenarioEvent => ({ kind: 'migrate', atMs, vm: vmId('v0'), target: hostId('h1') })
    const { events } = simulate(scenario([{ kind: 'vmLock', atMs: MINUTE, vm: vmId('v0') }, move(2 * MINUTE), { kind: 'vmUnlock', atMs: 3 * MINUTE, vm: vmId('v0') }, move(4 * MINUTE)]))
    expect(events.flatMap((event) => (event.kind === 'end' ? [event.outcome] : []))).toEqual(['refused', 'done'])
  })

  it('somebody else’s migration happens without the controller being asked, and only when the VM is elsewhere', () => {
    const back = (atMs: number): ScenarioEvent => ({ kind: 'foreignMigrate', atMs, vm: vmId('v0'), target: hostId('h1') })
    const told: string[] = []
    const { events } = simulate(scenario([back(MINUTE), back(30 * MINUTE)]), { onTurn: ({ kind }) => { told.push(kind) } })
    expect(events.flatMap((event) => (event.kind === 'start' ? [event.reason.code] : []))).toEqual(['foreign'])
    expect(told).not.toContain('request')
  })

  it('a host whose wake is broken fails to come up until it is mended', () => {
    const power = (kind: 'powerOn' | 'powerOff', atMs: number): ScenarioEvent => ({ kind, atMs, host: hostId('h1') })
    const { events } = simulate(scenario([{ kind: 'wakeBreak', atMs: 0, host: hostId('h1') }, power('powerOff', MINUTE), power('powerOn', 10 * MINUTE), { kind: 'wakeMend', atMs: 20 * MINUTE, host: hostId('h1') }, power('powerOn', 21 * MINUTE)]))
    expect(events.flatMap((event) => (event.kind === 'end' && event.action === 'powerOn' ? [event.outcome] : []))).toEqual(['failed', 'done'])
  })
})
