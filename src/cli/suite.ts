import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { PolicyChoice, Scenario } from '../config/scenario.ts'
import { BadInput, type Issue } from '../model/result.ts'
import type { Run } from '../model/run.ts'
import { simulateInParts } from '../../sim/run.ts'
import { runBuilder } from './baseLoads.ts'
import { type JudgedRun, judgeExpectations, whyBroken } from './expectations.ts'
import { inParts, type Pause, withSignals } from './interrupt.ts'
import { loadScenario, overridesOf, type LoadedScenario } from './loadScenario.ts'
import type { ScenarioOptions } from './options.ts'
import { NO_PROGRESS, terminalProgress } from './progress.ts'
import type { Terminal } from './terminal.ts'

/** How one policy fared on one scenario of a folder. */
export interface SuiteResult {
  readonly scenario: string
  readonly policy: string
  /** Whether it is the scenario's own policy, and not one that is only shown beside. */
  readonly ours: boolean
  readonly passed: boolean
  readonly reason: string
}

/** Folders of scenarios in a folder that is none itself, by name; empty: it is not such a folder. */
export function scenariosIn(folder: string, workingDirectory: string): string[] {
  const path = resolve(workingDirectory, folder)
  if (!existsSync(path) || !statSync(path).isDirectory() || existsSync(join(path, 'scenario.yaml'))) return []
  return readdirSync(path).filter((name) => existsSync(join(path, name, 'scenario.yaml'))).sort().map((name) => join(folder, name))
}

/** Told each run of a suite as it is made. */
export type OnRun = (scenario: string, run: Run) => void

/** Runs every scenario with its own policies and with those that it is shown against, and judges each run by the scenario's expectations. */
export async function runSuite(folders: readonly string[], options: ScenarioOptions & { readonly seeds?: string }, terminal: Terminal, onRun: OnRun = () => undefined): Promise<SuiteResult[]> {
  const loaded = loadAll(folders, options, terminal)
  const progress = options.quiet === true ? NO_PROGRESS : terminalProgress(terminal, () => performance.now(), (perS) => `${perS.toFixed(1)} scenarios/s`)
  const results: SuiteResult[] = []
  await withSignals(async (pause) => {
    for (const [index, one] of loaded.entries()) {
      results.push(...(await judged(one, terminal, pause, onRun, (share) => progress.report(one.name, index + share, loaded.length))))
    }
  }).finally(progress.clear)
  return results
}

function loadAll(folders: readonly string[], options: ScenarioOptions & { readonly seeds?: string }, terminal: Terminal): LoadedScenario[] {
  const issues: Issue[] = []
  const loaded = folders.flatMap((folder) => {
    try {
      return [loadScenario(folder, overridesOf(options, options.seeds), terminal.workingDirectory)]
    } catch (error) {
      if (!(error instanceof BadInput)) throw error
      issues.push(...error.issues)
      return []
    }
  })
  if (issues.length > 0) throw new BadInput(issues)
  return loaded
}

/** All policies on one scenario: its own first. A policy passes when no run of it breaks an expectation. */
async function judged({ file, name, variants }: LoadedScenario, terminal: Terminal, pause: Pause, onRun: OnRun, report: (share: number) => void): Promise<SuiteResult[]> {
  const build = runBuilder(file, terminal.workingDirectory)
  const broken = new Map<string, string[]>()
  const own = new Set(variants.flatMap(({ policies }) => policies.map((policy) => policy.name)))
  for (const [at, scenario] of variants.entries()) {
    const policies = policiesOf(scenario)
    const runs: JudgedRun[] = []
    for (const seed of scenario.seeds)
      for (const [index, policy] of policies.entries()) {
        const run = await inParts(simulateInParts(await build({ scenario, policy, seed })), pause)
        runs.push(run)
        onRun(name, run)
        report((at + (index + 1) / policies.length) / variants.length)
      }
    for (const policy of policies) broken.set(policy.name, broken.get(policy.name) ?? [])
    for (const verdict of judgeExpectations(scenario.expect, runs)) if (!verdict.kept) broken.get(verdict.policy)?.push(whyBroken(verdict))
  }
  const count = variants[0]?.expect.length ?? 0
  return [...broken].map(([policy, whys]) => ({ scenario: name, policy, ours: own.has(policy), passed: whys.length === 0, reason: whys.length > 0 ? [...new Set(whys)].join('; ') : count === 0 ? 'nothing is expected' : `keeps ${count === 1 ? 'what is' : `all ${count}`} expected` }))
}

/** The scenario's own policies, then those of `against` that are not among them. */
function policiesOf({ policies, against }: Scenario): PolicyChoice[] {
  const names = new Set(policies.map(({ name }) => name))
  return [...policies, ...against.filter(({ name }) => !names.has(name))]
}
