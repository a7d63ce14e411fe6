import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { parsePolicy } from '../config/policyFile.ts'
import { DEFAULT_START_UNIX_MS } from '../config/scenarioDefaults.ts'
import { parseSnapshot } from '../config/snapshotFile.ts'
import type { SourceDocument } from '../config/sourceDocument.ts'
import type { ScenarioRun } from '../model/scenario.ts'
import { readRun } from '../store/run.ts'
import { runBuilder } from './baseLoads.ts'
import type { ExitCode } from './exitCode.ts'
import { loadScenario, overridesOf, plannedRuns } from './loadScenario.ts'
import { readDocument } from './openFile.ts'
import { bad, type ScenarioOptions } from './options.ts'
import { isRunFolder } from './storedRuns.ts'
import type { Terminal } from './terminal.ts'

interface Checked {
  readonly kind: 'scenario' | 'policy' | 'snapshot' | 'run'
  readonly text: string
}

/** Checks a scenario with its load, a policy, a pool snapshot or a run, and says what it is. Faults are thrown, all together. */
export async function checkCommand(given: string, options: ScenarioOptions, terminal: Terminal): Promise<ExitCode> {
  const path = resolve(terminal.workingDirectory, given)
  if (!existsSync(path)) throw bad(given, 'does not exist')
  const checked = statSync(path).isDirectory() && isRunFolder(path) ? checkRun(given, path) : await (statSync(path).isDirectory() ? checkScenario(given, options, terminal) : checkFile(given, options, terminal))
  if (options.json) terminal.out(`${JSON.stringify({ ok: true, kind: checked.kind, text: checked.text })}\n`)
  else terminal.out(`${given} is in order: ${checked.text}\n`)
  return 0
}

function checkRun(given: string, path: string): Checked {
  const run = readRun(path)
  return { kind: 'run', text: `a run of ${run.header.scenario} with ${run.header.policy}, seed ${run.header.seed}, ${run.events.length} events` }
}

async function checkFile(given: string, options: ScenarioOptions, terminal: Terminal): Promise<Checked> {
  const document = readDocument(given)
  const kind = kindOf(document)
  if (kind === 'scenario') return checkScenario(given, options, terminal)
  if (kind === 'policy') {
    const policy = parsePolicy(document, 'policy', DEFAULT_START_UNIX_MS)
    return { kind, text: `a policy, ${policy.name}: ${policy.description}` }
  }
  const { hosts, vms, rules } = parseSnapshot(document)
  return { kind, text: `a pool snapshot of ${hosts.length} hosts, ${vms.length} VMs and ${rules.length} rules` }
}

const POLICY_KEYS = ['base', 'placement', 'evenDistribution', 'powerSave', 'maintenance', 'budgets', 'optimizer', 'observation', 'baseline', 'decisionIntervalMs']
const SCENARIO_KEYS = ['workload', 'policies', 'seeds', 'events', 'durationMs', 'snapshot', 'recorded', 'world', 'axes', 'whatif', 'expect']

/** What a file is meant to be, by the keys that only such files have. */
function kindOf({ file, value }: SourceDocument): Exclude<Checked['kind'], 'run'> {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : []
  if (keys.some((key) => SCENARIO_KEYS.includes(key))) return 'scenario'
  if (keys.includes('hosts') || keys.includes('vms')) return 'snapshot'
  if (keys.some((key) => POLICY_KEYS.includes(key))) return 'policy'
  throw bad(file, 'is neither a scenario nor a policy nor a pool snapshot: see docs/formats')
}

async function checkScenario(given: string, options: ScenarioOptions, terminal: Terminal): Promise<Checked> {
  const loaded = loadScenario(given, overridesOf(options), terminal.workingDirectory)
  const build = runBuilder(loaded.file, terminal.workingDirectory)
  const runs: ScenarioRun[] = []
  for (const scenario of loaded.variants) runs.push(await build({ scenario, policy: scenario.policies[0]!, seed: scenario.seeds[0]! }))
  const first = runs[0]!
  const count = plannedRuns(loaded).length
  return { kind: 'scenario', text: `a scenario, ${loaded.name}, of ${count} ${count === 1 ? 'run' : 'runs'}; the first has ${first.hosts.length} hosts, ${first.workload.vms.length} VMs, ${first.events.length} events and lasts ${first.durationMs / 3_600_000} h` }
}
