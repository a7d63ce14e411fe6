import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { GANETI_CORE_MHZ, GANETI_CPU_MHZ, GANETI_DISK_MIB_PER_S, GANETI_MEMORY_MIB, GANETI_NETWORK_MIB_PER_S } from '../../src/model/ganetiUnits.ts'
import { findHostModel, hostOf } from '../../src/model/hostModels.ts'
import { hostId, vmId } from '../../src/model/ids.ts'
import { MODE, VM, addHost, addVm, emptyPool, type Pool } from '../../src/model/pool.ts'
import type { VmUsage } from '../../src/model/snapshot.ts'
import { seededRng } from '../../sim/random.ts'

/** A cluster as the benchmark's JSON files have it; memory and disk in MiB, loads as shares of a host of 64 cores and 256 GiB. */
export interface Cluster {
  readonly hosts: readonly { readonly name: string; readonly mem: number; readonly cpus: number; readonly nmem: number; readonly ncpu: number; readonly disk: number; readonly role: 'N' | 'M' | 'Y' }[]
  readonly vms: readonly { readonly name: string; readonly mem: number; readonly vcpus: number; readonly disk: number; readonly host: number; readonly cpu: number; readonly memu: number; readonly dsku: number; readonly netu: number }[]
}

export function readCluster(path: string): Cluster {
  const bytes = readFileSync(path)
  return JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()) as Cluster
}

/** vCPUs and GiB a vCPU, with relative shares. */
const FLAVOURS = [[1, 2, 10], [1, 4, 10], [2, 2, 14], [2, 4, 14], [2, 8, 6], [4, 2, 10], [4, 4, 14], [4, 8, 6], [8, 2, 5], [8, 4, 6], [8, 8, 2], [16, 4, 3]] as const
const HOST_CORES = 64
const HOST_MIB = 262_144
const RESERVE_MIB = 2048
/** The first 40 % of the hosts get 80 % of the VMs while they have room. */
const BUSY_HOSTS = 0.4
const BUSY_VMS = 0.8
const FILL_MAX = 0.93
const TRIES = 60

/**
 * A cluster like the benchmark's, of any size: hosts of 64 cores and 256 GiB; VMs of drawn flavours; 80 % of them tried on
 * the first 40 % of the hosts up to 93 % of the memory, else anywhere. CPU load: vCPUs x the square of a uniform draw, a
 * third on average; memory load 0.8 x memory; disk and network load exponential around 0.02.
 */
export function generateCluster(hostCount: number, vmCount: number, seed: number): Cluster {
  const rng = seededRng(seed, `cluster ${hostCount}x${vmCount}`)
  const hosts = Array.from({ length: hostCount }, (_, host) => ({ name: `host${String(host).padStart(5, '0')}`, mem: HOST_MIB, cpus: HOST_CORES, nmem: RESERVE_MIB, ncpu: 1, disk: 8_388_608, role: host === 0 ? ('M' as const) : ('N' as const) }))
  const free = new Float64Array(hostCount).fill(HOST_MIB - RESERVE_MIB)
  const shares = FLAVOURS.reduce((sum, [, , share]) => sum + share, 0)
  const rounded = (value: number): number => Math.round(value * 1e6) / 1e6
  const vms = Array.from({ length: vmCount }, (_, vm) => {
    let draw = rng.next() * shares
    const [vcpus, gib] = FLAVOURS.find(([, , share]) => (draw -= share) < 0) ?? FLAVOURS[0]
    const mem = vcpus * gib * 1024
    const host = hostFor(() => (rng.next() < BUSY_VMS ? rng.below(Math.ceil(BUSY_HOSTS * hostCount)) : rng.below(hostCount)), free, mem)
    free[host]! -= mem
    const load = (mean: number): number => rounded(-Math.log(1 - rng.next()) * mean)
    return { name: `vm${String(vm).padStart(6, '0')}`, mem, vcpus, disk: 20_480, host, cpu: rounded((rng.next() ** 2 * vcpus) / HOST_CORES), memu: rounded((mem / HOST_MIB) * 0.8), dsku: load(0.02), netu: load(0.02) }
  })
  return { hosts, vms }
}

