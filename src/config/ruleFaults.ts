import type { HostId, VmId } from '../model/ids.ts'
import { memoryForVmsMib, type Host } from '../model/pool.ts'
import type { Rule } from '../model/rules.ts'
import { unknownWord } from './nearest.ts'
import type { FieldPath } from './sourceDocument.ts'

type Add = (path: FieldPath, message: string) => void

/** What rules are checked against; null VMs: not known yet. */
export interface RuleGround {
  readonly hosts: ReadonlyMap<HostId, Host>
  readonly vmMemoryMib: ReadonlyMap<VmId, number> | null
}

/** Reports rules that name nothing there is, and rules that no placement can keep. Paths begin at the list of rules. */
export function ruleFaults(rules: readonly Rule[], ground: RuleGround, add: Add): void {
  refuseTwice(rules, add)
  for (const [index, rule] of rules.entries()) {
    unknownNames(rule, index, ground, add)
    if (rule.kind === 'apart' && rule.vms.length > ground.hosts.size) add([index, 'vms'], `names ${rule.vms.length} VMs to keep apart, but there are ${ground.hosts.size} hosts: add hosts or take VMs out`)
    if (rule.kind === 'together') overfull(rule, index, ground, add)
  }
  contradictingPairs(rules, add)
  contradictingHosts(rules, ground, add)
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
  if ('hosts' in rule) for (const [at, host] of rule.hosts.entries()) if (!hosts.has(host)) add([index, 'hosts', at], unknownWord('host', host, [...hosts.keys()]))
  if (vmMemoryMib !== null) for (const [at, vm] of rule.vms.entries()) if (!vmMemoryMib.has(vm)) add([index, 'vms', at], unknownWord('VM', vm, [...vmMemoryMib.keys()]))
}

function overfull(rule: Rule, index: number, { hosts, vmMemoryMib }: RuleGround, add: Add): void {
  if (vmMemoryMib === null || hosts.size === 0) return
  const needMib = rule.vms.reduce((sum, vm) => sum + (vmMemoryMib.get(vm) ?? 0), 0)
  const largestMib = [...hosts.values()].reduce((most, host) => Math.max(most, memoryForVmsMib(host)), 0)
  if (needMib > largestMib) add([index, 'vms'], `must be together with ${needMib} MiB, but the largest host has ${largestMib} MiB for VMs: take VMs out`)
}

/** A pair of VMs can't be both together and apart. Groups of `together` are joined first, since they chain. */
function contradictingPairs(rules: readonly Rule[], add: Add): void {
  const group = togetherGroups(rules)
  for (const [index, rule] of rules.entries()) {
    if (rule.kind !== 'apart') continue
    const seen = new Map<VmId, VmId>()
    for (const vm of rule.vms) {
      const root = rootOf(group, vm)
      const other = seen.get(root)
      if (other !== undefined) add([index, 'vms'], `keeps ${other} and ${vm} apart, but other rules keep them together: take one of the rules out`)
      seen.set(root, vm)
    }
  }
}

/** Each VM's parent in its group of VMs that must be together; a VM without one stands for its group. */
type Groups = Map<VmId, VmId>

function togetherGroups(rules: readonly Rule[]): Groups {
  const parent: Groups = new Map()
  for (const { kind, vms } of rules) {
    if (kind !== 'together') continue
    for (const vm of vms.slice(1)) {
      const root = rootOf(parent, vm)
      const other = rootOf(parent, vms[0]!)
      if (root !== other) parent.set(root, other)
    }
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

/** Every VM needs at least one host that its `runOn` and `keepOff` rules leave. */
function contradictingHosts(rules: readonly Rule[], { hosts }: RuleGround, add: Add): void {
  const allowed = new Map<VmId, Set<HostId>>()
  const told = new Set<number>()
  for (const [index, rule] of rules.entries()) {
    if (rule.kind !== 'runOn' && rule.kind !== 'keepOff') continue
    const named = new Set(rule.hosts)
    for (const vm of rule.vms) {
      const before = allowed.get(vm) ?? new Set(hosts.keys())
      const left = new Set([...before].filter((host) => named.has(host) === (rule.kind === 'runOn')))
      if (left.size === 0 && before.size > 0 && !told.has(index) && rule.hosts.every((host) => hosts.has(host))) {
        add([index, 'hosts'], `leaves ${vm} no host, together with the other rules: allow one`)
        told.add(index)
      }
      allowed.set(vm, left)
    }
  }
}
