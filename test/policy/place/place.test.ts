import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostId, vmId } from '../../../src/model/ids.ts'
import { NOWHERE, VM, addHost, addVm, emptyPool, type Host, type Pool, type PowerState, type Vm } from '../../../src/model/pool.ts'
import type { Rule } from '../../../src/model/rules.ts'
import { repair } from '../../../src/optimize/search/repair.ts'
import { answerPlacement } from '../../../src/policy/place/answer.ts'
import { rankHosts } from '../../../src/policy/place/rank.ts'
import { starsOf } from '../../../src/policy/place/scorers.ts'
import { placeView } from '../../../src/policy/place/view.ts'
import { trials } from '../../support/parts.ts'

const host = (id: string, memoryMib = 16_384, cores = 4): Host => ({
  id: hostId(id), cores, coreMhz: 1000, performanceFactor: 1, smtYield: 1, capacity: { cpuMhz: cores * 1000, memoryMib, networkMibPerS: 100, diskMibPerS: 100 }, reserve: { cpuMhz: 0, memoryMib: 0, networkMibPerS: 0, diskMibPerS: 0 },
  migrationLinkMibPerS: 100, power: { curveW: Array.from({ length: 11 }, () => 100), offW: 0, bootMs: 0, bootW: 0, shutdownMs: 0, shutdownW: 0 }, powerManaged: true, rack: null,
})
const vm = (id: string, memoryMib = 1024, more: Partial<Vm> = {}): Vm => ({
  id: vmId(id), vcpus: 1, cpuMhz: 1000, memoryMib, dirtyMibPerS: 0, shares: 1024, cpuReservationMhz: 0, cpuLimitMhz: null, movable: true, class: 'standard', onMaintenance: null, ...more,
})

/** A pool of hosts with VMs on them (by host index), and VMs that wait. */
function poolOf(hosts: readonly Host[], there: readonly (readonly [Vm, number])[], waiting: readonly Vm[], rules: readonly Rule[] = [], power: readonly PowerState[] = []): { readonly pool: Pool; readonly vms: number[] } {
  const pool = emptyPool(rules)
  hosts.forEach((one, index) => addHost(pool, one, power[index] ?? 'on'))
  for (const [one, on] of there) {
    const slot = addVm(pool, one, 0)
    pool.vmState[slot] = VM.running
    pool.vmHost[slot] = on
    pool.hostVmCount[on]!++
    pool.hostMemoryMib[on]! += one.memoryMib
  }
  return { pool, vms: waiting.map((one) => addVm(pool, one, 0)) }
}
const viewOf = (pool: Pool, cpuMhz = 500) => placeView(pool, new Float64Array(pool.vms.length).fill(cpuMhz))
const LIMITS = { nodesMax: 1_000_000, seed: 1, movesMax: null, shouldStop: () => false }
const answer = (pool: Pool, vms: readonly number[], cpuMhz = 0) => answerPlacement(viewOf(pool, cpuMhz), vms, repair, LIMITS)