function hostFor(draw: () => number, free: Float64Array, mem: number): number {
  for (let tried = 0; tried < TRIES; tried++) {
    const host = draw()
    if (free[host]! - mem >= (1 - FILL_MAX) * HOST_MIB) return host
  }
  const roomiest = free.indexOf(Math.max(...free))
  if (free[roomiest]! < mem) throw new Error(`no host has ${mem} MiB free: ask for fewer VMs a host`)
  return roomiest
}

export interface ClusterPool {
  readonly pool: Pool
  readonly usageOf: (vm: number) => VmUsage
}

/** The cluster as a pool; offline hosts are in maintenance. */
export function poolOfCluster({ hosts, vms }: Cluster): ClusterPool {
  const pool = emptyPool()
  const model = hostOf(findHostModel('rack-2020')!, hostId('any'))
  for (const { name, cpus, mem, ncpu, nmem, role } of hosts) {
    const capacity = { ...model.capacity, cpuMhz: cpus * GANETI_CORE_MHZ, memoryMib: mem }
    const host = addHost(pool, { ...model, id: hostId(name), cores: cpus, coreMhz: GANETI_CORE_MHZ, performanceFactor: 1, capacity, reserve: { ...model.reserve, cpuMhz: ncpu * GANETI_CORE_MHZ, memoryMib: nmem } })
    if (role === 'Y') pool.hostMode[host] = MODE.maintenance
  }
  for (const { name, vcpus, mem, host } of vms) {
    const vm = addVm(pool, { id: vmId(name), vcpus, cpuMhz: vcpus * GANETI_CORE_MHZ, memoryMib: mem, dirtyMibPerS: 25, shares: 1024 * vcpus, cpuReservationMhz: 0, cpuLimitMhz: null, movable: true, class: 'standard', onMaintenance: null }, 0)
    pool.vmState[vm] = VM.running
    pool.vmHost[vm] = host
    pool.hostMemoryMib[host]! += mem
    pool.hostVmCount[host]!++
  }
  return {
    pool,
    usageOf: (vm) => {
      const { cpu, memu, dsku, netu } = vms[vm]!
      return { cpuMhz: cpu * GANETI_CPU_MHZ, memoryMib: memu * GANETI_MEMORY_MIB, diskMibPerS: dsku * GANETI_DISK_MIB_PER_S, networkMibPerS: netu * GANETI_NETWORK_MIB_PER_S }
    },
  }
}

/** Bytes of the two files that hbal reads: `-t` and `-U`. */
export function ganetiFiles({ hosts, vms }: Cluster): { readonly cluster: string; readonly loads: string } {
  const held = new Float64Array(hosts.length)
  for (const { host, mem } of vms) held[host]! += mem
  const policy = '4096,2,20480,1,1,1|128,1,1024,1,1,1;524288,128,8388608,16,8,12|diskless,file,sharedfile,plain,blockdev,drbd,rbd,ext|4.0|32.0'
  const cluster = [
    'default|uuid-default|preferred||', '',
    ...hosts.map(({ name, mem, nmem, disk, cpus, role, ncpu }, host) => `${name}|${mem}|${nmem}|${mem - nmem - held[host]!}|${disk}|${disk}|${cpus}|${role}|uuid-default|1||N|0|${ncpu}|1.0`), '',
    ...vms.map(({ name, mem, disk, vcpus, host }) => `${name}|${mem}|${disk}|${vcpus}|running|Y|${hosts[host]!.name}||ext||1|-`), '', '', `|${policy}`, `default|${policy}`, '',
  ]
  return { cluster: cluster.join('\n'), loads: vms.map(({ name, cpu, memu, dsku, netu }) => `${name} ${[cpu, memu, dsku, netu].map((load) => load.toFixed(6)).join(' ')}\n`).join('') }
}
