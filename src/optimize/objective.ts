import { type Packing, UNASSIGNED } from './packing.ts'

/** Weights of the objective's terms: one unplaced or undrained item outweighs any load term. */
const WEIGHT = { unplaced: 1e6, undrained: 1e4, overload: 1e3 } as const

/** Load of every bin under a placement, bin x dimensions. */
export function binLoads(packing: Packing, assignment: Int32Array): Float64Array {
  const { dimensions, itemCount, demand } = packing
  const loads = packing.base.slice()
  for (let item = 0; item < itemCount; item++) {
    const bin = assignment[item]!
    if (bin === UNASSIGNED) continue
    for (let d = 0; d < dimensions; d++) loads[bin * dimensions + d]! += demand[item * dimensions + d]!
  }
  return loads
}

/**
 * Value of a placement, lower is better: unplaced items, items left in bins to drain, load above the relief limits
 * (as a ratio of the bin), cost of bins in use. Spread counts as the variance of utilization when balance is asked.
 */
export function objectiveOf(packing: Packing, assignment: Int32Array): number {
  const { dimensions, itemCount, binCount, loadDimension, size } = packing
  const loads = binLoads(packing, assignment)
  const used = new Uint8Array(binCount)
  let value = 0
  for (let item = 0; item < itemCount; item++) {
    const bin = assignment[item]!
    if (bin === UNASSIGNED) value += WEIGHT.unplaced
    else {
      used[bin] = 1
      if (packing.drain[bin] === 1 && packing.movable[item] === 1) value += WEIGHT.undrained
    }
  }
  for (let bin = 0; bin < binCount; bin++) {
    if (used[bin] === 1) value += packing.binCost[bin]!
    const at = bin * dimensions + loadDimension
    if (packing.relieve[bin] === 1) value += (WEIGHT.overload * Math.max(0, loads[at]! - packing.relieveLimit[bin]!)) / size[at]!
  }
  return packing.spreadMax === null ? value : value + utilizationVariance(packing, loads)
}

/** A bound from sums: items that exist must be held by bins, at best by those with the least cost per size. Zero for every other term. */
export function lowerBoundOf(packing: Packing): number {
  const { dimensions, itemCount, binCount } = packing
  let bound = 0
  for (let d = 0; d < dimensions; d++) {
    let left = 0
    for (let item = 0; item < itemCount; item++) left += packing.demand[item * dimensions + d]!
    const bins = Array.from({ length: binCount }, (_, bin) => bin).filter((bin) => packing.capacity[bin * dimensions + d]! > 0)
    // A dimension without limit fits in any single bin: it bounds nothing.
    if (bins.some((bin) => packing.capacity[bin * dimensions + d] === Infinity)) continue
    const rate = (bin: number): number => packing.binCost[bin]! / packing.capacity[bin * dimensions + d]!
    bins.sort((a, b) => rate(a) - rate(b) || a - b)
    let cost = 0
    for (const bin of bins) {
      if (left <= 0) break
      const share = Math.min(1, left / packing.capacity[bin * dimensions + d]!)
      cost += share * packing.binCost[bin]!
      left -= share * packing.capacity[bin * dimensions + d]!
    }
    bound = Math.max(bound, cost)
  }
  return bound
}

function utilizationVariance(packing: Packing, loads: Float64Array): number {
  let count = 0
  let sum = 0
  let squares = 0
  for (let bin = 0; bin < packing.binCount; bin++) {
    if (packing.receives[bin] === 0) continue
    const at = bin * packing.dimensions + packing.loadDimension
    const utilization = loads[at]! / packing.size[at]!
    count++
    sum += utilization
    squares += utilization * utilization
  }
  return count === 0 ? 0 : squares / count - (sum / count) ** 2
}
