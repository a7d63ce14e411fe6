import { VM, type Pool } from '../model/pool.ts'
import type { Rule } from '../model/rules.ts'
import { type Packing, UNASSIGNED } from '../optimize/packing.ts'

/** Rows of the optimizer for the pool's hard rules: whether an item may be in a bin, given where the others are by then. */
export function ruleFilter(pool: Pool, itemVm: Int32Array): Packing['allows'] {
  if (pool.rules.length === 0) return () => true
  const itemOf = new Map<string, number>()
  itemVm.forEach((vm, item) => {
    if (pool.vmState[vm] !== VM.gone) itemOf.set(pool.vms[vm]!.id, item)
  })
  const hostOf = new Map<string, number>(pool.hosts.map((host, index) => [host.id, index]))
  const checks = new Map<number, RuleCheck[]>()
  for (const rule of pool.rules) {
    const members = rule.vms.map((id) => itemOf.get(id)).filter((item) => item !== undefined)
    const check = checkFor(rule, members, hostOf)
    for (const item of members) checks.set(item, [...(checks.get(item) ?? []), check])
  }
  return (item, bin, assignment) => checks.get(item)?.every((check) => check(item, bin, assignment)) ?? true
}

type RuleCheck = Packing['allows']

function checkFor(rule: Rule, members: readonly number[], hostOf: ReadonlyMap<string, number>): RuleCheck {
  switch (rule.kind) {
    case 'runOn':
    case 'keepOff': {
      const hosts = new Set(rule.hosts.map((id) => hostOf.get(id)))
      return (_, bin) => hosts.has(bin) === (rule.kind === 'runOn')
    }
    case 'apart':
      return (item, bin, assignment) => members.every((other) => other === item || assignment[other] !== bin)
    case 'together':
      // Members that still stand where this one comes from will follow it; any other place binds it.
      return (item, bin, assignment) => members.every((other) => other === item || assignment[other] === UNASSIGNED || assignment[other] === bin || assignment[other] === assignment[item])
  }
}

/** VMs that a rule keeps together with others: moved only where they must be. */
export function boundVms(pool: Pool): Set<string> {
  return new Set(pool.rules.filter((rule) => rule.kind === 'together' && rule.vms.length > 1).flatMap((rule) => rule.vms))
}
