import { describe, expect, it } from 'vitest'
import { hostId, vmId } from '../../src/model/ids.ts'
import type { Window } from '../../src/model/policy.ts'
import { VM, VM_STATES } from '../../src/model/pool.ts'
import { type Driven, drive, runMinutes } from '../support/controller.ts'
import { DAY, HOUR, MINUTE, type PolicyParts, makePolicy } from '../support/parts.ts'
import { type SmallPool, type VmSpec, sampleOf, smallPool, vmNumber } from '../support/pools.ts'

const ALL_DAYS = [1, 2, 3, 4, 5, 6, 7]
const UTC = { name: 'UTC', fromMs: [0], offsetMs: [0] }
const window = (fromMinute: number, toMinute: number): Window => ({ days: ALL_DAYS, fromMinute, toMinute, zone: UTC })

/** h0 with six VMs that use `mhz` each of its 10,000 MHz, and empty others. */
function crowded(mhz: number, parts: PolicyParts, others = 2): Driven & { readonly feed: (fromMs: number, toMs: number) => void } {
  const small = smallPool(Object.fromEntries(Array.from({ length: others + 1 }, (_, number) => [`h${number}`, {}])), Object.fromEntries(Array.from({ length: 6 }, (_, number): [string, VmSpec] => [`v${number}`, { on: 'h0' }])))
  const driven = drive(small, makePolicy(parts))
  const loads = Object.fromEntries(small.pool.vms.map(({ id }) => [id, mhz]))
  return Object.assign(Object.create(driven) as Driven, {
    feed(fromMs: number, toMs: number): void {
      for (let atMs = fromMs; atMs < toMs; atMs += MINUTE) driven.tick(atMs, [sampleOf(small, atMs, loads)])
    },
  })
}

const stateOf = (small: SmallPool, name: string): string => VM_STATES[small.pool.vmState[vmNumber(small, name)]!]!
const codes = (driven: Driven): string[] => driven.notes.map(({ reason }) => reason.code)

describe('steps that wait', () => {
  it('are not started in a blackout that begins meanwhile, and are when it is over', () => {
    const driven = crowded(1500, { evenDistribution: { enabled: true }, budgets: { blackouts: [window(10, 20)] } })
    driven.feed(MINUTE, 9 * MINUTE)
    expect(driven.started).toHaveLength(1)
    driven.end(10 * MINUTE + 5000, driven.open[0]!)
    expect(driven.started).toHaveLength(1)
    driven.feed(11 * MINUTE, 20 * MINUTE)
    expect(driven.started).toHaveLength(1)
    expect(codes(driven)).toContain('blackout')
    driven.feed(20 * MINUTE, 22 * MINUTE)
    expect(driven.started).toHaveLength(2)
  })

  it('of power save are not started after its window has ended', () => {
    const small = smallPool({ h0: {}, h1: {}, h2: {} }, { a: { on: 'h0' }, b: { on: 'h0' }, c: { on: 'h1', memoryMib: 8000 }, d: { on: 'h1' } })
    const driven = drive(small, makePolicy({ powerSave: { enabled: true, hostsOnMin: 1, reserveHosts: 0, offWindowMs: 5 * MINUTE, windows: [window(0, 15)] } }))
    const feed = (atMs: number): void => void driven.tick(atMs, [sampleOf(small, atMs, { a: 50, b: 50, c: 300, d: 300 })])
    for (let minute = 1; minute < 15; minute++) feed(minute * MINUTE)
    const before = driven.started.length
    expect(before).toBeGreaterThan(0)
    for (const step of [...driven.open]) driven.end(15 * MINUTE + 1000, step)
    expect(driven.started).toHaveLength(before)
  })

  it('of an evacuation give way when the host comes back, before the next decision too', () => {
    const small = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0' }, b: { on: 'h0' } })
    const driven = drive(small, makePolicy())
    driven.tick(MINUTE, [sampleOf(small, MINUTE, { a: 100, b: 100 })])
    driven.request(2 * MINUTE, { kind: 'maintenanceEnter', host: hostId('h0'), method: null })
    driven.tick(2 * MINUTE)
    expect(driven.open).toHaveLength(1)
    driven.request(2 * MINUTE + 10, { kind: 'maintenanceLeave', host: hostId('h0') })
    driven.end(2 * MINUTE + 10, driven.open[0]!)
    expect(driven.open).toEqual([])
    expect(codes(driven)).toContain('superseded')
  })

  it('of an operator outlast what the automation plans anew', () => {
    const small = smallPool({ h0: {}, h1: {}, h2: {} }, { a: { on: 'h0' }, b: { on: 'h0' }, c: { on: 'h0' } })
    const driven = drive(small, makePolicy({ budgets: { hostOutgoingMax: 1 } }))
    driven.request(MINUTE, { kind: 'migrate', vm: vmId('a'), target: hostId('h1') })
    driven.request(MINUTE, { kind: 'migrate', vm: vmId('b'), target: hostId('h2') })
    driven.request(MINUTE, { kind: 'maintenanceEnter', host: hostId('h1'), method: null })
    driven.tick(MINUTE)
    driven.end(2 * MINUTE, driven.open[0]!)
    expect(driven.open.map((step) => 'vm' in step && step.vm)).toContain('b')
  })
})

