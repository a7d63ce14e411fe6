import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostId, vmId } from '../../src/model/ids.ts'
import type { MigrateStep, Step } from '../../src/model/plan.ts'
import { type Pool, copyPool } from '../../src/model/pool.ts'
import { reason } from '../../src/model/result.ts'
import type { Rule } from '../../src/model/rules.ts'
import { type Begun, type TransitionLimits, begin, finish } from '../../src/model/transition.ts'
import { checkPlan } from '../../src/plan/check.ts'
import { type Ordered, type Wanted, orderSteps } from '../../src/plan/order.ts'
import { trials } from '../support/parts.ts'
import { type SmallPool, smallPool, vmNumber } from '../support/pools.ts'

const LIMITS: TransitionLimits = { memoryEnforced: true, hostIncomingMax: 1, hostOutgoingMax: 1, poolMigrationsMax: 8, poolBootsMax: 2, hostsOnMin: 1 }
const why = reason('test', 'test')
const move = (vm: string, source: string, target: string): Wanted => ({ kind: 'migrate', vm: vmId(vm), source: hostId(source), target: hostId(target), estimateMs: 1, reason: why })
const powerOff = (host: string): Wanted => ({ kind: 'powerOff', host: hostId(host), estimateMs: 1, reason: why })
const order = ({ pool, index }: SmallPool, wanted: readonly Wanted[]): Ordered => orderSteps(pool, index, wanted, LIMITS, 'p')
const text = (steps: readonly Step[]): string[] => steps.map((step) => (step.kind === 'migrate' ? `${step.vm} ${step.source}-${step.target}` : `${step.kind} ${'host' in step ? step.host : step.vm}`))

/** Walks the steps on plain maps, each alone, and returns the final places. */
function placesAfter({ pool }: SmallPool, steps: readonly Step[]): Map<string, string> {
  const places = new Map(pool.vms.flatMap((vm, slot) => (pool.vmHost[slot] === -1 ? [] : [[vm.id as string, pool.hosts[pool.vmHost[slot]!]!.id as string]])))
  const free = (host: string): number => pool.hosts.find(({ id }) => id === host)!.capacity.memoryMib - [...places].filter(([, at]) => at === host).reduce((sum, [vm]) => sum + pool.vms.find(({ id }) => id === vm)!.memoryMib, 0)
  for (const step of steps) {
    if (step.kind !== 'migrate') continue
    expect(places.get(step.vm)).toBe(step.source)
    expect(free(step.target)).toBeGreaterThanOrEqual(pool.vms.find(({ id }) => id === step.vm)!.memoryMib)
    places.set(step.vm, step.target)
  }
  return places
}

