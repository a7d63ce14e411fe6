import type { Workload } from '../../../../src/model/scenario.ts'
import { DEFAULT_SYNTHETIC, type SyntheticProfile, type SyntheticSettings } from '../../../../src/model/synthetic.ts'
import { generateWorkload } from '../../../../sim/workloads/synthetic/generate.ts'
import { seededRng } from '../../../../sim/random.ts'
import { autocorrelation, changesOf, columnsOf, correlation, deviation, fiveQuantiles, hourly, mean, quantile, shareOf, timeOfDayShare } from './statistics.ts'

const DAY_MS = 86_400_000

/** A published figure (or five quantiles over VMs), how far a generated one may be off, and how it is measured. */
export interface Published {
  readonly name: string
  readonly published: readonly number[]
  /** A generated figure may differ by this plus `relative` x the published one. */
  readonly absolute: number
  readonly relative: number
  readonly measure: (columns: readonly (readonly number[])[]) => readonly number[]
}

const five = (name: string, published: readonly number[], absolute: number, relative: number, per: (column: readonly number[]) => number): Published =>
  ({ name, published, absolute, relative, measure: (columns) => fiveQuantiles(columns.map(per)) })

const one = (name: string, published: number, absolute: number, measure: (columns: readonly (readonly number[])[]) => number): Published =>
  ({ name, published: [published], absolute, relative: 0, measure: (columns) => [measure(columns)] })

const variation = (column: readonly number[]): number => deviation(column) / mean(column)

const autocorrelations = (five5min: readonly number[], hour: readonly number[], hours6: readonly number[], day: readonly number[], week: readonly number[]): Published[] => [
  five('autocorrelation at 5 min', five5min, 0.17, 0, (column) => autocorrelation(column, 1)),
  five('autocorrelation at 1 h', hour, 0.2, 0, (column) => autocorrelation(column, 12)),
  five('autocorrelation at 6 h', hours6, 0.3, 0, (column) => autocorrelation(column, 72)),
  five('autocorrelation at 1 day', day, 0.3, 0, (column) => autocorrelation(column, 288)),
  five('autocorrelation at 7 days', week, 0.25, 0, (column) => autocorrelation(column, 2016)),
]

/** Bitbrains "rnd", August 2013, 500 VMs and 31 days, percent. */
export const BITBRAINS_CPU: readonly Published[] = [
  five('VM mean, %', [0.01, 0.34, 1.5, 4.2, 42], 0.03, 0.3, mean),
  one('fleet mean, %', 7, 1, (columns) => mean(columns.map(mean))),
  one('standard deviation of all samples', 20.2, 4, (columns) => deviation(columns.flat())),
  one('idle VMs (mean under 1 %)', 0.37, 0.03, (columns) => shareOf(columns.map(mean), (level) => level < 1)),
  one('samples above 80 %', 0.036, 0.013, (columns) => shareOf(columns.flat(), (value) => value > 80)),
  ...autocorrelations([-0.4, 0.19, 0.6, 0.86, 0.98], [-0.11, 0.03, 0.29, 0.63, 0.92], [-0.01, 0.01, 0.13, 0.41, 0.69], [0, 0.04, 0.17, 0.42, 0.84], [-0.09, 0, 0.08, 0.27, 0.77]).map(
    (figure, index) => (index === 0 ? { ...figure, absolute: 0.35 } : figure)),
  five('autocorrelation at 1 day, hourly averages', [-0.01, 0.11, 0.32, 0.53, 0.88], 0.3, 0, (column) => autocorrelation(hourly(column), 24)),
  five('variance explained by the time of day, hourly averages', [0.01, 0.03, 0.05, 0.15, 0.63], 0.25, 0, (column) => timeOfDayShare(hourly(column))),
]

