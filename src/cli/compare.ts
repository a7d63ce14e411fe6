import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { PolicySettings } from '../model/policy.ts'
import { BadInput, type Issue } from '../model/result.ts'
import type { Run, RunTiming } from '../model/run.ts'
import { compareRuns } from '../report/compare.ts'
import type { PolicyChoice } from '../config/scenario.ts'
import type { Comparison } from '../report/comparison.ts'
import { comparisonCsv } from '../report/comparisonCsv.ts'
import { comparisonTable } from '../report/comparisonTable.ts'
import { headline } from '../report/headline.ts'
import { withoutForecasts } from '../report/forecastWorth.ts'
import { writeFileAtomic } from '../store/atomic.ts'
import { readRun } from '../store/run.ts'
import { renderReport } from '../../viz/page.ts'
import { seededRng } from '../../sim/random.ts'
import { compareSuite } from './compareSuite.ts'
import type { ExitCode } from './exitCode.ts'
import { brokenText, judgeExpectations, type Verdict } from './expectations.ts'
import { whileUninterrupted } from './interrupt.ts'
import { loadScenario, overridesOf, plannedRuns, type LoadedScenario } from './loadScenario.ts'
import { makeRuns, summaryWithTiming } from './makeRuns.ts'
import { bad, type ScenarioOptions } from './options.ts'
import { pageScript } from './pageScript.ts'
import { scenariosIn } from './suite.ts'
import { findRuns } from './storedRuns.ts'
import { summaryTable } from './summaryText.ts'
import type { Terminal } from './terminal.ts'

export interface CompareOptions extends ScenarioOptions {
  readonly seeds?: string
  readonly base?: string
  readonly csv?: boolean
  readonly forecastWorth?: boolean
}

interface ComparedRun {
  readonly run: Run
  readonly timing: RunTiming | null
}

/** Runs of one scenario (or one variant of it), compared. */
interface Compared {
  readonly comparison: Comparison
  readonly runs: readonly ComparedRun[]
  readonly report: string
}

/** Compares policies over stored runs or over the runs of scenarios, which it makes first; the report's path is the last line. A folder of scenarios is judged by their expectations instead. */
export async function compareCommand(given: readonly string[], options: CompareOptions, terminal: Terminal): Promise<ExitCode> {
  const suites = given.map((one) => scenariosIn(one, terminal.workingDirectory))
  if (suites.some((folders) => folders.length > 0)) {
    const other = given.find((_, index) => suites[index]!.length === 0)
    if (other !== undefined) throw bad(other, 'stands beside a folder of scenarios: compare either such folders, or runs and scenarios')
    return compareSuite(suites.flat(), options, terminal)
  }
  const { stored, scenarios } = sort(given, options, terminal)
  refuseBeforeRunning(stored, scenarios, options)
  const out = options.out ?? join('runs', scenarios[0]?.name ?? 'comparison')
  const outFolder = resolve(terminal.workingDirectory, out)
  const runs: ComparedRun[] = stored.map((run) => ({ run, timing: run.header.timing }))
  const verdicts: Verdict[] = []
  for (const loaded of scenarios) {
    const made = new Map<number, Run[]>()
    await makeRuns(loaded, outFolder, options, terminal, ({ planned, run, timing }) => {
      const variant = loaded.variants.indexOf(planned.scenario)
      made.set(variant, [...(made.get(variant) ?? []), run])
      runs.push({ run, timing })
    })
    for (const [variant, own] of made) verdicts.push(...judgeExpectations(loaded.variants[variant]!.expect, own))
  }
  const compared = await whileUninterrupted(() => compareAndWrite(runs, options, outFolder, out))
  print(compared, runs, verdicts, options, terminal)
  return verdicts.every(({ kept }) => kept) ? 0 : 1
}

/** Which arguments are runs (or folders of them) and which are scenarios. Reads all of them before anything is run. */
function sort(given: readonly string[], options: CompareOptions, terminal: Terminal): { readonly stored: Run[]; readonly scenarios: LoadedScenario[] } {
  const issues: Issue[] = []
  const stored: Run[] = []
  const scenarios: LoadedScenario[] = []
  const collect = (part: () => void): void => {
    try {
      part()
    } catch (error) {
      if (!(error instanceof BadInput)) throw error
      issues.push(...error.issues)
    }
  }
  for (const one of given) {
    const path = resolve(terminal.workingDirectory, one)
    collect(() => {
      if (!existsSync(path)) throw bad(one, 'does not exist: give a run, a folder of runs, or a scenario')
      const folders = statSync(path).isDirectory() && !existsSync(join(path, 'scenario.yaml')) ? findRuns(path) : null
      if (folders === null) {
        const loaded = loadScenario(one, overridesOf(options, options.seeds), terminal.workingDirectory)
        scenarios.push(options.forecastWorth ? withTwins(loaded) : loaded)
      }
      else if (folders.length === 0) throw bad(one, 'holds neither runs nor scenario.yaml')
      else for (const folder of folders) collect(() => stored.push(readRun(folder)))
    })
  }
  if (issues.length > 0) throw new BadInput(issues)
  return { stored, scenarios }
}

