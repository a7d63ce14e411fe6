import { DEFAULT_POLICY, type PolicySettings } from '../model/policy.ts'
import { BadInput } from '../model/result.ts'
import { unknownWord } from './nearest.ts'
import { BUILT_IN_POLICIES } from './policies.ts'
import { changePolicy, parsePolicy, policyOf } from './policyFile.ts'
import { problemsOf, type Problems } from './problems.ts'
import type { OpenFile, PolicyChoice } from './scenario.ts'
import type { ScenarioVariant } from './scenarioText.ts'
import type { FieldPath } from './sourceDocument.ts'

/** Makes a policy's settings for a run that begins at a Unix ms; faults go to `problems`. */
type MakePolicy = (startUnixMs: number, problems: Problems) => PolicySettings | null

/**
 * The policies of the axis with the scenario's own changes on top, checked around `aroundMs`. Faults go to `problems`,
 * also those in the policy files.
 */
export function policyChoices(written: unknown, changes: unknown, variant: ScenarioVariant, open: OpenFile, aroundMs: number, problems: Problems): PolicyChoice[] {
  const list = written === undefined ? [DEFAULT_POLICY.name] : Array.isArray(written) ? (written as unknown[]) : [written]
  const names = new Set<string>()
  return list.flatMap((one, index) => {
    const path: FieldPath = Array.isArray(written) ? ['policies', index] : ['policies']
    const make = withChanges(policyMaker(one, path, `policy-${index + 1}`, variant, open, problems), changes)
    const settings = make?.(aroundMs, problems)
    if (make === null || !settings) return []
    if (names.has(settings.name)) problems.add(path, `is a second policy of the name ${settings.name}: names must differ, since runs are compared by them`)
    names.add(settings.name)
    return [choiceOf(settings.name, make)]
  })
}

/** A policy that is named by an event. */
export function policyOfEvent(written: unknown, path: FieldPath, variant: ScenarioVariant, open: OpenFile, aroundMs: number, problems: Problems): PolicyChoice | null {
  const make = policyMaker(written, path, 'event', variant, open, problems)
  const settings = make?.(aroundMs, problems)
  return make && settings ? choiceOf(settings.name, make) : null
}

/**
 * Whatever could fail has been checked around another date already, which changes no more than the zone tables. The last
 * settings are kept, since all runs of a scenario mostly begin at one date.
 */
function choiceOf(name: string, make: MakePolicy): PolicyChoice {
  let kept: { readonly startUnixMs: number; readonly settings: PolicySettings } | null = null
  return {
    name,
    settingsAt: (startUnixMs) => {
      if (kept?.startUnixMs === startUnixMs) return kept.settings
      const problems = problemsOf({ placeOf: () => `policy ${name}` })
      const settings = make(startUnixMs, problems)
      if (settings === null) throw new BadInput(problems.issues)
      kept = { startUnixMs, settings }
      return settings
    },
  }
}

function withChanges(make: MakePolicy | null, changes: unknown): MakePolicy | null {
  if (make === null || changes === undefined) return make
  return (startUnixMs, problems) => {
    const base = make(startUnixMs, problems)
    return base && changePolicy(base, changes, startUnixMs, ['policy'], problems)
  }
}

function policyMaker(written: unknown, path: FieldPath, fallbackName: string, variant: ScenarioVariant, open: OpenFile, problems: Problems): MakePolicy | null {
  // Anything else is a fault that the scenario's own schema has told already.
  if (typeof written !== 'string' && (typeof written !== 'object' || written === null)) return null
  if (typeof written !== 'string') return (startUnixMs, found) => policyOf(written, fallbackName, startUnixMs, path, found)
  const builtIn = BUILT_IN_POLICIES.get(written)
  if (builtIn !== undefined) return () => builtIn.settings
  if (!isFileName(written)) {
    problems.add(path, `${unknownWord('policy', written, [...BUILT_IN_POLICIES.keys()])}; a file needs its ending, such as ${written}.yaml`)
    return null
  }
  return fromFile(written, path, variant, open, problems)
}

function fromFile(written: string, path: FieldPath, variant: ScenarioVariant, open: OpenFile, problems: Problems): MakePolicy | null {
  try {
    const document = open({ path: written, relativeTo: variant.isFromCommandLine(path) ? 'workingDirectory' : 'file' })
    const name = written.replace(/^.*[/\\]/, '').replace(/\.(ya?ml|json)$/, '')
    return (startUnixMs, found) => collected(() => parsePolicy(document, name, startUnixMs), found)
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    for (const issue of error.issues) problems.add(path, `${issue.path} ${issue.message}`)
    return null
  }
}

/** Faults inside another file keep that file's own lines. */
function collected<T>(part: () => T, problems: Problems): T | null {
  try {
    return part()
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    for (const issue of error.issues) problems.addIssue(issue)
    return null
  }
}

export const isFileName = (written: string): boolean => /[/\\]|\.(ya?ml|json)$/.test(written)
