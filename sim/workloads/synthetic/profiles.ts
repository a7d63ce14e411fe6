import type { SyntheticProfile } from '../../../src/model/synthetic.ts'
import type { QuantileTable } from './quantiles.ts'
import { weekCurve } from './rhythm.ts'

/** A uniform draw from low to high. */
export type Range = readonly [low: number, high: number]

/**
 * How VMs of a stretch of the level distribution move around their mean. A sample is
 * `scale x (base + spread z + burst max(0, z - knee))`, cut to 0..1, where z has mean 0 and variance 1 and is the sum of
 * a fast part (AR(1) over 5 minutes), a slow part (AR(1) over hours) and the rhythm of the week.
 */
export interface Band {
  /** The band holds the VMs up to this probability of the level distribution. */
  readonly upTo: number
  readonly base: Range
  readonly spread: Range
  readonly burst: Range
  readonly knee: Range
  /** Correlation of the fast part over 5 minutes. */
  readonly fastCorrelation: Range
  /** Share of the variance that is slow, and its correlation over an hour. */
  readonly slowShare: Range
  readonly slowCorrelation: Range
  /** Share of the VMs with a rhythm, and the share of their variance that it makes. */
  readonly rhythmChance: number
  readonly rhythmShare: Range
}

/** 24 values: midnight to 23 h. */
export type DayCurve = readonly number[]

/** One kind of load: levels, how they move, and the rhythm of the week. */
export interface LoadProfile {
  /** VM means as ratios. */
  readonly levels: QuantileTable
  readonly bands: readonly Band[]
  readonly rhythm: Float64Array
  /** Each VM's clock is off by a draw from this. */
  readonly phaseHours: Range
  /** Chance that a VM's level is at the same probability as its size: large VMs are the busy ones. */
  readonly sizeCoupling: number
}

const WORKING_DAY: DayCurve = [0.05, 0.04, 0.03, 0.03, 0.04, 0.06, 0.12, 0.35, 0.72, 0.95, 1, 0.98, 0.82, 0.86, 0.97, 0.98, 0.9, 0.68, 0.4, 0.25, 0.18, 0.14, 0.1, 0.07]
const FREE_DAY: DayCurve = [0.04, 0.03, 0.03, 0.03, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.11, 0.12, 0.12, 0.11, 0.11, 0.1, 0.1, 0.1, 0.1, 0.09, 0.08, 0.07, 0.06, 0.05]
const WORKING_WEEK = weekCurve(WORKING_DAY, FREE_DAY)
const NIGHT_JOB: DayCurve = [1, 1, 0.7, 0.1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.1, 0.6, 0.9, 1]

const BUSINESS: LoadProfile = {
  // Bitbrains, August: 5/25/50/75/95 % of its README, 37 % under 0.01; places between them measured on the same file.
  levels: [[0, 0.00001], [0.05, 0.00014], [0.1, 0.0008], [0.25, 0.0034], [0.37, 0.01], [0.5, 0.0155], [0.6, 0.019], [0.75, 0.0415], [0.85, 0.117], [0.9, 0.31], [0.95, 0.42], [0.98, 0.49], [1, 0.52]],
  bands: [
    { upTo: 0.1, base: [0, 0], spread: [0, 0], burst: [1, 1], knee: [2, 3.2], fastCorrelation: [0, 0.4], slowShare: [0, 0], slowCorrelation: [0, 0], rhythmChance: 0, rhythmShare: [0, 0] },
    { upTo: 0.2, base: [0, 0], spread: [0.2, 0.5], burst: [1, 1], knee: [-0.2, 1.2], fastCorrelation: [-0.95, 0.2], slowShare: [0, 0.05], slowCorrelation: [0.8, 0.9], rhythmChance: 0.1, rhythmShare: [0.05, 0.2] },
    { upTo: 0.78, base: [1, 1], spread: [0.05, 0.4], burst: [2, 18], knee: [1.4, 2.5], fastCorrelation: [0.1, 0.8], slowShare: [0.05, 0.75], slowCorrelation: [0.92, 0.9995], rhythmChance: 0.45, rhythmShare: [0.3, 0.88] },
    { upTo: 0.88, base: [0.7, 0.9], spread: [0.2, 0.4], burst: [1, 3], knee: [0.7, 1.5], fastCorrelation: [0.6, 0.95], slowShare: [0.2, 0.9], slowCorrelation: [0.9, 0.998], rhythmChance: 0.6, rhythmShare: [0.4, 0.95] },
    { upTo: 1, base: [0.1, 0.2], spread: [0, 0.04], burst: [8, 20], knee: [0, 1], fastCorrelation: [0.9, 0.985], slowShare: [0.3, 0.8], slowCorrelation: [0.9, 0.997], rhythmChance: 0.3, rhythmShare: [0.2, 0.6] },
  ],
  rhythm: WORKING_WEEK, phaseHours: [-8, 8], sizeCoupling: 0.55,
}

