import type { LoadHistory } from '../../model/history.ts'
import type { Pool } from '../../model/pool.ts'
import type { DemandWindow } from '../../optimize/risk/demandWindow.ts'

/**
 * CPU demand of some VMs over the frames taken after `sinceMs`, in MHz, item i being VM `itemVm[i]`. Frames older than
 * the VM are gaps: they show another that had its slot. Windows of any length may be asked for; where no frame is young
 * enough the window is empty.
 */
export function demandWindow(pool: Pool, itemVm: Int32Array, history: LoadHistory, sinceMs: number): DemandWindow {
  const frames = history.filter(({ takenAtMs }) => takenAtMs > sinceMs)
  const itemCount = itemVm.length
  const values = new Float64Array(frames.length * itemCount)
  frames.forEach((frame, instant) => {
    itemVm.forEach((vm, item) => {
      const demand = frame.takenAtMs > pool.vmSinceMs[vm]! ? frame.vmCpuMhz[vm] : undefined
      values[instant * itemCount + item] = demand !== undefined && demand >= 0 ? demand : NaN
    })
  })
  return { itemCount, instantCount: frames.length, values, size: Float64Array.from(itemVm, (vm) => pool.vms[vm]!.cpuMhz) }
}
