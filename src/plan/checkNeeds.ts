import type { Host, Pool, Vm } from '../model/pool.ts'

/** What a host lacks for a VM that comes to it from another host, or from none (null), as the checker reads it; null when it lacks nothing. */
export function lackFor(vm: Vm, source: Host | null, target: Host): string | null {
  const needs = vm.needs ?? {}
  const traits = target.traits ?? {}
  if (source !== null && source.id !== target.id) {
    if ((needs.devices ?? []).length > 0) return `${vm.id} can't leave ${source.id} with ${needs.devices!.join(', ')}`
    const [from, to] = [source.traits?.migrationDomain, traits.migrationDomain]
    if (typeof from === 'string' && typeof to === 'string' && from !== to) return `${vm.id} can't migrate from ${from} to ${to}`
  }
  if (needs.cpuModel !== undefined && typeof traits.cpuModel === 'string' && traits.cpuModel !== needs.cpuModel) return `${target.id} is no ${needs.cpuModel}, which ${vm.id} needs`
  for (const key of ['cpuFeatures', 'networks', 'storages'] as const) {
    const offered = traits[key]
    const lack = Array.isArray(offered) ? (needs[key] ?? []).find((name) => !(offered as readonly string[]).includes(name)) : undefined
    if (lack !== undefined) return `${target.id} has no ${lack}, which ${vm.id} needs`
  }
  const cells = needs.oneNumaCell === true ? (traits.numaCells ?? null) : null
  if (cells !== null && !cells.some((cell) => vm.vcpus <= cell.cores && vm.memoryMib <= cell.memoryMib)) return `${vm.id} fits no NUMA cell of ${target.id}`
  return null
}

/** A further amount that hosts limit, by VM and by host. */
export interface NeedRow {
  readonly unit: string
  readonly demand: Float64Array
  readonly limit: Float64Array
}

/** Huge pages, vCPUs, numbers of VMs and room for disks, where some host limits them; guaranteed CPU is a row of its own. */
export function needRows({ hosts, vms }: Pool): NeedRow[] {
  const rows = [
    row('MiB of huge pages', vms, hosts, (vm) => (vm.needs?.hugePages === true ? vm.memoryMib : 0), ({ traits }) => traits?.hugePagesMib),
    row('vCPUs', vms, hosts, ({ vcpus }) => vcpus, ({ traits, cores }) => (typeof traits?.vcpusPerCoreMax === 'number' ? traits.vcpusPerCoreMax * cores : null)),
    row('VMs', vms, hosts, () => 1, ({ traits }) => traits?.vmsMax),
    row('MiB of disk', vms, hosts, ({ needs }) => needs?.diskMib ?? 0, ({ traits }) => traits?.diskMib),
  ]
  return rows.filter(({ limit }) => limit.some((most) => most < Infinity))
}

function row(unit: string, vms: readonly Vm[], hosts: readonly Host[], demandOf: (vm: Vm) => number, limitOf: (host: Host) => number | null | undefined): NeedRow {
  return { unit, demand: Float64Array.from(vms, demandOf), limit: Float64Array.from(hosts, (host) => limitOf(host) ?? Infinity) }
}