/** The same set's active memory. */
export const BITBRAINS_MEMORY: readonly Published[] = [
  five('VM mean, %', [0.8, 3.1, 5.3, 11, 33], 0.2, 0.15, mean),
  five('coefficient of variation', [0.19, 0.34, 0.63, 1.1, 3.5], 0.1, 0.25, variation),
  ...autocorrelations([-0.21, 0.31, 0.44, 0.77, 0.93], [-0.13, 0.03, 0.22, 0.44, 0.82], [-0.01, 0.02, 0.11, 0.28, 0.7], [0.01, 0.04, 0.14, 0.36, 0.71], [-0.04, 0.02, 0.07, 0.21, 0.7]).map(
    (figure) => ({ ...figure, absolute: 0.35 })),
]

/** PlanetLab 20110303, 1,052 VMs, one day, percent. */
export const PLANETLAB_CPU: readonly Published[] = [
  five('VM mean, %', [1.4, 2.8, 6.8, 14, 41], 0.1, 0.1, mean),
  five('VM standard deviation', [1.4, 2.5, 5.3, 9, 17], 0.4, 0.2, deviation),
  five('VM 95th percentile', [4, 7, 15, 32, 70], 1, 0.2, (column) => quantile(column, 0.95)),
  five('VM maximum', [8, 21, 42, 76, 96], 5, 0.2, (column) => Math.max(...column)),
  five('autocorrelation at 5 min', [-0.07, -0.01, 0.05, 0.13, 0.34], 0.08, 0, (column) => autocorrelation(column, 1)),
  five('autocorrelation at 1 h', [-0.07, -0.01, 0.04, 0.11, 0.27], 0.17, 0, (column) => autocorrelation(column, 12)),
  one('fleet mean, %', 12.31, 1, (columns) => mean(columns.map(mean))),
  one('standard deviation of all samples', 17.09, 2, (columns) => deviation(columns.flat())),
  one('samples that are 0 in whole percent', 0.15, 0.05, (columns) => shareOf(columns.flat(), (value) => value < 0.5)),
  one('mean change between samples', 5.9, 2, (columns) => mean(columns.map((column) => mean(changesOf(column))))),
  one('changes over 10 points', 0.14, 0.06, (columns) => shareOf(columns.flatMap(changesOf), (change) => change > 10)),
  { name: 'correlation between two VMs', published: [-0.1, -0.04, 0, 0.04, 0.12], absolute: 0.03, relative: 0, measure: (columns) => fiveQuantiles(columns.slice(1).map((column, index) => correlation(column, columns[index]!))) },
]

export const START_UNIX_MS = Date.UTC(2013, 7, 1)

export function synthetic(settings: Partial<SyntheticSettings>, seed: number, days: number): Workload {
  return generateWorkload({ ...DEFAULT_SYNTHETIC, ...settings }, { durationMs: days * DAY_MS, startUnixMs: START_UNIX_MS, rng: seededRng(seed, 'workload') })
}

/** Fitted series: published figures and the workload that is held to them. */
export const FITS: readonly { readonly title: string; readonly kind: 'cpu' | 'memory'; readonly figures: readonly Published[]; readonly profile: SyntheticProfile; readonly vmCount: number; readonly days: number }[] = [
  { title: 'CPU of `business` against Bitbrains, August 2013', kind: 'cpu', figures: BITBRAINS_CPU, profile: 'business', vmCount: 500, days: 31 },
  { title: 'Memory against Bitbrains, August 2013', kind: 'memory', figures: BITBRAINS_MEMORY, profile: 'business', vmCount: 500, days: 31 },
  { title: 'CPU of `planetlab` against PlanetLab, 20110303', kind: 'cpu', figures: PLANETLAB_CPU, profile: 'planetlab', vmCount: 1052, days: 1 },
]

/** The generated figures of a fit, in the order of its published ones. */
export function measureFit(fit: (typeof FITS)[number], seed: number): (readonly number[])[] {
  const workload = synthetic({ profile: fit.profile, vmCount: fit.vmCount, memorySeries: fit.kind === 'memory' }, seed, fit.days)
  const columns = columnsOf(workload[fit.kind]!)
  return fit.figures.map((figure) => figure.measure(columns))
}
