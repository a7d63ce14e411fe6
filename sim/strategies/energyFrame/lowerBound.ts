import { powerAtW } from '../../../src/model/power.ts'
import { STUDY_OFFSET_MS, STUDY_STEP_MS } from '../../world/studyClock.ts'
import { type World, isRunning } from '../../world/world.ts'

const STEP_S = STUDY_STEP_MS / 1000

/**
 * What no policy can be below: all demand at the best power per MHz that a full host of the pool has, without idle power
 * or migrations; trapezoid between the steps (section 13 of the study's specification). VMs that have left demand nothing.
 */
export function lowerBound(world: World): { enterStep: () => void; totalWs: () => number } {
  let lastMhz: number | null = null
  let mhzS = 0
  return {
    /** To be called at every instant; only steps count. */
    enterStep() {
      if ((world.atMs - STUDY_OFFSET_MS) % STUDY_STEP_MS !== 0) return
      const nowMhz = requestedMhz(world)
      if (lastMhz !== null) mhzS += ((lastMhz + nowMhz) / 2) * STEP_S
      lastMhz = nowMhz
    },
    totalWs: () => mhzS * bestWPerMhz(world),
  }
}

function requestedMhz({ pool, demandMhz }: World): number {
  let sum = 0
  for (let slot = 0; slot < pool.vms.length; slot++) if (isRunning(pool.vmState[slot]!)) sum += demandMhz[slot]!
  return sum
}

const bestWPerMhz = ({ pool }: World): number => pool.hosts.reduce((least, { power, capacity }) => Math.min(least, powerAtW(power.curveW, 1) / capacity.cpuMhz), Number.MAX_VALUE)
