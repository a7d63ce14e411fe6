import { join, resolve } from 'node:path'
import type { RunEvent, RunSummary, RunTiming } from '../model/run.ts'
import type { ExitCode } from './exitCode.ts'
import { brokenText, judgeExpectations, looksAtEvents, type Verdict } from './expectations.ts'
import { loadScenario, overridesOf } from './loadScenario.ts'
import { makeRuns, summaryWithTiming } from './makeRuns.ts'
import type { ScenarioOptions } from './options.ts'
import { classTable, summaryCsv, summaryTable } from './summaryText.ts'
import type { Terminal } from './terminal.ts'

export interface SimulateOptions extends ScenarioOptions {
  readonly csv?: boolean
}

/** Runs a scenario and says how each run went. Exit code 1 when an expectation of the scenario is not met. */
export async function simulateCommand(given: string, options: SimulateOptions, terminal: Terminal): Promise<ExitCode> {
  const loaded = loadScenario(given, overridesOf(options), terminal.workingDirectory)
  const out = options.out ?? join('runs', loaded.name)
  const results: { readonly summary: RunSummary; readonly events: readonly RunEvent[]; readonly timing: RunTiming; readonly variant: number }[] = []
  await makeRuns(loaded, resolve(terminal.workingDirectory, out), options, terminal, ({ planned, run, timing }) => {
    results.push({ summary: run.summary, events: looksAtEvents(planned.scenario.expect) ? run.events : [], timing, variant: loaded.variants.indexOf(planned.scenario) })
  })
  const verdicts = loaded.variants.flatMap((variant, index) => judgeExpectations(variant.expect, results.filter((result) => result.variant === index)))
  const summaries = results.map(({ summary }) => summary)
  if (options.json) terminal.out(`${JSON.stringify(jsonOf(results, verdicts))}\n`)
  else if (options.csv) terminal.out(`${summaryCsv(summaries)}\n`)
  else terminal.out(`${[summaryTable(summaries), classTable(summaries), `Runs are in ${out}`].filter((part) => part !== null).join('\n\n')}\n`)
  for (const line of brokenText(verdicts)) terminal.err(`${line}\n`)
  return verdicts.every((verdict) => verdict.kept) ? 0 : 1
}

/** One run is an object of its own; expectations stand beside only when there are some. */
function jsonOf(results: readonly { readonly summary: RunSummary; readonly timing: RunTiming }[], verdicts: readonly Verdict[]): object {
  const runs = results.map(({ summary, timing }) => summaryWithTiming(summary, timing))
  const expectations = verdicts.length === 0 ? {} : { expectations: verdicts }
  return runs.length === 1 ? { ...runs[0], ...expectations } : { runs, ...expectations }
}
