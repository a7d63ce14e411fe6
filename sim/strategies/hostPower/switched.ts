import { POWER, POWER_STATES } from '../../../src/model/pool.ts'
import { powerAtW } from '../../../src/model/power.ts'
import type { HostPower } from '../strategies.ts'

/** Hosts are switched by steps, which take the time and energy that their power model says. */
export const switched: HostPower = {
  isSwitchedBySteps: true,
  stateOf: ({ pool }, host) => POWER_STATES[pool.hostPower[host]!]!,
  powerW(world, host) {
    const { capacity, power, smtYield } = world.pool.hosts[host]!
    const state = world.pool.hostPower[host]
    if (state === POWER.on) return powerAtW(power.curveW, world.hostUsedMhz[host]! / (capacity.cpuMhz * smtYield))
    if (state === POWER.poweringOn) return power.bootW
    return state === POWER.poweringOff ? power.shutdownW : power.offW
  },
  switchMs: ({ power }, kind) => (kind === 'powerOn' ? power.bootMs : power.shutdownMs),
}
