import { VM, type Pool } from '../model/pool.ts'
import type { Rule } from '../model/rules.ts'
import type { Packing } from '../optimize/packing.ts'
import { type GroupRule, UNASSIGNED } from '../optimize/problem.ts'

type RuleRows = Pick<Packing, 'allowedRow' | 'allowed' | 'rules'>

/** The optimizer's form of the pool's hard rules: rows of hosts that a VM may be on, and groups that share hosts or don't. */
export function ruleRows(pool: Pool, itemVm: Int32Array): RuleRows {
  const allowedRow = new Int32Array(itemVm.length).fill(UNASSIGNED)
  if (pool.rules.length === 0) return { allowedRow, allowed: [], rules: [] }
  const itemOf = new Map<string, number>()
  itemVm.forEach((vm, item) => {
    if (pool.vmState[vm] !== VM.gone) itemOf.set(pool.vms[vm]!.id, item)
  })
  const rows = new Map<number, Uint8Array>()
  const rules: GroupRule[] = []
  for (const rule of pool.rules) {
    const members = [...new Set(rule.vms.map((id) => itemOf.get(id)).filter((item) => item !== undefined))].sort((a, b) => a - b)
    if (rule.kind === 'apart' || rule.kind === 'together') rules.push(groupRule(rule, members, pool.hosts.length))
    else if ('hosts' in rule) for (const item of members) rows.set(item, narrowed(rows.get(item), pool, rule))
  }
  const allowed: Uint8Array[] = []
  for (const [item, row] of rows) allowedRow[item] = allowed.push(row) - 1
  return { allowedRow, allowed, rules }
}

/** The hosts that this rule leaves of those before. */
function narrowed(before: Uint8Array | undefined, pool: Pool, rule: { readonly kind: string; readonly hosts: readonly string[] }): Uint8Array {
  const named = new Set<string>(rule.hosts)
  return Uint8Array.from(pool.hosts, ({ id }, host) => ((before?.[host] ?? 1) === 1 && named.has(id) === (rule.kind === 'runOn') ? 1 : 0))
}

function groupRule(rule: Rule, members: readonly number[], hostCount: number): GroupRule {
  const base = { name: rule.id, members: Int32Array.from(members), zoneOf: Int32Array.from({ length: hostCount }, (_, host) => host), zoneCount: hostCount, weight: null }
  return rule.kind === 'apart' ? { ...base, kind: 'perZoneMax', max: new Float64Array(hostCount).fill(1), amount: null } : { ...base, kind: 'zonesMax', max: 1 }
}

/** VMs that a rule keeps together with others: moved only where they must be. */
export function boundVms(pool: Pool): Set<string> {
  return new Set(pool.rules.filter((rule) => rule.kind === 'together' && rule.vms.length > 1).flatMap((rule) => rule.vms))
}
