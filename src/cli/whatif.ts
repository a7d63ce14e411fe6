import { DEFAULT_WHATIF } from '../config/scenarioDefaults.ts'
import type { WhatIfAnswer } from '../model/whatif.ts'
import { whatIfText } from '../report/whatif.ts'
import { answerWhatIf } from '../../sim/whatif/answer.ts'
import { runBuilder } from './baseLoads.ts'
import type { ExitCode } from './exitCode.ts'
import { loadScenario, overridesOf } from './loadScenario.ts'
import type { ScenarioOptions } from './options.ts'
import type { Terminal } from './terminal.ts'
import { startTiming } from './timing.ts'

interface Answered {
  readonly name: string
  readonly answer: WhatIfAnswer
}

/** Answers the capacity questions of a scenario: for each variant, with its first policy and seed. Exit code 1 unless all of it is proven to fit. */
export async function whatifCommand(given: string, options: ScenarioOptions, terminal: Terminal): Promise<ExitCode> {
  const timing = startTiming()
  const loaded = loadScenario(given, overridesOf(options), terminal.workingDirectory)
  const build = runBuilder(loaded.file, terminal.workingDirectory)
  const answers: Answered[] = []
  for (const scenario of loaded.variants) {
    const run = await build({ scenario, policy: scenario.policies[0]!, seed: scenario.seeds[0]! })
    answers.push({ name: run.name, answer: answerWhatIf({ scenario: run, settings: scenario.whatif ?? DEFAULT_WHATIF }) })
  }
  if (options.json) {
    const results = answers.map(({ name, answer }) => ({ scenario: name, ...answer }))
    terminal.out(`${JSON.stringify(results.length === 1 ? { ...results[0], timing: timing() } : { answers: results, timing: timing() })}\n`)
  } else terminal.out(`${answers.map(({ name, answer }) => `${name}\n\n${whatIfText(answer)}`).join('\n\n')}\n`)
  return answers.every(({ answer }) => answer.verdict === 'fits') ? 0 : 1
}
