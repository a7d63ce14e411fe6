import { DEFAULT_WHATIF } from '../config/scenarioDefaults.ts'
import { DAYS_MIN } from '../forecast/longRange/trend.ts'
import { DAY_MS } from '../model/resources.ts'
import type { ScenarioRun } from '../model/scenario.ts'
import type { WhatIfAnswer, WhatIfSettings } from '../model/whatif.ts'
import { type LongRangeRow, longRangeText } from '../report/longRange.ts'
import { whatIfText } from '../report/whatif.ts'
import { answerWhatIf } from '../../sim/whatif/answer.ts'
import { runBuilder } from './baseLoads.ts'
import type { ExitCode } from './exitCode.ts'
import { loadScenario, overridesOf } from './loadScenario.ts'
import { cpuGrowth, longRangeRows } from './longRange.ts'
import { bad, type ScenarioOptions } from './options.ts'
import type { Terminal } from './terminal.ts'
import { startTiming } from './timing.ts'

export interface WhatIfOptions extends ScenarioOptions {
  readonly growth?: string
}

interface Answered {
  readonly name: string
  readonly answer: WhatIfAnswer
  /** Trends of the load by which it was asked to grow; null: it grows as the scenario says. */
  readonly trends: readonly LongRangeRow[] | null
}

/** Answers the capacity questions of a scenario: for each variant, with its first policy and seed. Exit code 1 unless all of it is proven to fit. */
export async function whatifCommand(given: string, options: WhatIfOptions, terminal: Terminal): Promise<ExitCode> {
  const timing = startTiming()
  const source = growthSource(options)
  const loaded = loadScenario(given, overridesOf(options), terminal.workingDirectory)
  const build = runBuilder(loaded.file, terminal.workingDirectory)
  const answers: Answered[] = []
  for (const scenario of loaded.variants) {
    const run = await build({ scenario, policy: scenario.policies[0]!, seed: scenario.seeds[0]! })
    const settings = grownBy(source, run, scenario.whatif ?? DEFAULT_WHATIF)
    const answer = answerWhatIf({ scenario: run, settings })
    answers.push({ name: run.name, answer, trends: source === null ? null : trendsOf(run, answer) })
  }
  if (options.json) {
    const results = answers.map(({ name, answer, trends }) => ({ scenario: name, ...answer, ...(trends === null ? {} : { trends }) }))
    terminal.out(`${JSON.stringify(results.length === 1 ? { ...results[0], timing: timing() } : { answers: results, timing: timing() })}\n`)
  } else terminal.out(`${answers.map((answered) => `${answered.name}\n\n${whatIfText(answered.answer)}${trendText(answered)}`).join('\n\n')}\n`)
  return answers.every(({ answer }) => answer.verdict === 'fits') ? 0 : 1
}

type GrowthSource = 'trend' | 'cautious' | null

function growthSource({ growth }: WhatIfOptions): GrowthSource {
  if (growth === undefined || growth === 'trend' || growth === 'cautious') return growth ?? null
  throw bad('--growth', `is ${JSON.stringify(growth)}, expected trend or cautious`)
}

/** The settings with growth as the load's own trend shows it. */
function grownBy(source: GrowthSource, { name, workload }: ScenarioRun, settings: WhatIfSettings): WhatIfSettings {
  if (source === null) return settings
  const growth = cpuGrowth(workload)
  if (growth === null) throw bad('--growth', `needs at least ${DAYS_MIN} whole days of CPU demand, the load of ${name} has fewer: state whatif.growthPerMonthRatio`)
  return { ...settings, growthPerMonthRatio: source === 'trend' ? growth.medianPerMonthRatio : growth.highPerMonthRatio }
}

/** Trends against what the limits allow after the failures that are planned for. */
function trendsOf({ workload }: ScenarioRun, { now, settings }: WhatIfAnswer): LongRangeRow[] {
  const allowed = (wanted: string): number | null => now.resources.find(({ name }) => name === wanted)?.allowedAfterFailures ?? null
  return longRangeRows(workload, { cpu: allowed('cpu'), memory: allowed('memory') }, settings.horizonMs / DAY_MS, true)
}

function trendText({ answer, trends }: Answered): string {
  if (trends === null) return ''
  const days = trends[0]?.dayCount ?? 0
  return `\nGrowth is the load's own: ${(100 * answer.settings.growthPerMonthRatio).toFixed(1)} % a month. Its trends, for the pool as a whole:\n\n${longRangeText(trends, answer.startUnixMs + days * DAY_MS, answer.settings.horizonMs / DAY_MS)}\n`
}
