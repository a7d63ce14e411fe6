import type { Problem, Term } from '../problem.ts'
import type { DemandModel } from './demandModel.ts'
import type { DemandPaths } from './demandPaths.ts'
import { normalQuantile } from './normalQuantile.ts'

interface RiskSettings {
  readonly name: string
  /** By bin: what its items may want together, in the unit of the demand. */
  readonly limit: Float64Array
  /** How likely a bin may be above its limit, above 0 and below 1. */
  readonly epsilon: number
  /** Cost of a whole limit's excess. There is no hard form: a weight above all that other terms can gain acts as one. */
  readonly weight: number
}

/**
 * The problem with a further term: P(items of a bin want more than its limit) <= `epsilon`, by mean and variance with
 * shared factors. Adds 2 + factors dimensions without capacity; those of factors hold demands of any sign. Its value is
 * the sum over bins of how far mean + z x deviation is above the limit, as a ratio of the limit. `z` defaults to the
 * normal quantile of 1 - `epsilon`; `cantelliQuantile` is the one that asks nothing of the distribution.
 */
export function addRisk(problem: Problem, model: DemandModel, settings: RiskSettings & { readonly z?: number }): Problem {
  const { factorCount, mean, ownVariance, loadings } = model
  const first = problem.dimensions
  const wider = withDimensions(problem, 2 + factorCount, (item, d) => (d === 0 ? mean[item]! : d === 1 ? ownVariance[item]! : loadings[item * factorCount + d - 2]!))
  const term: Term = {
    name: settings.name, weight: settings.weight, kind: 'risk', mean: first, variance: first + 1, factors: Array.from({ length: factorCount }, (_, factor) => first + 2 + factor),
    z: settings.z ?? normalQuantile(1 - settings.epsilon), limit: settings.limit, scale: settings.limit.map((limit) => (limit > 0 ? 1 / limit : 1)),
  }
  return { ...wider, terms: [...problem.terms, term] }
}

/** The same by aligned paths: at most the share `epsilon` of the instants may find a bin above its limit. Adds one dimension a path. */
export function addPaths(problem: Problem, paths: DemandPaths, { name, limit, epsilon, weight }: RiskSettings): Problem {
  const { pathCount, values } = paths
  const wider = withDimensions(problem, pathCount, (item, d) => values[item * pathCount + d]!)
  const term: Term = { name, weight, kind: 'paths', first: problem.dimensions, count: pathCount, limit, shareMax: epsilon }
  return { ...wider, terms: [...problem.terms, term] }
}

/** Further dimensions that limit nothing by themselves. */
function withDimensions(problem: Problem, more: number, demandOf: (item: number, dimension: number) => number): Problem {
  const { itemCount, binCount, dimensions } = problem
  const added = new Float64Array(itemCount * more)
  for (let at = 0; at < added.length; at++) added[at] = demandOf(Math.floor(at / more), at % more)
  return {
    ...problem, dimensions: dimensions + more,
    demand: widened(problem.demand, dimensions, added, more), base: widened(problem.base, dimensions, new Float64Array(binCount * more), more),
    capacity: widened(problem.capacity, dimensions, new Float64Array(binCount * more).fill(Infinity), more),
    transient: Uint8Array.from([...problem.transient, ...new Uint8Array(more)]),
  }
}

/** Two tables with the same rows, side by side. */
function widened(left: Float64Array, leftWidth: number, right: Float64Array, rightWidth: number): Float64Array {
  const width = leftWidth + rightWidth
  const rows = leftWidth > 0 ? left.length / leftWidth : rightWidth > 0 ? right.length / rightWidth : 0
  const table = new Float64Array(rows * width)
  for (let row = 0; row < rows; row++) {
    table.set(left.subarray(row * leftWidth, (row + 1) * leftWidth), row * width)
    table.set(right.subarray(row * rightWidth, (row + 1) * rightWidth), row * width + leftWidth)
  }
  return table
}
