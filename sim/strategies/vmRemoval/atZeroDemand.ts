import { VM } from '../../../src/model/pool.ts'
import { leavePool } from '../../occurrences.ts'
import type { VmRemoval } from '../strategies.ts'

/** Section 2 of the study's specification: a VM that wants exactly nothing and isn't migrating is gone for good. */
export const atZeroDemand: VmRemoval = {
  remove(sim, hosts) {
    const { demandMhz, hostVms } = sim.world
    const { vmState } = sim.world.pool
    for (const host of hosts) {
      const list = hostVms[host]!
      // From the end, since the list shrinks.
      for (let position = list.length - 1; position >= 0; position--) {
        const slot = list[position]!
        if (demandMhz[slot] === 0 && vmState[slot] === VM.running) leavePool(sim, slot)
      }
    }
  },
}
