import { beforeAll, describe, expect, it } from 'vitest'
import { BOUND_MUTANTS } from './boundMutants.ts'
import { FURTHER_MUTANTS } from './furtherMutants.ts'
import { MUTANTS, type Mutant } from './mutants.ts'
import { type Planted, plantAll } from './plant.ts'
import { PLANNING_MUTANTS } from './planningMutants.ts'
import { SOLVING_MUTANTS } from './solvingMutants.ts'

/** A change that changes nothing: what its tests say is what they say of the tree. */
const NO_BUG: Mutant = { name: 'without a bug', file: 'src/model/transition.ts', find: 'export function begin(', replace: 'export function begin(', tests: ['test/model/transition.test.ts', 'test/plan/order.test.ts'] }

describe('planted bugs', () => {
  const mutants = [NO_BUG, ...[...MUTANTS, ...FURTHER_MUTANTS, ...SOLVING_MUTANTS, ...PLANNING_MUTANTS, ...BOUND_MUTANTS].filter(({ slow }) => slow !== true || process.env.PLIMSOLL_MUTANTS === 'all')]
  let planted: readonly Planted[] = []
  beforeAll(async () => {
    planted = await plantAll(mutants)
  }, 600_000)

  it('are what turns the tests red: without one they are green', () => {
    expect(planted[0]!.caught, planted[0]!.output).toBe(false)
  })
  it.each(mutants.slice(1).map((mutant, number) => ({ ...mutant, number: number + 1 })))('$name: is caught', ({ number }) => {
    expect(planted[number]!.caught, planted[number]!.output).toBe(true)
  })
})
