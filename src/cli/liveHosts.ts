import { guardClient } from '../drivers/guard/guardClient.ts'
import { libvirtHostOf } from '../drivers/libvirt/inventory.ts'
import type { ManagedHost } from '../drivers/libvirt/reach.ts'
import { powerOf } from '../drivers/power/powerOf.ts'
import { type ExecutorConfig, PROTOCOL_TIMES } from '../execute/protocol/state.ts'
import type { LivePool } from '../model/livePool.ts'
import type { PolicySettings } from '../model/policy.ts'
import { poolBudgets } from '../model/poolBudgets.ts'
import { BadInput } from '../model/result.ts'

/** The hosts with what reaches them. Refuses all secrets and certificates that are not there at once. */
export function managedHosts(pool: LivePool): readonly ManagedHost[] {
  const issues: { path: string; message: string }[] = []
  const hosts = pool.hosts.map((host, at): ManagedHost => {
    const power = host.bmc === null ? null : powerOf(host.bmc, process.env)
    if (power?.ok === false) issues.push({ path: `hosts[${at}].bmc`, message: power.refusal.message })
    return { ...libvirtHostOf(host), guard: host.guard === null ? null : guardClient(host.guard), power: power?.ok === true ? power.value : null }
  })
  if (issues.length > 0) throw new BadInput(issues)
  return hosts
}

/** What the protocol may do on this pool; `who` stands in the journal beside each intent. */
export function executorConfig(pool: LivePool, policy: PolicySettings, who: string): ExecutorConfig {
  const { hostIncomingMax, hostOutgoingMax } = policy.budgets
  const { poolMigrationsMax, bootsAtOnceMax } = poolBudgets(policy, pool.hosts.length)
  return {
    who, times: PROTOCOL_TIMES, limits: { hostIncomingMax, hostOutgoingMax, poolMigrationsMax, bootsAtOnceMax, hostsOnMin: Math.max(1, policy.powerSave.hostsOnMin) },
    hosts: pool.hosts.map(({ id, powerManaged, bmc, guard, driver }) => ({ id, powerManaged: powerManaged && bmc !== null && bmc.kind !== 'dry' && guard !== null, canAbort: driver === 'qemu' })),
  }
}
