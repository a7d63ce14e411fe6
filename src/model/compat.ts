import { VM, cpuForVmsMhz, holdsMemory, type Host, type Pool, type Vm } from './pool.ts'

/** Why one thing does not fit another: a stable code, and a sentence that names both. */
export interface Misfit {
  readonly code: string
  readonly message: string
}

/** Why the host can never take this VM, whoever else is there, or null. A running VM comes from `source`, a VM to be started from nowhere (null). */
export function misfit(vm: Vm, source: Host | null, target: Host): Misfit | null {
  const { needs } = vm
  const traits = target.traits ?? {}
  if (source !== null && source !== target) {
    if (needs?.devices !== undefined && needs.devices.length > 0) return no('deviceStays', `${vm.id} has ${needs.devices.join(', ')}, which can't move: detach it, or shut ${vm.id} down`)
    const [from, to] = [source.traits?.migrationDomain ?? null, traits.migrationDomain ?? null]
    if (from !== null && to !== null && from !== to) return no('migrationDomain', `${vm.id} runs in migration domain ${from}, ${target.id} is in ${to}: restart it there instead`)
  }
  if (needs === undefined) return null
  if (needs.cpuModel !== undefined && (traits.cpuModel ?? needs.cpuModel) !== needs.cpuModel) return no('cpuModel', `${vm.id} needs CPU model ${needs.cpuModel}, ${target.id} has ${traits.cpuModel!}`)
  return lacks(vm, target, 'cpuFeatures', 'CPU features') ?? lacks(vm, target, 'networks', 'networks') ?? lacks(vm, target, 'storages', 'storages') ?? noCell(vm, target)
}

const no = (code: string, message: string): Misfit => ({ code, message })

function lacks(vm: Vm, { id, traits }: Host, key: 'cpuFeatures' | 'networks' | 'storages', words: string): Misfit | null {
  const has = traits?.[key] ?? null
  const missing = has === null ? [] : (vm.needs?.[key] ?? []).filter((name) => !has.includes(name))
  return missing.length === 0 ? null : no(key, `${vm.id} needs ${words} ${missing.join(', ')}, which ${id} does not have`)
}

function noCell(vm: Vm, { id, traits }: Host): Misfit | null {
  const cells = traits?.numaCells ?? null
  if (vm.needs?.oneNumaCell !== true || cells === null) return null
  if (cells.some(({ cores, memoryMib }) => cores >= vm.vcpus && memoryMib >= vm.memoryMib)) return null
  return no('numaCell', `${vm.id} (${vm.vcpus} vCPUs, ${vm.memoryMib} MiB) fits no single NUMA cell of ${id}`)
}

/** A resource beside memory of which a host gives out no more than it has. */
export interface HostLimit {
  readonly code: string
  readonly unit: string
  readonly demandOf: (vm: Vm) => number
  /** Null: the host states no limit. */
  readonly limitOf: (host: Host) => number | null
}

/** Guaranteed CPU, huge pages, vCPUs by core, number of VMs, room for their disks. */
export const LIMITS: readonly HostLimit[] = [
  { code: 'noReservation', unit: 'MHz of guaranteed CPU', demandOf: ({ cpuReservationMhz }) => cpuReservationMhz, limitOf: cpuForVmsMhz },
  { code: 'hugePages', unit: 'MiB of huge pages', demandOf: (vm) => (vm.needs?.hugePages === true ? vm.memoryMib : 0), limitOf: (host) => host.traits?.hugePagesMib ?? null },
  { code: 'vcpusPerCoreMax', unit: 'vCPUs', demandOf: (vm) => vm.vcpus, limitOf: ({ traits, cores }) => (traits?.vcpusPerCoreMax == null ? null : traits.vcpusPerCoreMax * cores) },
  { code: 'vmsMax', unit: 'VMs', demandOf: () => 1, limitOf: (host) => host.traits?.vmsMax ?? null },
  { code: 'noDisk', unit: 'MiB of disk', demandOf: (vm) => vm.needs?.diskMib ?? 0, limitOf: (host) => host.traits?.diskMib ?? null },
]

/** Why the host can't take this VM beside those that are there or on their way there now, or null. */
export function crowding(pool: Pool, vm: number, target: number): Misfit | null {
  const host = pool.hosts[target]!
  let there: readonly number[] | null = null
  for (const { code, unit, demandOf, limitOf } of LIMITS) {
    const wanted = demandOf(pool.vms[vm]!)
    const limit = wanted === 0 ? null : limitOf(host)
    if (limit === null) continue
    there ??= holdersAt(pool, target, vm)
    let held = 0
    for (const other of there) held += demandOf(pool.vms[other]!)
    if (held + wanted > limit) return no(code, `${host.id} gives ${held} of ${limit} ${unit} already, ${pool.vms[vm]!.id} needs ${wanted}`)
  }
  return null
}

/** VMs but this one that hold a place on the host. Asked at every step of a plan: one pass over two columns. */
function holdersAt({ vms, vmHost, vmTarget, vmState }: Pool, host: number, except: number): number[] {
  const found: number[] = []
  for (let vm = 0; vm < vms.length; vm++) {
    if ((vmHost[vm] === host || vmTarget[vm] === host) && vm !== except && vmState[vm] !== VM.gone && holdsMemory(vmState[vm]!)) found.push(vm)
  }
  return found
}
