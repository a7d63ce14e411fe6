import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostId, stepId, vmId } from '../../src/model/ids.ts'
import type { Plan, Step } from '../../src/model/plan.ts'
import { reason } from '../../src/model/result.ts'
import type { Rule } from '../../src/model/rules.ts'
import { checkPlan, checkStoredPlan } from '../../src/plan/check.ts'
import { planHash } from '../../src/plan/hash.ts'
import { worstGain } from '../../src/plan/worstLoad.ts'
import { type PlainPool, overfullIn, placesIn, reachable } from '../support/interleavings.ts'
import { trials } from '../support/parts.ts'
import { type SmallPool, smallPool } from '../support/pools.ts'

const why = reason('test', 'test')
const migrate = (id: string, vm: string, source: string, target: string, after: readonly string[] = []): Step => ({ id: stepId(id), kind: 'migrate', vm: vmId(vm), source: hostId(source), target: hostId(target), after: after.map(stepId), estimateMs: 1, reason: why })
const switched = (id: string, kind: 'powerOn' | 'powerOff', host: string, after: readonly string[] = []): Step => ({ id: stepId(id), kind, host: hostId(host), after: after.map(stepId), estimateMs: 1, reason: why })
const OPTIONS = { memoryEnforced: true, hostsOnMin: 1 }
const messages = ({ pool }: SmallPool, steps: readonly Step[], options = OPTIONS): string => checkPlan(pool, { steps }, options).map(({ message }) => message).join('; ')

interface Drawn {
  readonly sizes: readonly number[]
  readonly limits: readonly number[]
  readonly on: readonly number[]
  readonly moves: readonly { readonly vm: number; readonly target: number; readonly after: number }[]
}

const drawn = fc.record<Drawn>({
  sizes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 5, maxLength: 5 }), limits: fc.array(fc.integer({ min: 5, max: 14 }), { minLength: 3, maxLength: 3 }), on: fc.array(fc.nat({ max: 2 }), { minLength: 5, maxLength: 5 }),
  moves: fc.array(fc.record({ vm: fc.nat({ max: 4 }), target: fc.nat({ max: 2 }), after: fc.nat({ max: 63 }) }), { minLength: 1, maxLength: 6 }),
})

/** Moves that could be made one after another, waiting for their VM's last one and for a drawn part of the others. */
function stepsOf({ sizes, limits, on, moves }: Drawn): Step[] {
  const place = [...on]
  const held = limits.map((_, host) => sizes.reduce((sum, size, vm) => sum + (place[vm] === host ? size : 0), 0))
  const steps: Step[] = []
  const lastOf = new Map<number, string>()
  for (const { vm, target, after } of moves) {
    const source = place[vm]!
    if (source === target || held[target]! + sizes[vm]! > limits[target]!) continue
    held[source]! -= sizes[vm]!
    held[target]! += sizes[vm]!
    place[vm] = target
    const waits = new Set([...(lastOf.has(vm) ? [lastOf.get(vm)!] : []), ...steps.flatMap(({ id }, number) => ((after >> number) & 1 ? [id as string] : []))])
    lastOf.set(vm, `s${steps.length}`)
    steps.push(migrate(`s${steps.length}`, `v${vm}`, `h${source}`, `h${target}`, [...waits]))
  }
  return steps
}

const plainOf = ({ sizes, limits, on }: Drawn): PlainPool => ({ limitOf: Object.fromEntries(limits.map((limit, host) => [`h${host}`, limit])), vms: Object.fromEntries(sizes.map((size, vm) => [`v${vm}`, { on: `h${on[vm]!}`, size }])) })
const poolOf = ({ sizes, limits, on }: Drawn, rules: readonly Rule[] = []): SmallPool =>
  smallPool(Object.fromEntries(limits.map((memoryMib, host) => [`h${host}`, { memoryMib }])), Object.fromEntries(sizes.map((memoryMib, vm) => [`v${vm}`, { on: `h${on[vm]!}`, memoryMib }])), rules)

