import { EVENT, type Simulation } from '../../simulation.ts'
import { type Migration, endRound, roundEndMs } from '../../world/migration.ts'
import type { MigrationTiming } from '../strategies.ts'

/** Iterative pre-copy over shared links: rounds, then a pause. Rates are set by the continuous timeline. */
export const precopy: MigrationTiming = {
  begun(sim, { number }) {
    sim.queue.push(sim.world.atMs + sim.run.physics.migrationTimeoutMs, EVENT.migrationTimeout, number)
  },
  roundEnd(sim, migration) {
    const { world, strategies } = sim
    const { source, vm } = migration.begun
    let next = null as ReturnType<typeof endRound> | null
    strategies.timeline.change(sim, [source], () => {
      next = endRound(world, migration)
      if (next !== 'pause') return
      world.paused[vm] = 1
      migration.pausedSinceMs = world.atMs
    })
    if (next === 'nextRound' || next === 'pause') scheduleRoundEnd(sim, migration)
    return next ?? 'gaveUp'
  },
}

/** Plans the end of the current round at the present rate; an end planned before is void. */
export function scheduleRoundEnd(sim: Simulation, migration: Migration): void {
  migration.version++
  sim.queue.push(roundEndMs(sim.world, migration), EVENT.roundEnd, migration.number, migration.version)
}
