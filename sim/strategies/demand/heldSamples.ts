import type { LoadSeries } from '../../../src/model/load.ts'
import type { ScenarioRun } from '../../../src/model/scenario.ts'
import type { World } from '../../world/world.ts'
import type { Demand } from '../strategies.ts'

/** Demand is that of the series' last sample until the next; without a series it never changes. */
export function heldSamples({ workload, durationMs }: ScenarioRun): Demand {
  const intervalMs = Math.min(workload.cpu?.stepMs ?? durationMs + 1, workload.memory?.stepMs ?? durationMs + 1)
  return { firstMs: intervalMs, intervalMs, update: updateDemand, updateVm: updateVmDemand }
}

/** Enters every present VM's demand at this instant from the series. A gap keeps what was: unknown is not zero. A series shorter than the run repeats. */
function updateDemand(world: World): void {
  for (let slot = 0; slot < world.pool.vms.length; slot++) if (world.pool.vmState[slot] !== 0) updateVmDemand(world, slot)
}

/** The same for one VM, as on its arrival. */
function updateVmDemand(world: World, slot: number): void {
  const { workload } = world.run
  const { cpuColumn, memoryColumn } = world.vms[world.slotVm[slot]!]!
  const vm = world.pool.vms[slot]!
  if (cpuColumn !== null && workload.cpu) {
    const ratio = ratioAt(workload.cpu, cpuColumn, world.atMs)
    if (ratio === ratio) world.demandMhz[slot] = world.demandScale.size === 0 ? ratio * vm.cpuMhz : ratio * vm.cpuMhz * scaleOf(world, vm.class)
  }
  if (memoryColumn !== null && workload.memory) {
    const ratio = ratioAt(workload.memory, memoryColumn, world.atMs)
    if (ratio === ratio) world.memoryRatio[slot] = Math.min(1, ratio)
  }
}

/** Factor that events have put on the demand of a class by now. */
export const scaleOf = (world: World, vmClass: string): number => (world.demandScale.get('') ?? 1) * (world.demandScale.get(vmClass) ?? 1)

function ratioAt(series: LoadSeries, column: number, atMs: number): number {
  const k = Math.floor(atMs / series.stepMs) % series.sampleCount
  return series.codes[k * series.names.length + column]! / series.divisor
}
