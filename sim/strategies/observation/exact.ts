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

function exactSample(world: World, demand: RatioDemand): Sample {
  const { pool, demandMhz } = world
  const size = pool.vms.length
  const unknown = (): Float64Array => new Float64Array(size).fill(NaN)
  const sample = {
    takenAtMs: world.atMs, intervalMs: STUDY_STEP_MS, vmCpuMhz: unknown(), vmCpuRatio: unknown(), vmDelayRatio: new Float64Array(size), vmMemoryMib: unknown(),
    vmNetworkMibPerS: unknown(), vmDiskMibPerS: unknown(), hostCpuMhz: world.hostUsedMhz.slice(0, pool.hosts.length),
  }
  for (let slot = 0; slot < size; slot++) {
    if (!isRunning(pool.vmState[slot]!)) continue
    sample.vmCpuMhz[slot] = demandMhz[slot]!
    sample.vmCpuRatio[slot] = demand.ratioOf(slot)
    sample.vmMemoryMib[slot] = pool.vms[slot]!.memoryMib
  }
  return sample
}
