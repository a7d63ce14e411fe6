import { type DemandWindow, type Moments, momentsOf } from './demandWindow.ts'
import { sharedFactors } from './sharedFactors.ts'

/**
 * Demand as numbers that add up: the sum of some items has the sum of their means, and as its variance the sum of their
 * own variances plus, for each factor, the square of the sum of their loadings.
 */
export interface DemandModel {
  readonly itemCount: number
  readonly factorCount: number
  readonly mean: Float64Array
  /** What no factor explains. */
  readonly ownVariance: Float64Array
  /** Item x factor, of any sign: two items that peak together have the same, two that take turns opposite signs. */
  readonly loadings: Float64Array
  /** Factor x instant of the window, mean square 1. */
  readonly scores: Float64Array
}

export interface DemandModelSettings {
  readonly factorsMax: number
  /** As if so many samples of the whole pool had been seen of every item beside its own. */
  readonly poolSamples: number
}

export const DEFAULT_DEMAND_MODEL: DemandModelSettings = { factorsMax: 4, poolSamples: 4 }

/**
 * Demand of each item from its samples. An item with n samples counts as the mixture of itself, weight n / (n +
 * `poolSamples`), and a sample of the pool drawn at random, scaled to its size: few samples are not taken for the whole
 * truth, and an item without any is as uncertain as the pool is mixed. Where the pool has no sample at all, every item is
 * taken to want its whole size. Finite for every window.
 */
export function demandModel(window: DemandWindow, settings: DemandModelSettings = DEFAULT_DEMAND_MODEL): DemandModel {
  const moments = momentsOf(window)
  const { factorCount, scores, correlations } = sharedFactors(window, moments, settings.factorsMax)
  const own = { ...moments, loadings: correlations.map((value, at) => value * Math.sqrt(moments.variance[Math.floor(at / factorCount)]!)) }
  const pool = poolOf(window, own, factorCount)
  const { itemCount } = window
  const model = { itemCount, factorCount, mean: new Float64Array(itemCount), ownVariance: new Float64Array(itemCount), loadings: new Float64Array(itemCount * factorCount), scores }
  for (let item = 0; item < itemCount; item++) enter(model, item, window.size[item]!, own, pool, trust(moments.known[item]!, settings.poolSamples))
  return model
}

const trust = (known: number, poolSamples: number): number => (known === 0 ? 0 : known / (known + poolSamples))

type OwnMoments = Moments & { readonly loadings: Float64Array }

/** Moments of a random sample of the pool as ratios of its item's size. */
interface PoolMoments {
  readonly mean: number
  readonly variance: number
  readonly loadings: Float64Array
}

function poolOf({ itemCount, size }: DemandWindow, own: OwnMoments, factorCount: number): PoolMoments {
  const total = own.known.reduce((sum, count) => sum + count, 0)
  const loadings = new Float64Array(factorCount)
  if (total === 0) return { mean: 1, variance: 0, loadings }
  const share = (item: number): number => own.known[item]! / total / size[item]!
  const mean = own.mean.reduce((sum, value, item) => sum + share(item) * value, 0)
  let variance = 0
  for (let item = 0; item < itemCount; item++) {
    variance += (own.known[item]! / total) * (own.variance[item]! / size[item]! ** 2 + (own.mean[item]! / size[item]! - mean) ** 2)
    for (let factor = 0; factor < factorCount; factor++) loadings[factor]! += share(item) * own.loadings[item * factorCount + factor]!
  }
  return { mean, variance, loadings }
}

/** Mean, variance and loadings of the mixture. */
function enter(model: DemandModel, item: number, size: number, own: OwnMoments, pool: PoolMoments, weight: number): void {
  const rest = 1 - weight
  const apart = own.mean[item]! - pool.mean * size
  model.mean[item] = weight * own.mean[item]! + rest * pool.mean * size
  let unexplained = weight * own.variance[item]! + rest * pool.variance * size * size + weight * rest * apart * apart
  for (let factor = 0; factor < model.factorCount; factor++) {
    const at = item * model.factorCount + factor
    const loading = weight * own.loadings[at]! + rest * pool.loadings[factor]! * size
    model.loadings[at] = loading
    unexplained -= loading * loading
  }
  model.ownVariance[item] = Math.max(0, unexplained)
}
