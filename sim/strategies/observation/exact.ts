import type { Sample } from '../../../src/model/load.ts'
import type { World } from '../../world/world.ts'
import { isRunning } from '../../world/world.ts'
import { STUDY_FIRST_STEP_MS, STUDY_STEP_MS } from '../../world/studyClock.ts'
import type { RatioDemand } from '../demand/interpolated.ts'
import type { Observation } from '../strategies.ts'

/** The study's policies know the present demand of every VM and the use of every host, exactly and at once, at each step. */
export function exact(demand: RatioDemand): Observation {
  // Nobody looks at memory, network and disk in the study's world: one column of unknowns does for all.
  let unknown = new Float64Array(0)
  return {
    firstMs: STUDY_FIRST_STEP_MS, intervalMs: STUDY_STEP_MS, delayMs: null, firstTickMs: null,
    sample({ world }) {
      if (unknown.length !== world.pool.vms.length) unknown = new Float64Array(world.pool.vms.length).fill(NaN)
      return exactSample(world, demand, unknown)
    },
  }
}

function exactSample({ pool, demandMhz, hostUsedMhz, atMs }: World, demand: RatioDemand, unknown: Float64Array): Sample {
  const size = pool.vms.length
  const vmCpuMhz = new Float64Array(size)
  const vmCpuRatio = new Float64Array(size)
  for (let slot = 0; slot < size; slot++) {
    const runs = isRunning(pool.vmState[slot]!)
    vmCpuMhz[slot] = runs ? demandMhz[slot]! : NaN
    vmCpuRatio[slot] = runs ? demand.ratioOf(slot) : NaN
  }
  return { takenAtMs: atMs, intervalMs: STUDY_STEP_MS, vmCpuMhz, vmCpuRatio, vmDelayRatio: unknown, vmMemoryMib: unknown, vmNetworkMibPerS: unknown, vmDiskMibPerS: unknown, hostCpuMhz: hostUsedMhz.slice(0, pool.hosts.length) }
}
