import type { Interval } from '../drivers/libvirt/observedPool.ts'
import { wantedCores } from '../drivers/libvirt/observedPool.ts'
import type { MeasuredVm } from '../drivers/libvirt/usage.ts'
import type { VmId } from '../model/ids.ts'
import type { LoadSeries } from '../model/load.ts'
import type { Workload } from '../model/scenario.ts'
import type { Snapshot, SnapshotVm } from '../model/snapshot.ts'
import type { Load } from '../../sim/workloads/load.ts'

const DIVISOR = 10_000

/** Readings of a pool as a load that `forecast` and `simulate` read: ratios of each VM's size, gaps where there was no reading. */
export function historyOf(snapshot: Snapshot, uuids: ReadonlyMap<VmId, string>, intervals: readonly Interval[], stepMs: number, beganUnixMs: number): Pick<Load, 'workload' | 'hosts' | 'startUnixMs'> {
  const vms = snapshot.vms.filter(({ state, vm }) => state === 'running' && intervals.some((interval) => measuredIn(interval, uuids.get(vm.id)) !== null))
  const series = (valueOf: (measured: MeasuredVm, vm: SnapshotVm) => number | null, divisor: number): LoadSeries | null =>
    seriesOf(vms, intervals, stepMs, divisor, (interval, vm) => {
      const measured = measuredIn(interval, uuids.get(vm.vm.id))
      return measured === null ? null : valueOf(measured, vm)
    })
  const workload: Workload = {
    vms: vms.map(({ vm, host }, column) => ({ vm, arriveMs: 0, departMs: null, host, cpuColumn: column, memoryColumn: column, networkColumn: column, diskColumn: column })),
    cpu: series((measured, { vm }) => (wantedCores(measured, vm.vcpus) * DIVISOR) / vm.vcpus, DIVISOR),
    memory: series(({ memoryMib }, { vm }) => (memoryMib === null ? null : (Math.min(memoryMib, vm.memoryMib) / vm.memoryMib) * DIVISOR), DIVISOR),
    network: series(({ networkMibPerS }) => networkMibPerS, 1), disk: series(({ diskMibPerS }) => diskMibPerS, 1),
  }
  return { workload: withoutEmpty(workload), hosts: snapshot.hosts.map(({ host, power }) => ({ host, power })), startUnixMs: beganUnixMs }
}

function measuredIn(interval: Interval, uuid: string | undefined): MeasuredVm | null {
  for (const host of interval.values()) {
    const found = uuid === undefined ? undefined : host.vms.get(uuid)
    if (found !== undefined) return found
  }
  return null
}

function seriesOf(vms: readonly SnapshotVm[], intervals: readonly Interval[], stepMs: number, divisor: number, valueOf: (interval: Interval, vm: SnapshotVm) => number | null): LoadSeries | null {
  const codes = new Float32Array(vms.length * intervals.length).fill(NaN)
  intervals.forEach((interval, sample) => vms.forEach((vm, column) => {
    const value = valueOf(interval, vm)
    if (value !== null) codes[sample * vms.length + column] = divisor === 1 ? value : Math.round(value)
  }))
  return codes.every(Number.isNaN) ? null : { names: vms.map(({ vm }) => vm.id), stepMs, sampleCount: intervals.length, codes, divisor }
}

/** Where a table has nothing, nobody refers to its columns. */
function withoutEmpty(workload: Workload): Workload {
  const { cpu, memory, network, disk } = workload
  const vms = workload.vms.map((vm) => ({ ...vm, cpuColumn: cpu && vm.cpuColumn, memoryColumn: memory && vm.memoryColumn, networkColumn: network && vm.networkColumn, diskColumn: disk && vm.diskColumn }))
  return { ...workload, vms }
}
