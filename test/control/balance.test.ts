import { describe, expect, it } from 'vitest'
import { hostId } from '../../src/model/ids.ts'
import type { Sample } from '../../src/model/load.ts'
import type { Vm } from '../../src/model/pool.ts'
import { type Driven, drive, runMinutes } from '../support/controller.ts'
import { MINUTE, type PolicyParts, makePolicy } from '../support/parts.ts'
import { type SmallPool, type VmSpec, sampleOf, smallPool } from '../support/pools.ts'

type Usage = Readonly<Record<string, number>>

const vmsOn = (host: string, count: number, parts: Partial<Vm> = {}): Record<string, VmSpec> => Object.fromEntries(Array.from({ length: count }, (_, number) => [`${host}v${number}`, { on: host, ...parts }]))
const all = (small: SmallPool, usage: (host: string) => number): Usage => Object.fromEntries(small.pool.vms.map(({ id }) => [id, usage(id.slice(0, 2))]))

/** Half an hour, unless said otherwise, of the same samples; what was started in it. */
function over(small: SmallPool, parts: PolicyParts, usage: Usage, change: (sample: Sample) => Sample = (sample) => sample, minutes = 30, gate: 'automatic' | 'approve' = 'automatic'): Driven {
  const driven = drive(small, makePolicy({ decisionIntervalMs: MINUTE, ...parts }), 'atOnce', gate)
  runMinutes(driven, MINUTE, minutes * MINUTE, (atMs) => change(sampleOf(small, atMs, usage)))
  return driven
}
const migrations = (driven: Driven) => driven.started.flatMap((step) => (step.kind === 'migrate' ? [step] : []))

describe('balance by several resources', () => {
  const uneven = (): SmallPool => smallPool({ h0: {}, h1: {} }, { ...vmsOn('h0', 4, { memoryMib: 16_384 }), ...vmsOn('h1', 4, { memoryMib: 1024 }) })
  const even = { enabled: true, balancePool: true, spreadMax: 0.2 }

  it('moves for memory alone where memory has a weight, and where CPU alone counts does not', () => {
    const byCpu = uneven()
    expect(migrations(over(byCpu, { evenDistribution: even }, all(byCpu, () => 500)))).toEqual([])
    const byMemory = uneven()
    const moved = migrations(over(byMemory, { evenDistribution: { ...even, cpuWeight: 0, memoryWeight: 1 } }, all(byMemory, () => 500)))
    expect(moved.length).toBeGreaterThan(0)
    expect(moved[0]).toMatchObject({ source: 'h0', target: 'h1' })
  })

  it('moves for network alone where the network has a weight', () => {
    const traffic = (sample: Sample, small: SmallPool): Sample => ({ ...sample, vmNetworkMibPerS: Float64Array.from(small.pool.vms, ({ id }) => (id.startsWith('h0') ? 200 : 1)) })
    const small = uneven()
    const moved = migrations(over(small, { evenDistribution: { ...even, cpuWeight: 0, networkWeight: 1 } }, all(small, () => 500), (sample) => traffic(sample, small)))
    expect(moved[0]).toMatchObject({ source: 'h0', target: 'h1' })
  })

  it('lets the heavier weight decide where two resources disagree', () => {
    // h0 is full of memory, h1 of CPU: which way anything moves shows what counted.
    const way = (cpuWeight: number, memoryWeight: number): string => {
      const small = uneven()
      const [first] = migrations(over(small, { evenDistribution: { ...even, utilizationHigh: 0.99, utilizationLow: 0.9, cpuWeight, memoryWeight } }, all(small, (host) => (host === 'h0' ? 100 : 1600))))
      return first === undefined ? 'none' : `${first.source} to ${first.target}`
    }
    expect(way(9, 1)).toBe('h1 to h0')
    expect(way(1, 9)).toBe('h0 to h1')
  })
})

describe('aggressiveness', () => {
  // Hosts that differ by 50, 38, 25, 15 and 5 %: at each level those below what it tolerates are left alone.
  const gaps = [0.5, 0.38, 0.25, 0.15, 0.05]
  const balanced = (aggressiveness: number): number[] =>
    gaps.filter((gap) => {
      const small = smallPool({ h0: {}, h1: {} }, { ...vmsOn('h0', 10), ...vmsOn('h1', 10) })
      return migrations(over(small, { evenDistribution: { enabled: true, balancePool: true, aggressiveness } }, all(small, (host) => (host === 'h0' ? 100 + 1000 * gap : 100)))).length > 0
    })

  it.each([[1, []], [2, [0.5]], [3, [0.5, 0.38]], [4, [0.5, 0.38, 0.25]], [5, [0.5, 0.38, 0.25, 0.15]]])('%i balances gaps of %j', (level, expected) => {
    expect(balanced(level)).toEqual(expected)
  })
})

