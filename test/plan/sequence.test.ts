import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostId, vmId } from '../../src/model/ids.ts'
import type { Step } from '../../src/model/plan.ts'
import { reason } from '../../src/model/result.ts'
import type { Rule } from '../../src/model/rules.ts'
import type { TransitionLimits } from '../../src/model/transition.ts'
import { components } from '../../src/plan/cycles.ts'
import { type Ordered, type Wanted, orderSteps } from '../../src/plan/order.ts'
import { reservationRow } from '../../src/plan/rows.ts'
import { type PlainPool, overfullIn, placesIn, reachable } from '../support/interleavings.ts'
import { trials } from '../support/parts.ts'
import { type SmallPool, smallPool } from '../support/pools.ts'

const LIMITS: TransitionLimits = { memoryEnforced: true, hostIncomingMax: 1, hostOutgoingMax: 1, poolMigrationsMax: 8, poolBootsMax: 2, hostsOnMin: 1 }
const why = reason('test', 'test')
const move = (vm: string, source: string, target: string): Wanted => ({ kind: 'migrate', vm: vmId(vm), source: hostId(source), target: hostId(target), estimateMs: 1, reason: why })
const start = (vm: string, target: string): Wanted => ({ kind: 'startVm', vm: vmId(vm), target: hostId(target), estimateMs: 1, reason: why })
const text = ({ steps }: Ordered): string[] => steps.map((step) => (step.kind === 'migrate' ? `${step.vm} ${step.source}-${step.target}` : `${step.kind} ${'host' in step ? step.host : step.vm}`))
const afterOf = ({ steps }: Ordered, number: number): string[] => steps[number]!.after.map((id) => text({ steps: steps.filter((step) => step.id === id), unmet: [] })[0]!)
const order = ({ pool, index }: SmallPool, wanted: readonly Wanted[]): Ordered => orderSteps(pool, index, wanted, LIMITS, 'p')
const host = (memoryMib: number): { memoryMib: number } => ({ memoryMib })

/** Where everything is when all steps have ended. */
const finalPlaces = (pool: PlainPool, steps: readonly Step[]): Map<string, string | undefined> => new Map([...placesIn(pool, steps, steps.map(() => 'ended'))].map(([vm, hosts]) => [vm, [...hosts][0]]))

interface Drawn {
  readonly limits: readonly number[]
  readonly vms: readonly { readonly size: number; readonly on: number; readonly to: number }[]
}
const drawn = fc.record<Drawn>({
  limits: fc.array(fc.integer({ min: 6, max: 14 }), { minLength: 4, maxLength: 4 }),
  vms: fc.array(fc.record({ size: fc.integer({ min: 1, max: 7 }), on: fc.nat({ max: 3 }), to: fc.nat({ max: 3 }) }), { minLength: 1, maxLength: 6 }),
})

