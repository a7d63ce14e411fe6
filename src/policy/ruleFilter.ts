import type { Pool } from '../model/pool.ts'
import { type CompiledRules, compileRules } from './rules/compile.ts'

/** The optimizer's form of the pool's hard rules: rows of hosts that a VM may be on, and groups that share hosts or don't. */
export function ruleRows(pool: Pool, itemVm: Int32Array): CompiledRules {
  const compiled = compileRules(pool, itemVm)
  return { ...compiled, rules: compiled.rules.filter(({ weight }) => weight === null) }
}

/** VMs that a rule keeps together with others: moved only where they must be. */
export function boundVms(pool: Pool): Set<string> {
  return new Set(pool.rules.filter((rule) => rule.kind === 'together' && rule.vms.length > 1).flatMap((rule) => rule.vms))
}
