import { HOST_MODES, VM, addHost, addVm, emptyPool, holdsMemory, type Pool } from '../model/pool.ts'
import type { HostId } from '../model/ids.ts'
import type { Snapshot, SnapshotVm } from '../model/snapshot.ts'

/**
 * The pool that a snapshot shows, owned by the caller; hosts and VMs stand in its columns in the snapshot's order. Every
 * VM counts as there since 0 ms. A stopped VM has no place in a pool; a suspended one keeps its memory where it is.
 */
export function poolOfSnapshot({ hosts, vms, rules }: Pick<Snapshot, 'hosts' | 'vms' | 'rules'>): Pool {
  const pool = emptyPool(rules)
  const indexOf = new Map<HostId, number>()
  for (const { host, power, mode, reachable } of hosts) {
    const index = addHost(pool, host, power)
    pool.hostMode[index] = HOST_MODES.indexOf(mode)
    pool.hostReachable[index] = reachable ? 1 : 0
    indexOf.set(host.id, index)
  }
  for (const entry of vms) addSnapshotVm(pool, entry, indexOf)
  pool.revision = 0
  return pool
}

function addSnapshotVm(pool: Pool, { vm, state, host }: SnapshotVm, indexOf: ReadonlyMap<HostId, number>): void {
  const slot = addVm(pool, vm, 0)
  pool.vmState[slot] = VM[state]
  const place = host === null || state === 'stopped' ? undefined : indexOf.get(host)
  if (place === undefined) return
  pool.vmHost[slot] = place
  if (!holdsMemory(VM[state])) return
  pool.hostVmCount[place]!++
  pool.hostMemoryMib[place]! += vm.memoryMib
}