describe('the order of steps', () => {
  it('lets a VM wait until the one before it has left its target', () => {
    const small = smallPool({ h0: { memoryMib: 10_000 }, h1: { memoryMib: 10_000 }, h2: { memoryMib: 10_000 } }, { a: { on: 'h0', memoryMib: 6000 }, b: { on: 'h1', memoryMib: 6000 } })
    const { steps, unmet } = order(small, [move('a', 'h0', 'h1'), move('b', 'h1', 'h2')])
    expect(unmet).toEqual([])
    expect(text(steps)).toEqual(['b h1-h2', 'a h0-h1'])
    expect(steps[1]!.after).toEqual([steps[0]!.id])
  })

  it('breaks a cycle by way of a third host, with the smallest VM', () => {
    const small = smallPool({ h0: { memoryMib: 10_000 }, h1: { memoryMib: 10_000 }, h2: { memoryMib: 10_000 } }, { a: { on: 'h0', memoryMib: 7000 }, b: { on: 'h1', memoryMib: 6000 } })
    const { steps, unmet } = order(small, [move('a', 'h0', 'h1'), move('b', 'h1', 'h0')])
    expect(unmet).toEqual([])
    expect(text(steps)).toEqual(['b h1-h2', 'a h0-h1', 'b h2-h0'])
    expect(steps[1]!.after).toContain(steps[0]!.id)
    expect(new Set(steps[2]!.after)).toEqual(new Set([steps[0]!.id, steps[1]!.id]))
    expectSafeInAnyInterleaving(small, steps)
    expect(checkPlan(small.pool, { steps }, { memoryEnforced: true, hostsOnMin: 1 })).toEqual([])
  })

  it('lets a VM wait for a rule as for memory, in whichever order they are wanted', () => {
    const rules: Rule[] = [{ id: 'r', kind: 'apart', vms: [vmId('a'), vmId('b')] }]
    for (const wanted of [[move('b', 'h1', 'h2'), move('a', 'h0', 'h1')], [move('a', 'h0', 'h1'), move('b', 'h1', 'h2')]]) {
      const small = smallPool({ h0: {}, h1: {}, h2: {} }, { a: { on: 'h0' }, b: { on: 'h1' } }, rules)
      const { steps } = order(small, wanted)
      expect(text(steps)).toEqual(['b h1-h2', 'a h0-h1'])
      expect(steps[1]!.after).toEqual([steps[0]!.id])
    }
  })

  it('says what finds no order, and leaves those VMs where they are', () => {
    const small = smallPool({ h0: { memoryMib: 10_000 }, h1: { memoryMib: 10_000 } }, { a: { on: 'h0', memoryMib: 7000 }, b: { on: 'h1', memoryMib: 6000 } })
    const { steps, unmet } = order(small, [move('a', 'h0', 'h1'), move('b', 'h1', 'h0')])
    expect(steps).toEqual([])
    expect(unmet.map(({ code }) => code)).toEqual(['noMemory', 'noMemory'])
  })

  it('swaps VMs that a rule keeps apart by way of a third host', () => {
    const rules: Rule[] = [{ id: 'r', kind: 'apart', vms: [vmId('a'), vmId('b')] }]
    const small = smallPool({ h0: {}, h1: {}, h2: {} }, { a: { on: 'h0' }, b: { on: 'h1' } }, rules)
    const { steps } = order(small, [move('a', 'h0', 'h1'), move('b', 'h1', 'h0')])
    expect(steps).toHaveLength(3)
    expectSafeInAnyInterleaving(small, steps)
  })

  it('powers a host off after all that empties it', () => {
    const small = smallPool({ h0: {}, h1: {}, h2: {} }, { a: { on: 'h0' }, b: { on: 'h0' } })
    const { steps } = order(small, [move('a', 'h0', 'h1'), move('b', 'h0', 'h2'), powerOff('h0')])
    expect(steps[2]).toMatchObject({ kind: 'powerOff', after: [steps[0]!.id, steps[1]!.id] })
  })

  it('keeps a power-off that would go below the minimum out of the plan', () => {
    const { steps, unmet } = order(smallPool({ h0: {}, h1: {}, h2: {} }), [powerOff('h0'), powerOff('h1'), powerOff('h2')])
    expect(text(steps)).toEqual(['powerOff h0', 'powerOff h1'])
    expect(unmet.map(({ code }) => code)).toEqual(['hostsOnMin'])
  })

  it('takes what runs now for ended: room on the way out is not room yet, but will be', () => {
    const small = smallPool({ h0: { memoryMib: 10_000 }, h1: { memoryMib: 10_000 }, h2: { memoryMib: 10_000 } }, { a: { on: 'h0', memoryMib: 6000 }, b: { on: 'h1', to: 'h2', memoryMib: 6000 } })
    expect(text(order(small, [move('a', 'h0', 'h1')]).steps)).toEqual(['a h0-h1'])
  })

  const vm = fc.record({ memoryMib: fc.integer({ min: 1, max: 8 }), on: fc.nat({ max: 3 }), to: fc.nat({ max: 3 }) })
  it('on any pool keeps memory at every step and reaches all but what it says', () => {
    fc.assert(fc.property(fc.array(vm, { minLength: 1, maxLength: 9 }), fc.array(fc.integer({ min: 8, max: 20 }), { minLength: 4, maxLength: 4 }), (vms, sizes) => {
      const hosts = Object.fromEntries(sizes.map((memoryMib, number) => [`h${number}`, { memoryMib }]))
      const free = [...sizes]
      const placed = vms.flatMap((entry, number) => ((free[entry.on]! -= entry.memoryMib) >= 0 ? [{ ...entry, name: `v${number}` }] : ((free[entry.on]! += entry.memoryMib), [])))
      const small = smallPool(hosts, Object.fromEntries(placed.map(({ name, on, memoryMib }) => [name, { on: `h${on}`, memoryMib }])))
      const wanted = placed.filter(({ on, to }) => on !== to).map(({ name, on, to }) => move(name, `h${on}`, `h${to}`))
      const { steps, unmet } = order(small, wanted)
      const places = placesAfter(small, steps)
      const reached = placed.filter(({ name, on, to }) => on !== to && places.get(name) === `h${to}`).length
      expect(reached + unmet.length).toBe(wanted.length)
      expect(checkPlan(small.pool, { steps }, { memoryEnforced: true, hostsOnMin: 1 })).toEqual([])
      expectSafeInAnyInterleaving(small, steps)
    }), trials(300))
  })

  /** Starts all that its predecessors allow and ends them one at a time, last first: each step must be able to begin once those before it have ended. */
  function expectSafeInAnyInterleaving({ pool, index }: SmallPool, steps: readonly Step[]): void {
    const owned: Pool = copyPool(pool)
    const ended = new Set<string>()
    const open: Begun[] = []
    let left = steps.slice()
    while (left.length > 0 || open.length > 0) {
      for (const step of left.filter(({ after }) => after.every((before) => ended.has(before)))) {
        const result = begin(owned, index, step, { ...LIMITS, hostIncomingMax: null, hostOutgoingMax: null, poolMigrationsMax: null })
        expect(result.ok ? 'begun' : result.refusal.message).toBe('begun')
        if (result.ok) open.push(result.value)
        left = left.filter((other) => other !== step)
      }
      const begun = open.pop()!
      finish(owned, begun)
      ended.add(begun.step.id)
    }
  }
})

