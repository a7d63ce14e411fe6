import { weightedShares } from '../strategies/cpuSharing/weightedShares.ts'
import { heldSamples } from '../strategies/demand/heldSamples.ts'
import { steadyPower } from '../strategies/energyFrame/steadyPower.ts'
import { switched } from '../strategies/hostPower/switched.ts'
import { precopy } from '../strategies/migrationTiming/precopy.ts'
import { sampled } from '../strategies/observation/sampled.ts'
import { spread } from '../strategies/placement/spread.ts'
import { vmMinutes } from '../strategies/slaAccounting/vmMinutes.ts'
import { policyLimits } from '../strategies/startLimits/policyLimits.ts'
import type { Preset } from '../strategies/strategies.ts'
import { continuous } from '../strategies/timeline/continuous.ts'
import { byDeparture } from '../strategies/vmRemoval/byDeparture.ts'

/** The world that stands for real pools. */
export const standard: Preset = {
  name: 'standard',
  memoryEnforced: true,
  strategies: ({ run }) => ({
    timeline: continuous, demand: heldSamples(run), cpuSharing: weightedShares, hostPower: switched, energyFrame: steadyPower, slaAccounting: vmMinutes,
    vmRemoval: byDeparture, migrationTiming: precopy, startLimits: policyLimits, observation: sampled(run), placement: spread,
  }),
}
