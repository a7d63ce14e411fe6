import type { HostId, VmId } from './ids.ts'
import { NOWHERE, VM, type Pool } from './pool.ts'

/** Where ids stand in a pool's columns. Kept beside the pool and extended when something is added. */
export interface PoolIndex {
  readonly hosts: Map<HostId, number>
  readonly vms: Map<VmId, number>
}

export function indexPool(pool: Pool): PoolIndex {
  const hosts = new Map(pool.hosts.map((host, index) => [host.id, index] as const))
  const vms = new Map<VmId, number>()
  for (let vm = 0; vm < pool.vms.length; vm++) if (pool.vmState[vm] !== VM.gone) vms.set(pool.vms[vm]!.id, vm)
  return { hosts, vms }
}

export const findHost = (index: PoolIndex, id: HostId): number => index.hosts.get(id) ?? NOWHERE
export const findVm = (index: PoolIndex, id: VmId): number => index.vms.get(id) ?? NOWHERE

/** Memory that the host would hold in addition with this VM on it. */
export const addedMemoryMib = (pool: Pool, vm: number, host: number): number => (pool.vmHost[vm] === host || pool.vmTarget[vm] === host ? 0 : pool.vms[vm]!.memoryMib)
