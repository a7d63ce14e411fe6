import { proportionalFloor } from '../strategies/cpuSharing/proportionalFloor.ts'
import { interpolated } from '../strategies/demand/interpolated.ts'
import { maximumPower } from '../strategies/energyFrame/maximumPower.ts'
import { trapezoid } from '../strategies/energyFrame/trapezoid.ts'
import { alwaysMaximum, instant } from '../strategies/hostPower/instant.ts'
import { memoryOverLink } from '../strategies/migrationTiming/memoryOverLink.ts'
import { exact } from '../strategies/observation/exact.ts'
import { studyFit } from '../strategies/placement/studyFit.ts'
import { studyStates } from '../strategies/slaAccounting/studyStates.ts'
import { unlimited } from '../strategies/startLimits/unlimited.ts'
import type { Preset } from '../strategies/strategies.ts'
import { instants, newFrame } from '../strategies/timeline/instants.ts'
import { atZeroDemand } from '../strategies/vmRemoval/atZeroDemand.ts'
import { studyClock } from '../world/studyClock.ts'

/** The world of the PlanetLab study (Beloglazov & Buyya 2012) as CloudSim 3.0.3 runs it, to the digit. */
export const reference: Preset = {
  name: 'reference',
  memoryEnforced: false,
  strategies({ run, world }) {
    const clock = studyClock(run.durationMs)
    const frame = newFrame(world.pool.hosts.length)
    const demand = interpolated(run, clock)
    const alwaysOn = run.policy.baseline?.alwaysMaximumPower === true
    const energyFrame = alwaysOn ? maximumPower(world, frame) : trapezoid(frame)
    const slaAccounting = studyStates(world, frame, energyFrame)
    return {
      timeline: instants(clock, frame, slaAccounting), demand, cpuSharing: proportionalFloor, hostPower: alwaysOn ? alwaysMaximum : instant, energyFrame, slaAccounting,
      vmRemoval: atZeroDemand, migrationTiming: memoryOverLink, startLimits: unlimited, observation: exact(demand), placement: studyFit(run.policy.baseline?.static === true),
    }
  },
}
