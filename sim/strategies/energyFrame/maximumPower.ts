import { powerAtW } from '../../../src/model/power.ts'
import type { World } from '../../world/world.ts'
import type { StudyFrame } from '../timeline/instants.ts'
import type { StudyEnergy } from './trapezoid.ts'

const SECONDS_PER_HOUR = 3600

/** The study's NPA: every host draws its maximum from 0 to the last instant. */
export function maximumPower(world: World, frame: StudyFrame): StudyEnergy {
  const totalWs = (): number => world.pool.hosts.reduce((sumW, { power }) => sumW + powerAtW(power.curveW, 1), 0) * frame.lastS
  return {
    accrue() {
      // The whole is a product.
    },
    totalWh: () => totalWs() / SECONDS_PER_HOUR,
    totalWs,
  }
}
