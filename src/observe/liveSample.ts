import type { HostId, VmId } from '../model/ids.ts'
import type { Sample } from '../model/load.ts'
import { indexPool } from '../model/poolIndex.ts'
import type { Pool } from '../model/pool.ts'

/** What a VM used over an interval; NaN = not measured. */
export interface VmMeasure {
  readonly cpuMhz: number
  readonly delayRatio: number
  readonly memoryMib: number
  readonly networkMibPerS: number
  readonly diskMibPerS: number
}

/** What was measured of a pool over one interval, by name. */
export interface Measured {
  readonly takenAtMs: number
  readonly intervalMs: number
  readonly vms: ReadonlyMap<VmId, VmMeasure>
  readonly hostCpuMhz: ReadonlyMap<HostId, number>
}

/** The same in the pool's columns; who was not measured is not known. */
export function sampleOf(pool: Pool, { takenAtMs, intervalMs, vms, hostCpuMhz }: Measured): Sample {
  const index = indexPool(pool)
  const column = (of: keyof VmMeasure): Float64Array => {
    const values = new Float64Array(pool.vms.length).fill(NaN)
    for (const [id, measure] of vms) {
      const vm = index.vms.get(id)
      if (vm !== undefined) values[vm] = measure[of]
    }
    return values
  }
  return {
    takenAtMs, intervalMs, vmCpuMhz: column('cpuMhz'), vmDelayRatio: column('delayRatio'), vmMemoryMib: column('memoryMib'), vmNetworkMibPerS: column('networkMibPerS'), vmDiskMibPerS: column('diskMibPerS'),
    hostCpuMhz: Float64Array.from(pool.hosts, ({ id }) => hostCpuMhz.get(id) ?? NaN),
  }
}
