import type { HostId, VmId } from './ids.ts'
import type { Host } from './pool.ts'
import type { Domain, Rule } from './rules.ts'

/** A rule with its names as sets, so that asking is O(1). */
export interface IndexedRule {
  readonly rule: Rule
  readonly vms: ReadonlySet<VmId>
  readonly others: ReadonlySet<VmId>
  readonly hosts: ReadonlySet<HostId>
}

export interface RuleIndex {
  readonly all: readonly IndexedRule[]
  /** Hard rules that name a VM, among `vms` or `others`. */
  readonly byVm: ReadonlyMap<VmId, readonly IndexedRule[]>
  /** Hard rules that bind VMs which they don't name. */
  readonly everyone: readonly IndexedRule[]
}

/** A list of rules is never edited: each is indexed once. */
const indexes = new WeakMap<readonly Rule[], RuleIndex>()

export function indexOfRules(rules: readonly Rule[]): RuleIndex {
  const known = indexes.get(rules)
  if (known !== undefined) return known
  const all = rules.map((rule): IndexedRule => ({
    rule, vms: new Set(rule.vms), others: new Set('others' in rule ? rule.others : []),
    hosts: new Set<HostId>('hosts' in rule ? rule.hosts : rule.kind === 'oneOf' ? rule.groups.flat() : []),
  }))
  const byVm = new Map<VmId, IndexedRule[]>()
  const everyone: IndexedRule[] = []
  for (const entry of all) {
    if (entry.rule.weight !== undefined) continue
    if (bindsEveryone(entry.rule)) everyone.push(entry)
    else for (const vm of new Set([...entry.vms, ...entry.others])) byVm.set(vm, [...(byVm.get(vm) ?? []), entry])
  }
  const index = { all, byVm, everyone }
  indexes.set(rules, index)
  return index
}

const bindsEveryone = (rule: Rule): boolean => rule.kind === 'lonely' || rule.kind === 'quarantine' || ((rule.kind === 'vmsMax' || rule.kind === 'resourceMax') && rule.vms.length === 0)

/** Name of the domain that a host is in; null when it is in none of that kind. */
export function domainOf(host: Host, per: Domain): string | null {
  switch (per) {
    case 'host':
      return host.id
    case 'rack':
      return host.rack
    case 'site':
      return host.traits?.site ?? null
    case 'powerFeed':
      return host.traits?.powerFeed ?? null
  }
}
