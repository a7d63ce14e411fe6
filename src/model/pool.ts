import type { HostId, VmId } from './ids.ts'
import type { PowerModel } from './power.ts'
import type { Resources } from './resources.ts'
import type { Rule } from './rules.ts'

/** What is fixed about a host. */
export interface Host {
  readonly id: HostId
  readonly cores: number
  readonly coreMhz: number
  /** Work per MHz against the pool's reference generation. */
  readonly performanceFactor: number
  /** Whole throughput of a core's hardware threads against one thread: 1 without SMT, 1.25 is usual with it. */
  readonly smtYield: number
  /** `cpuMhz` = cores x coreMhz x performanceFactor; without the SMT gain. */
  readonly capacity: Resources
  /** Kept for the host itself; VMs can't have it. */
  readonly reserve: Resources
  /** Line rate of the network that migrations use. */
  readonly migrationLinkMibPerS: number
  readonly power: PowerModel
  /** Whether power save may switch it off. */
  readonly powerManaged: boolean
  readonly rack: string | null
  /** What only some pools tell of a host; absent: nothing that limits. */
  readonly traits?: HostTraits
}

/** Properties of a host that bind VMs; what is null or absent limits nothing. */
export interface HostTraits {
  readonly site?: string | null
  readonly powerFeed?: string | null
  /** Hosts between which a running VM may migrate; null migrates with any. */
  readonly migrationDomain?: string | null
  readonly cpuModel?: string | null
  readonly cpuFeatures?: readonly string[] | null
  readonly networks?: readonly string[] | null
  readonly storages?: readonly string[] | null
  readonly hugePagesMib?: number | null
  readonly numaCells?: readonly { readonly cores: number; readonly memoryMib: number }[] | null
  /** Most vCPUs of VMs for each core. */
  readonly vcpusPerCoreMax?: number | null
  readonly vmsMax?: number | null
  /** Room for disks of VMs on storage of its own. */
  readonly diskMib?: number | null
  /** What others rely on it for, such as `storage`; see ROLES_ON in policy.ts. */
  readonly roles?: readonly string[] | null
  /** VMs may be promised so much times the memory. */
  readonly memoryOvercommit?: number | null
}

/** What a VM needs of a host beyond CPU and memory; what is absent is not needed. */
export interface VmNeeds {
  readonly cpuModel?: string
  readonly cpuFeatures?: readonly string[]
  readonly networks?: readonly string[]
  readonly storages?: readonly string[]
  /** Its memory comes from huge pages. */
  readonly hugePages?: boolean
  /** It must fit one NUMA cell. */
  readonly oneNumaCell?: boolean
  /** Room that its disks take. */
  readonly diskMib?: number
  /** Devices that can't move with it: passthrough, SR-IOV, local disks. */
  readonly devices?: readonly string[]
}

/** What is fixed about a VM. */
export interface Vm {
  readonly id: VmId
  readonly vcpus: number
  /** What `ratio 1` of its CPU load series means. */
  readonly cpuMhz: number
  readonly memoryMib: number
  /** Memory changed per second while it works, at full CPU use; scales with CPU use. */
  readonly dirtyMibPerS: number
  /** Weight against other VMs when a host is short of CPU. */
  readonly shares: number
  readonly cpuReservationMhz: number
  readonly cpuLimitMhz: number | null
  /** Whether automation may migrate it. */
  readonly movable: boolean
  /** Service class, for SLA figures per class. */
  readonly class: string
  /** What maintenance does with it; null takes the policy's setting. */
  readonly onMaintenance: MaintenanceMethod | null
  /** Whether optional migrations are made by themselves (absent), only when a person approves them, or never. */
  readonly automation?: 'automatic' | 'recommend' | 'never'
  /** Its own rest after a migration; absent: the policy's. */
  readonly cooldownMs?: number
  /** VMs of a failed host are restarted in this order, 0 first; absent: 1. */
  readonly restartPriority?: number
  /** What only some VMs need; absent: any host will do. */
  readonly needs?: VmNeeds
}

export type MaintenanceMethod = 'migrate' | 'shutdown' | 'suspend' | 'leave'

/** Columns hold the index into these lists. */
export const POWER_STATES = ['on', 'off', 'poweringOn', 'poweringOff', 'failed'] as const
export type PowerState = (typeof POWER_STATES)[number]
export const POWER = { on: 0, off: 1, poweringOn: 2, poweringOff: 3, failed: 4 } as const

/** `gone` is a free slot; `pending` waits for a first or new place; `down` has a place but does not run. */
export const VM_STATES = ['gone', 'pending', 'starting', 'running', 'migrating', 'stopping', 'stopped', 'suspended'] as const
export type VmState = (typeof VM_STATES)[number]
export const VM = { gone: 0, pending: 1, starting: 2, running: 3, migrating: 4, stopping: 5, stopped: 6, suspended: 7 } as const

/** Operator's wish for a host: `available`, on its way into maintenance, in it. */
export const HOST_MODES = ['available', 'entering', 'maintenance'] as const
export type HostMode = (typeof HOST_MODES)[number]
export const MODE = { available: 0, entering: 1, maintenance: 2 } as const

/** In index columns: no host. */
export const NOWHERE = -1

/**
 * A pool at one instant, in columns: host h and VM v are indices into `hosts` and `vms`. A slot of a VM that left is
 * `gone` until another VM takes it. Whoever holds a Pool that it did not make treats it as read-only; transitions edit
 * a copy or the owner's own (see transition.ts).
 */
