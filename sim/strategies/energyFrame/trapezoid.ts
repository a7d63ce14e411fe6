import { powerAtW } from '../../../src/model/power.ts'
import type { EnergyFrame } from '../strategies.ts'
import type { StudyFrame } from '../timeline/instants.ts'

const SECONDS_PER_HOUR = 3600

/** Energy that is also known in watt-seconds, as the study adds it up. */
export interface StudyEnergy extends EnergyFrame {
  totalWs(): number
}

/**
 * Mean of the power at both ends of a frame x its length, where a host that is unused at the end still draws idle power
 * there; nothing for a host that was unused at the beginning (section 5 of the study's specification). All is added
 * into one sum, host by host: the last digits hang on the order.
 */
export function trapezoid(frame: StudyFrame): StudyEnergy {
  let energyWs = 0
  return {
    accrue({ world }, host) {
      const startMhz = frame.startUsedMhz[host]!
      if (startMhz === 0) return
      const { capacity, power } = world.pool.hosts[host]!
      const startW = powerAtW(power.curveW, startMhz / capacity.cpuMhz)
      const endW = powerAtW(power.curveW, world.hostUsedMhz[host]! / capacity.cpuMhz)
      energyWs += ((startW + endW) / 2) * frame.seconds
    },
    totalWh: () => energyWs / SECONDS_PER_HOUR,
    totalWs: () => energyWs,
  }
}
