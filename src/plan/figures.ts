import type { LoadView } from '../model/loadView.ts'
import type { Step } from '../model/plan.ts'
import { findHost, findVm, type PoolIndex } from '../model/poolIndex.ts'
import { NOWHERE, cpuForVmsMhz, type Pool } from '../model/pool.ts'
import { reason } from '../model/result.ts'
import { percent } from '../model/text.ts'

/**
 * Adds to every step that places or moves a VM what it does to its hosts' CPU at that point of the plan: as it stands when
 * all steps before it have ended. Numbers: `cpuMhz` and `memoryMib` of the VM, `targetUtilization` before the step.
 */
export function withFigures(pool: Pool, index: PoolIndex, load: LoadView, steps: readonly Step[]): Step[] {
  const change = new Map<number, number>()
  const utilization = (host: number): number => Math.max(0, load.hostShort[host]! + (change.get(host) ?? 0) / cpuForVmsMhz(pool.hosts[host]!))
  const shift = (host: number, cpuMhz: number): string => {
    const before = utilization(host)
    change.set(host, (change.get(host) ?? 0) + cpuMhz)
    return `${pool.hosts[host]!.id} ${percent(before)} to ${percent(utilization(host))}`
  }
  return steps.map((step) => {
    if (!('vm' in step)) return step
    const vm = findVm(index, step.vm)
    const cpuMhz = load.vmShortMhz[vm]!
    if (!('target' in step)) {
      change.set(findHost(index, step.source), (change.get(findHost(index, step.source)) ?? 0) - cpuMhz)
      return step
    }
    const target = findHost(index, step.target)
    const targetUtilization = utilization(target)
    const source = step.kind === 'migrate' ? findHost(index, step.source) : NOWHERE
    const effect = source === NOWHERE ? shift(target, cpuMhz) : `${shift(source, -cpuMhz)}, ${shift(target, cpuMhz)}`
    return { ...step, reason: reason(step.reason.code, `${step.reason.text} (${effect} of CPU)`, { ...step.reason.numbers, cpuMhz, memoryMib: pool.vms[vm]!.memoryMib, targetUtilization }) }
  })
}
