import { MODE, POWER } from '../../../src/model/pool.ts'
import type { Meter } from '../../world/meter.ts'
import { type World, isRunning } from '../../world/world.ts'
import type { SlaAccounting } from '../strategies.ts'

/** Time of VMs: a VM suffers while it gets less than the agreed part of its demand, is short of memory, or is paused. */
export const vmMinutes: SlaAccounting = {
  accrue({ world, meter }, host, durationMs) {
    const { pool } = world
    meter.hostUsedMhzMs[host]! += world.hostUsedMhz[host]! * durationMs
    if (pool.hostPower[host] === POWER.on) {
      meter.hostsOnMs += durationMs
      if (pool.hostMode[host] === MODE.available) meter.onCapacityMhzMs += pool.hosts[host]!.capacity.cpuMhz * durationMs
    }
    const pressure = world.hostPressure[host] === 1
    for (const slot of world.hostVms[host]!) if (pool.vmHost[slot] === host && isRunning(pool.vmState[slot]!)) accrueVm(world, meter, slot, pressure, durationMs)
  },
  measuredMs: ({ world, run }) => world.atMs - run.warmupMs,
  referenceFigures: () => null,
}

function accrueVm(world: World, meter: Meter, slot: number, pressure: boolean, durationMs: number): void {
  const vm = world.slotVm[slot]!
  const delivered = world.deliveredMhz[slot]!
  const limit = world.pool.vms[slot]!.cpuLimitMhz
  const demand = limit === null ? world.demandMhz[slot]! : Math.min(world.demandMhz[slot]!, limit)
  meter.presentMs[vm]! += durationMs
  meter.demandMhzMs += demand * durationMs
  meter.deliveredMhzMs += delivered * durationMs
  meter.sensedUsedMhzMs[slot]! += delivered * durationMs
  meter.sensedWaitedMhzMs[slot]! += (world.wantedMhz[slot]! - delivered) * durationMs
  const paused = world.paused[slot] === 1
  if (paused) meter.pausedMs[vm]! += durationMs
  if (paused || pressure || delivered < world.run.physics.slaDeliveredMin * demand) meter.violationMs[vm]! += durationMs
}
