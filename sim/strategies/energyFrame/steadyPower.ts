import { HOUR_MS } from '../../../src/model/resources.ts'
import type { EnergyFrame } from '../strategies.ts'

/** Power is constant between events: energy = power x time. Exact for constant rates. */
export const steadyPower: EnergyFrame = {
  accrue({ world, meter, run, strategies }, host, durationMs) {
    meter.hostEnergyWh[host]! += (strategies.hostPower.powerW(world, host) * run.physics.pue * durationMs) / HOUR_MS
  },
  totalWh: ({ meter }) => meter.hostEnergyWh.reduce((sum, energyWh) => sum + energyWh, 0),
}
