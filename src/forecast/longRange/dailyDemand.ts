import type { Workload, WorkloadVm } from '../../model/scenario.ts'
import { DAY_MS } from '../../model/resources.ts'
import type { DailyFigures } from './trend.ts'

/** What of a workload is followed: CPU used in MHz, or the memory of the VMs that are there in MiB. */
export type DemandKind = 'cpu' | 'memory'

/** Demand of one class of VMs, or of the whole pool (`vmClass` null), day by day of the workload's own time. */
export interface ClassDemand {
  readonly vmClass: string | null
  readonly vmCount: number
  /** A day's 95th percentile of CPU over time (of the sum, so that peaks of VMs may cancel), or its highest memory. */
  readonly daily: DailyFigures
}

/** Share of a day's samples that must be known of some VM. */
const KNOWN_SHARE = 0.75

/**
 * Daily demand of the pool and of each class, classes in order of their names. A VM counts from arrival to departure; through
 * a gap with what was last known of it. Whole days only: what is left over at the end is not a day.
 */
export function dailyDemand(workload: Workload, kind: DemandKind, statisticLevel = 0.95): ClassDemand[] {
  const classes = [...new Set(workload.vms.map(({ vm }) => vm.class))].sort()
  const of = (vmClass: string | null): ClassDemand => {
    const vms = workload.vms.filter(({ vm }) => vmClass === null || vm.class === vmClass)
    return { vmClass, vmCount: vms.length, daily: kind === 'cpu' ? dailyCpu(workload, vms, statisticLevel) : dailyMemory(workload, vms) }
  }
  return classes.length < 2 ? [of(null)] : [of(null), ...classes.map(of)]
}

function dailyCpu({ cpu }: Workload, vms: readonly WorkloadVm[], level: number): DailyFigures {
  if (cpu === null) return new Float64Array(0)
  const { totals, known } = totalsOf(cpu, vms)
  const perDay = Math.floor(DAY_MS / cpu.stepMs)
  return Float64Array.from({ length: Math.floor(cpu.sampleCount / perDay) }, (_, day) => {
    const samples = totals.subarray(day * perDay, (day + 1) * perDay).filter((_, place) => known[day * perDay + place] === 1)
    return samples.length < KNOWN_SHARE * perDay ? Number.NaN : samples.sort()[Math.ceil(level * samples.length) - 1]!
  })
}

/** MHz by sample, and where at least one VM is known. */
function totalsOf(cpu: NonNullable<Workload['cpu']>, vms: readonly WorkloadVm[]): { readonly totals: Float64Array; readonly known: Uint8Array } {
  const { stepMs, sampleCount, codes, divisor } = cpu
  const width = cpu.names.length
  const totals = new Float64Array(sampleCount)
  const known = new Uint8Array(sampleCount)
  for (const { vm, cpuColumn, arriveMs, departMs } of vms) {
    if (cpuColumn === null) continue
    const first = Math.max(0, Math.ceil(arriveMs / stepMs))
    const end = departMs === null ? sampleCount : Math.min(sampleCount, Math.ceil(departMs / stepMs))
    let ratio = 0
    for (let sample = first; sample < end; sample++) {
      const code = codes[sample * width + cpuColumn]!
      if (Number.isFinite(code)) {
        ratio = code / divisor
        known[sample] = 1
      }
      totals[sample]! += ratio * vm.cpuMhz
    }
  }
  return { totals, known }
}

/** The highest memory of a day: the sum can only rise when a VM arrives. */
function dailyMemory({ cpu }: Workload, vms: readonly WorkloadVm[]): DailyFigures {
  const days = cpu === null ? 0 : Math.floor((cpu.sampleCount * cpu.stepMs) / DAY_MS)
  const changes = vms.flatMap(({ vm, arriveMs, departMs }) => [{ atMs: Math.max(0, arriveMs), memoryMib: vm.memoryMib }, ...(departMs === null ? [] : [{ atMs: departMs, memoryMib: -vm.memoryMib }])])
  changes.sort((left, right) => left.atMs - right.atMs || left.memoryMib - right.memoryMib)
  let held = 0
  let next = 0
  return Float64Array.from({ length: days }, (_, day) => {
    let highest = held
    for (; next < changes.length && changes[next]!.atMs < (day + 1) * DAY_MS; next++) {
      held += changes[next]!.memoryMib
      highest = Math.max(highest, held)
    }
    return highest
  })
}
