import { homelessAfterFailures } from './failover.ts'
import { POWER, type Pool } from './pool.ts'
import { indexOfRules } from './ruleIndex.ts'

/** Whether the host is on or coming up. */
export const isDrawing = (pool: Pool, host: number): boolean => pool.hostPower[host] === POWER.on || pool.hostPower[host] === POWER.poweringOn

/** Why a host may not be powered on or off now for a rule's sake, or null. */
export function ruleAgainstPower(pool: Pool, host: number, change: 'on' | 'off'): string | null {
  if (pool.rules.length === 0) return null
  for (const { rule, hosts } of indexOfRules(pool.rules).all) {
    if (rule.weight !== undefined) continue
    if (change === 'on' && rule.kind === 'hostsOnMax' && hosts.has(pool.hosts[host]!.id)) {
      const on = pool.hosts.filter(({ id }, other) => other !== host && hosts.has(id) && isDrawing(pool, other)).length
      if (on >= rule.max) return `rule ${rule.id}: ${on} of its hosts are on, ${rule.max} are allowed`
    }
    if (change === 'off' && rule.kind === 'failover') {
      const without = homelessAfterFailures(pool, rule.failures, host)[0]
      if (without !== undefined) return `rule ${rule.id}: with ${pool.hosts[host]!.id} off, ${without}`
    }
  }
  return null
}
