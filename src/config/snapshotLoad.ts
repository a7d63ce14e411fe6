import type { LoadSeries } from '../model/load.ts'
import type { Workload, WorkloadVm } from '../model/scenario.ts'
import type { Snapshot, SnapshotVm } from '../model/snapshot.ts'
import { withConstantColumns } from './constantLoad.ts'

/** VMs that a run simulates: stopped and suspended ones hold no place in it. */
const isThere = (vm: SnapshotVm): boolean => vm.state === 'running' || vm.state === 'pending'

/**
 * The load of a snapshot's VMs: that of the trace where it has a VM of the same name, else constantly what the VM used
 * when the snapshot was taken. VMs that only the trace has come on top.
 */
export function loadOfSnapshot(snapshot: Snapshot, trace: Workload | null, durationMs: number): Workload {
  const there = snapshot.vms.filter(isThere)
  const traced = new Map((trace?.vms ?? []).map((entry) => [entry.vm.id, entry]))
  const constant = there.filter(({ vm, usage }) => usage !== null && !traced.has(vm.id))
  const columns = new Map(constant.map(({ vm }, index) => [vm.id, index]))
  const extend = (series: LoadSeries | null, valueOf: (entry: SnapshotVm) => number): { readonly series: LoadSeries | null; readonly first: number } =>
    constant.every((entry) => valueOf(entry) === 0) ? { series, first: -1 } : withConstantColumns(series, constant.map(valueOf), constant.map(({ vm }) => vm.id), durationMs)
  const cpu = extend(trace?.cpu ?? null, ({ vm, usage }) => usage!.cpuMhz / vm.cpuMhz)
  const memory = extend(trace?.memory ?? null, ({ vm, usage }) => usage!.memoryMib / vm.memoryMib)
  const network = extend(trace?.network ?? null, ({ usage }) => usage!.networkMibPerS)
  const disk = extend(trace?.disk ?? null, ({ usage }) => usage!.diskMibPerS)
  const vms = there.map((entry): WorkloadVm => {
    const host = entry.host
    const known = traced.get(entry.vm.id)
    if (known) return { ...known, vm: entry.vm, host }
    const column = columns.get(entry.vm.id)
    const at = (first: number): number | null => (column === undefined || first < 0 ? null : first + column)
    return { vm: entry.vm, arriveMs: 0, departMs: null, host, cpuColumn: at(cpu.first), memoryColumn: at(memory.first), networkColumn: at(network.first), diskColumn: at(disk.first) }
  })
  const known = new Set(there.map(({ vm }) => vm.id))
  return { vms: [...vms, ...(trace?.vms ?? []).filter((entry) => !known.has(entry.vm.id))], cpu: cpu.series, memory: memory.series, network: network.series, disk: disk.series }
}
