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

/** What the VMs of a snapshot use, and for how many that had to be assumed. */
export interface UsedCpu {
  /** By VM, in the snapshot's order. */
  readonly vmCpuMhz: Float64Array
  /** VMs that should use something and tell nothing. */
  readonly unknownCount: number
  /** What they are taken to use of their size. */
  readonly assumedRatio: number
}

/** Where no VM tells what it uses. */
const ASSUMED_RATIO = 0.25

/** CPU that each VM uses; one that tells nothing uses what the others do on average, as a ratio of its size. */
export function usedCpuOf({ vms }: Pick<Snapshot, 'vms'>): UsedCpu {
  const known = vms.filter(({ usage }) => usage !== null)
  const sizeMhz = known.reduce((sum, { vm }) => sum + vm.cpuMhz, 0)
  const assumedRatio = sizeMhz === 0 ? ASSUMED_RATIO : known.reduce((sum, { usage }) => sum + usage!.cpuMhz, 0) / sizeMhz
  return {
    vmCpuMhz: Float64Array.from(vms, ({ vm, usage }) => usage?.cpuMhz ?? assumedRatio * vm.cpuMhz), assumedRatio,
    unknownCount: vms.filter(({ state, usage }) => usage === null && (state === 'running' || state === 'pending')).length,
  }
}