describe('hosts for one VM', () => {
  it('are ranked by the CPU that is left, then by memory, equals in their order', () => {
    const { pool, vms } = poolOf([host('a'), host('b'), host('c'), host('d')], [[vm('v'), 0], [vm('w', 1024), 2], [vm('x', 8192), 3]], [vm('n')])
    expect(rankHosts(viewOf(pool), vms[0]!).ranked.map((one) => one.host)).toEqual(['b', 'a', 'c', 'd'])
  })

  it('have a score from what is left of CPU and memory, and stars in halves', () => {
    const { pool, vms } = poolOf([host('a', 4096)], [[vm('v'), 0]], [vm('n')])
    // Of 4000 MHz 1000 are used then, of 4096 MiB 2048.
    expect(rankHosts(viewOf(pool), vms[0]!).ranked).toEqual([{ host: 'a', score: (3 * 0.75 + 0.5) / 4, stars: 4, parts: { cpuFree: 0.75, memoryFree: 0.5 } }])
    expect([0, 0.04, 0.07, 0.5, 0.99, 1].map(starsOf)).toEqual([1, 1, 1.5, 3, 5, 5])
  })

  it('count VMs that are starting there, and migrating ones at both ends', () => {
    const { pool, vms } = poolOf([host('a'), host('b')], [[vm('v'), 0]], [vm('n')])
    pool.vmState[0] = VM.starting
    expect(viewOf(pool).hostCpuMhz.slice(0, 2)).toEqual(Float64Array.of(500, 0))
    pool.vmState[0] = VM.migrating
    pool.vmTarget[0] = 1
    expect(viewOf(pool).hostCpuMhz.slice(0, 2)).toEqual(Float64Array.of(500, 500))
    expect(rankHosts(viewOf(pool), vms[0]!).ranked).toHaveLength(2)
  })

  it.each<[string, Partial<Vm> & { readonly memoryMib?: number }, (pool: Pool) => void, string, Readonly<Record<string, number>>]>([
    ['is off', {}, (pool) => (pool.hostPower[0] = 1), 'hostNotOn', {}],
    ['is in maintenance', {}, (pool) => (pool.hostMode[0] = 2), 'hostInMaintenance', {}],
    ['is entering maintenance', {}, (pool) => (pool.hostMode[0] = 1), 'hostInMaintenance', {}],
    ['does not answer', {}, (pool) => (pool.hostReachable[0] = 0), 'hostUnreachable', {}],
    ['has too few threads', { vcpus: 5 }, () => undefined, 'tooManyVcpus', { threads: 4, vcpus: 5 }],
    ['has too little memory', { memoryMib: 16_385 }, () => undefined, 'noMemory', { freeMib: 16_384, needMib: 16_385 }],
    ['has too little to guarantee', { cpuReservationMhz: 4001 }, () => undefined, 'noReservation', { free: 4000, need: 4001 }],
  ])('leave out one that %s, with the numbers', (_, more, change, code, numbers) => {
    const { pool, vms } = poolOf([host('a')], [], [vm('n', more.memoryMib ?? 1024, more)])
    change(pool)
    const { ranked, rejected } = rankHosts(viewOf(pool), vms[0]!)
    expect(ranked).toEqual([])
    expect(rejected).toMatchObject([{ host: 'a', reasons: [{ code, numbers }] }])
  })

  it('leave out one whose CPU would not do, and name every reason', () => {
    const { pool, vms } = poolOf([host('a', 2048)], [[vm('v', 1536), 0]], [vm('n')])
    const { rejected } = rankHosts(viewOf(pool, 3000), vms[0]!)
    expect(rejected[0]!.reasons.map(({ code, text }) => [code, text])).toEqual([
      ['noMemory', 'has 512 MiB free, 1.0 GiB are needed: free 512 MiB there'], ['noCpu', 'has 1000 MHz unused, 3000 MHz are expected to be used: relieve it of 2000 MHz']])
  })

  it.each<[string, Rule, readonly string[]]>([
    ['apart from another', { id: 'r', kind: 'apart', vms: [vmId('n'), vmId('v')] }, ['b', 'c']],
    ['together with another', { id: 'r', kind: 'together', vms: [vmId('n'), vmId('v')] }, ['a']],
    ['run on some hosts', { id: 'r', kind: 'runOn', vms: [vmId('n')], hosts: [hostId('b')] }, ['b']],
    ['keep off some hosts', { id: 'r', kind: 'keepOff', vms: [vmId('n')], hosts: [hostId('b')] }, ['c', 'a']],
    ['bind others only', { id: 'r', kind: 'runOn', vms: [vmId('v')], hosts: [hostId('a')] }, ['b', 'c', 'a']],
  ])('obey rules that are to be %s', (_, rule, expected) => {
    const { pool, vms } = poolOf([host('a'), host('b'), host('c')], [[vm('v'), 0]], [vm('n')], [rule])
    const { ranked, rejected } = rankHosts(viewOf(pool), vms[0]!)
    expect(ranked.map((one) => one.host)).toEqual(expected)
    for (const { reasons } of rejected) expect(reasons).toMatchObject([{ code: 'rule', text: expect.stringMatching(/^rule r/) as unknown }])
  })

  it('name every rule that bars one', () => {
    const rules: Rule[] = [{ id: 'one', kind: 'runOn', vms: [vmId('n')], hosts: [hostId('b')] }, { id: 'two', kind: 'apart', vms: [vmId('n'), vmId('v')] }]
    const { pool, vms } = poolOf([host('a'), host('b')], [[vm('v'), 0]], [vm('n')], rules)
    expect(rankHosts(viewOf(pool), vms[0]!).rejected[0]!.reasons.map(({ text }) => /rule (\w+)/.exec(text)![1])).toEqual(['one', 'two'])
  })
})

