import { MODE, POWER, memoryForVmsMib } from '../../src/model/pool.ts'
import { powerAtW } from '../../src/model/power.ts'
import { HOUR_MS } from '../../src/model/resources.ts'
import { type World, isRunning } from './world.ts'

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
}

export function makeMeter(): Meter {
  const none = (): Float64Array => new Float64Array(0)
  return {
    hostEnergyWh: none(), hostUsedMhzMs: none(), presentMs: none(), violationMs: none(), pausedMs: none(), sensedUsedMhzMs: none(), sensedWaitedMhzMs: none(),
    demandMhzMs: 0, deliveredMhzMs: 0, hostsOnMs: 0, onCapacityMhzMs: 0,
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

/** Power of a host at the plug now, before PUE. */
export function hostPowerW(world: World, host: number): number {
  const { capacity, power, smtYield } = world.pool.hosts[host]!
  const state = world.pool.hostPower[host]
  if (state === POWER.on) return powerAtW(power.curveW, world.hostUsedMhz[host]! / (capacity.cpuMhz * smtYield))
  if (state === POWER.poweringOn) return power.bootW
  return state === POWER.poweringOff ? power.shutdownW : power.offW
}

/** Accounts one host and its VMs from when it was last settled to now, at the rates that held meanwhile. */
export function accrueHost(world: World, meter: Meter, host: number): void {
  const durationMs = world.atMs - world.hostSettledMs[host]!
  if (durationMs <= 0) return
  world.hostSettledMs[host] = world.atMs
  const { pool, run } = world
  meter.hostEnergyWh[host]! += (hostPowerW(world, host) * run.physics.pue * durationMs) / HOUR_MS
  meter.hostUsedMhzMs[host]! += world.hostUsedMhz[host]! * durationMs
  if (pool.hostPower[host] === POWER.on) {
    meter.hostsOnMs += durationMs
    if (pool.hostMode[host] === MODE.available) meter.onCapacityMhzMs += pool.hosts[host]!.capacity.cpuMhz * durationMs
  }
  const pressure = world.hostPressure[host] === 1
  for (const slot of world.hostVms[host]!) if (pool.vmHost[slot] === host && isRunning(pool.vmState[slot]!)) accrueVm(world, meter, slot, pressure, durationMs)
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

const SHARING_REGAIN_MS = HOUR_MS

/** Memory that a VM occupies on its host: what it uses, less what page sharing saves; sharing is lost on arrival and won back within an hour. */
export function residentMib(world: World, slot: number): number {
  const settled = Math.min(1, (world.atMs - world.settledSinceMs[slot]!) / SHARING_REGAIN_MS)
  return world.pool.vms[slot]!.memoryMib * world.memoryRatio[slot]! * (1 - world.run.physics.pageSharingRatio * settled)
}

/** Enters whether the host's memory is short, so that balloons inflate and all its VMs suffer. Only a host that promised more than it has can be. */
export function sensePressure(world: World, host: number): void {
  const { pool } = world
  const hasMib = memoryForVmsMib(pool.hosts[host]!)
  let short = false
  if (pool.hostMemoryMib[host]! > hasMib) {
    let usedMib = 0
    for (const slot of world.hostVms[host]!) usedMib += residentMib(world, slot)
    short = usedMib > hasMib
  }
  world.hostPressure[host] = short ? 1 : 0
}
