import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { seededRng } from '../../sim/random.ts'
import { solverFor } from '../../src/cli/solver.ts'
import { simulate } from '../../sim/run.ts'
import { generateWorkload } from '../../sim/workloads/synthetic/generate.ts'
import { NO_LOAD, buildRun } from '../../src/config/buildRun.ts'
import { figureOf } from '../../src/config/figures.ts'
import type { Scenario } from '../../src/config/scenario.ts'
import { parseScenario } from '../../src/config/scenarioFile.ts'
import { readVariants } from '../../src/config/scenarioText.ts'
import { parseSource } from '../../src/config/sourceDocument.ts'
import type { RunSummary } from '../../src/model/run.ts'
import type { ScenarioRun } from '../../src/model/scenario.ts'

const NAMES = ['office-week', 'steady-1000', 'maintenance', 'night-power-save', 'host-failure', 'growth', 'settings', 'tariff-week'] as const
/** Those that run in a second or two. */
const SMALL = ['maintenance', 'night-power-save', 'host-failure'] as const

function read(name: string): Scenario {
  const file = `scenarios/${name}/scenario.yaml`
  const [variant] = readVariants(file, readFileSync(file, 'utf8'))
  const { scenario, issues } = parseScenario(variant!, name, [], (reference) => parseSource(reference.path, readFileSync(reference.path, 'utf8')))
  expect(issues).toEqual([])
  return scenario!
}

function runsOf(scenario: Scenario): ScenarioRun[] {
  const { workload, durationMs, startUnixMs, seeds, policies } = scenario
  if (workload?.kind !== 'synthetic' || durationMs === null || startUnixMs === null) throw new Error(`${scenario.name} is expected to have generated load, a start and a length`)
  const load = generateWorkload(workload.settings, { durationMs, startUnixMs, rng: seededRng(seeds[0]!, 'workload') })
  return policies.map((policy) => buildRun(scenario, { ...NO_LOAD, workload: load }, policy, seeds[0]!))
}

describe.each(NAMES)('scenarios/%s', (name) => {
  it('is valid, and its README says what must happen and why', () => {
    expect(read(name).name).toBe(name)
    expect(existsSync(`scenarios/${name}/README.md`)).toBe(true)
    expect(readFileSync(`scenarios/${name}/README.md`, 'utf8')).toContain('## What must happen, and why')
  })
})

describe.each(SMALL)('scenarios/%s, run', (name) => {
  it('keeps the limits that it states', async () => {
    const scenario = read(name)
    const summaries = new Map<string, RunSummary>()
    for (const run of runsOf(scenario)) summaries.set(run.policy.name, simulate(run, { solver: await solverFor(run.hosts.length) }).summary)
    expect(scenario.expect.length).toBeGreaterThan(0)
    for (const { policy, figure, min, max, ratioTo } of scenario.expect) {
      if (figure === null) continue
      for (const [runPolicy, summary] of summaries) {
        if (policy !== null && policy !== runPolicy) continue
        const value = figureOf(summary, figure)! / (ratioTo === null ? 1 : figureOf(summaries.get(ratioTo)!, figure)!)
        if (min !== null) expect(value, `${runPolicy} ${figure}`).toBeGreaterThanOrEqual(min)
        if (max !== null) expect(value, `${runPolicy} ${figure}`).toBeLessThanOrEqual(max)
      }
    }
  })
})
