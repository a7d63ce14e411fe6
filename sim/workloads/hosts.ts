import type { HostId } from '../../src/model/ids.ts'
import { assumedPower } from '../../src/model/power.ts'
import { NO_RESOURCES } from '../../src/model/resources.ts'
import type { InitialHost } from '../../src/model/scenario.ts'

/** 10 Gbit/s. */
const LINK_MIB_PER_S = 10e9 / 8 / 2 ** 20
const DISK_MIB_PER_S = 1000

export interface HostSize {
  readonly cores: number
  readonly coreMhz: number
  readonly memoryMib: number
}

/**
 * A host of which only the size is known: on, one thread a core, a 10 Gbit/s link, all of it for VMs, and an assumed
 * power. Energy figures that count need the real curve.
 */
export function hostOfSize(id: HostId, { cores, coreMhz, memoryMib }: HostSize): InitialHost {
  return {
    power: 'on',
    host: {
      id, cores, coreMhz, performanceFactor: 1, smtYield: 1,
      capacity: { cpuMhz: cores * coreMhz, memoryMib, networkMibPerS: LINK_MIB_PER_S, diskMibPerS: DISK_MIB_PER_S },
      reserve: NO_RESOURCES, migrationLinkMibPerS: LINK_MIB_PER_S, power: assumedPower(cores), powerManaged: true, rack: null,
    },
  }
}