export interface Pool {
  /** Grows with each change of inventory, placement, power state or mode. */
  revision: number
  hosts: Host[]
  vms: Vm[]
  rules: readonly Rule[]
  hostPower: Uint8Array
  hostMode: Uint8Array
  /** 1 when the host answers. Unknown is neither dead nor empty. */
  hostReachable: Uint8Array
  /** Held by VMs: running, starting, stopping or suspended here, and on both ends of a migration. */
  hostMemoryMib: Float64Array
  hostVmCount: Int32Array
  hostIncoming: Int32Array
  hostOutgoing: Int32Array
  vmState: Uint8Array
  /** Where the VM is (for a starting VM: where it will run); NOWHERE when pending or stopped without a place. */
  vmHost: Int32Array
  /** Target of a running migration, else NOWHERE. */
  vmTarget: Int32Array
  /** When the VM took this slot: older samples of the slot are of another VM. */
  vmSinceMs: Float64Array
}

export function emptyPool(rules: readonly Rule[] = []): Pool {
  return {
    revision: 0, hosts: [], vms: [], rules,
    hostPower: new Uint8Array(0), hostMode: new Uint8Array(0), hostReachable: new Uint8Array(0), hostMemoryMib: new Float64Array(0),
    hostVmCount: new Int32Array(0), hostIncoming: new Int32Array(0), hostOutgoing: new Int32Array(0),
    vmState: new Uint8Array(0), vmHost: new Int32Array(0), vmTarget: new Int32Array(0), vmSinceMs: new Float64Array(0),
  }
}

/** A private copy that transitions may edit. */
export function copyPool(pool: Pool): Pool {
  return {
    revision: pool.revision, hosts: pool.hosts.slice(), vms: pool.vms.slice(), rules: pool.rules,
    hostPower: pool.hostPower.slice(), hostMode: pool.hostMode.slice(), hostReachable: pool.hostReachable.slice(), hostMemoryMib: pool.hostMemoryMib.slice(),
    hostVmCount: pool.hostVmCount.slice(), hostIncoming: pool.hostIncoming.slice(), hostOutgoing: pool.hostOutgoing.slice(),
    vmState: pool.vmState.slice(), vmHost: pool.vmHost.slice(), vmTarget: pool.vmTarget.slice(), vmSinceMs: pool.vmSinceMs.slice(),
  }
}

/** A copy to begin and end steps on: no host or VM may be added to it or changed in itself, and what only that alters is shared. Half the cost of a full copy. */
export function draftOf(pool: Pool): Pool {
  return {
    ...pool, hostPower: pool.hostPower.slice(), hostMemoryMib: pool.hostMemoryMib.slice(), hostVmCount: pool.hostVmCount.slice(),
    hostIncoming: pool.hostIncoming.slice(), hostOutgoing: pool.hostOutgoing.slice(), vmState: pool.vmState.slice(), vmHost: pool.vmHost.slice(), vmTarget: pool.vmTarget.slice(),
  }
}

/** Adds a host to the owner's pool and returns its index. */
export function addHost(pool: Pool, host: Host, power: PowerState = 'on'): number {
  const index = pool.hosts.length
  if (index >= pool.hostPower.length) growHosts(pool, Math.max(16, index * 2))
  pool.hosts.push(host)
  pool.hostPower[index] = POWER[power]
  pool.hostMode[index] = MODE.available
  pool.hostReachable[index] = 1
  pool.revision++
  return index
}

/** Adds a VM as `pending`, in a free slot if there is one, and returns its index. */
export function addVm(pool: Pool, vm: Vm, atMs: number, freeSlot: number = NOWHERE): number {
  const index = freeSlot === NOWHERE ? pool.vms.length : freeSlot
  if (index >= pool.vmState.length) growVms(pool, Math.max(16, index * 2))
  pool.vms[index] = vm
  pool.vmState[index] = VM.pending
  pool.vmHost[index] = NOWHERE
  pool.vmTarget[index] = NOWHERE
  pool.vmSinceMs[index] = atMs
  pool.revision++
  return index
}

function growHosts(pool: Pool, size: number): void {
  pool.hostPower = grown(pool.hostPower, new Uint8Array(size))
  pool.hostMode = grown(pool.hostMode, new Uint8Array(size))
  pool.hostReachable = grown(pool.hostReachable, new Uint8Array(size))
  pool.hostMemoryMib = grown(pool.hostMemoryMib, new Float64Array(size))
  pool.hostVmCount = grown(pool.hostVmCount, new Int32Array(size))
  pool.hostIncoming = grown(pool.hostIncoming, new Int32Array(size))
  pool.hostOutgoing = grown(pool.hostOutgoing, new Int32Array(size))
}

function growVms(pool: Pool, size: number): void {
  pool.vmState = grown(pool.vmState, new Uint8Array(size))
  pool.vmHost = grown(pool.vmHost, new Int32Array(size).fill(NOWHERE))
  pool.vmTarget = grown(pool.vmTarget, new Int32Array(size).fill(NOWHERE))
  pool.vmSinceMs = grown(pool.vmSinceMs, new Float64Array(size))
}

function grown<T extends { set(from: ArrayLike<number>): void }>(from: ArrayLike<number>, to: T): T {
  to.set(from)
  return to
}

/** Whether the VM holds memory on its host. */
export const holdsMemory = (state: number): boolean => state === VM.starting || state === VM.running || state === VM.migrating || state === VM.stopping || state === VM.suspended

/** Memory of a host that VMs may hold, overcommitment included. */
export const memoryForVmsMib = (host: Host): number => (host.capacity.memoryMib - host.reserve.memoryMib) * (host.traits?.memoryOvercommit ?? 1)

/** CPU of a host that VMs may use. */
export const cpuForVmsMhz = (host: Host): number => host.capacity.cpuMhz - host.reserve.cpuMhz
