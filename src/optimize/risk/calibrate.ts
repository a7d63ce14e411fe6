import type { Rng } from '../../model/random.ts'
import type { DemandModel } from './demandModel.ts'
import type { DemandPaths } from './demandPaths.ts'
import { normalQuantile } from './normalQuantile.ts'

export interface CalibrationSettings {
  readonly epsilon: number
  /** What the items of a bin may want together. */
  readonly limit: number
  /** Bins tried: 200 settle the second digit. */
  readonly bins: number
}

/**
 * How many deviations above its mean a bin must be given so that, over bins of random items filled to `limit`, the share
 * `epsilon` of all instants of the paths is above. The normal quantile supposes that sums are nearly normal; where whole
 * groups of VMs work in bursts they are not, and this one says by how much. The normal quantile where nothing varies.
 */
export function calibratedQuantile(model: DemandModel, paths: DemandPaths, { epsilon, limit, bins }: CalibrationSettings, rng: Rng): number {
  const fallback = normalQuantile(1 - epsilon)
  const departures: number[] = []
  for (let bin = 0; bin < bins && model.itemCount > 0; bin++) {
    const { mean, deviation, items } = randomBin(model, limit, fallback, rng)
    if (deviation > 0) for (let path = 0; path < paths.pathCount; path++) departures.push((items.reduce((sum, item) => sum + paths.values[item * paths.pathCount + path]!, 0) - mean) / deviation)
  }
  if (departures.length === 0) return fallback
  const sorted = Float64Array.from(departures).sort()
  return Math.max(0, sorted[Math.min(sorted.length - 1, Math.ceil((1 - epsilon) * sorted.length) - 1)]!)
}

/** Items drawn without repeats until the next would pass the limit; at least one. */
function randomBin(model: DemandModel, limit: number, z: number, rng: Rng): { mean: number; deviation: number; items: number[] } {
  const left = Array.from({ length: model.itemCount }, (_, item) => item)
  const items: number[] = []
  const loads = new Float64Array(model.factorCount)
  let [mean, own, deviation] = [0, 0, 0]
  while (left.length > 0) {
    const at = rng.below(left.length)
    const item = left[at]!
    const nextLoads = loads.map((load, factor) => load + model.loadings[item * model.factorCount + factor]!)
    const nextDeviation = Math.sqrt(nextLoads.reduce((sum, load) => sum + load * load, own + model.ownVariance[item]!))
    if (items.length > 0 && mean + model.mean[item]! + z * nextDeviation > limit) break
    left[at] = left.at(-1)!
    left.pop()
    items.push(item)
    loads.set(nextLoads)
    mean += model.mean[item]!
    own += model.ownVariance[item]!
    deviation = nextDeviation
  }
  return { mean, deviation, items }
}