describe('a VM that gets too little', () => {
  const pinched = (happinessMin: number | null, waits: boolean, minutes = 30): Driven => {
    const small = smallPool({ h0: {}, h1: {} }, { ...vmsOn('h0', 4), ...vmsOn('h1', 1) })
    // h0v0 waits as long as it runs: it gets half of what it wants, though its host is at a quarter of its CPU.
    return over(small, { evenDistribution: { enabled: true, happinessMin } }, all(small, () => 500), (sample) => ({ ...sample, vmDelayRatio: sample.vmDelayRatio.map((_, vm) => (waits && vm === 0 ? 0.5 : 0)) }), minutes)
  }

  it('has its host relieved after the hold time, though the host is not loaded', () => {
    const driven = pinched(0.9, true)
    expect(migrations(driven)[0]).toMatchObject({ source: 'h0', target: 'h1' })
    expect(driven.notes.map(({ reason }) => reason.code)).toContain('vmStarves')
    expect(migrations(pinched(0.9, true, 4))).toEqual([])
  })

  it('changes nothing where VMs are not looked at, or where it gets enough', () => {
    expect(migrations(pinched(null, true))).toEqual([])
    expect(migrations(pinched(0.4, true))).toEqual([])
    expect(migrations(pinched(0.9, false))).toEqual([])
  })
})

describe('benefit against cost', () => {
  // Balance gains little; a VM of 60 GiB costs much to send.
  const heavy = (weighBenefit: boolean, mhz: number): number => {
    const small = smallPool({ h0: {}, h1: {} }, { ...vmsOn('h0', 2, { memoryMib: 45_000, cpuMhz: 5000, vcpus: 5 }), ...vmsOn('h1', 1, { memoryMib: 1024 }) })
    return migrations(over(small, { evenDistribution: { enabled: true, balancePool: true, spreadMax: 0.1 }, budgets: { weighBenefit } }, all(small, (host) => (host === 'h0' ? mhz : 100)))).length
  }

  it('leaves out a move that brings less than it takes, only where it is asked for', () => {
    expect(heavy(false, 1000)).toBeGreaterThan(0)
    expect(heavy(true, 1000)).toBe(0)
  })

  it('keeps one that brings more', () => {
    expect(heavy(true, 4900)).toBeGreaterThan(0)
  })
})

describe('a VM’s own automation level', () => {
  const crowd = (automation: NonNullable<Vm['automation']>, others: NonNullable<Vm['automation']> = automation): SmallPool =>
    smallPool({ h0: {}, h1: {} }, { h0v0: { on: 'h0', memoryMib: 512, automation }, ...Object.fromEntries(Array.from({ length: 4 }, (_, number): [string, VmSpec] => [`h0w${number}`, { on: 'h0', memoryMib: 8192, automation: others }])) })
  const relieved = (small: SmallPool, gate: 'automatic' | 'approve' = 'automatic'): Driven => over(small, { evenDistribution: { enabled: true } }, all(small, () => 1900), undefined, 10, gate)

  it('never keeps it from relief, though it would be the cheapest to move', () => {
    expect(migrations(relieved(crowd('automatic'))).map(({ vm }) => vm)).toContain('h0v0')
    const moved = migrations(relieved(crowd('never', 'automatic'))).map(({ vm }) => vm)
    expect(moved.length).toBeGreaterThan(0)
    expect(moved).not.toContain('h0v0')
    expect(migrations(relieved(crowd('never')))).toEqual([])
  })

  it('recommend keeps it from what nobody approves, and is planned where somebody does', () => {
    expect(migrations(relieved(crowd('recommend')))).toEqual([])
    const planned = relieved(crowd('recommend'), 'approve').events.flatMap((event) => (event.kind === 'plan' ? [event.steps] : []))
    expect(planned.some((steps) => steps > 0)).toBe(true)
    const never = relieved(crowd('never'), 'approve').events.flatMap((event) => (event.kind === 'plan' ? [event.steps] : []))
    expect(never.every((steps) => steps === 0)).toBe(true)
  })

  it('does not keep it on a host that is to be left', () => {
    const small = crowd('never')
    const driven = drive(small, makePolicy())
    driven.tick(MINUTE, [sampleOf(small, MINUTE, all(small, () => 100))])
    driven.request(2 * MINUTE, { kind: 'maintenanceEnter', host: hostId('h0'), method: null })
    runMinutes(driven, 2 * MINUTE, 15 * MINUTE, (atMs) => sampleOf(small, atMs, all(small, () => 100)))
    expect(migrations(driven).map(({ vm }) => vm)).toContain('h0v0')
  })
})

