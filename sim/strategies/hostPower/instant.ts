import { POWER, POWER_STATES } from '../../../src/model/pool.ts'
import { powerAtW } from '../../../src/model/power.ts'
import type { HostPower } from '../strategies.ts'

/** Switching is free and takes no time: a host that nobody uses is off and draws nothing (section 5 of the study's specification). */
export const instant: HostPower = {
  isSwitchedBySteps: false,
  stateOf({ pool, hostUsedMhz }, host) {
    const state = pool.hostPower[host]!
    return state === POWER.on && hostUsedMhz[host] === 0 ? 'off' : POWER_STATES[state]!
  },
  powerW: ({ pool, hostUsedMhz }, host) => (hostUsedMhz[host] === 0 ? 0 : powerAtW(pool.hosts[host]!.power.curveW, hostUsedMhz[host]! / pool.hosts[host]!.capacity.cpuMhz)),
  switchMs: () => 0,
}

/** The study's NPA: every host draws its maximum all the time, whatever it does. */
export const alwaysMaximum: HostPower = {
  ...instant,
  powerW: ({ pool }, host) => powerAtW(pool.hosts[host]!.power.curveW, 1),
}
