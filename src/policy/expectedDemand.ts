import type { DemandAhead } from '../forecast/online/outlook.ts'

/** What each VM is expected to want when the pool's demand is highest: its share of what is expected of all. */
export function expectedVmMhz({ expectedMhz, vmMhz }: DemandAhead): Float64Array {
  const totalMhz = vmMhz.reduce((sum, mhz) => sum + mhz, 0)
  const factor = totalMhz > 0 ? expectedMhz / totalMhz : 0
  return vmMhz.map((mhz) => factor * mhz)
}
