import { basename } from 'node:path'
import { unknownWord } from '../config/nearest.ts'
import { BUILT_IN_POLICIES } from '../config/policies.ts'
import { changePolicy, parsePolicy } from '../config/policyFile.ts'
import { problemsOf, refuseIssues } from '../config/problems.ts'
import { isFileName } from '../config/scenarioPolicies.ts'
import { readVariants } from '../config/scenarioText.ts'
import type { PolicySettings } from '../model/policy.ts'
import { readDocument } from './openFile.ts'
import { bad } from './options.ts'

/** The policy of `--policy` with the changes of `--set` (paths in the policy). Throws BadInput with all faults of both. */
export function policyFrom(given: string, settings: readonly string[], unixMs: number): PolicySettings {
  const base = basePolicy(given, unixMs)
  if (base.baseline !== null) throw bad('--policy', `${base.name} is a policy of the PlanetLab study, which decides in that study's world only: pick another`)
  if (base.peer !== null) throw bad('--policy', `${base.name} stands for another system, which names its moves while it runs: pick another, or simulate it`)
  if (settings.length === 0) return base
  const variant = readVariants('--set', '{}', { settings, policies: [], seeds: null })[0]!
  const problems = problemsOf(variant)
  const changed = changePolicy(base, variant.value, unixMs, [], problems)
  refuseIssues(problems.issues)
  return changed ?? base
}

function basePolicy(given: string, unixMs: number): PolicySettings {
  const builtIn = BUILT_IN_POLICIES.get(given)
  if (builtIn !== undefined) return builtIn.settings
  if (!isFileName(given)) throw bad('--policy', `${unknownWord('policy', given, [...BUILT_IN_POLICIES.keys()])}; a file needs its ending, such as ${given}.yaml`)
  return parsePolicy(readDocument(given), basename(given).replace(/\.(ya?ml|json)$/, ''), unixMs)
}