describe('the independent check of a plan', () => {
  const step = (wanted: Wanted, id: string, after: string[] = []): Step => ({ ...wanted, id, after }) as unknown as Step
  const faults = (small: SmallPool, steps: Step[], hostsOnMin = 1): string[] => checkPlan(small.pool, { steps }, { memoryEnforced: true, hostsOnMin }).map(({ message }) => message)
  const start = (vm: string, target: string): Wanted => ({ kind: 'startVm', vm: vmId(vm), target: hostId(target), estimateMs: 1, reason: why })
  const hosts = { h0: { memoryMib: 10_000 }, h1: { memoryMib: 10_000 }, h2: { memoryMib: 10_000 } }

  it.each<[string, SmallPool, Step[], RegExp]>([
    ['memory of the target', smallPool(hosts, { a: { on: 'h0', memoryMib: 6000 }, b: { on: 'h1', memoryMib: 6000 } }), [step(move('a', 'h0', 'h1'), 's0')], /would hold 12000/],
    ['a place that is not the VM\'s', smallPool(hosts, { a: { on: 'h0' } }), [step(move('a', 'h1', 'h2'), 's0')], /a is not on h1/],
    ['a second move from where it was', smallPool(hosts, { a: { on: 'h0' } }), [step(move('a', 'h0', 'h1'), 's0'), step(move('a', 'h0', 'h2'), 's1')], /a is not on h0/],
    ['a VM that does not run', smallPool(hosts, { a: { on: 'h0', state: 'stopping' } }), [step(move('a', 'h0', 'h1'), 's0')], /does not run/],
    ['a target that is off', smallPool({ ...hosts, h1: { power: 'off' } }, { a: { on: 'h0' } }), [step(move('a', 'h0', 'h1'), 's0')], /h1 is not on/],
    ['a target in maintenance', smallPool({ ...hosts, h1: { mode: 'entering' } }, { a: {} }), [step(start('a', 'h1'), 's0')], /h1 is in maintenance/],
    ['a rule', smallPool(hosts, { a: { on: 'h0' }, b: { on: 'h1' } }, [{ id: 'r7', kind: 'apart', vms: [vmId('a'), vmId('b')] }]), [step(move('a', 'h0', 'h1'), 's0')], /rule r7/],
    ['a host that is not empty', smallPool(hosts, { a: { on: 'h0' } }), [step(powerOff('h0'), 's0')], /h0 still holds/],
    ['a host that a VM is going to', smallPool(hosts, { a: { on: 'h0', to: 'h1' } }), [step(powerOff('h1'), 's0')], /h1 still holds/],
    ['an id used twice', smallPool(hosts, { a: { on: 'h0' } }), [step(move('a', 'h0', 'h1'), 's0'), step(move('a', 'h1', 'h2'), 's0')], /used twice/],
    ['a step before one that it waits for', smallPool(hosts, { a: { on: 'h0' } }), [step(move('a', 'h0', 'h1'), 's0', ['s1']), step(powerOff('h0'), 's1')], /comes before s1/],
    ['a VM started twice', smallPool(hosts, { a: {} }), [step(start('a', 'h0'), 's0'), step(start('a', 'h1'), 's1')], /runs already/],
    ['a wake of a host that is on', smallPool(hosts), [step({ kind: 'powerOn', host: hostId('h0'), estimateMs: 1, reason: why }, 's0')], /on already/],
  ])('finds %s', (_, small, steps, message) => {
    expect(faults(small, steps).join('; ')).toMatch(message)
  })

  it('finds a pool below its minimum', () => {
    expect(faults(smallPool(hosts), [step(powerOff('h0'), 's0'), step(powerOff('h1'), 's1')], 2).join()).toMatch(/fewer than 2/)
    expect(faults(smallPool(hosts), [step(powerOff('h0'), 's0')], 2)).toEqual([])
  })

  it('finds nothing in a plan that is right', () => {
    const small = smallPool(hosts, { a: { on: 'h0', memoryMib: 6000 }, b: { on: 'h1', memoryMib: 6000 } })
    const { steps } = order(small, [move('a', 'h0', 'h1'), move('b', 'h1', 'h2'), powerOff('h0')])
    expect(faults(small, [...steps])).toEqual([])
    expect(vmNumber(small, 'a')).toBe(0)
    expect((steps[0] as MigrateStep).vm).toBe('b')
  })
})
