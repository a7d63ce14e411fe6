import { EVENT } from '../../simulation.ts'
import type { MigrationTiming } from '../strategies.ts'

/** Section 10 of the study's specification: a VM's memory / link rate, without contention, rounds or pause. */
export const memoryOverLink: MigrationTiming = {
  begun(sim, { begun: { vm, source, target }, number, version }) {
    const { hosts, vms } = sim.world.pool
    const linkMibPerS = Math.min(hosts[source]!.migrationLinkMibPerS, hosts[target]!.migrationLinkMibPerS)
    sim.queue.push(sim.world.atMs + Math.round((vms[vm]!.memoryMib * 1000) / linkMibPerS), EVENT.roundEnd, number, version)
  },
  roundEnd(sim, migration) {
    if (migration.breaks) return 'broke'
    migration.sentMib = sim.world.pool.vms[migration.begun.vm]!.memoryMib
    return 'done'
  },
}
