import { describe, expect, it } from 'vitest'
import { poolBudgets } from '../../src/model/poolBudgets.ts'
import { makePolicy } from '../support/parts.ts'

describe('budgets of a pool', () => {
  it.each([
    [1, 120, 8, 1, 2], [40, 120, 8, 1, 2], [79, 120, 8, 1, 2], [99, 120, 9, 1, 2], [100, 120, 10, 2, 2], [400, 400, 40, 8, 8], [1000, 1000, 100, 20, 20],
  ])('of %i hosts grow with it where nothing is set', (hosts, perHour, atOnce, drained, boots) => {
    expect(poolBudgets(makePolicy(), hosts)).toEqual({ migrationsPerHourMax: perHour, poolMigrationsMax: atOnce, hostsDrainedAtOnceMax: drained, bootsAtOnceMax: boots })
  })

  it('hold as they are set, however large the pool', () => {
    const policy = makePolicy({ budgets: { migrationsPerHourMax: 0, poolMigrationsMax: 3 }, powerSave: { hostsDrainedAtOnceMax: 4, bootsAtOnceMax: 5 } })
    expect(poolBudgets(policy, 1000)).toEqual({ migrationsPerHourMax: 0, poolMigrationsMax: 3, hostsDrainedAtOnceMax: 4, bootsAtOnceMax: 5 })
  })
})