describe('rest after a migration', () => {
  /** One VM on the busier of two hosts; it is asked away and the load follows it, so that there is always a reason to move it back. */
  const chased = (vmCooldownMs: number, cooldownMs?: number): number[] => {
    const small = smallPool({ h0: {}, h1: {} }, { lone: { on: 'h0', cpuMhz: 4000, vcpus: 4, ...(cooldownMs === undefined ? {} : { cooldownMs }) }, a: { on: 'h0', cpuMhz: 9000, vcpus: 9, movable: false }, b: { on: 'h1', cpuMhz: 9000, vcpus: 9, movable: false } })
    const driven = drive(small, makePolicy({ decisionIntervalMs: MINUTE, evenDistribution: { enabled: true, holdMs: 0 }, powerSave: { onWindowMs: MINUTE }, budgets: { vmCooldownMs } }))
    const times: number[] = []
    let seen = 0
    runMinutes(driven, MINUTE, 120 * MINUTE, (atMs) => {
      const at = small.pool.vmHost[0]
      for (; seen < driven.started.length; seen++) times.push(atMs / MINUTE)
      return sampleOf(small, atMs, { lone: 2000, a: at === 0 ? 7000 : 1000, b: at === 1 ? 7000 : 1000 })
    })
    return times.slice(1).map((time, number) => time - times[number]!)
  }

  it('is the policy’s, or the VM’s own', () => {
    expect(Math.min(...chased(30 * MINUTE))).toBeGreaterThanOrEqual(30)
    expect(Math.min(...chased(5 * MINUTE))).toBeLessThan(10)
    expect(Math.min(...chased(5 * MINUTE, 45 * MINUTE))).toBeGreaterThanOrEqual(45)
    expect(Math.min(...chased(45 * MINUTE, 5 * MINUTE))).toBeLessThan(10)
  })
})

describe('caps', () => {
  const loaded = (budgets: PolicyParts['budgets'], minutes = 50): Driven => {
    const small = smallPool({ h0: {}, h1: {}, h2: {}, h3: {} }, { ...vmsOn('h0', 9), ...vmsOn('h1', 9), ...vmsOn('h2', 1), ...vmsOn('h3', 1) })
    return over(small, { evenDistribution: { enabled: true, holdMs: 0 }, budgets: { vmCooldownMs: 0, ...budgets } }, all(small, (host) => (host === 'h0' || host === 'h1' ? 1100 : 100)), undefined, minutes)
  }
  const ends = (driven: Driven, host: string): number => migrations(driven).filter(({ source, target }) => source === host || target === host).length

  it('without any, more is moved than each of them allows', () => {
    const driven = loaded({ migrationsPerHourMax: 1000, hostOutgoingMax: 9, hostIncomingMax: 9 })
    expect(migrations(driven).length).toBeGreaterThan(4)
    expect(Math.max(...driven.events.flatMap((event) => (event.kind === 'plan' ? [event.steps] : [])))).toBeGreaterThan(2)
    expect(ends(driven, 'h0')).toBeGreaterThan(2)
  })

  it('of a plan hold for each plan', () => {
    const steps = loaded({ migrationsPerHourMax: 1000, migrationsPerPlanMax: 2 }).events.flatMap((event) => (event.kind === 'plan' ? [event.steps] : []))
    expect(Math.max(...steps)).toBe(2)
  })

  it('of a host hold for each host, at both ends', () => {
    const driven = loaded({ migrationsPerHourMax: 1000, migrationsPerHostHourMax: 2 })
    expect(['h0', 'h1', 'h2', 'h3'].map((host) => ends(driven, host)).every((count) => count <= 2)).toBe(true)
    expect(migrations(driven).length).toBeGreaterThan(0)
    // Two hosts with two moves each and one host to take them: it takes two.
    const small = smallPool({ h0: {}, h1: {}, h2: {} }, { ...vmsOn('h0', 9), ...vmsOn('h1', 9) })
    const onto = over(small, { evenDistribution: { enabled: true, holdMs: 0 }, budgets: { migrationsPerHourMax: 1000, migrationsPerHostHourMax: 2 } }, all(small, () => 1000), undefined, 50)
    expect(ends(onto, 'h2')).toBe(2)
  })

  it('of an hour hold for the pool, and begin anew', () => {
    expect(migrations(loaded({ migrationsPerHourMax: 3, reliefReserve: 0 }))).toHaveLength(3)
    expect(migrations(loaded({ migrationsPerHourMax: 3, reliefReserve: 0 }, 100)).length).toBeGreaterThan(3)
  })
})
