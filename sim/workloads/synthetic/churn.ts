import type { Rng } from '../../../src/model/random.ts'
import type { SyntheticChurn, SyntheticFlavor } from '../../../src/model/synthetic.ts'
import { type QuantileTable, quantileAt } from './quantiles.ts'
import { weighted } from './vms.ts'

/** VMs that one tenant starts together. Azure 2017 (dev): median, 95th percentile and maximum of its README; the rest measured on the same file. */
const BATCH_VMS: QuantileTable = [
  [0, 0.5], [0.579, 1.5], [0.764, 2.5], [0.826, 3.5], [0.865, 4.5], [0.9, 6.5], [0.95, 14], [0.97, 24], [0.98, 36], [0.99, 74], [0.995, 156], [0.999, 295], [1, 587],
]

/** Lifetimes in seconds, lower ends of the trace's bins. Quartiles, p90, p95 and p99 of its README; the rest measured on the same file. */
const LIFETIME_S: QuantileTable = [
  [0, 150], [0.1, 300], [0.2, 600], [0.25, 900], [0.4, 1200], [0.5, 1500], [0.6, 1800], [0.7, 3000], [0.75, 3900], [0.8, 5000], [0.85, 11_100],
  [0.9, 21_900], [0.95, 43_500], [0.97, 57_900], [0.99, 86_700], [0.999, 173_100], [1, 259_500],
]

/** Of batches of several VMs: share in which all have one size, and in which all live equally long (measured on the same file). */
const SAME_FLAVOR_RATIO = 0.8
const SAME_LIFETIME_RATIO = 0.45

/** A VM that comes and goes. */
export interface ChurnVm {
  readonly arriveMs: number
  /** May be past the run's end. */
  readonly departMs: number
  readonly flavor: SyntheticFlavor
}

/**
 * Arrivals over the run, in order of time: batches at a constant rate (Poisson), with Azure's batch sizes and lifetimes.
 * It begins with no such VM; the number of them is steady after about 12 h x lifetimeFactor.
 */
export function drawChurn(churn: SyntheticChurn, flavors: readonly SyntheticFlavor[], durationMs: number, rng: Rng): ChurnVm[] {
  const vms: ChurnVm[] = []
  const meanGapMs = (3_600_000 * meanBatchVms(churn.batchMax)) / churn.arrivalsPerHour
  const gaps = rng.split('gaps')
  const batches = rng.split('batches')
  for (let atMs = exponential(gaps, meanGapMs); atMs < durationMs; atMs += exponential(gaps, meanGapMs)) addBatch(vms, Math.floor(atMs), churn, flavors, batches)
  return vms
}

function addBatch(vms: ChurnVm[], arriveMs: number, churn: SyntheticChurn, flavors: readonly SyntheticFlavor[], rng: Rng): void {
  const size = batchVms(rng.next(), churn.batchMax)
  const sameFlavor = rng.next() < SAME_FLAVOR_RATIO
  const sameLifetime = rng.next() < SAME_LIFETIME_RATIO
  let flavorPlace = rng.next()
  let lifetimePlace = rng.next()
  for (let vm = 0; vm < size; vm++) {
    if (vm > 0 && !sameFlavor) flavorPlace = rng.next()
    if (vm > 0 && !sameLifetime) lifetimePlace = rng.next()
    const lifetimeMs = Math.max(1000, Math.round(quantileAt(LIFETIME_S, lifetimePlace) * 1000 * churn.lifetimeFactor))
    vms.push({ arriveMs, departMs: arriveMs + lifetimeMs, flavor: weighted(flavors, flavorPlace) })
  }
}

const batchVms = (place: number, batchMax: number): number => Math.min(batchMax, Math.max(1, Math.round(quantileAt(BATCH_VMS, place))))

/** Mean batch size under the cap, by the midpoints of 20,000 equal parts. */
function meanBatchVms(batchMax: number): number {
  let sum = 0
  for (let part = 0; part < 20_000; part++) sum += batchVms((part + 0.5) / 20_000, batchMax)
  return sum / 20_000
}

const exponential = (rng: Rng, mean: number): number => -Math.log(1 - rng.next()) * mean

/**
 * Deals a load column to each VM, in order of arrival; a column is free again when its VM has left, so there are only
 * as many columns as VMs at once.
 */
export function dealColumns(vms: readonly ChurnVm[]): { readonly columns: Int32Array; readonly columnCount: number } {
  const columns = new Int32Array(vms.length)
  const departures = vms.map((_, vm) => vm).sort((a, b) => vms[a]!.departMs - vms[b]!.departMs || a - b)
  const free: number[] = []
  let columnCount = 0
  let gone = 0
  for (let vm = 0; vm < vms.length; vm++) {
    // A VM that departs has arrived before, so its column is known.
    for (; gone < vms.length && vms[departures[gone]!]!.departMs <= vms[vm]!.arriveMs; gone++) free.push(columns[departures[gone]!]!)
    columns[vm] = free.pop() ?? columnCount++
  }
  return { columns, columnCount }
}
