import { DEFAULT_WHATIF } from '../config/scenarioDefaults.ts'
import type { WhatIfAnswer, WhatIfBounds, WhatIfMoment } from '../model/whatif.ts'
import { answerWhatIf } from '../../sim/whatif/answer.ts'
import { runBuilder } from './baseLoads.ts'
import type { ExitCode } from './exitCode.ts'
import { loadScenario, overridesOf } from './loadScenario.ts'
import type { ScenarioOptions } from './options.ts'
import type { Terminal } from './terminal.ts'
import { textTable } from './textTable.ts'
import { startTiming } from './timing.ts'

interface Answered {
  readonly name: string
  readonly answer: WhatIfAnswer
}

/** Answers the capacity questions of a scenario: for each variant, with its first policy and seed. Exit code 1 unless all of it is proven to fit. */
export function whatifCommand(given: string, options: ScenarioOptions, terminal: Terminal): ExitCode {
  const timing = startTiming()
  const loaded = loadScenario(given, overridesOf(options), terminal.workingDirectory)
  const build = runBuilder(loaded.file, terminal.workingDirectory)
  const answers = loaded.variants.map((scenario): Answered => {
    const run = build({ scenario, policy: scenario.policies[0]!, seed: scenario.seeds[0]! })
    return { name: run.name, answer: answerWhatIf({ scenario: run, settings: scenario.whatif ?? DEFAULT_WHATIF }) }
  })
  if (options.json) {
    const results = answers.map(({ name, answer }) => ({ scenario: name, ...answer }))
    terminal.out(`${JSON.stringify(results.length === 1 ? { ...results[0], timing: timing() } : { answers: results, timing: timing() })}\n`)
  } else terminal.out(`${answers.map(answerText).join('\n\n')}\n`)
  return answers.every(({ answer }) => answer.verdict === 'fits') ? 0 : 1
}

function answerText({ name, answer }: Answered): string {
  const { daysRemaining, firstBreak, now, end, settings } = answer
  const lasts = daysRemaining.atMost === null ? `It lasts at least ${days(daysRemaining.atLeast)}.` : `It lasts ${daysRemaining.atLeast === daysRemaining.atMost ? days(daysRemaining.atMost) : `between ${days(daysRemaining.atLeast)} and ${days(daysRemaining.atMost)}`}.`
  const { vcpus, cpuMhz, memoryMib } = settings.candidate
  const rows = [['', 'hosts', 'VMs', 'more as placed', 'more when repacked', 'least hosts'], momentRow('now', now), momentRow(`after ${days(settings.horizonMs / 86_400_000)}`, end)]
  return [
    `${name}: ${answer.conclusion.text}`, lasts, ...(firstBreak === null ? [] : [`First limit to break: ${firstBreak.reason.text}`]), '',
    textTable(rows), '', `More VMs of ${vcpus} vCPUs, ${cpuMhz} MHz and ${memoryMib} MiB each. A range has proven ends; the truth lies in it.`,
  ].join('\n')
}

const days = (count: number): string => `${Number(count.toFixed(1))} days`

const momentRow = (label: string, moment: WhatIfMoment): string[] => [label, String(moment.hosts), String(moment.vms), bounds(moment.moreAsPlaced), bounds(moment.moreRepacked), moment.hostsMin === null ? 'all are too few' : bounds(moment.hostsMin)]

const bounds = ({ atLeast, atMost, proven }: WhatIfBounds): string => (proven ? String(atLeast) : atMost === null ? `${atLeast} or more` : `${atLeast} to ${atMost}`)
