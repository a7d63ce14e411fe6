import type { VmId } from '../../src/model/ids.ts'
import type { Vm } from '../../src/model/pool.ts'
import type { WorkloadVm } from '../../src/model/scenario.ts'
import type { VmSize } from './load.ts'

export const DEFAULT_CLASS = 'standard'

/** Memory changed per second at full CPU use where a trace does not say: 25 MiB/s, small VMs a 16th of their memory. */
export const defaultDirtyMibPerS = (memoryMib: number): number => Math.min(25, memoryMib / 16)

/** A VM of a size with what no trace says: movable, 1,024 shares a vCPU, no reservation or limit. */
export function vmOfSize(id: VmId, size: VmSize, serviceClass: string = DEFAULT_CLASS): Vm {
  return {
    id, vcpus: size.vcpus, cpuMhz: size.cpuMhz, memoryMib: size.memoryMib, dirtyMibPerS: defaultDirtyMibPerS(size.memoryMib),
    shares: 1024 * size.vcpus, cpuReservationMhz: 0, cpuLimitMhz: null, movable: true, class: serviceClass, onMaintenance: null,
  }
}

/** A VM that is there all the time, not placed yet, without load. */
export function standingVm(vm: Vm): WorkloadVm {
  return { vm, arriveMs: 0, departMs: null, host: null, cpuColumn: null, memoryColumn: null, networkColumn: null, diskColumn: null }
}

/** Size of VM `index` of `count` when sizes are dealt in blocks: the first ceil(count / sizes) VMs get the first size, and so on. */
export function sizeInBlocks(sizes: readonly VmSize[], index: number, count: number): VmSize {
  return sizes[Math.floor(index / Math.ceil(count / sizes.length))]!
}
