import type { PolicySettings } from '../model/policy.ts'
import type { Fitted } from './problems.ts'
import type { Scenario } from './scenario.ts'
import { DEFAULT_START_UNIX_MS } from './scenarioDefaults.ts'
import type { ScenarioFields } from './scenarioSchema.ts'

/** Limits of a scenario that can't hold together, or not with its policies. */
export function settingFaults(scenario: Scenario, { value, isLost, problems }: Fitted<ScenarioFields>): void {
  const { durationMs, warmupMs } = scenario
  if (durationMs !== null && warmupMs >= durationMs) problems.add(['warmupMs'], `is ${warmupMs} ms, but the run lasts ${durationMs} ms: nothing would be measured`)
  if (scenario.world === 'reference' && warmupMs > 0) problems.add(['warmupMs'], `is ${warmupMs} ms, but the PlanetLab study’s world (world: reference) is measured from its first step on: leave it out`)
  if (scenario.world === 'reference' && scenario.tariff !== null) problems.add(['tariff'], 'is given, but the PlanetLab study’s world (world: reference) charges nothing: leave it out, or leave out world: reference')
  if (durationMs !== null && scenario.rowMs > durationMs) problems.add(['rowMs'], `is ${scenario.rowMs} ms, but the run lasts ${durationMs} ms`)
  if (durationMs === null && value.workload?.format === undefined && value.recorded === undefined && !isLost(['durationMs'])) problems.add(['durationMs'], 'is missing: without a trace the scenario must say how long a run lasts, such as "7 d"')
  if (new Set(scenario.seeds).size < scenario.seeds.length) problems.add(['seeds'], 'has a seed twice: the same run would be made twice')
  const { synthetic } = value.workload ?? {}
  const stepMs = scenario.workload?.kind === 'synthetic' ? scenario.workload.settings.stepMs : null
  if (synthetic && stepMs !== null && durationMs !== null && stepMs > durationMs) problems.add(['workload', 'synthetic', 'stepMs'], `is ${stepMs} ms, but the run lasts ${durationMs} ms`)
  if (isLost(['hosts'])) return
  for (const [index, choice] of scenario.policies.entries()) policyFaults(choice.settingsAt(scenario.startUnixMs ?? DEFAULT_START_UNIX_MS), index, scenario, Array.isArray(value.policies), problems.add.bind(problems))
}

function policyFaults(policy: PolicySettings, index: number, scenario: Scenario, isList: boolean, add: (path: (string | number)[], message: string) => void): void {
  const path = isList ? ['policies', index] : ['policies']
  const { powerSave, observation, baseline, peer } = policy
  const hosts = scenario.hosts?.length ?? 0
  const { sensors } = scenario
  if (baseline !== null && scenario.world !== 'reference') add(path, `is ${policy.name}, a policy of the PlanetLab study, which only runs in its world: set world: reference, or choose another policy`)
  if (peer !== null && scenario.world === 'reference') add(path, `is ${policy.name}, which stands for another system in the standard world: leave out world: reference, or choose another policy`)
  if (powerSave.enabled && hosts > 0 && powerSave.hostsOnMin > hosts) add(path, `is ${policy.name}, which keeps powerSave.hostsOnMin = ${powerSave.hostsOnMin} hosts on, but the pool has ${hosts}`)
  else if (powerSave.enabled && hosts > 0 && powerSave.reserveHosts >= hosts) add(path, `is ${policy.name}, which holds powerSave.reserveHosts = ${powerSave.reserveHosts} hosts in reserve, but the pool has ${hosts}`)
  if (baseline === null && observation.ageMaxMs < sensors.intervalMs + sensors.delayMs) {
    add(path, `is ${policy.name}, whose observation.ageMaxMs = ${observation.ageMaxMs} ms, but samples are up to ${sensors.intervalMs + sensors.delayMs} ms old: every VM would count as unknown`)
  }
}
