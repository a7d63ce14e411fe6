import type { HostId, VmId } from './ids.ts'

/** What a rule counts VMs by: each host, or all hosts that share a rack, a site or a power feed. A host without one is in no such domain. */
export const DOMAINS = ['host', 'rack', 'site', 'powerFeed'] as const
export type Domain = (typeof DOMAINS)[number]

export const RULE_KINDS = [
  'together', 'apart', 'spread', 'runOn', 'keepOff', 'oneOf', 'keepApart', 'lonely', 'requires', 'vmsMax', 'resourceMax', 'hostsMax', 'pinned', 'quarantine', 'hostsOnMax', 'failover', 'order',
] as const
export type RuleKind = (typeof RULE_KINDS)[number]

export const RULE_RESOURCES = ['cpuMhz', 'memoryMib', 'vcpus', 'diskMib'] as const
export type RuleResource = (typeof RULE_RESOURCES)[number]

interface RuleBase {
  readonly id: string
  /** The VMs it is about; for rules over hosts, empty. */
  readonly vms: readonly VmId[]
  /** Absent: the rule is hard. Else what one violation costs; nothing is refused for it. */
  readonly weight?: number
}

/** A rule over placement; docs/rules.md tells which hold at every instant and which of whole placements. */
export type Rule = RuleBase &
  (
    /** In one domain. */
    | { readonly kind: 'together'; readonly per?: Domain }
    /** At most `max` (1) of them in a domain. */
    | { readonly kind: 'apart'; readonly per?: Domain; readonly max?: number }
    /** In at least `min` domains. */
    | { readonly kind: 'spread'; readonly per: Domain; readonly min: number }
    | { readonly kind: 'runOn' | 'keepOff'; readonly hosts: readonly HostId[] }
    /** All of them in one of these groups of hosts. */
    | { readonly kind: 'oneOf'; readonly groups: readonly (readonly HostId[])[] }
    /** None of them in a domain with one of `others`. */
    | { readonly kind: 'keepApart'; readonly others: readonly VmId[]; readonly per?: Domain }
    /** Their hosts run no other VM. */
    | { readonly kind: 'lonely' }
    /** Every domain with one of them has one of `others`. */
    | { readonly kind: 'requires'; readonly others: readonly VmId[]; readonly per?: Domain }
    /** At most `max` of them (of all VMs, when none is named) on each of these hosts, or on all of them together. */
    | { readonly kind: 'vmsMax'; readonly hosts: readonly HostId[]; readonly max: number; readonly each: boolean }
    /** At most so much of a resource is given to them (to all VMs, when none is named) on these hosts together. */
    | { readonly kind: 'resourceMax'; readonly hosts: readonly HostId[]; readonly resource: RuleResource; readonly max: number }
    /** On at most `max` hosts: licences. */
    | { readonly kind: 'hostsMax'; readonly max: number }
    /** They stay where they are. */
    | { readonly kind: 'pinned' }
    /** Nobody comes to these hosts or leaves them. */
    | { readonly kind: 'quarantine'; readonly hosts: readonly HostId[] }
    /** At most `max` of these hosts are on. */
    | { readonly kind: 'hostsOnMax'; readonly hosts: readonly HostId[]; readonly max: number }
    /** When any `failures` hosts fail, the others have memory for their VMs. */
    | { readonly kind: 'failover'; readonly failures: number }
    /** Steps of `others` begin when those of `vms` have ended. */
    | { readonly kind: 'order'; readonly others: readonly VmId[] }
  )

export type RuleOf<K extends RuleKind> = Extract<Rule, { readonly kind: K }>
