import { STUDY_VM_SIZES } from '../../../src/model/hostModels.ts'
import type { Load, LoadOptions } from '../load.ts'
import { UNDATED_START_UNIX_MS } from '../load.ts'
import { vmIdsOf } from '../reading/names.ts'
import { readPlanetlab } from './planetlab.ts'
import type { LoadSource } from '../reading/source.ts'
import { sizeInBlocks, standingVm, vmOfSize } from '../vm.ts'

/** A PlanetLab day as a workload: all VMs from begin to end, sizes dealt in blocks, no memory series. */
export function readPlanetlabLoad(source: LoadSource, options: LoadOptions): Load {
  const cpu = readPlanetlab(source)
  const sizes = options.sizes ?? STUDY_VM_SIZES
  const vms = vmIdsOf(cpu.names).map((id, index) => ({ ...standingVm(vmOfSize(id, sizeInBlocks(sizes, index, cpu.names.length))), cpuColumn: index }))
  return {
    workload: { vms, cpu, memory: null, network: null, disk: null },
    hosts: null,
    startUnixMs: options.startUnixMs ?? dayInPath(source.path) ?? UNDATED_START_UNIX_MS,
    notes: [],
  }
}

/** Unix ms of the day that a path ends with (`20110303`, `20110303.csv.gz`), in UTC; null when it has none. */
export function dayInPath(path: string): number | null {
  const match = /(?:^|\/)(\d{4})(\d\d)(\d\d)(?:\.csv)?(?:\.gz)?\/*$/.exec(path)
  if (match === null) return null
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number]
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && year >= 1970 ? daysBefore(year, month, day) * 86_400_000 : null
}

/** Days from 1970-01-01 to a date of the Gregorian calendar. Source: H. Hinnant, "chrono-compatible low-level date algorithms". */
function daysBefore(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year
  const era = Math.floor(shiftedYear / 400)
  const yearOfEra = shiftedYear - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}
