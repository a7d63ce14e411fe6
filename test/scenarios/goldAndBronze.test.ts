import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { simulate } from '../../sim/run.ts'
import { generateWorkload } from '../../sim/workloads/synthetic/generate.ts'
import { seededRng } from '../../sim/random.ts'
import { judgeExpectations } from '../../src/cli/expectations.ts'
import { NO_LOAD, buildRun } from '../../src/config/buildRun.ts'
import { parseScenario } from '../../src/config/scenarioFile.ts'
import { readVariants } from '../../src/config/scenarioText.ts'
import { bundledSolver } from '../../src/optimize/bundledSolver.ts'

describe('scenarios/gold-and-bronze', () => {
  it('placement is steered by what each class was promised and gets', () => {
    const file = 'scenarios/gold-and-bronze/scenario.yaml'
    const { scenario, issues } = parseScenario(readVariants(file, readFileSync(file, 'utf8'))[0]!, 'gold-and-bronze', [], () => { throw new Error('names no other file') })
    expect(issues).toEqual([])
    const { workload, durationMs, startUnixMs, policies } = scenario!
    if (workload?.kind !== 'synthetic') throw new Error('the load is generated')
    const load = generateWorkload(workload.settings, { durationMs: durationMs!, startUnixMs: startUnixMs!, rng: seededRng(1, 'workload') })
    const runs = policies.map((policy) => simulate(buildRun(scenario!, { ...NO_LOAD, workload: load }, policy, 1), { solver: bundledSolver }))
    const verdicts = judgeExpectations(scenario!.expect, runs)
    expect(verdicts.length).toBeGreaterThanOrEqual(6)
    expect(verdicts.filter(({ kept }) => !kept)).toEqual([])
  }, 60_000)
})
