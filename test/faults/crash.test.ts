import { describe, expect, it } from 'vitest'
import { runPlan } from '../../sim/faults/run.ts'
import { CANONICAL_PLANS } from './canonicalPlans.ts'

const FAULTS = ['crashBefore', 'crashAfter', 'lostReply'] as const

describe.each(CANONICAL_PLANS)('the plan "$name"', (plan) => {
  const undisturbed = runPlan(plan, null)

  it('is carried out where nothing fails, with at least one effect', () => {
    expect(undisturbed.violations).toEqual([])
    expect(undisturbed.effects).toBeGreaterThan(0)
    expect([...undisturbed.tally.cells].filter(([name]) => name === 'ended failed' || name === 'ended refused')).toEqual([])
  })

  it('comes to rest without harm whichever effect is struck by a crash before, a crash after or a lost reply', () => {
    let struck = 0
    for (let effect = 0; effect < undisturbed.effects; effect++) {
      for (const fault of FAULTS) {
        const { violations, tally } = runPlan(plan, { effect, fault })
        expect(violations, `effect ${effect}, ${fault}`).toEqual([])
        struck += [...tally.cells].filter(([name]) => name.endsWith(` ${fault}`)).reduce((sum, [, count]) => sum + count, 0)
      }
    }
    expect(struck).toBe(undisturbed.effects * FAULTS.length)
  })
})
