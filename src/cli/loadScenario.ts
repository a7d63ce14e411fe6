import { basename, dirname, resolve } from 'node:path'
import { parseScenario } from '../config/scenarioFile.ts'
import type { PolicyChoice, Scenario } from '../config/scenario.ts'
import { readVariants, uniqueIssues, type Overrides } from '../config/scenarioText.ts'
import { BadInput, type Issue } from '../model/result.ts'
import { LOAD_FORMATS } from '../../sim/workloads/formats.ts'
import { fileOpener, readText, scenarioFileOf, withSeriesOf } from './openFile.ts'
import { SEED_MAX, wholeNumber, type ScenarioOptions } from './options.ts'

/** A scenario's variants, all checked. */
export interface LoadedScenario {
  readonly file: string
  readonly name: string
  readonly variants: readonly Scenario[]
}

/** One run to make: the axes are chosen. */
export interface PlannedRun {
  readonly scenario: Scenario
  readonly policy: PolicyChoice
  readonly seed: number
}

/** What the command line changes about a scenario; `seeds`: that many from the first seed on. */
export function overridesOf(options: ScenarioOptions, seeds?: string): Overrides {
  const first = options.seed === undefined ? null : wholeNumber('--seed', options.seed, 0, SEED_MAX)
  const count = seeds === undefined ? null : wholeNumber('--seeds', seeds, 1, 10_000)
  return { settings: options.set, policies: options.policy, seeds: first === null && count === null ? null : { first, count: count ?? 1 } }
}

/** Reads a scenario with everything it names but its load. Throws BadInput with all faults of all files. */
export function loadScenario(given: string, overrides: Overrides, workingDirectory: string): LoadedScenario {
  const file = scenarioFileOf(given, workingDirectory)
  const fallbackName = nameOf(resolve(workingDirectory, file))
  const open = fileOpener(file, workingDirectory)
  const formats = LOAD_FORMATS.map(({ name }) => name)
  const issues: Issue[] = []
  const variants = readVariants(file, readText(file), overrides).flatMap((variant) => {
    const reading = parseScenario({ ...variant, value: withSeriesOf(variant.value, file, workingDirectory) }, fallbackName, formats, open)
    issues.push(...reading.issues)
    return reading.scenario ?? []
  })
  if (issues.length > 0) throw new BadInput(uniqueIssues(issues))
  return { file, name: variants[0]?.name ?? fallbackName, variants }
}

/** `scenario.yaml` is named after its folder. */
function nameOf(file: string): string {
  const own = basename(file).replace(/\.(ya?ml|json)$/, '')
  const name = own === 'scenario' ? basename(dirname(file)) : own
  return name.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^-/, '_') || 'scenario'
}

/** The product of a scenario's axes: variants, then seeds, then policies, so that policies of one load follow each other. */
export function plannedRuns({ variants }: LoadedScenario): PlannedRun[] {
  return variants.flatMap((scenario) => scenario.seeds.flatMap((seed) => scenario.policies.map((policy) => ({ scenario, policy, seed }))))
}
