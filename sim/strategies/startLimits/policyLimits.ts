import { limitsOf } from '../../../src/control/conclude.ts'
import { begin } from '../../../src/model/transition.ts'
import type { StartLimits } from '../strategies.ts'

/** The one transition rule, with the limits of the policy in force. */
export const policyLimits: StartLimits = {
  begin: (sim, step) => begin(sim.world.pool, sim.world.index, step, limitsOf(sim.controller, sim.config, sim.world.pool)),
}
