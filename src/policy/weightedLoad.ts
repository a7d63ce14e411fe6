import { NOWHERE, VM, cpuForVmsMhz, memoryForVmsMib, type Pool } from '../model/pool.ts'
import type { Packing } from '../optimize/packing.ts'
import type { GoalView } from './wish.ts'

/** How full hosts are by several resources at once: what VMs and hosts count for in units of the pool's mean host. */
export interface WeightedLoad {
  readonly vm: Float64Array
  readonly host: Float64Array
}

/** By the weights of even distribution; null where CPU alone counts. */
export function weightedLoad({ pool, load, policy }: GoalView): WeightedLoad | null {
  const { cpuWeight, memoryWeight, networkWeight } = policy.evenDistribution
  if (memoryWeight === 0 && networkWeight === 0) return null
  const parts = [
    { weight: cpuWeight, demand: load.vmShortMhz, size: Float64Array.from(pool.hosts, cpuForVmsMhz) },
    { weight: memoryWeight, demand: load.vmMemoryMib, size: Float64Array.from(pool.hosts, memoryForVmsMib) },
    { weight: networkWeight, demand: load.vmNetworkMibPerS, size: Float64Array.from(pool.hosts, ({ capacity }) => capacity.networkMibPerS) },
  ].filter(({ weight }) => weight > 0)
  const whole = parts.reduce((sum, { weight }) => sum + weight, 0)
  const scaled = parts.map(({ weight, demand, size }) => ({ demand, size, scale: weight / whole / Math.max(1e-9, size.reduce((a, b) => a + b, 0) / Math.max(1, size.length)) }))
  const total = (count: number, column: 'demand' | 'size'): Float64Array => Float64Array.from({ length: count }, (_, at) => scaled.reduce((sum, part) => sum + part.scale * part[column][at]!, 0))
  return { vm: total(pool.vms.length, 'demand'), host: total(pool.hosts.length, 'size') }
}

/** Weighted utilization of every host: a VM that migrates counts at both ends. */
export function weightedUtilization(pool: Pool, { vm: demand, host: size }: WeightedLoad): Float64Array {
  const used = new Float64Array(pool.hosts.length)
  for (let vm = 0; vm < pool.vms.length; vm++) {
    const state = pool.vmState[vm]!
    if (state !== VM.running && state !== VM.migrating && state !== VM.starting) continue
    for (const host of [pool.vmHost[vm]!, pool.vmTarget[vm]!]) if (host !== NOWHERE) used[host]! += demand[vm]!
  }
  return used.map((amount, host) => amount / Math.max(1e-9, size[host]!))
}

/**
 * The packing with the weighted load as a further dimension, by which it is balanced. Only where balance is all that is
 * asked for: relief and consolidation go by CPU.
 */
export function balancedByWeights(view: GoalView, packing: Packing, itemVm: Int32Array): Packing {
  const weighted = packing.spreadMax === null || packing.relieve.includes(1) || packing.emptyCandidates.length > 0 ? null : weightedLoad(view)
  if (weighted === null) return packing
  const { dimensions } = packing
  const widened = (column: Float64Array, added: (row: number) => number): Float64Array =>
    Float64Array.from({ length: (column.length / dimensions) * (dimensions + 1) }, (_, at) => {
      const [row, dimension] = [Math.floor(at / (dimensions + 1)), at % (dimensions + 1)]
      return dimension === dimensions ? added(row) : column[row * dimensions + dimension]!
    })
  return {
    ...packing, dimensions: dimensions + 1, loadDimension: dimensions, demand: widened(packing.demand, (item) => weighted.vm[itemVm[item]!]!), size: widened(packing.size, (bin) => weighted.host[bin]!),
    capacity: widened(packing.capacity, () => Infinity), fillLimit: widened(packing.fillLimit, () => Infinity), base: widened(packing.base, () => 0),
  }
}
