import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { hostId, vmId } from '../../src/model/ids.ts'
import { type Host, NOWHERE, type Pool, VM, type Vm, addHost, addVm, emptyPool } from '../../src/model/pool.ts'
import { assumedPower } from '../../src/model/power.ts'
import { NO_RESOURCES } from '../../src/model/resources.ts'

/** A BtrPlace instance as the file has it: capacities, allocations and seconds are the file's own units. */
export interface Instance {
  readonly name: string
  readonly nodes: readonly { readonly id: number; readonly online: boolean; readonly mem: number; readonly cpu: number }[]
  readonly vms: readonly { readonly id: number; readonly host: number | null; readonly state: string; readonly mem: number; readonly cpu: number; readonly boot: number; readonly shutdown: number }[]
  readonly want: { readonly online: readonly number[]; readonly offline: readonly number[]; readonly running: readonly number[]; readonly cpuAtLeast: readonly (readonly [number, number])[] }
}

/** The instance as a pool and wishes. Columns by the pool's VMs and hosts, which stand in the file's order. */
export interface Task {
  readonly instance: Instance
  readonly pool: Pool
  readonly hostOf: ReadonlyMap<number, number>
  /** Allocation now and as wanted; a VM's guarantee in the pool is the latter. */
  readonly cpuBefore: Float64Array
  readonly cpuWanted: Float64Array
  readonly mustStart: Uint8Array
  readonly wake: readonly number[]
  readonly switchOff: readonly number[]
}

/** The file can't be read as an instance. */
export class BadInstance extends Error {}

export function readInstance(path: string): Instance {
  let instance: Partial<Instance>
  try {
    const bytes = readFileSync(path)
    instance = JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')) as Partial<Instance>
  } catch (error) {
    throw new BadInstance(`${path} can't be read: ${(error as Error).message}`)
  }
  const { nodes, vms, want } = instance
  if (![nodes, vms, want?.online, want?.offline, want?.running, want?.cpuAtLeast].every((list) => Array.isArray(list))) throw new BadInstance(`${path} is no instance: it needs the lists nodes, vms, want.online, want.offline, want.running and want.cpuAtLeast`)
  const known = new Set(nodes!.map(({ id }) => id))
  const lost = [...vms!.flatMap(({ host }) => host ?? []), ...want!.online, ...want!.offline].find((id) => !known.has(id))
  if (lost !== undefined) throw new BadInstance(`${path}: node ${lost} is named but not among the nodes`)
  return instance as Instance
}

/** Units carry over as numbers: cpu as MHz, mem as MiB. */
export function taskOf(instance: Instance): Task {
  const pool = emptyPool()
  const hostOf = new Map<number, number>()
  const power = { ...assumedPower(8), bootMs: 0, shutdownMs: 0 }
  for (const { id, online, mem, cpu } of instance.nodes) {
    const host: Host = {
      id: hostId(`n${id}`), cores: 1, coreMhz: cpu, performanceFactor: 1, smtYield: 1, capacity: { cpuMhz: cpu, memoryMib: mem, networkMibPerS: 0, diskMibPerS: 0 }, reserve: NO_RESOURCES,
      migrationLinkMibPerS: LINK_MIB_PER_S, power, powerManaged: true, rack: null,
    }
    hostOf.set(id, addHost(pool, host, online ? 'on' : 'off'))
  }
  const columns = addVms(instance, pool, hostOf)
  const known = (ids: readonly number[]): number[] => ids.map((id) => hostOf.get(id)!)
  return { instance, pool, hostOf, ...columns, wake: known(instance.want.online.filter((id) => !isOn(pool, hostOf, id))), switchOff: known(instance.want.offline.filter((id) => isOn(pool, hostOf, id))) }
}

const LINK_MIB_PER_S = 1000
const isOn = (pool: Pool, hostOf: ReadonlyMap<number, number>, id: number): boolean => pool.hostPower[hostOf.get(id)!] === 0

function addVms({ vms, want }: Instance, pool: Pool, hostOf: ReadonlyMap<number, number>): Pick<Task, 'cpuBefore' | 'cpuWanted' | 'mustStart'> {
  const wanted = new Map(want.cpuAtLeast)
  const running = new Set(want.running)
  const columns = { cpuBefore: new Float64Array(vms.length), cpuWanted: new Float64Array(vms.length), mustStart: new Uint8Array(vms.length) }
  vms.forEach(({ id, host, state, mem, cpu }, position) => {
    columns.cpuBefore[position] = cpu
    const cpuMhz = (columns.cpuWanted[position] = Math.max(cpu, wanted.get(id) ?? 0))
    const vm: Vm = {
      id: vmId(`v${id}`), vcpus: 1, cpuMhz, memoryMib: mem, dirtyMibPerS: 0, shares: 1, cpuReservationMhz: cpuMhz, cpuLimitMhz: null, movable: true, class: 'standard', onMaintenance: null,
    }
    const slot = addVm(pool, vm, 0)
    if (state === 'running' && host !== null) {
      const at = hostOf.get(host)!
      pool.vmState[slot] = VM.running
      pool.vmHost[slot] = at
      pool.hostVmCount[at]!++
      pool.hostMemoryMib[at]! += mem
    } else {
      pool.vmState[slot] = VM.stopped
      pool.vmHost[slot] = NOWHERE
      columns.mustStart[slot] = running.has(id) ? 1 : 0
    }
  })
  return columns
}
