import type { Round } from '../round.ts'
import { fittedRatio } from './leastSquares.ts'
import { minimumMigrationTime } from './minimumMigrationTime.ts'
import type { VmSelection } from './selection.ts'

/**
 * The VM whose past is best explained by that of the host's other VMs: highest R² of its regression on a constant and
 * all others, the first on ties (MC). With fewer samples than VMs, or where no regression can be made: least memory.
 * As many samples as VMs do: then every fit is exact, and the first VM is taken.
 */
export const maximumCorrelation: VmSelection = (round, host, list, taken) => bestExplained(round, list) ?? minimumMigrationTime(round, host, list, taken)

function bestExplained(round: Round, list: readonly number[]): number | null {
  const samples = list.reduce((least, vm) => Math.min(least, round.sampleCount[vm]!), round.samples.length)
  if (list.length < 2 || samples < list.length) return null
  const pasts = list.map((vm) => pastOf(round, vm, samples))
  const constant = new Float64Array(samples).fill(1)
  let best: number | null = null
  let highest = -Infinity
  for (let one = 0; one < list.length; one++) {
    const ratio = fittedRatio(pasts[one]!, [constant, ...pasts.slice(0, one), ...pasts.slice(one + 1)])
    if (ratio === null) return null
    if (ratio > highest) {
      highest = ratio
      best = list[one]!
    }
  }
  return best
}

/** Utilization of a VM, newest first. */
function pastOf({ samples, pool }: Round, vm: number, count: number): Float64Array {
  const past = new Float64Array(count)
  for (let sample = 0; sample < count; sample++) {
    const { vmCpuRatio, vmCpuMhz } = samples[sample]!
    past[sample] = vmCpuRatio ? vmCpuRatio[vm]! : vmCpuMhz[vm]! / pool.vms[vm]!.cpuMhz
  }
  return past
}
