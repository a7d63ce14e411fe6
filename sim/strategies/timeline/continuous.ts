import type { Simulation } from '../../simulation.ts'
import { fitMeter } from '../../world/meter.ts'
import { sensePressure } from '../../world/memoryPressure.ts'
import { type Migration, settleMigration, streamCpuMhz, streamRate } from '../../world/migration.ts'
import { scheduleRoundEnd } from '../migrationTiming/precopy.ts'
import type { Timeline } from '../strategies.ts'

/** Every rate is constant between events, so that hosts are accounted exactly whenever something about them changes, each by itself. */
export const continuous: Timeline = {
  /** Hosts at the other end of migrations are included. */
  change(sim, hosts, action) {
    const before = migrationsAt(sim, hosts)
    const touched = new Set([...hosts, ...before.flatMap(({ begun }) => [begun.source, begun.target])])
    settle(sim, touched)
    action()
    const after = migrationsAt(sim, hosts)
    for (const migration of after) {
      settleMigration(sim.world, migration)
      touched.add(migration.begun.source).add(migration.begun.target)
    }
    for (const host of touched) settleHost(sim, host)
    refresh(sim, touched, after)
  },
  changeAll(sim, action) {
    continuous.settleAll(sim)
    action()
    for (let host = 0; host < sim.world.pool.hosts.length; host++) refreshHost(sim, host)
    sim.strategies.vmRemoval.remove(sim, sim.world.hostVms.keys())
  },
  takeDemand(sim) {
    continuous.changeAll(sim, () => sim.strategies.demand.update(sim.world))
  },
  settleAll(sim) {
    fitMeter(sim.meter, sim.world)
    for (let host = 0; host < sim.world.pool.hosts.length; host++) settleHost(sim, host)
    for (const migration of sim.migrations.values()) settleMigration(sim.world, migration)
  },
  closeInstant() {
    // Nothing waits for the end of an instant.
  },
}

/** All migrations are: those from a touched host dirty memory at another rate from here on, wherever they go. */
function settle(sim: Simulation, hosts: Iterable<number>): void {
  fitMeter(sim.meter, sim.world)
  for (const host of hosts) settleHost(sim, host)
  for (const migration of sim.migrations.values()) settleMigration(sim.world, migration)
}

/** Accounts one host and its VMs from when it was last settled to now, at the rates that held meanwhile. */
function settleHost(sim: Simulation, host: number): void {
  const { world, strategies } = sim
  const durationMs = world.atMs - world.hostSettledMs[host]!
  if (durationMs <= 0) return
  world.hostSettledMs[host] = world.atMs
  strategies.energyFrame.accrue(sim, host, durationMs)
  strategies.slaAccounting.accrue(sim, host, durationMs)
}

function refresh(sim: Simulation, hosts: Iterable<number>, migrations: readonly Migration[]): void {
  const { world } = sim
  for (const migration of migrations) {
    const rate = streamRate(world, migration)
    if (rate === migration.rateMibPerS) continue
    migration.rateMibPerS = rate
    pauseIfSmall(sim, migration)
    scheduleRoundEnd(sim, migration)
  }
  for (const host of hosts) {
    world.hostOverheadMhz[host] = 0
    for (const migration of sim.migrations.values()) if (migration.begun.source === host || migration.begun.target === host) world.hostOverheadMhz[host] += streamCpuMhz(world, migration)
    refreshHost(sim, host)
  }
}

/** A VM so small that all of its memory may be sent in the pause needs no round before. */
function pauseIfSmall({ world, run }: Simulation, migration: Migration): void {
  const isNew = migration.version === 0 && !migration.breaks
  if (!isNew || (migration.restMib / migration.rateMibPerS) * 1000 > run.physics.downtimeMaxMs) return
  world.paused[migration.begun.vm] = 1
  migration.pausedSinceMs = world.atMs
}

function refreshHost({ world, strategies }: Simulation, host: number): void {
  sensePressure(world, host)
  strategies.cpuSharing.share(world, host)
}

function migrationsAt(sim: Simulation, hosts: readonly number[]): Migration[] {
  if (sim.migrations.size === 0) return []
  const found: Migration[] = []
  for (const migration of sim.migrations.values()) if (hosts.includes(migration.begun.source) || hosts.includes(migration.begun.target)) found.push(migration)
  return found
}
