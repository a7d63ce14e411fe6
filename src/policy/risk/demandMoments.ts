import type { LoadFrame } from '../../model/history.ts'
import { VM, type Pool } from '../../model/pool.ts'

/** Mean and variance of what each VM wants, learned sample by sample; columns by VM slot, as ratios of the VM's size. Never changed once made. */
export interface DemandMoments {
  readonly takenAtMs: number
  /** Samples that the figures rest on, at most as many as fit into the memory. */
  readonly known: Float64Array
  readonly mean: Float64Array
  readonly variance: Float64Array
}

export const NO_MOMENTS: DemandMoments = { takenAtMs: -1, known: new Float64Array(0), mean: new Float64Array(0), variance: new Float64Array(0) }

/**
 * The moments after one more frame: running means at first, then exponentially forgetting with `memoryMs`. A slot that
 * another VM took since the last frame begins anew; an unknown value changes nothing.
 */
export function learnFrame(before: DemandMoments, pool: Pool, frame: LoadFrame, memoryMs: number): DemandMoments {
  const size = pool.vms.length
  const known = grown(before.known, size)
  const mean = grown(before.mean, size)
  const variance = grown(before.variance, size)
  const knownMax = Math.max(1, memoryMs / Math.max(1, frame.intervalMs))
  const length = Math.min(size, frame.vmCpuMhz.length)
  for (let vm = 0; vm < length; vm++) {
    if (pool.vmSinceMs[vm]! > before.takenAtMs) known[vm] = mean[vm] = variance[vm] = 0
    const demand = frame.vmCpuMhz[vm]!
    if (!(demand >= 0) || frame.takenAtMs <= pool.vmSinceMs[vm]! || pool.vmState[vm] === VM.gone) continue
    const count = Math.min(known[vm]! + 1, knownMax)
    const step = 1 / count
    const apart = demand / Math.max(1, pool.vms[vm]!.cpuMhz) - mean[vm]!
    known[vm] = count
    mean[vm]! += step * apart
    variance[vm] = count === 1 ? 0 : (1 - step) * (variance[vm]! + step * apart * apart)
  }
  return { takenAtMs: frame.takenAtMs, known, mean, variance }
}

function grown(column: Float64Array, size: number): Float64Array {
  const copy = new Float64Array(Math.max(size, column.length))
  copy.set(column)
  return copy
}

/** Where a pool has told nothing yet: the mean's own samples count from the first one on, deviations follow the mean. */
const FIRST_GUESS = { mean: 0.25, meanSamples: 0.5, varianceScale: 0.15 }
/** So many samples of its own weigh as much as what VMs of its mean usually vary by. */
const VARIANCE_SAMPLES = 6
/** VMs with fewer samples don't say yet how much they vary. */
const TELLING_SAMPLES = 4
/** A VM's variance grows with this power of its mean: between that of counts (1) and that of rates (2). */
const VARIANCE_POWER = 1.5

/** What the pool's VMs have in common: what is believed of one of which little is known. */
interface PoolPrior {
  readonly mean: number
  /** So many samples of its own weigh as much as the pool's mean. */
  readonly meanSamples: number
  /** Variance of a VM by its mean: scale x mean^1.5. */
  readonly varianceScale: number
}

/** Demand of each VM in the next interval, in MHz and MHz²: what is known of it, mixed with what VMs of this pool are like. */
export interface ExpectedDemand {
  readonly meanMhz: Float64Array
  readonly varianceMhz2: Float64Array
}

/** One pass for the pool, one for the VMs. Source of the mixture: empirical Bayes shrinkage (Efron & Morris, JASA 70, 1975). */
export function expectedDemand(moments: DemandMoments, pool: Pool): ExpectedDemand {
  const prior = priorOf(moments, pool)
  const size = pool.vms.length
  const expected: ExpectedDemand = { meanMhz: new Float64Array(size), varianceMhz2: new Float64Array(size) }
  for (let vm = 0; vm < size; vm++) {
    if (pool.vmState[vm] === VM.gone) continue
    const known = moments.known[vm] ?? 0
    const mean = known === 0 ? prior.mean : (prior.meanSamples * prior.mean + known * moments.mean[vm]!) / (prior.meanSamples + known)
    const usual = prior.varianceScale * mean ** VARIANCE_POWER
    const variance = known === 0 ? usual : (VARIANCE_SAMPLES * usual + known * moments.variance[vm]!) / (VARIANCE_SAMPLES + known)
    const sizeMhz = pool.vms[vm]!.cpuMhz
    expected.meanMhz[vm] = mean * sizeMhz
    // The mean itself is uncertain too: it rests on so many samples.
    expected.varianceMhz2[vm] = variance * (1 + 1 / (prior.meanSamples + known)) * sizeMhz * sizeMhz
  }
  return expected
}

function priorOf({ known, mean, variance }: DemandMoments, pool: Pool): PoolPrior {
  let [count, sum, squares, telling, within, usual] = [0, 0, 0, 0, 0, 0]
  for (let vm = 0; vm < Math.min(known.length, pool.vms.length); vm++) {
    if (known[vm] === 0 || pool.vmState[vm] === VM.gone) continue
    count++
    sum += mean[vm]!
    squares += mean[vm]! * mean[vm]!
    if (known[vm]! < TELLING_SAMPLES) continue
    telling++
    within += variance[vm]!
    usual += mean[vm]! ** VARIANCE_POWER
  }
  if (count === 0) return FIRST_GUESS
  const poolMean = sum / count
  const between = Math.max(0, squares / count - poolMean * poolMean)
  const tells = 2 * telling >= count && usual > 0 && between > 0
  return { mean: poolMean, meanSamples: tells ? Math.min(4, Math.max(0.1, within / telling / between)) : FIRST_GUESS.meanSamples, varianceScale: tells ? within / usual : FIRST_GUESS.varianceScale }
}
