import { vmId } from '../../../src/model/ids.ts'
import type { Vm } from '../../../src/model/pool.ts'
import type { Rng } from '../../../src/model/random.ts'
import type { SyntheticFlavor, SyntheticProfile, SyntheticSettings } from '../../../src/model/synthetic.ts'
import type { QuantileTable } from './quantiles.ts'
import { quantileAt } from './quantiles.ts'

/** Sizes of the Bitbrains trace, August: cores from its README, memory rounded from the same file's quantiles. */
export const STANDING_FLAVORS: readonly SyntheticFlavor[] = [
  { vcpus: 1, memoryMib: 512, weight: 50 }, { vcpus: 1, memoryMib: 1024, weight: 70 }, { vcpus: 1, memoryMib: 2048, weight: 59 }, { vcpus: 1, memoryMib: 4096, weight: 50 },
  { vcpus: 2, memoryMib: 2048, weight: 15 }, { vcpus: 2, memoryMib: 4096, weight: 25 }, { vcpus: 2, memoryMib: 8192, weight: 47 }, { vcpus: 2, memoryMib: 16384, weight: 6 },
  { vcpus: 4, memoryMib: 3072, weight: 26 }, { vcpus: 4, memoryMib: 8192, weight: 15 }, { vcpus: 4, memoryMib: 16384, weight: 74 },
  { vcpus: 8, memoryMib: 8192, weight: 8 }, { vcpus: 8, memoryMib: 20480, weight: 18 }, { vcpus: 8, memoryMib: 32768, weight: 24 }, { vcpus: 8, memoryMib: 40960, weight: 6 },
  { vcpus: 32, memoryMib: 12288, weight: 3 },
]

/** Sizes of the Azure 2017 trace (dev): its README's shares. */
export const CHURN_FLAVORS: readonly SyntheticFlavor[] = [
  { vcpus: 1, memoryMib: 768, weight: 1.6 }, { vcpus: 1, memoryMib: 1792, weight: 60 }, { vcpus: 2, memoryMib: 3584, weight: 19 },
  { vcpus: 4, memoryMib: 7168, weight: 10 }, { vcpus: 8, memoryMib: 14336, weight: 9 }, { vcpus: 8, memoryMib: 57344, weight: 0.6 },
]

/** The item whose stretch of the summed weights holds the place in [0, 1). */
export function weighted<T extends { readonly weight: number }>(items: readonly T[], place: number): T {
  const total = items.reduce((sum, item) => sum + item.weight, 0)
  let rest = place * total
  for (const item of items) {
    rest -= item.weight
    if (rest < 0) return item
  }
  return items[items.length - 1]!
}

/** Class name and profile of the VM at a place in [0, 1). */
export function classAt(settings: SyntheticSettings, place: number): { readonly name: string; readonly profile: SyntheticProfile } {
  if (settings.classes.length === 0) return { name: 'standard', profile: settings.profile }
  const chosen = weighted(settings.classes, place)
  return { name: chosen.name, profile: chosen.profile ?? settings.profile }
}

/** Memory changed per second at full CPU use. Typical values, no published distribution: web servers tens, databases hundreds of MiB/s. */
const DIRTY_MIB_PER_S: QuantileTable = [[0, 2], [0.5, 25], [0.9, 80], [1, 200]]

/** A VM of a size, all of it movable, with the usual CPU shares per vCPU (1,024) and no reservation or limit. */
export function makeVm(id: string, size: SyntheticFlavor, className: string, coreMhz: number, rng: Rng): Vm {
  return {
    id: vmId(id), vcpus: size.vcpus, cpuMhz: size.vcpus * coreMhz, memoryMib: size.memoryMib,
    dirtyMibPerS: Math.min(size.memoryMib / 16, Math.round(quantileAt(DIRTY_MIB_PER_S, rng.next()) * 10) / 10),
    shares: size.vcpus * 1024, cpuReservationMhz: 0, cpuLimitMhz: null, movable: true, class: className, onMaintenance: null,
  }
}
