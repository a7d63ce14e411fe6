import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostId } from '../../src/model/ids.ts'
import { checkStoredPlan } from '../../src/plan/check.ts'
import { shortCores } from '../../src/plan/groups.ts'
import { planHash } from '../../src/plan/hash.ts'
import { DEFAULT_PRICES, type Priced, benefitOf, costOf, worthDoing } from '../../src/plan/worth.ts'
import { examplePlan, examplePool } from '../support/examplePlan.ts'
import { trials } from '../support/parts.ts'

describe('a plan', () => {
  it('is the same bytes and the same address for the same input, also after it was stored', () => {
    const [one, other] = [examplePlan(), examplePlan()]
    expect(JSON.stringify(one)).toBe(JSON.stringify(other))
    const stored = JSON.parse(JSON.stringify(one)) as typeof one
    expect(stored).toEqual(one)
    expect(planHash({ ...stored, hash: undefined } as unknown as typeof one)).toBe(one.hash)
    expect(one.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(examplePlan(undefined, { goal: 'other' }).hash).not.toBe(one.hash)
  })

  it('passes its own check, and says when each step begins and ends', () => {
    const small = examplePool()
    const plan = examplePlan(small)
    expect(checkStoredPlan(small.pool, plan, { memoryEnforced: true, hostsOnMin: 1 })).toEqual([])
    const { beginMs, endMs, makespanMs, makespanBoundMs } = plan.estimate
    expect([beginMs.length, endMs.length]).toEqual([4, 4])
    expect(beginMs[3]).toBe(Math.max(endMs[1]!, endMs[2]!))
    expect(makespanMs).toBe(Math.max(...endMs))
    expect(makespanBoundMs).toBeLessThanOrEqual(makespanMs)
  })

  it('tells every step with the figures of its point, not of the beginning', () => {
    expect(examplePlan().steps.map(({ reason: { numbers } }) => numbers['targetUtilization'])).toEqual([0.15, 0, 0.025, undefined])
  })

  it('states what optional groups bring and take', () => {
    const [relieve, empty] = examplePlan().groups
    expect(relieve).toMatchObject({ name: 'relieve h1', mandatory: false, steps: ['p7.0'], cost: { amounts: { migrations: 1 } } })
    // 100 W idle less 8 W off for an hour; 120 s at 160 W and 30 s at 120 W to switch it.
    expect(empty).toMatchObject({ name: 'empty h5', steps: ['p7.1', 'p7.2', 'p7.3'], benefit: { totalWh: 92 }, cost: { amounts: { switchingWh: 6.333333, migrations: 2 } } })
    expect(relieve!.benefit.amounts['shortCoreHours']).toBeCloseTo(16 * (0.875 - 0.65) ** 2, 5)
  })

  it('leaves out what does not pay, says so, and keeps what must be done', () => {
    const dear = { ...DEFAULT_PRICES, horizonMs: 60_000 }
    expect(examplePlan(undefined, { prices: dear }).steps).toHaveLength(4)
    const plan = examplePlan(undefined, { prices: dear, leaveOutUnworthy: true })
    expect(plan.groups.map(({ name }) => name)).toEqual(['relieve h1'])
    expect(plan.notDone.map(({ reason: { code } }) => code)).toEqual(['hostOnMin', 'notWorthIt'])
    expect(plan.notDone[1]).toMatchObject({ hosts: [hostId('h5')], vms: ['log-1', 'log-2'], reason: { text: 'empty h5: it would bring 1.5 Wh and take 7.5 Wh' } })
    const mandatory = examplePlan(undefined, { prices: dear, leaveOutUnworthy: true, packed: { ...examplePacked(), moves: [{ item: 5, source: 4, target: 3, cause: 'drain' }] }, powerOff: [] })
    expect(mandatory.steps).toHaveLength(1)
    expect(mandatory.groups[0]).toMatchObject({ name: 'evacuate h5', mandatory: true })
  })
})

const examplePacked = (): { assignment: Int32Array; unmet: []; emptied: []; objectiveBefore: number; objectiveAfter: number; lowerBound: null } => ({ assignment: new Int32Array(7), unmet: [], emptied: [], objectiveBefore: 0, objectiveAfter: 0, lowerBound: null })

describe('what a move is worth', () => {
  it('costs energy by what is sent, and work by what is slowed', () => {
    const { totalWh, amounts } = costOf({ migrations: 2, sentMib: 10_000, slowedMs: 36_000, downtimeMs: 360, switchingWh: 3 }, DEFAULT_PRICES)
    expect(amounts['sendingWh']).toBeCloseTo((0.512 * 10_000 + 2 * 20.165) / 3600, 5)
    expect(totalWh).toBeCloseTo(3 + (0.512 * 10_000 + 2 * 20.165) / 3600 + 100 * (0.1 * 0.01 + 0.0001), 5)
  })

  it('grows with how long it lasts', () => {
    expect(benefitOf({ savedW: 100, shortCores: 0 }, { ...DEFAULT_PRICES, horizonMs: 1_800_000 }).totalWh).toBe(50)
    expect([shortCores(0.65, 16), shortCores(1, 16), shortCores(1.5, 10)]).toEqual([0, 16 * (1 - 0.65) ** 2, 10 * (0.5 + (1 - 0.65) ** 2)])
  })

  const group = fc.record({ mandatory: fc.boolean(), benefit: fc.integer({ min: 0, max: 9 }), cost: fc.integer({ min: 0, max: 9 }) })
  it('never leaves out what must be done, what pays, or what the rest needs', () => {
    fc.assert(fc.property(fc.array(group, { maxLength: 8 }), fc.nat({ max: 255 }), (drawn, needed) => {
      const groups = drawn.map(({ mandatory, benefit, cost }): Priced => ({ mandatory, benefit: { totalWh: benefit, amounts: {} }, cost: { totalWh: cost, amounts: {} } }))
      const isNeeded = (number: number): boolean => ((needed >> number) & 1) === 1
      const { kept, left } = worthDoing(groups, (out) => ![...out].some(isNeeded))
      expect([...kept, ...left].sort((a, b) => a - b)).toEqual(groups.map((_, number) => number))
      groups.forEach(({ mandatory, benefit, cost }, number) => {
        expect(left.includes(number)).toBe(!mandatory && benefit.totalWh <= cost.totalWh && !isNeeded(number))
      })
    }), trials(300))
  })
})