describe('maintenance', () => {
  it('resumes a VM that was still being suspended when the host came back', () => {
    const small = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0', onMaintenance: 'suspend' } })
    const driven = drive(small, makePolicy())
    const sample = (atMs: number) => [sampleOf(small, atMs, { a: 100 })]
    driven.tick(MINUTE, sample(MINUTE))
    driven.request(2 * MINUTE, { kind: 'maintenanceEnter', host: hostId('h0'), method: null })
    driven.tick(2 * MINUTE)
    expect(stateOf(small, 'a')).toBe('stopping')
    driven.request(2 * MINUTE + 10, { kind: 'maintenanceLeave', host: hostId('h0') })
    driven.tick(2 * MINUTE + 10)
    driven.end(3 * MINUTE, driven.open[0]!)
    runMinutes(driven, 3 * MINUTE, 6 * MINUTE, (atMs) => sampleOf(small, atMs, { a: 100 }))
    expect(stateOf(small, 'a')).toBe('running')
  })

  it('gives a reason for each VM that stays away, at whatever decision', () => {
    // Both VMs are away when h0 comes back full; one is given up after ten minutes, the other, evacuated later, is given up with it: two notes.
    const small = smallPool({ h0: { memoryMib: 10_000 }, h1: {} }, { a: { on: 'h0', memoryMib: 5000 }, b: { on: 'h0', memoryMib: 5000 }, filler: { on: 'h1', memoryMib: 6000 } })
    const driven = drive(small, makePolicy({ maintenance: { moveBackWithinMs: 10 * MINUTE } }))
    const feed = (fromMinute: number, toMinute: number): void => runMinutes(driven, fromMinute * MINUTE, toMinute * MINUTE, (atMs) => sampleOf(small, atMs, { a: 10, b: 10, filler: 10 }))
    feed(1, 3)
    driven.request(3 * MINUTE, { kind: 'maintenanceEnter', host: hostId('h0'), method: null })
    feed(3, 10)
    driven.request(10 * MINUTE, { kind: 'maintenanceLeave', host: hostId('h0') })
    driven.request(10 * MINUTE, { kind: 'migrate', vm: vmId('filler'), target: hostId('h0') })
    feed(10, 40)
    const given = driven.notes.filter(({ reason }) => reason.code === 'awayForGood').map(({ reason }) => reason.text.split(' ')[0])
    expect([...given].sort()).toEqual(['a', 'b'])
  })

  it('never stops a VM whose migration fails', () => {
    const small = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0' } })
    const driven = drive(small, makePolicy())
    driven.request(MINUTE, { kind: 'maintenanceEnter', host: hostId('h0'), method: null })
    for (let atMs = MINUTE; atMs < 5 * HOUR; atMs += MINUTE) {
      driven.tick(atMs, [sampleOf(small, atMs, { a: 100 })])
      for (const step of [...driven.open]) driven.end(atMs + 1, step, false)
    }
    expect(new Set(driven.started.map(({ kind }) => kind))).toEqual(new Set(['migrate']))
    expect(stateOf(small, 'a')).toBe('running')
    expect(small.pool.hostMode[0]).toBe(1)
    // 20, 40, 80 s ... up to half an hour between attempts.
    expect(driven.started.length).toBeGreaterThan(10)
    expect(driven.started.length).toBeLessThan(25)
  })
})

