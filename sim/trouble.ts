import type { Sample } from '../src/model/load.ts'
import type { HostId, VmId } from '../src/model/ids.ts'
import type { Rng } from '../src/model/random.ts'
import type { ScenarioEvent } from '../src/model/scenario.ts'
import type { World } from './world/world.ts'

/** What a scenario's events have put wrong for now, beside what is off or failed. */
export interface Trouble {
  /** VMs that take no migration, shutdown or suspension: a backup, a snapshot, a lock that was forgotten. */
  readonly lockedVms: Set<VmId>
  /** Hosts that do not come up when they are woken. */
  readonly deafHosts: Set<HostId>
  /** Sensors that do not tell what is so; those that are over are dropped. */
  sensorFaults: readonly SensorFault[]
  readonly noise: Rng
}

type SensorFault = Extract<ScenarioEvent, { kind: 'sensorFault' }>

export const noTrouble = (noise: Rng): Trouble => ({ lockedVms: new Set(), deafHosts: new Set(), sensorFaults: [], noise })

/** Standard deviation of a noisy sensor's factor. */
const NOISE = 0.5

/** Puts the sensor faults of now on a sample; the world is not changed. */
export function distort({ pool, atMs }: World, trouble: Trouble, sample: Sample): Sample {
  if (trouble.sensorFaults.length === 0) return sample
  trouble.sensorFaults = trouble.sensorFaults.filter(({ untilMs }) => atMs <= untilMs)
  for (const { host, vm, reads } of trouble.sensorFaults) {
    const read = reader(reads, trouble.noise)
    for (let slot = 0; slot < sample.vmCpuMhz.length; slot++) {
      const on = pool.vmHost[slot]! < 0 ? null : pool.hosts[pool.vmHost[slot]!]!.id
      if ((host !== null && on !== host) || (vm !== null && pool.vms[slot]?.id !== vm)) continue
      for (const column of [sample.vmCpuMhz, sample.vmDelayRatio, sample.vmMemoryMib]) column[slot] = read(column[slot]!)
    }
    if (vm === null) for (let at = 0; at < sample.hostCpuMhz.length; at++) if (host === null || pool.hosts[at]!.id === host) sample.hostCpuMhz[at] = read(sample.hostCpuMhz[at]!)
  }
  return sample
}

/** What a faulty sensor shows for a value; what is not there stays so. */
function reader(reads: SensorFault['reads'], noise: Rng): (value: number) => number {
  switch (reads) {
    case 'nothing':
      return () => NaN
    case 'zero':
      return (value) => 0 * value
    case 'noise':
      return (value) => Math.max(0, value * (1 + NOISE * noise.normal()))
  }
}
