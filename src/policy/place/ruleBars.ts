import { brokenRules } from '../../model/brokenRules.ts'
import { NOWHERE, VM, copyPool, type Pool } from '../../model/pool.ts'
import { type Reason, reason } from '../../model/result.ts'
import { ruleAgainst } from '../../model/ruleCheck.ts'
import type { Rule, RuleKind } from '../../model/rules.ts'

/** Why rules bar a host to a VM, given where the others are. */
export type RuleBars = (host: number) => readonly Reason[]

/** Rules over whole placements: they are judged on the pool with the VM there. */
const OVER_PLACEMENTS: ReadonlySet<RuleKind> = new Set(['together', 'spread', 'requires', 'hostsMax'])

/** The rules that bar hosts to a VM; null when none binds it. What they need of the pool is looked up once; a host then costs O(rules and members of the VM's rules). */
export function ruleBars(pool: Pool, vm: number): RuleBars | null {
  const { id } = pool.vms[vm]!
  const binding = pool.rules.filter((rule) => rule.weight === undefined && (rule.vms.length === 0 || namesOf(rule).includes(id)))
  if (binding.length === 0) return null
  const newlyBroken = wholeBars(pool, vm, binding.filter((rule) => OVER_PLACEMENTS.has(rule.kind)))
  // One pool a rule, so that every rule is named that bars a host.
  const poolsOfOne = binding.filter((rule) => !OVER_PLACEMENTS.has(rule.kind)).map((rule): Pool => ({ ...pool, rules: [rule] }))
  return (host) => {
    const now = poolsOfOne.flatMap((one) => ruleAgainst(one, vm, host) ?? [])
    return [...now, ...newlyBroken(host)].map((text) => reason('rule', `${text}: change the rule, or place the VMs it speaks of otherwise first`))
  }
}

const namesOf = (rule: Rule): readonly string[] => ('others' in rule ? [...rule.vms, ...rule.others] : rule.vms)

/** Sentences of rules that hold without the VM and are broken with it on the host, found on a pool of their members alone. */
function wholeBars(pool: Pool, vm: number, rules: readonly Rule[]): (host: number) => readonly string[] {
  if (rules.length === 0) return () => []
  const names = new Set<string>(rules.flatMap(namesOf))
  const members = copyPool({ ...pool, rules })
  members.vms.forEach(({ id }, slot) => {
    if (!names.has(id) && slot !== vm) members.vmState[slot] = VM.gone
  })
  const small = withoutGone(members)
  const item = small.vms.findIndex(({ id }) => id === pool.vms[vm]!.id)
  const before = new Set(brokenRules(small))
  return (host) => {
    small.vmHost[item] = host
    small.vmState[item] = VM.starting
    const found = brokenRules(small).filter((text) => !before.has(text))
    small.vmHost[item] = NOWHERE
    small.vmState[item] = VM.pending
    return found
  }
}

/** The pool with the slots that are taken only. */
function withoutGone(pool: Pool): Pool {
  const slots = pool.vms.flatMap((_, slot) => (pool.vmState[slot] === VM.gone ? [] : [slot]))
  return {
    ...pool, vms: slots.map((slot) => pool.vms[slot]!), vmState: Uint8Array.from(slots, (slot) => pool.vmState[slot]!), vmHost: Int32Array.from(slots, (slot) => pool.vmHost[slot]!),
    vmTarget: Int32Array.from(slots, (slot) => pool.vmTarget[slot]!), vmSinceMs: Float64Array.from(slots, (slot) => pool.vmSinceMs[slot]!),
  }
}