/** Each policy that uses forecasts also runs without them, under a name of its own. Refuses scenarios in which none does. */
function withTwins(loaded: LoadedScenario): LoadedScenario {
  const variants = loaded.variants.map((variant) => ({ ...variant, policies: variant.policies.flatMap((policy) => (foresees(policy.settingsAt(variant.startUnixMs ?? 0)) ? [policy, twinOf(policy)] : [policy])) }))
  if (variants.every(({ policies }, index) => policies.length === loaded.variants[index]!.policies.length)) throw bad('--forecast-worth', `no policy of ${loaded.name} uses forecasts: set forecast.enabled in one`)
  return { ...loaded, variants }
}

const foresees = ({ forecast, schedule }: PolicySettings): boolean => forecast.enabled || schedule.some(({ settings }) => settings.forecast.enabled)

const twinOf = (policy: PolicyChoice): PolicyChoice => {
  const name = withoutForecasts(policy.name)
  return { name, settingsAt: (startUnixMs) => ({ ...unforeseeing(policy.settingsAt(startUnixMs)), name }) }
}

const unforeseeing = (settings: PolicySettings): PolicySettings => ({
  ...settings, forecast: { ...settings.forecast, enabled: false }, schedule: settings.schedule.map((scheduled) => ({ ...scheduled, settings: unforeseeing(scheduled.settings) })),
})

/** What the comparison would refuse in the end is refused before hours of simulation. */
function refuseBeforeRunning(stored: readonly Run[], scenarios: readonly LoadedScenario[], { base }: CompareOptions): void {
  const issues: Issue[] = []
  const coming = [...stored.map(({ summary }) => summary), ...scenarios.flatMap(plannedRuns).map(({ scenario, policy, seed }) => ({ scenario: scenario.name, policy: policy.name, seed }))]
  for (const scenario of new Set(coming.map((run) => run.scenario))) {
    const own = coming.filter((run) => run.scenario === scenario)
    const policies = [...new Set(own.map(({ policy }) => policy))]
    if (base !== undefined && !policies.includes(base)) issues.push({ path: '--base', message: `${scenario} has no policy ${base}: pick one of ${policies.join(', ')}` })
    const seen = new Set<string>()
    for (const { policy, seed } of own) {
      const key = `${policy} ${seed}`
      if (seen.has(key)) issues.push({ path: scenario, message: `policy ${policy} would be there twice with seed ${seed}: leave one out` })
      seen.add(key)
    }
  }
  if (issues.length > 0) throw new BadInput(issues)
}

function compareAndWrite(runs: readonly ComparedRun[], options: CompareOptions, outFolder: string, out: string): Compared[] {
  const groups = new Map<string, ComparedRun[]>()
  for (const one of runs) groups.set(one.run.summary.scenario, [...(groups.get(one.run.summary.scenario) ?? []), one])
  const script = pageScript()
  return [...groups.values()].map((group, index) => {
    const first = group[0]!.run
    const comparison = compareRuns(group.map(({ run }) => run.summary), { warmupMs: first.header.warmupMs, rng: seededRng(first.header.seed, 'comparison'), ...(options.base === undefined ? {} : { base: options.base }) })
    const name = index === 0 ? 'report' : `report-${index + 1}`
    writeFileAtomic(join(outFolder, `${name}.html`), renderReport({ comparison, runs: group.map(({ run }) => run), script }))
    writeFileAtomic(join(outFolder, `${name}.json`), `${JSON.stringify(comparison, null, 1)}\n`)
    return { comparison, runs: group, report: join(out, `${name}.html`) }
  })
}

function print(compared: readonly Compared[], runs: readonly ComparedRun[], verdicts: readonly Verdict[], options: CompareOptions, terminal: Terminal): void {
  if (options.json) {
    const both = compared.map(({ comparison, report }) => ({ comparison, report }))
    const summaries = runs.map(({ run, timing }) => (timing === null ? run.summary : summaryWithTiming(run.summary, timing)))
    terminal.out(`${JSON.stringify({ ...(both.length === 1 ? both[0] : { comparisons: both }), runs: summaries, ...(verdicts.length === 0 ? {} : { expectations: verdicts }) })}\n`)
  } else {
    for (const { comparison, runs: own } of compared) {
      const summaries = own.map(({ run }) => run.summary)
      const text = options.csv ? comparisonCsv(comparison) : [comparisonTable(comparison), ...(summaries.some(({ reference }) => reference !== null) ? [summaryTable(summaries)] : []), headline(comparison).join('\n')].join('\n\n')
      terminal.out(`${text}\n${options.csv ? '' : '\n'}`)
    }
  }
  for (const line of brokenText(verdicts)) terminal.err(`${line}\n`)
  // The last line of the output is a path, so that it can be opened from a script.
  const paths = compared.map(({ report }) => `${report}\n`).join('')
  if (options.json || options.csv) {
    if (!options.quiet) terminal.err(paths)
  } else terminal.out(paths)
}
