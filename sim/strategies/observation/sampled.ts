import type { Sample } from '../../../src/model/load.ts'
import type { Rng } from '../../../src/model/random.ts'
import type { ScenarioRun } from '../../../src/model/scenario.ts'
import type { Meter } from '../../world/meter.ts'
import { type World, isRunning } from '../../world/world.ts'
import type { Observation } from '../strategies.ts'

/** What libvirt shows, every so often and late; the controller is also woken when the run begins. */
export const sampled = ({ sensors }: ScenarioRun): Observation => ({
  firstMs: sensors.intervalMs, intervalMs: sensors.intervalMs, delayMs: sensors.delayMs, firstTickMs: 0,
  sample: ({ world, meter, random }) => sense(world, meter, sensors.intervalMs, random.gaps),
})

/** Means over the interval that ends now of what was used and waited for, never what was wanted. Resets the interval. */
function sense(world: World, meter: Meter, intervalMs: number, gaps: Rng): Sample {
  const { pool, run } = world
  const size = pool.vms.length
  const column = (): Float64Array => new Float64Array(size).fill(NaN)
  const sample = { takenAtMs: world.atMs, intervalMs, vmCpuMhz: column(), vmDelayRatio: column(), vmMemoryMib: column(), vmNetworkMibPerS: column(), vmDiskMibPerS: column(), hostCpuMhz: new Float64Array(pool.hosts.length) }
  for (let slot = 0; slot < size; slot++) {
    const used = meter.sensedUsedMhzMs[slot]!
    const waited = meter.sensedWaitedMhzMs[slot]!
    meter.sensedUsedMhzMs[slot] = 0
    meter.sensedWaitedMhzMs[slot] = 0
    if (!isRunning(pool.vmState[slot]!) || (run.sensors.gapRatio > 0 && gaps.next() < run.sensors.gapRatio)) continue
    const coveredMs = Math.min(intervalMs, world.atMs - pool.vmSinceMs[slot]!)
    if (coveredMs <= 0) continue
    const { coreMhz, performanceFactor } = pool.hosts[pool.vmHost[slot]!]!
    sample.vmCpuMhz[slot] = used / coveredMs
    sample.vmDelayRatio[slot] = waited / coveredMs / (coreMhz * performanceFactor)
    sample.vmMemoryMib[slot] = pool.vms[slot]!.memoryMib * world.memoryRatio[slot]!
    sample.vmNetworkMibPerS[slot] = rate(world, slot, 'network')
    sample.vmDiskMibPerS[slot] = rate(world, slot, 'disk')
  }
  for (let host = 0; host < sample.hostCpuMhz.length; host++) {
    sample.hostCpuMhz[host] = meter.hostUsedMhzMs[host]! / intervalMs
    meter.hostUsedMhzMs[host] = 0
  }
  return sample
}

/** Network or disk rate of a VM by its series, 0 where it has none. */
function rate(world: World, slot: number, kind: 'network' | 'disk'): number {
  const series = world.run.workload[kind]
  const { networkColumn, diskColumn } = world.vms[world.slotVm[slot]!]!
  const column = kind === 'network' ? networkColumn : diskColumn
  if (!series || column === null) return 0
  const k = Math.floor(world.atMs / series.stepMs) % series.sampleCount
  const code = series.codes[k * series.names.length + column]!
  return code / series.divisor
}