describe('the check of steps beside each other', () => {
  it('finds a fault exactly where some order of begins and ends overfills a host', () => {
    let [bad, good] = [0, 0]
    fc.assert(fc.property(drawn, (given) => {
      const steps = stepsOf(given)
      const isBad = reachable(steps).some((state) => overfullIn(plainOf(given), steps, state).length > 0)
      if (isBad) bad++
      else good++
      expect(checkPlan(poolOf(given).pool, { steps }, OPTIONS).length > 0).toBe(isBad)
    }), trials(1000))
    // Both kinds came up, else this showed nothing.
    expect(Math.min(bad, good)).toBeGreaterThan(5)
  })

  it('looks at guaranteed CPU as at memory', () => {
    fc.assert(fc.property(drawn, (given) => {
      const steps = stepsOf(given)
      const isBad = reachable(steps).some((state) => overfullIn(plainOf(given), steps, state).length > 0)
      const hosts = Object.fromEntries(given.limits.map((coreMhz, host) => [`h${host}`, { cores: 1, coreMhz }]))
      const { pool } = smallPool(hosts, Object.fromEntries(given.sizes.map((cpuReservationMhz, vm) => [`v${vm}`, { on: `h${given.on[vm]!}`, cpuReservationMhz, memoryMib: 1 }])))
      expect(checkPlan(pool, { steps }, { ...OPTIONS, reservationsEnforced: true }).length > 0).toBe(isBad)
      expect(checkPlan(pool, { steps }, OPTIONS)).toEqual([])
    }), trials(300))
  })

  it('finds a fault exactly where two VMs kept apart can meet', () => {
    const rules: Rule[] = [{ id: 'r', kind: 'apart', vms: [vmId('v0'), vmId('v1'), vmId('v2')] }]
    let [bad, good] = [0, 0]
    fc.assert(fc.property(drawn, (given) => {
      const roomy = { ...given, limits: given.limits.map(() => 1000) }
      const steps = stepsOf(roomy)
      const meets = (state: Map<string, Set<string>>, a: string, b: string): boolean => [...state.get(a)!].some((host) => state.get(b)!.has(host))
      const first = placesIn(plainOf(roomy), steps, steps.map(() => 'waits'))
      const pairs = [['v0', 'v1'], ['v0', 'v2'], ['v1', 'v2']] as const
      if (pairs.some(([a, b]) => meets(first, a, b))) return
      const isBad = reachable(steps).some((state) => pairs.some(([a, b]) => meets(placesIn(plainOf(roomy), steps, state), a, b)))
      if (isBad) bad++
      else good++
      expect(checkPlan(poolOf(roomy, rules).pool, { steps }, OPTIONS).length > 0).toBe(isBad)
    }), trials(1000))
    expect(Math.min(bad, good)).toBeGreaterThan(5)
  })

  it('wants a host to be left, and its VMs gone, before it is powered off', () => {
    const hosts = { h0: {}, h1: {} }
    const small = smallPool(hosts, { a: { on: 'h0' } })
    expect(messages(small, [migrate('s0', 'a', 'h0', 'h1'), switched('s1', 'powerOff', 'h0')])).toMatch(/a may still be on h0/)
    expect(messages(small, [migrate('s0', 'a', 'h0', 'h1'), switched('s1', 'powerOff', 'h0', ['s0'])])).toBe('')
  })

  it('wants a host to be on before a VM begins to go there, also when it was off in between', () => {
    const small = smallPool({ h0: {}, h1: { power: 'off' } }, { a: { on: 'h0' } })
    expect(messages(small, [switched('s0', 'powerOn', 'h1'), migrate('s1', 'a', 'h0', 'h1')])).toMatch(/may begin before h1 is on/)
    expect(messages(small, [switched('s0', 'powerOn', 'h1'), migrate('s1', 'a', 'h0', 'h1', ['s0'])])).toBe('')
    const empty = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0' } })
    expect(messages(empty, [switched('s0', 'powerOff', 'h1'), switched('s1', 'powerOn', 'h1', ['s0']), migrate('s2', 'a', 'h0', 'h1', ['s0'])])).toMatch(/a may still be on h1, or on its way there/)
    expect(messages(empty, [switched('s0', 'powerOff', 'h1'), switched('s1', 'powerOn', 'h1', ['s0']), migrate('s2', 'a', 'h0', 'h1', ['s1'])])).toBe('')
  })

  it('counts the fewest hosts that can be on at once', () => {
    const small = smallPool({ h0: {}, h1: {}, h2: {} })
    const restart = (after: readonly string[]): Step[] => [switched('s0', 'powerOff', 'h0'), switched('s1', 'powerOn', 'h0', ['s0']), switched('s2', 'powerOff', 'h1', after)]
    expect(messages(small, restart(['s0']), { memoryEnforced: true, hostsOnMin: 2 })).toMatch(/only 1 of at least 2 hosts/)
    expect(messages(small, restart(['s1']), { memoryEnforced: true, hostsOnMin: 2 })).toBe('')
  })

  it("wants a VM's own steps to follow each other", () => {
    const small = smallPool({ h0: {}, h1: {}, h2: {} }, { a: { on: 'h0' } })
    expect(messages(small, [migrate('s0', 'a', 'h0', 'h1'), migrate('s1', 'a', 'h1', 'h2')])).toMatch(/may begin before s0/)
  })

  it('lets a host that holds too much be left, but nothing come before it is below its limit', () => {
    const small = smallPool({ h0: { memoryMib: 10 }, h1: { memoryMib: 100 } }, { a: { on: 'h0', memoryMib: 8 }, b: { on: 'h0', memoryMib: 8 }, c: { on: 'h1', memoryMib: 2 } })
    expect(messages(small, [migrate('s0', 'a', 'h0', 'h1')])).toBe('')
    expect(messages(small, [migrate('s0', 'a', 'h0', 'h1'), migrate('s1', 'c', 'h1', 'h0')])).toMatch(/h0 could hold 18/)
    expect(messages(small, [migrate('s0', 'a', 'h0', 'h1'), migrate('s1', 'c', 'h1', 'h0', ['s0'])])).toBe('')
  })

  it('finds a plan that was changed after it was made', () => {
    const small = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0' } })
    const rest: Omit<Plan, 'hash'> = {
      formatVersion: 1, baseRevision: 1, baseHash: null, goal: 'test', reason: why, complete: true, unmet: [], notDone: [], objective: { before: 0, after: 0, lowerBound: null },
      estimate: { beginMs: [0], endMs: [1], makespanMs: 1, makespanBoundMs: 1, sentMib: 1, downtimeMs: 0 }, groups: [], steps: [migrate('s0', 'a', 'h0', 'h1')],
    }
    const plan: Plan = { ...rest, hash: planHash(rest) }
    expect(checkStoredPlan(small.pool, plan, OPTIONS)).toEqual([])
    expect(checkStoredPlan(small.pool, { ...plan, goal: 'other' }, OPTIONS).map(({ path }) => path)).toEqual(['hash'])
  })
})

describe('the worst that comers can add', () => {
  it('is the best of all sets of comers, each with the goers it waits for', () => {
    const comer = fc.record({ amount: fc.integer({ min: 1, max: 9 }), after: fc.uniqueArray(fc.nat({ max: 3 })) })
    fc.assert(fc.property(fc.array(comer, { minLength: 1, maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 4, maxLength: 4 }), (comers, goers) => {
      const gain = (set: number): number => {
        const chosen = comers.filter((_, number) => (set >> number) & 1)
        const gone = new Set(chosen.flatMap(({ after }) => after))
        return chosen.reduce((sum, { amount }) => sum + amount, 0) - [...gone].reduce((sum, goer) => sum + goers[goer]!, 0)
      }
      const sets = Array.from({ length: 1 << comers.length }, (_, set) => set)
      expect(worstGain(comers, goers)).toBeCloseTo(Math.max(...sets.map(gain)), 9)
      comers.forEach((_, forced) => expect(worstGain(comers, goers, forced)).toBeCloseTo(Math.max(...sets.filter((set) => (set >> forced) & 1).map(gain)), 9))
    }), trials(500))
  })
})