describe('places for several VMs', () => {
  it('are found where one after another would leave one over', () => {
    const waiting = [vm('small', 5000), vm('other', 5000), vm('large', 10_000)]
    const { pool, vms } = poolOf([host('a', 10_000), host('b', 10_000)], [], waiting)
    expect(answer(pool, vms).map((one) => one.host === null)).toEqual([false, false, false])
  })

  it('are not the same for VMs that are kept apart, and the same for VMs that are kept together', () => {
    const rules: Rule[] = [{ id: 'apart', kind: 'apart', vms: [vmId('x'), vmId('y')] }, { id: 'together', kind: 'together', vms: [vmId('y'), vmId('z')] }]
    const { pool, vms } = poolOf([host('a'), host('b')], [], [vm('x'), vm('y'), vm('z')], rules)
    const [x, y, z] = answer(pool, vms).map((one) => one.host)
    expect([x === y, y === z]).toEqual([false, true])
  })

  it('keep to VMs that are there already and share a rule', () => {
    const { pool, vms } = poolOf([host('a'), host('b')], [[vm('v'), 0]], [vm('x'), vm('y')], [{ id: 'r', kind: 'apart', vms: [vmId('v'), vmId('x')] }, { id: 's', kind: 'together', vms: [vmId('v'), vmId('y')] }])
    expect(answer(pool, vms).map((one) => one.host)).toEqual(['b', 'a'])
  })

  it('are spread over hosts that are alike', () => {
    const { pool, vms } = poolOf([host('a'), host('b'), host('c')], [], [vm('x'), vm('y'), vm('z')])
    expect(new Set(answer(pool, vms, 500).map((one) => one.host)).size).toBe(3)
  })

  it('come with the reasons of those that find none', () => {
    const { pool, vms } = poolOf([host('a', 1024)], [], [vm('x'), vm('y')])
    const placed = answer(pool, vms)
    expect(placed.filter((one) => one.host === null)).toMatchObject([{ score: null, stars: null, ranked: [], rejected: [{ host: 'a', reasons: [{ code: 'noMemory' }] }] }])
  })

  it('never overfill a host or break a rule, and are no fewer than one by one finds', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 8 }).map((gib) => gib * 1024), { minLength: 2, maxLength: 12 })
    fc.assert(fc.property(sizes, fc.array(fc.integer({ min: 4, max: 16 }).map((gib) => gib * 1024), { minLength: 1, maxLength: 4 }), fc.boolean(), (memories, rooms, apart) => {
      const waiting = memories.map((memoryMib, number) => vm(`n${number}`, memoryMib))
      const rules: Rule[] = apart ? [{ id: 'r', kind: 'apart', vms: [waiting[0]!.id, waiting[1]!.id] }] : []
      const { pool, vms } = poolOf(rooms.map((room, number) => host(`h${number}`, room)), [], waiting, rules)
      const hosts = answer(pool, vms).map((one) => one.host)
      rooms.forEach((room, number) => {
        const held = memories.reduce((sum, memoryMib, position) => (hosts[position] === `h${number}` ? sum + memoryMib : sum), 0)
        expect(held).toBeLessThanOrEqual(room)
      })
      if (apart && hosts[0] !== null) expect(hosts[0]).not.toBe(hosts[1])
      expect(hosts.filter((one) => one !== null).length).toBeGreaterThanOrEqual(oneByOne(memories, rooms, apart))
    }), trials(200))
  })
})

/** Each VM in its turn on the host with most room: what a person would do by hand. */
function oneByOne(memories: readonly number[], rooms: readonly number[], apart: boolean): number {
  const left = [...rooms]
  const where = memories.map(() => NOWHERE)
  memories.forEach((memoryMib, position) => {
    const barred = apart && position === 1 ? where[0]! : NOWHERE
    const fitting = left.map((_, number) => number).filter((number) => left[number]! >= memoryMib && number !== barred)
    if (fitting.length === 0) return
    const best = fitting.reduce((a, b) => (left[b]! > left[a]! ? b : a))
    left[best]! -= memoryMib
    where[position] = best
  })
  return where.filter((number) => number !== NOWHERE).length
}