describe('what steps wait for', () => {
  it('is as little as keeps every interleaving within memory: nothing is lost, and what is reached is where it was wanted', () => {
    let waited = 0
    fc.assert(fc.property(drawn, fc.integer({ min: 0, max: 4 }), ({ limits, vms }, overMib) => {
      const held = [0, 0, 0, 0]
      // Some hosts hold more than they have: nothing may come there before enough has left.
      const placed = vms.map((vm, number) => ({ ...vm, name: `v${number}`, isPlaced: (held[vm.on]! += vm.size) <= limits[vm.on]! + overMib }))
      placed.filter(({ isPlaced }) => !isPlaced).forEach(({ on, size }) => void (held[on]! -= size))
      const plain: PlainPool = { limitOf: Object.fromEntries(limits.map((limit, number) => [`h${number}`, limit])), vms: Object.fromEntries(placed.map(({ name, on, size, isPlaced }) => [name, { on: isPlaced ? `h${on}` : null, size }])) }
      const small = smallPool(Object.fromEntries(limits.map((limit, number) => [`h${number}`, host(limit)])), Object.fromEntries(placed.map(({ name, on, size, isPlaced }) => [name, isPlaced ? { on: `h${on}`, memoryMib: size } : { memoryMib: size }])))
      const wanted = placed.flatMap(({ name, on, to, isPlaced }) => (!isPlaced ? [start(name, `h${to}`)] : on === to ? [] : [move(name, `h${on}`, `h${to}`)]))
      const { steps, unmet } = order(small, wanted)
      const places = finalPlaces(plain, steps)
      const reached = wanted.filter((next) => 'target' in next && places.get(next.vm) === next.target)
      expect(reached.length + unmet.length).toBe(wanted.length)
      waited += steps.filter(({ after }) => after.length > 0).length
      if (steps.length <= 6) for (const state of reachable(steps)) expect(overfullIn(plain, steps, state)).toEqual([])
    }), trials(400))
    expect(waited).toBeGreaterThan(0)
  })

  it('is only the step whose room is taken, not all that leave the host', () => {
    const small = smallPool({ h0: host(10), h1: host(20), h2: host(20) }, { a: { on: 'h1', memoryMib: 6 }, b: { on: 'h1', memoryMib: 6 }, c: { on: 'h1', memoryMib: 6 }, d: { on: 'h0', memoryMib: 6 } })
    const ordered = order(small, [move('a', 'h1', 'h2'), move('b', 'h1', 'h2'), move('d', 'h0', 'h1')])
    expect(text(ordered)).toEqual(['a h1-h2', 'b h1-h2', 'd h0-h1'])
    expect(afterOf(ordered, 2)).toEqual(['a h1-h2'])
  })

  it('gives the same room to nobody twice', () => {
    const small = smallPool({ h0: host(20), h1: host(10), h2: host(20) }, { a: { on: 'h1', memoryMib: 5 }, b: { on: 'h1', memoryMib: 5 }, c: { on: 'h0', memoryMib: 5 }, d: { on: 'h0', memoryMib: 5 } })
    const ordered = order(small, [move('a', 'h1', 'h2'), move('b', 'h1', 'h2'), move('c', 'h0', 'h1'), move('d', 'h0', 'h1')])
    expect([afterOf(ordered, 2), afterOf(ordered, 3)]).toEqual([['a h1-h2'], ['b h1-h2']])
  })

  it('is nothing where everything fits at once', () => {
    const small = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0' }, b: { on: 'h1' } })
    expect(order(small, [move('a', 'h0', 'h1'), move('b', 'h1', 'h0')]).steps.map(({ after }) => after)).toEqual([[], []])
  })

  it('also counts CPU that VMs are guaranteed', () => {
    const small = smallPool({ h0: { cores: 10, coreMhz: 1 }, h1: { cores: 10, coreMhz: 1 }, h2: { cores: 10, coreMhz: 1 } }, { a: { on: 'h0', cpuReservationMhz: 6 }, b: { on: 'h1', cpuReservationMhz: 6 } })
    const wanted = [move('a', 'h0', 'h1'), move('b', 'h1', 'h2')]
    const ordered = order(small, wanted)
    expect(text(ordered)).toEqual(['b h1-h2', 'a h0-h1'])
    expect(afterOf(ordered, 1)).toEqual(['b h1-h2'])
    expect(order(small, wanted.slice(0, 1)).unmet.map(({ code }) => code)).toEqual(['noReservation'])
    expect(reservationRow(smallPool({ h0: {} }, { a: { on: 'h0' } }).pool)).toBeNull()
  })

  it('is what a rule of order says, though everything would fit at once', () => {
    const rules: Rule[] = [{ id: 'r', kind: 'order', vms: [vmId('b'), vmId('c')], others: [vmId('a')] }]
    const small = smallPool({ h0: {}, h1: {} }, { a: {}, b: { on: 'h0' }, c: {} }, rules)
    const ordered = order(small, [start('a', 'h0'), start('c', 'h0'), move('b', 'h0', 'h1')])
    expect(text(ordered)).toEqual(['startVm c', 'b h0-h1', 'startVm a'])
    expect(afterOf(ordered, 2)).toEqual(['startVm c', 'b h0-h1'])
    expect(order(small, [start('a', 'h0'), start('c', 'h9')]).unmet.map(({ code }) => code)).toEqual(['rule', 'unknownHost'])
  })

  it('is nothing for a rule that is soft', () => {
    const rules: Rule[] = [{ id: 'r', kind: 'apart', vms: [vmId('a'), vmId('b')], weight: 1 }]
    expect(order(smallPool({ h0: {}, h1: {}, h2: {} }, { a: { on: 'h0' }, b: { on: 'h1' } }, rules), [move('a', 'h0', 'h1'), move('b', 'h1', 'h2')]).steps.map(({ after }) => after)).toEqual([[], []])
  })

  it('counts hosts of a group together where a rule does', () => {
    const rules: Rule[] = [{ id: 'r', kind: 'vmsMax', vms: [], hosts: [hostId('h0'), hostId('h1')], max: 2, each: false }]
    const small = smallPool({ h0: {}, h1: {}, h2: {}, h3: {} }, { a: { on: 'h0' }, b: { on: 'h1' }, c: { on: 'h2' }, d: { on: 'h2' } }, rules)
    const ordered = order(small, [move('c', 'h2', 'h0'), move('b', 'h1', 'h3')])
    expect(text(ordered)).toEqual(['b h1-h3', 'c h2-h0'])
    expect(afterOf(ordered, 1)).toEqual(['b h1-h3'])
  })

  it('lets VMs that a rule keeps apart pass each other only one after the other, also through a third host', () => {
    const rules: Rule[] = [{ id: 'r', kind: 'apart', vms: [vmId('v0'), vmId('v1'), vmId('v2')] }]
    const places = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 3, maxLength: 3 })
    fc.assert(fc.property(places, places, fc.boolean(), (from, to, isTight) => {
      const size = isTight ? 7 : 1
      const small = smallPool({ h0: host(10), h1: host(10), h2: host(10), h3: host(10) }, Object.fromEntries(from.map((on, vm) => [`v${vm}`, { on: `h${on}`, memoryMib: size }])), rules)
      const plain: PlainPool = { limitOf: { h0: 10, h1: 10, h2: 10, h3: 10 }, vms: Object.fromEntries(from.map((on, vm) => [`v${vm}`, { on: `h${on}`, size }])) }
      const wanted = from.flatMap((on, vm) => (on === to[vm] ? [] : [move(`v${vm}`, `h${on}`, `h${to[vm]!}`)]))
      const { steps, unmet } = order(small, wanted)
      expect(unmet).toEqual([])
      for (const state of reachable(steps)) {
        const now = placesIn(plain, steps, state)
        const hosts = ['v0', 'v1', 'v2'].flatMap((vm) => [...now.get(vm)!])
        expect(new Set(hosts).size).toBe(hosts.length)
      }
    }), trials(200))
  })
})