const OFFICE: LoadProfile = {
  levels: [[0, 0.03], [0.1, 0.06], [0.25, 0.1], [0.5, 0.16], [0.75, 0.24], [0.95, 0.38], [1, 0.5]],
  bands: [{ upTo: 1, base: [1, 1], spread: [0.7, 0.95], burst: [0.5, 2], knee: [1.8, 2.4], fastCorrelation: [0.5, 0.9], slowShare: [0.03, 0.08], slowCorrelation: [0.7, 0.95], rhythmChance: 0.9, rhythmShare: [0.7, 0.88] }],
  rhythm: WORKING_WEEK, phaseHours: [-1, 1], sizeCoupling: 0,
}

const STEADY: LoadProfile = {
  levels: [[0, 0.05], [0.25, 0.15], [0.5, 0.22], [0.75, 0.3], [0.95, 0.5], [1, 0.6]],
  bands: [{ upTo: 1, base: [1, 1], spread: [0.02, 0.12], burst: [0, 0.5], knee: [2, 2.5], fastCorrelation: [0.3, 0.9], slowShare: [0.1, 0.4], slowCorrelation: [0.9, 0.99], rhythmChance: 0, rhythmShare: [0, 0] }],
  rhythm: WORKING_WEEK, phaseHours: [0, 0], sizeCoupling: 0,
}

const PLANETLAB: LoadProfile = {
  // 20110303: 5/25/50/75/95 % of its README.
  levels: [[0, 0.005], [0.05, 0.014], [0.25, 0.028], [0.5, 0.068], [0.75, 0.14], [0.95, 0.41], [1, 0.75]],
  bands: [
    { upTo: 0.75, base: [0.55, 0.85], spread: [0.4, 0.7], burst: [2, 7], knee: [1.5, 2.2], fastCorrelation: [-0.08, 0.16], slowShare: [0, 0.05], slowCorrelation: [0.8, 0.95], rhythmChance: 0, rhythmShare: [0, 0] },
    { upTo: 1, base: [0.9, 1], spread: [0.15, 0.45], burst: [0.5, 2.2], knee: [1.3, 2], fastCorrelation: [0, 0.35], slowShare: [0, 0.3], slowCorrelation: [0.8, 0.95], rhythmChance: 0, rhythmShare: [0, 0] },
  ],
  rhythm: WORKING_WEEK, phaseHours: [0, 0], sizeCoupling: 0,
}

const BATCH: LoadProfile = {
  levels: [[0, 0.05], [0.25, 0.1], [0.5, 0.15], [0.75, 0.22], [1, 0.35]],
  bands: [{ upTo: 1, base: [0.04, 0.08], spread: [0, 0.02], burst: [8, 20], knee: [0.8, 1.4], fastCorrelation: [0.7, 0.95], slowShare: [0.03, 0.1], slowCorrelation: [0.8, 0.95], rhythmChance: 1, rhythmShare: [0.75, 0.88] }],
  rhythm: weekCurve(NIGHT_JOB, NIGHT_JOB), phaseHours: [-3, 3], sizeCoupling: 0,
}

/** CPU load of each named profile. */
export const CPU_PROFILES: Readonly<Record<SyntheticProfile, LoadProfile>> = { business: BUSINESS, office: OFFICE, steady: STEADY, planetlab: PLANETLAB, batch: BATCH }

/** Active memory as a ratio of the VM's size, for all profiles: Bitbrains, August. */
export const MEMORY_PROFILE: LoadProfile = {
  levels: [[0, 0.002], [0.05, 0.008], [0.25, 0.031], [0.5, 0.053], [0.75, 0.11], [0.95, 0.33], [1, 0.55]],
  bands: [
    { upTo: 0.1, base: [0.05, 0.2], spread: [0.2, 0.4], burst: [4, 16], knee: [1.2, 2.3], fastCorrelation: [0.2, 0.6], slowShare: [0, 0.3], slowCorrelation: [0.7, 0.98], rhythmChance: 0.2, rhythmShare: [0.1, 0.5] },
    { upTo: 0.85, base: [1, 1], spread: [0.1, 0.6], burst: [1, 11], knee: [1.2, 2.1], fastCorrelation: [0, 0.75], slowShare: [0.05, 0.75], slowCorrelation: [0.85, 0.9995], rhythmChance: 0.35, rhythmShare: [0.3, 0.95] },
    { upTo: 1, base: [1, 1], spread: [0.1, 0.4], burst: [0, 0.8], knee: [1, 2], fastCorrelation: [-0.4, 0.9], slowShare: [0, 0.6], slowCorrelation: [0.8, 0.998], rhythmChance: 0.2, rhythmShare: [0.1, 0.5] },
  ],
  rhythm: WORKING_WEEK, phaseHours: [-8, 8], sizeCoupling: 0,
}
