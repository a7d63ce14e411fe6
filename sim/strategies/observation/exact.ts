import type { Sample } from '../../../src/model/load.ts'
import type { World } from '../../world/world.ts'
import { isRunning } from '../../world/world.ts'
import { STUDY_FIRST_STEP_MS, STUDY_STEP_MS } from '../../world/studyClock.ts'
import type { RatioDemand } from '../demand/interpolated.ts'
import type { Observation } from '../strategies.ts'

/** The study's policies know the present demand of every VM and the use of every host, exactly and at once, at each step. */
export const exact = (demand: RatioDemand): Observation => ({
  firstMs: STUDY_FIRST_STEP_MS, intervalMs: STUDY_STEP_MS, delayMs: null, firstTickMs: null,
  sample: ({ world }) => exactSample(world, demand),
})

/** Nobody looks at memory, network and disk in the study's world: they stay unknown. */
function exactSample({ pool, demandMhz, hostUsedMhz, atMs }: World, demand: RatioDemand): Sample {
  const size = pool.vms.length
  const vmCpuMhz = new Float64Array(size)
  const vmCpuRatio = new Float64Array(size)
  for (let slot = 0; slot < size; slot++) {
    const runs = isRunning(pool.vmState[slot]!)
    vmCpuMhz[slot] = runs ? demandMhz[slot]! : NaN
    vmCpuRatio[slot] = runs ? demand.ratioOf(slot) : NaN
  }
  const unknown = new Float64Array(size).fill(NaN)
  return { takenAtMs: atMs, intervalMs: STUDY_STEP_MS, vmCpuMhz, vmCpuRatio, vmDelayRatio: unknown, vmMemoryMib: unknown, vmNetworkMibPerS: unknown, vmDiskMibPerS: unknown, hostCpuMhz: hostUsedMhz.slice(0, pool.hosts.length) }
}
