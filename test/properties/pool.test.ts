import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { simulate } from '../../sim/run.ts'
import { faultsOf } from '../support/oracle.ts'
import { trials } from '../support/parts.ts'
import { scenarioArbitrary } from '../support/scenarioArbitrary.ts'

describe('a simulated pool under any policy', () => {
  it('is never overfilled, loses no VM, keeps rules, limits and promises, and says why it does nothing', () => {
    fc.assert(fc.property(scenarioArbitrary, (run) => {
      expect(faultsOf(run, simulate(run))).toEqual([])
    }), trials(200))
  }, 900_000)
})
