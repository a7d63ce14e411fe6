import fc from 'fast-check'
import { simulate } from '../../sim/run.ts'
import type { ScenarioRun } from '../../src/model/scenario.ts'
import { faultsOf } from './oracle.ts'
import { scenarioArbitrary } from './scenarioArbitrary.ts'

/** The random pool of a seed: its scenario, whole. */
export const poolOf = (seed: number): ScenarioRun => fc.sample(scenarioArbitrary, { seed, numRuns: 1 })[0]!

/** What is wrong with the run of one seed's pool, crashes among it; empty when nothing is. */
export function poolFaults(seed: number): string[] {
  const run = poolOf(seed)
  try {
    return faultsOf(run, simulate(run))
  } catch (fault) {
    return [`crashed: ${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}`]
  }
}
