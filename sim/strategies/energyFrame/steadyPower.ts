import { HOUR_MS } from '../../../src/model/resources.ts'
import { chargePower } from '../../world/charge.ts'
import type { EnergyFrame } from '../strategies.ts'

/** Power is constant between events: energy = power x time. Exact for constant rates. */
export const steadyPower: EnergyFrame = {
  accrue({ world, meter, run, strategies }, host, durationMs) {
    const plugW = strategies.hostPower.powerW(world, host) * run.physics.pue
    meter.hostEnergyWh[host]! += (plugW * durationMs) / HOUR_MS
    if (run.tariff) chargePower(meter, run.tariff, plugW, run.startUnixMs + world.atMs - durationMs, durationMs)
  },
  totalWh: ({ meter }) => meter.hostEnergyWh.reduce((sum, energyWh) => sum + energyWh, 0),
}
