import { VM } from '../../../src/model/pool.ts'
import { leavePool } from '../../occurrences.ts'
import type { VmRemoval } from '../strategies.ts'

/** Section 2 of the study's specification: a VM that wants exactly nothing and isn't migrating is gone for good. */
export const atZeroDemand: VmRemoval = {
  remove(sim) {
    const { pool, demandMhz } = sim.world
    for (let slot = 0; slot < pool.vms.length; slot++) if (demandMhz[slot] === 0 && pool.vmState[slot] === VM.running) leavePool(sim, slot)
  },
}
