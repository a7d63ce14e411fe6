import type { HostId, VmId } from '../model/ids.ts'
import { memoryForVmsMib, type Host } from '../model/pool.ts'
import { domainOf } from '../model/ruleIndex.ts'
import type { Domain, Rule, RuleOf } from '../model/rules.ts'
import { unknownWord } from './nearest.ts'
import { contradictingHosts, contradictingPairs } from './ruleContradictions.ts'
import type { FieldPath } from './sourceDocument.ts'

type Add = (path: FieldPath, message: string) => void

/** What rules are checked against; null VMs: not known yet. */
export interface RuleGround {
  readonly hosts: ReadonlyMap<HostId, Host>
  readonly vmMemoryMib: ReadonlyMap<VmId, number> | null
}

/**
 * Reports rules that name nothing there is, and hard rules that no placement can keep, as far as that shows without
 * looking for one (see policy/rules/conflict.ts for the rest). Paths begin at the list of rules.
 */
export function ruleFaults(rules: readonly Rule[], ground: RuleGround, add: Add): void {
  refuseTwice(rules, add)
  for (const [index, rule] of rules.entries()) {
    unknownNames(rule, index, ground, add)
    tooFewDomains(rule, index, ground, add)
    if (rule.kind === 'together' && rule.weight === undefined) overfull(rule, index, ground, add)
    if (rule.kind === 'failover' && rule.failures >= ground.hosts.size) add([index, 'failures'], `is ${rule.failures}, but there ${ground.hosts.size === 1 ? 'is 1 host' : `are ${ground.hosts.size} hosts`}: nothing would be left`)
  }
  const hard = rules.map((rule) => (rule.weight === undefined ? rule : null))
  contradictingPairs(hard, ground.hosts, add)
  contradictingHosts(hard, ground.hosts, add)
}

function refuseTwice(rules: readonly Rule[], add: Add): void {
  const first = new Map<string, number>()
  for (const [index, { id }] of rules.entries()) {
    const before = first.get(id)
    if (before === undefined) first.set(id, index)
    else add([index, 'id'], `is ${id}, as that of rules[${before}]: ids must differ`)
  }
}

function unknownNames(rule: Rule, index: number, { hosts, vmMemoryMib }: RuleGround, add: Add): void {
  const lookUp = (what: string, names: readonly string[], known: ReadonlyMap<string, unknown>, path: FieldPath): void => {
    for (const [at, name] of names.entries()) if (!known.has(name)) add([index, ...path, at], unknownWord(what, name, [...known.keys()]))
  }
  if ('hosts' in rule) lookUp('host', rule.hosts, hosts, ['hosts'])
  if (rule.kind === 'oneOf') for (const [at, group] of rule.groups.entries()) lookUp('host', group, hosts, ['groups', at])
  if (vmMemoryMib === null) return
  lookUp('VM', rule.vms, vmMemoryMib, ['vms'])
  if ('others' in rule) lookUp('VM', rule.others, vmMemoryMib, ['others'])
}

const domainsWord = (per: Domain): string => (per === 'powerFeed' ? 'power feeds' : `${per}s`)

/** Rules over domains that nobody has, that there are too few of, or that ask more than their VMs can be in. */
function tooFewDomains(rule: Rule, index: number, { hosts }: RuleGround, add: Add): void {
  if (!('per' in rule) && rule.kind !== 'apart') return
  const per = rule.per ?? 'host'
  const domains = [...hosts.values()].map((host) => domainOf(host, per))
  const known = new Set(domains.filter((domain) => domain !== null)).size
  if (known === 0 && hosts.size > 0) add([index, 'per'], `is ${per}, but no host has one: give hosts a ${per} or take the rule out`)
  else if (rule.kind === 'apart' && rule.weight === undefined && !domains.includes(null)) crowded(rule, index, known, add)
  else if (rule.kind === 'spread') {
    if (rule.min > rule.vms.length) add([index, 'min'], `is ${rule.min}, but the rule names ${rule.vms.length} VMs: they can't be in more ${domainsWord(per)} than they are`)
    else if (rule.min > known && rule.weight === undefined) add([index, 'min'], `is ${rule.min}, but hosts are in ${known} ${domainsWord(per)}: lower it`)
  }
}

function crowded({ vms, per = 'host', max = 1 }: RuleOf<'apart'>, index: number, known: number, add: Add): void {
  if (vms.length <= known * max) return
  add([index, 'vms'], `names ${vms.length} VMs to keep apart${max === 1 ? '' : `, ${max} in a ${per}`}, but there are ${known} ${domainsWord(per)}: add hosts or take VMs out`)
}

function overfull(rule: RuleOf<'together'>, index: number, { hosts, vmMemoryMib }: RuleGround, add: Add): void {
  if (vmMemoryMib === null || hosts.size === 0) return
  const per = rule.per ?? 'host'
  const roomMib = new Map<string, number>()
  for (const host of hosts.values()) {
    const domain = domainOf(host, per)
    // Members on hosts without a domain are not counted by the rule.
    if (domain === null) return
    roomMib.set(domain, (roomMib.get(domain) ?? 0) + memoryForVmsMib(host))
  }
  const needMib = rule.vms.reduce((sum, vm) => sum + (vmMemoryMib.get(vm) ?? 0), 0)
  const largestMib = [...roomMib.values()].reduce((most, mib) => Math.max(most, mib), 0)
  if (needMib > largestMib) add([index, 'vms'], `must be together with ${needMib} MiB, but the largest ${per} has ${largestMib} MiB for VMs: take VMs out`)
}
