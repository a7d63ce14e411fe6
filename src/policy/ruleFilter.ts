import type { Pool } from '../model/pool.ts'
import type { RuleKind } from '../model/rules.ts'
import { type CompiledRules, compileRules } from './rules/compile.ts'

/** The optimizer's form of the pool's hard rules: rows of hosts that a VM may be on, and groups that share hosts or don't. */
export function ruleRows(pool: Pool, itemVm: Int32Array): CompiledRules {
  const compiled = compileRules(pool, itemVm)
  return { ...compiled, rules: compiled.rules.filter(({ weight }) => weight === null) }
}

const BINDING: ReadonlySet<RuleKind> = new Set(['together', 'oneOf', 'hostsMax'])

/** VMs that a hard rule keeps with others (on one host, in one group of hosts, on few hosts): moved only where they must be. */
export function boundVms(pool: Pool): Set<string> {
  return new Set(pool.rules.filter(({ kind, vms, weight }) => BINDING.has(kind) && vms.length > 1 && weight === undefined).flatMap(({ vms }) => vms))
}
