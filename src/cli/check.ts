import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { parsePolicy } from '../config/policyFile.ts'
import { DEFAULT_START_UNIX_MS } from '../config/scenarioDefaults.ts'
import { parseSnapshot } from '../config/snapshotFile.ts'
import { poolOfSnapshot } from '../config/snapshotPool.ts'
import type { SourceDocument } from '../config/sourceDocument.ts'
import type { Issue } from '../model/result.ts'
import { brokenRules } from '../model/brokenRules.ts'
import type { ScenarioRun } from '../model/scenario.ts'
import { type HostExposure, exposureOf } from '../policy/rules/failover.ts'
import { conflictOf } from '../policy/rules/conflict.ts'
import { readRun } from '../store/run.ts'
import { runBuilder } from './baseLoads.ts'
import { checkPlanFile } from './checkPlanFile.ts'
import type { ExitCode } from './exitCode.ts'
import { loadScenario, overridesOf, plannedRuns } from './loadScenario.ts'
import { readDocument } from './openFile.ts'
import { bad, type ScenarioOptions } from './options.ts'
import { isRunFolder } from './storedRuns.ts'
import type { Terminal } from './terminal.ts'

interface Checked {
  readonly kind: 'scenario' | 'policy' | 'snapshot' | 'run' | 'plan'
  readonly text: string
  /** Faults of a file that is well formed: the answer is no. */
  readonly issues?: readonly Issue[]
  /** Of a snapshot, where asked for: what each host's failure would leave without a place. */
  readonly failover?: readonly HostExposure[]
}

export interface CheckCommandOptions extends ScenarioOptions {
  readonly snapshot?: string
  readonly failover?: boolean
}

/**
 * Checks a scenario with its load, a policy, a pool snapshot, a plan or a run, and says what it is. Faults of form are
 * thrown, all together; exit code 1 for a plan that is stale or unsafe, and a pool that breaks its rules or never can keep them.
 */
export async function checkCommand(given: string, options: CheckCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const path = resolve(terminal.workingDirectory, given)
  if (!existsSync(path)) throw bad(given, 'does not exist')
  const checked = statSync(path).isDirectory() && isRunFolder(path) ? checkRun(given, path) : await (statSync(path).isDirectory() ? checkScenario(given, options, terminal) : checkFile(given, options, terminal))
  const issues = checked.issues ?? []
  const ok = issues.length === 0
  if (options.json) terminal.out(`${JSON.stringify({ ok, kind: checked.kind, text: checked.text, ...(ok ? {} : { issues }), ...(checked.failover === undefined ? {} : { failover: checked.failover }) })}\n`)
  else if (ok) terminal.out(`${given} is in order: ${checked.text}\n`)
  else for (const { path, message } of issues) terminal.out(`${given} ${path}: ${message}\n`)
  return ok ? 0 : 1
}

function checkRun(given: string, path: string): Checked {
  const run = readRun(path)
  return { kind: 'run', text: `a run of ${run.header.scenario} with ${run.header.policy}, seed ${run.header.seed}, ${run.events.length} events` }
}

async function checkFile(given: string, options: CheckCommandOptions, terminal: Terminal): Promise<Checked> {
  const document = readDocument(given)
  const kind = kindOf(document)
  if (kind === 'scenario') return checkScenario(given, options, terminal)
  if (kind === 'policy') {
    const policy = parsePolicy(document, 'policy', DEFAULT_START_UNIX_MS)
    return { kind, text: `a policy, ${policy.name}: ${policy.description}` }
  }
  if (kind === 'plan') return { kind, ...checkPlanFile(document, options.snapshot) }
  const snapshot = parseSnapshot(document)
  const { hosts, vms, rules } = snapshot
  const pool = poolOfSnapshot(snapshot)
  const broken = brokenRules(pool).map((message) => ({ path: 'rules', message: `is broken now: ${message}` }))
  const answer = conflictOf(pool)
  if (answer.verdict === 'conflict') broken.push({ path: 'rules', message: answer.conflict.message })
  const failover = options.failover === true ? exposureOf(pool) : undefined
  for (const { host, homeless } of failover ?? []) if (homeless.length > 0) broken.push({ path: 'failover', message: `if ${host} fails, ${homeless.length} VMs find no place: ${homeless.slice(0, VMS_SHOWN).join(', ')}${homeless.length > VMS_SHOWN ? ' ...' : ''}` })
  return { kind, text: `a pool snapshot of ${hosts.length} hosts, ${vms.length} VMs and ${rules.length} rules${failover === undefined ? '' : '; all VMs find places whichever host fails'}`, issues: broken, ...(failover === undefined ? {} : { failover }) }
}

const VMS_SHOWN = 10
const POLICY_KEYS = ['base', 'placement', 'evenDistribution', 'powerSave', 'maintenance', 'availability', 'budgets', 'optimizer', 'observation', 'baseline', 'decisionIntervalMs']
const SCENARIO_KEYS = ['workload', 'policies', 'seeds', 'events', 'durationMs', 'snapshot', 'recorded', 'world', 'axes', 'whatif', 'expect']

/** What a file is meant to be, by the keys that only such files have. */
function kindOf({ file, value }: SourceDocument): Exclude<Checked['kind'], 'run'> {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : []
  if (keys.includes('baseRevision') && keys.includes('steps')) return 'plan'
  if (keys.some((key) => SCENARIO_KEYS.includes(key))) return 'scenario'
  if (keys.includes('hosts') || keys.includes('vms')) return 'snapshot'
  if (keys.some((key) => POLICY_KEYS.includes(key))) return 'policy'
  throw bad(file, 'is neither a scenario nor a policy nor a pool snapshot nor a plan: see docs/formats')
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
