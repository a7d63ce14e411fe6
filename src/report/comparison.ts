import type { ForecastWorth } from './forecastWorth.ts'
import type { Interval } from './intervals.ts'
import type { Metric } from './metrics.ts'

/** Policies side by side over the same seeds, with the differences from one of them. Plain values: it is written as JSON as it stands. */
export interface Comparison {
  readonly formatVersion: 1
  readonly scenario: string
  /** The policy that the others are compared with. */
  readonly base: string
  readonly policies: readonly string[]
  /** Only seeds that every policy has run with. */
  readonly seeds: readonly number[]
  /** Days with figures of their own in each run. */
  readonly dayCount: number
  /** Length of each run that the figures count, and the warm-up before it that they leave out. */
  readonly measuredMs: number
  readonly warmupMs: number
  readonly metrics: readonly MetricComparison[]
  /** The policy with the least energy (the first of equals), and those whose energy is not distinguishable from it or equal. */
  /** Of each policy that ran with its twin without forecasts; absent where none did. */
  readonly forecastWorth?: readonly ForecastWorth[]
  readonly leastEnergy: { readonly policy: string; readonly alike: readonly string[] }
  /** Sentences for people: how much was measured, by which method, what it can't say. */
  readonly notes: readonly string[]
}

export interface MetricComparison extends Pick<Metric, 'id' | 'label' | 'unit' | 'digits'> {
  /** One for each of the comparison's policies, in the same order. */
  readonly policies: readonly PolicyFigure[]
}

/** Over seeds: mean, least and greatest. */
export interface PolicyFigure {
  readonly policy: string
  readonly mean: number
  readonly min: number
  readonly max: number
  /** Null for the base. */
  readonly difference: Difference | null
}

/** This policy minus the base, paired by seed. */
export interface Difference {
  readonly mean: number
  /** Relative to the base's figure; null where that is 0. */
  readonly ratio: number | null
  /** 95 %; null where nothing supports one. */
  readonly interval: Interval | null
  readonly verdict: Verdict
  readonly method: Method
}

/**
 * `notDistinguishable`: the interval holds zero. `noSpread`: each pair gives exactly the same non-zero difference, so nothing tells how
 * far it would vary. `equal`: each pair gives exactly zero.
 */
export type Verdict = 'less' | 'more' | 'equal' | 'notDistinguishable' | 'noSpread' | 'noInterval'

export type Method =
  | { readonly kind: 'seeds'; readonly pairs: number }
  | { readonly kind: 'days'; readonly days: number; readonly blockDays: number }
  | { readonly kind: 'none'; readonly why: string }

export const verdictText: Readonly<Record<Verdict, string>> = {
  less: 'less', more: 'more', equal: 'equal', notDistinguishable: 'not distinguishable', noSpread: 'no spread', noInterval: 'no interval',
}
