import type { HostId, VmId } from '../model/ids.ts'
import type { Host } from '../model/pool.ts'
import { domainOf } from '../model/ruleIndex.ts'
import { DOMAINS, type Domain, type Rule } from '../model/rules.ts'
import type { FieldPath } from './sourceDocument.ts'

type Add = (path: FieldPath, message: string) => void

/** Hard rules at their places in the list; null where a soft one stands. */
type HardRules = readonly (Rule | null)[]

/** Each VM's parent in its group of VMs that must be together; a VM without one stands for its group. */
type Groups = Map<VmId, VmId>

/** A pair of VMs can't be both together and apart. Groups that must be together are joined first, since they chain. */
export function contradictingPairs(rules: HardRules, hosts: ReadonlyMap<HostId, Host>, add: Add): void {
  for (const per of DOMAINS) {
    // A host without such a domain is a place where VMs are neither together nor apart.
    if (per !== 'host' && [...hosts.values()].some((host) => domainOf(host, per) === null)) continue
    const group = togetherGroups(rules, per)
    for (const [index, rule] of rules.entries()) {
      if (rule?.kind === 'apart' && (rule.per ?? 'host') === per && (rule.max ?? 1) === 1) pairsIn(group, rule.vms, index, add)
      if (rule?.kind === 'keepApart' && (rule.per ?? 'host') === per) pairsBetween(group, rule.vms, rule.others, index, add)
    }
  }
}

function pairsIn(group: Groups, vms: readonly VmId[], index: number, add: Add): void {
  const seen = new Map<VmId, VmId>()
  for (const vm of vms) {
    const root = rootOf(group, vm)
    const other = seen.get(root)
    if (other !== undefined) add([index, 'vms'], `keeps ${other} and ${vm} apart, but other rules keep them together: take one of the rules out`)
    seen.set(root, vm)
  }
}

function pairsBetween(group: Groups, vms: readonly VmId[], others: readonly VmId[], index: number, add: Add): void {
  const roots = new Map(vms.map((vm) => [rootOf(group, vm), vm] as const))
  for (const [at, other] of others.entries()) {
    const vm = roots.get(rootOf(group, other))
    if (vm !== undefined) add([index, 'others', at], `keeps ${vm} and ${other} apart, but other rules keep them together: take one of the rules out`)
  }
}

/** Who must share a domain: who must share it by a rule, and who must share a host. */
function togetherGroups(rules: HardRules, per: Domain): Groups {
  const parent: Groups = new Map()
  const join = (a: VmId, b: VmId): void => {
    const [root, other] = [rootOf(parent, a), rootOf(parent, b)]
    if (root !== other) parent.set(root, other)
  }
  for (const rule of rules) {
    if (rule === null || (rule.kind !== 'together' && rule.kind !== 'requires')) continue
    const within = rule.per ?? 'host'
    if (within !== per && within !== 'host') continue
    if (rule.kind === 'together') for (const vm of rule.vms.slice(1)) join(vm, rule.vms[0]!)
    // Of several others any one will do, so that nobody in particular is bound.
    else if (rule.others.length === 1) for (const vm of rule.vms) join(vm, rule.others[0]!)
  }
  return parent
}

function rootOf(parent: Groups, vm: VmId): VmId {
  const next = parent.get(vm)
  if (next === undefined) return vm
  const root = rootOf(parent, next)
  parent.set(vm, root)
  return root
}

/** Every VM needs at least one host that its rules over hosts leave. */
export function contradictingHosts(rules: HardRules, hosts: ReadonlyMap<HostId, Host>, add: Add): void {
  const allowed = new Map<VmId, Set<HostId>>()
  const told = new Set<number>()
  for (const [index, rule] of rules.entries()) {
    const named = hostsLeft(rule, hosts)
    if (rule === null || named === null) continue
    for (const vm of rule.vms) {
      const before = allowed.get(vm) ?? new Set(hosts.keys())
      const left = new Set([...before].filter((host) => named.has(host)))
      if (left.size === 0 && before.size > 0 && !told.has(index)) {
        add([index, rule.kind === 'oneOf' ? 'groups' : 'hosts'], `leaves ${vm} no host, together with the other rules: allow one`)
        told.add(index)
      }
      allowed.set(vm, left)
    }
  }
}

/** Hosts that a rule leaves to its VMs; null: it leaves all, or names some that do not exist, which is told elsewhere. */
function hostsLeft(rule: Rule | null, hosts: ReadonlyMap<HostId, Host>): ReadonlySet<HostId> | null {
  if (rule?.kind !== 'runOn' && rule?.kind !== 'keepOff' && rule?.kind !== 'oneOf') return null
  const named = new Set(rule.kind === 'oneOf' ? rule.groups.flat() : rule.hosts)
  if ([...named].some((host) => !hosts.has(host))) return null
  return rule.kind === 'keepOff' ? new Set([...hosts.keys()].filter((host) => !named.has(host))) : named
}
