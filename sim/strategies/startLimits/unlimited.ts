import type { Result } from '../../../src/model/result.ts'
import { type Begun, type TransitionLimits, abandon, begin } from '../../../src/model/transition.ts'
import type { Simulation } from '../../simulation.ts'
import type { Migration } from '../../world/migration.ts'
import type { StartLimits } from '../strategies.ts'

const NO_LIMITS: TransitionLimits = { memoryEnforced: false, hostIncomingMax: null, hostOutgoingMax: null, poolMigrationsMax: null, poolBootsMax: null, hostsOnMin: 0 }

/**
 * Everything may start at once, memory or not, and a VM that is on its way may be sent on to another target: the first
 * migration is carried out too, but in the pool only the last target counts.
 */
export const unlimited: StartLimits = {
  begin(sim, step): Result<Begun> {
    const { pool, index } = sim.world
    const earlier = step.kind === 'migrate' ? migrationOf(sim, index.vms.get(step.vm)) : null
    if (earlier) abandon(pool, earlier.begun)
    const result = begin(pool, index, step, NO_LIMITS)
    if (earlier && result.ok) earlier.isSentOn = true
    else if (earlier) begin(pool, index, earlier.begun.step, NO_LIMITS)
    return result
  },
}

/** The migration that decides where the VM ends up, or null. */
function migrationOf({ world, migrations }: Simulation, vm: number | undefined): Migration | null {
  if (vm === undefined || world.pool.vmTarget[vm] === -1) return null
  for (const migration of migrations.values()) if (migration.begun.vm === vm && !migration.isSentOn) return migration
  return null
}
