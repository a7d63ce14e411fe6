import type { World } from './world.ts'

/** Integrals over time, exact between events because every rate is constant there. Host columns by host, VM columns by the VM's number in the run, sensor columns by slot. */
export interface Meter {
  hostEnergyWh: Float64Array
  hostUsedMhzMs: Float64Array
  presentMs: Float64Array
  violationMs: Float64Array
  pausedMs: Float64Array
  sensedUsedMhzMs: Float64Array
  sensedWaitedMhzMs: Float64Array
  demandMhzMs: number
  deliveredMhzMs: number
  hostsOnMs: number
  onCapacityMhzMs: number
  /** By the run's tariff; 0 without one. */
  energyPrice: number
  carbonG: number
}

export function makeMeter(): Meter {
  const none = (): Float64Array => new Float64Array(0)
  return {
    hostEnergyWh: none(), hostUsedMhzMs: none(), presentMs: none(), violationMs: none(), pausedMs: none(), sensedUsedMhzMs: none(), sensedWaitedMhzMs: none(),
    demandMhzMs: 0, deliveredMhzMs: 0, hostsOnMs: 0, onCapacityMhzMs: 0, energyPrice: 0, carbonG: 0,
  }
}

/** Columns kept as large as the world's. */
export function fitMeter(meter: Meter, world: World): void {
  const fit = (column: Float64Array, size: number): Float64Array => {
    if (column.length >= size) return column
    const larger = new Float64Array(Math.max(size, column.length * 2))
    larger.set(column)
    return larger
  }
  meter.hostEnergyWh = fit(meter.hostEnergyWh, world.pool.hosts.length)
  meter.hostUsedMhzMs = fit(meter.hostUsedMhzMs, world.pool.hosts.length)
  meter.presentMs = fit(meter.presentMs, world.vms.length)
  meter.violationMs = fit(meter.violationMs, world.vms.length)
  meter.pausedMs = fit(meter.pausedMs, world.vms.length)
  meter.sensedUsedMhzMs = fit(meter.sensedUsedMhzMs, world.slotVm.length)
  meter.sensedWaitedMhzMs = fit(meter.sensedWaitedMhzMs, world.slotVm.length)
}
