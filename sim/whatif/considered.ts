import { type Reason, reason } from '../../src/model/result.ts'
import { listNames } from '../../src/model/text.ts'
import type { Rule } from '../../src/model/rules.ts'
import type { ScenarioRun } from '../../src/model/scenario.ts'

const KINDS: readonly Rule['kind'][] = ['together', 'apart', 'runOn', 'keepOff']

/** Whether what-if looks at a rule: hard ones of four kinds, host by host. Soft rules limit no capacity. */
export const isConsidered = (rule: Rule): boolean => KINDS.includes(rule.kind) && !isSoft(rule) && isByHost(rule) && !(rule.kind === 'apart' && (rule.max ?? 1) !== 1)

const isByHost = (rule: Rule): boolean => !('per' in rule) || rule.per === 'host'

const isSoft = ({ weight }: Rule): boolean => weight !== undefined

/** What of a scenario the answer does not look at and that could make less fit. */
export function notConsidered({ rules, hosts, workload }: ScenarioRun): Reason[] {
  const left = rules.filter((rule) => !isSoft(rule) && rule.kind !== 'order' && !isConsidered(rule))
  const needing = workload.vms.filter(({ vm }) => vm.needs !== undefined)
  const limited = hosts.filter(({ host }) => (host.traits?.vmsMax ?? null) !== null || (host.traits?.vcpusPerCoreMax ?? null) !== null)
  return [
    ...(left.length === 0 ? [] : [reason('rulesNotConsidered', `rules of kinds that capacity questions don't look at: ${listNames(left.map(({ id, kind }) => `${id} (${kind})`))}`, { rules: left.length })]),
    ...(needing.length === 0 ? [] : [reason('needsNotConsidered', `CPU models, networks, storages or devices that ${needing.length} VMs need`, { vms: needing.length })]),
    ...(limited.length === 0 ? [] : [reason('traitsNotConsidered', `the most VMs or vCPUs that ${limited.length} hosts take`, { hosts: limited.length })]),
  ]
}