describe('moves for comfort', () => {
  it('are not made on a guess: VMs without a sample load no host', () => {
    const driven = crowded(0, { evenDistribution: { enabled: true, holdMs: 0, balancePool: true, spreadMax: 0.1 }, powerSave: { enabled: true, hostsOnMin: 1, offWindowMs: 0 } })
    for (let atMs = 0; atMs < 10 * MINUTE; atMs += MINUTE) driven.tick(atMs)
    expect(driven.started).toEqual([])
  })

  it('are given up for a day after five failures, and tried again then', () => {
    const driven = crowded(1500, { evenDistribution: { enabled: true } }, 1)
    const attempts = (fromMs: number, toMs: number): number => {
      const before = driven.started.length
      for (let atMs = fromMs; atMs < toMs; atMs += MINUTE) {
        driven.feed(atMs, atMs + MINUTE)
        for (const step of [...driven.open]) driven.end(atMs + 1, step, false)
      }
      return driven.started.length - before
    }
    expect(attempts(MINUTE, 3 * HOUR)).toBe(6 * 5)
    expect(attempts(3 * HOUR, DAY)).toBe(0)
    expect(codes(driven)).toContain('cannotRelieve')
    expect(attempts(DAY, 28 * HOUR)).toBeGreaterThan(0)
  })

  it('leave a VM alone that dirties memory faster than any link takes it', () => {
    const small = smallPool({ h0: { linkMibPerS: 100 }, h1: {} }, { a: { on: 'h0', vcpus: 5, cpuMhz: 5000, dirtyMibPerS: 300 }, b: { on: 'h0', vcpus: 5, cpuMhz: 5000, dirtyMibPerS: 20 } })
    const driven = drive(small, makePolicy({ evenDistribution: { enabled: true, utilizationHigh: 0.8 } }))
    runMinutes(driven, MINUTE, 30 * MINUTE, (atMs) => sampleOf(small, atMs, { a: 4800, b: 4900 }))
    expect(driven.started.map((step) => 'vm' in step && step.vm)).toEqual(['b'])
  })
})

describe('a host that a VM is leaving', () => {
  it('is not filled before it has left', () => {
    const crowd = Object.fromEntries(Array.from({ length: 6 }, (_, number): [string, VmSpec] => [`v${number}`, { on: 'h1' }]))
    const small = smallPool({ h0: {}, h1: {}, h2: {} }, { big: { on: 'h0', vcpus: 6, cpuMhz: 6000 }, ...crowd })
    const driven = drive(small, makePolicy({ evenDistribution: { enabled: true } }))
    const feed = (fromMinute: number, toMinute: number): void => {
      for (let minute = fromMinute; minute < toMinute; minute++) driven.tick(minute * MINUTE, [sampleOf(small, minute * MINUTE, { big: 6000, v0: 1500, v1: 1500, v2: 1500, v3: 1500, v4: 1500, v5: 1500 })])
    }
    const moves = (): string[] => driven.started.map((step) => (step.kind === 'migrate' ? `${step.source} to ${step.target}` : step.kind))
    driven.request(MINUTE, { kind: 'migrate', vm: vmId('big'), target: hostId('h2') })
    feed(1, 30)
    expect(moves()).toEqual(['h0 to h2'])
    driven.end(30 * MINUTE, driven.open[0]!)
    feed(30, 32)
    expect(moves()).toEqual(['h0 to h2', 'h1 to h0'])
  })
})

describe('a VM that waits', () => {
  it('finds its place at the decision that its arrival asks for, and again after the interval when its start failed', () => {
    const small = smallPool({ h0: {} }, { a: { state: 'pending', sinceMs: 20_000 } })
    const driven = drive(small, makePolicy())
    driven.tick(0)
    driven.end(1000, driven.open[0]!, false)
    expect(small.pool.vmState[0]).toBe(VM.pending)
    driven.tick(30_000)
    expect(driven.open).toHaveLength(0)
    driven.request(31_000, { kind: 'place', vm: vmId('a') })
    driven.tick(31_000)
    expect(driven.open).toHaveLength(1)
    driven.end(32_000, driven.open[0]!, false)
    driven.tick(90_000)
    driven.tick(91_000)
    expect(driven.open).toHaveLength(1)
  })

  it('and fits nowhere is told so once, not at every decision', () => {
    const small = smallPool({ h0: { memoryMib: 1000 } }, { a: { state: 'pending' } })
    const driven = drive(small, makePolicy())
    for (let minute = 0; minute < 60; minute++) driven.tick(minute * MINUTE)
    expect(codes(driven).filter((code) => code === 'noHostFits')).toHaveLength(1)
  })
})
