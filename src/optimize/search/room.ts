import type { Problem } from '../problem.ts'

/** Sums of fractions are off by a few times 2^-53 a summand; this is far more than any of ours can be. */
const ROUNDING = 1e-11
const EXACT_PARTS = [1, 2 ** 10, 2 ** 20] as const

/**
 * Capacities as a search may fill them, bin x dimension. A dimension of whole numbers, or of whole parts of a power of
 * two, is added exactly and filled to the brim. In others a load that just fits by one order of summing may not by another: they keep a hair free, unless
 * the bin is fuller than that already.
 */
export function limitsOf(problem: Problem, loads: Float64Array): Float64Array {
  const { dimensions, capacity } = problem
  const limits = capacity.slice()
  for (let d = 0; d < dimensions; d++) {
    if (EXACT_PARTS.some((parts) => addsExactly(problem, d, parts))) continue
    for (let at = d; at < limits.length; at += dimensions) {
      const limit = capacity[at]! - ROUNDING * Math.max(1, Math.abs(capacity[at]!))
      if (limit < Number.MAX_VALUE && (loads[at]! <= limit || loads[at]! > capacity[at]!)) limits[at] = limit
    }
  }
  return limits
}

/** Dimensions that limit some bin. */
export function limitedDimensions(problem: Problem): Int32Array {
  const { dimensions, capacity } = problem
  return Int32Array.from(Array.from({ length: dimensions }, (_, d) => d).filter((d) => {
    for (let at = d; at < capacity.length; at += dimensions) if (capacity[at]! < Number.MAX_VALUE) return true
    return false
  }))
}

function addsExactly(problem: Problem, dimension: number, parts: number): boolean {
  let sum = 0
  for (const column of [problem.demand, problem.base]) {
    for (let at = dimension; at < column.length; at += problem.dimensions) {
      if (!Number.isInteger(column[at]! * parts)) return false
      sum += Math.abs(column[at]!) * parts
    }
  }
  return sum < Number.MAX_SAFE_INTEGER
}
