import type { Rng } from '../../../src/model/random.ts'
import type { Band, LoadProfile, Range } from './profiles.ts'
import { normalDensity } from './quantiles.ts'
import { curveAt } from './rhythm.ts'

/** One VM's load process, ready to run; see `Band` for the formula. */
export interface LoadPattern {
  /** Level parts of a sample, as ratios of the VM's size, scale already applied. */
  readonly base: number
  readonly spread: number
  readonly burst: number
  readonly knee: number
  readonly fastCorrelation: number
  readonly fastShare: number
  readonly slowShare: number
  readonly slowCorrelation: number
  readonly rhythmShare: number
  readonly phaseHours: number
  readonly rhythm: Float64Array
}

/** What a VM's draws fix, before its mean is met. */
type Draft = Omit<LoadPattern, 'rhythm'>

/** Draws the process of one VM whose mean over a week is `level`; `probability` is its place in the level distribution. */
export function drawPattern(profile: LoadProfile, probability: number, level: number, rng: Rng): LoadPattern {
  const band = profile.bands.find((candidate) => probability <= candidate.upTo) ?? profile.bands[profile.bands.length - 1]!
  return { ...meetMean(drawDraft(band, profile, rng), level, profile.rhythm), rhythm: profile.rhythm }
}

function drawDraft(band: Band, profile: LoadProfile, rng: Rng): Draft {
  const draw = ([low, high]: Range): number => low + (high - low) * rng.next()
  // One draw for all three, because persistent VMs are so at every time scale.
  const persistence = rng.next()
  const at = ([low, high]: Range): number => low + (high - low) * persistence
  const hasRhythm = rng.next() < band.rhythmChance
  const rhythmShare = hasRhythm ? draw(band.rhythmShare) : 0
  const slowShare = Math.min(1 - rhythmShare, at(band.slowShare))
  return {
    base: draw(band.base), spread: draw(band.spread), burst: draw(band.burst), knee: draw(band.knee),
    fastCorrelation: at(band.fastCorrelation), slowCorrelation: at(band.slowCorrelation),
    fastShare: 1 - rhythmShare - slowShare, slowShare, rhythmShare, phaseHours: draw(profile.phaseHours),
  }
}

const ROUNDS = 12
const MEAN_TOLERANCE = 0.002

/** Scales the draft so that its mean after the cut to 0..1 is `level`; where no scale does, moves the knee. */
function meetMean(draft: Draft, level: number, rhythm: Float64Array): Draft {
  const places = latentPlaces(draft, rhythm)
  let scale = 1
  for (let round = 0; round < ROUNDS; round++) {
    const mean = meanOf(scaled(draft, scale), places)
    if (Math.abs(mean - level) < MEAN_TOLERANCE * level) return scaled(draft, scale)
    scale = Math.min(SCALE_MAX, (scale * level) / Math.max(mean, 1e-9))
  }
  return withKnee(scaled(draft, Math.min(scale, 1)), level, places)
}

const KNEE_TOLERANCE = 0.002

/** Beyond this a burst is a step. */
const SCALE_MAX = 50

const scaled = (draft: Draft, scale: number): Draft => ({ ...draft, base: draft.base * scale, spread: draft.spread * scale, burst: draft.burst * scale })

function withKnee(draft: Draft, level: number, places: LatentPlaces): Draft {
  let low = -6
  let high = 6
  while (high - low > KNEE_TOLERANCE) {
    const knee = (low + high) / 2
    if (meanOf({ ...draft, knee }, places) > level) low = knee
    else high = knee
  }
  return { ...draft, knee: (low + high) / 2 }
}

interface LatentPlaces {
  readonly z: Float64Array
  readonly weight: Float64Array
}

/** Values that z takes over a week, with weights that add up to 1. */
function latentPlaces(draft: Draft, rhythm: Float64Array): LatentPlaces {
  const noise = Math.sqrt(1 - draft.rhythmShare)
  const shifts = draft.rhythmShare === 0 ? [{ shift: 0, weight: 1 }] : rhythmShifts(rhythm, Math.sqrt(draft.rhythmShare), draft.phaseHours)
  const spacing = draft.rhythmShare === 0 ? 0.125 : 0.25
  const z: number[] = []
  const weight: number[] = []
  for (const at of shifts) {
    for (let normal = -4; normal <= 4; normal += spacing) {
      z.push(at.shift + noise * normal)
      weight.push(at.weight * normalDensity(normal) * spacing)
    }
  }
  return { z: Float64Array.from(z), weight: Float64Array.from(weight) }
}

/** A Tuesday and a Saturday stand for the week; two places an hour, because the load is linear between full hours as it runs. */
function rhythmShifts(rhythm: Float64Array, amplitude: number, phaseHours: number): readonly { readonly shift: number; readonly weight: number }[] {
  const places: { shift: number; weight: number }[] = []
  for (const [midnight, days] of [[24, 5], [120, 2]] as const) {
    for (let hour = midnight + phaseHours; hour < midnight + 24 + phaseHours; hour++) {
      const from = curveAt(rhythm, hour)
      const to = curveAt(rhythm, hour + 1)
      for (const part of [0.25, 0.75]) places.push({ shift: amplitude * (from + (to - from) * part), weight: days / 336 })
    }
  }
  return places
}

function meanOf(draft: Draft, { z, weight }: LatentPlaces): number {
  let mean = 0
  for (let place = 0; place < z.length; place++) {
    const value = z[place]!
    const ratio = draft.base + draft.spread * value + (value > draft.knee ? draft.burst * (value - draft.knee) : 0)
    mean += weight[place]! * (ratio < 0 ? 0 : ratio > 1 ? 1 : ratio)
  }
  return mean
}
