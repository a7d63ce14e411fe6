import { HOUR_MS } from '../../../model/resources.ts'
import type { GoalView } from '../../wish.ts'

/**
 * Benefit less cost of emptying a host: its idle power saved for as long as it is expected to stay off at least (one off-window, and as
 * long as it would have to stay up), less the boot, the shutdown and one core busy at both ends while its VMs are sent at the link's rate.
 */
export function netSavingWh({ pool, policy }: GoalView, host: number): number {
  const { power, cores, migrationLinkMibPerS } = pool.hosts[host]!
  const offMs = Math.max(policy.powerSave.offWindowMs, policy.powerSave.hostOnMinMs)
  const idleW = power.curveW[0]!
  const coreW = (power.curveW.at(-1)! - idleW) / cores
  const sendMs = (1000 * pool.hostMemoryMib[host]!) / migrationLinkMibPerS
  const costWms = power.bootW * power.bootMs + power.shutdownW * power.shutdownMs + 2 * coreW * sendMs
  return ((idleW - power.offW) * offMs - costWms) / HOUR_MS
}
