import { describe, expect, it } from 'vitest'
import { FURTHER_MUTANTS } from './furtherMutants.ts'
import { MUTANTS } from './mutants.ts'
import { plant } from './plant.ts'
import { SOLVING_MUTANTS } from './solvingMutants.ts'

describe('planted bugs', () => {
  it('are what turns the tests red: without one they are green', async () => {
    const tests = [...new Set(MUTANTS.flatMap((mutant) => mutant.tests))]
    const { caught, output } = await plant({ name: 'none', file: 'src/control/decide.ts', find: 'export function decide(', replace: 'export function decide(', tests })
    expect(caught, output).toBe(false)
  }, 300_000)

  it.concurrent.each(process.env.PLIMSOLL_MUTANTS === 'all' ? [...MUTANTS, ...FURTHER_MUTANTS, ...SOLVING_MUTANTS] : MUTANTS)('$name: is caught', async (mutant) => {
    const { caught, output } = await plant(mutant)
    expect(caught, output).toBe(true)
  }, 300_000)
})