describe('cycles', () => {
  it('are all broken, each by its smallest VM, when there is one host to park on', () => {
    const hosts = Object.fromEntries(Array.from({ length: 7 }, (_, number) => [`h${number}`, host(10)]))
    const small = smallPool(hosts, { a: { on: 'h0', memoryMib: 9 }, b: { on: 'h1', memoryMib: 8 }, c: { on: 'h2', memoryMib: 7 }, d: { on: 'h3', memoryMib: 9 }, e: { on: 'h4', memoryMib: 6 }, f: { on: 'h5', memoryMib: 9 } })
    const ordered = order(small, [move('a', 'h0', 'h1'), move('b', 'h1', 'h2'), move('c', 'h2', 'h0'), move('d', 'h3', 'h4'), move('e', 'h4', 'h5'), move('f', 'h5', 'h3')])
    expect(ordered.unmet).toEqual([])
    expect(text(ordered).filter((line) => line.endsWith('-h6'))).toEqual(['e h4-h6', 'c h2-h6'])
    expect(ordered.steps).toHaveLength(8)
  })

  it('leave no VM parked for nothing', () => {
    const small = smallPool({ h0: host(10), h1: host(10), h2: host(10) }, { a: { on: 'h0', memoryMib: 9 }, b: { on: 'h1', memoryMib: 5 }, full: { on: 'h2', memoryMib: 4 }, stuck: { on: 'h1', memoryMib: 5, movable: false } })
    const { steps, unmet } = order(small, [move('a', 'h0', 'h1'), move('b', 'h1', 'h0')])
    expect(steps).toEqual([])
    expect(unmet.map(({ code }) => code)).toEqual(['noMemory', 'noMemory'])
  })

  it('are the nodes that reach each other', () => {
    const edges = fc.array(fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 7 })), { maxLength: 14 })
    fc.assert(fc.property(edges, (pairs) => {
      const reach = Array.from({ length: 8 }, (_, from) => Array.from({ length: 8 }, (__, to) => from === to || pairs.some(([a, b]) => a === from && b === to)))
      for (let by = 0; by < 8; by++) for (let from = 0; from < 8; from++) for (let to = 0; to < 8; to++) if (reach[from]![by]! && reach[by]![to]!) reach[from]![to] = true
      const component = components(8, Int32Array.from(pairs.flat()))
      for (let one = 0; one < 8; one++) for (let other = 0; other < 8; other++) expect(component[one] === component[other]).toBe(reach[one]![other]! && reach[other]![one]!)
    }), trials(300))
  })
})
