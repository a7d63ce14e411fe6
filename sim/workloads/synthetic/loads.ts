import type { Rng } from '../../../src/model/random.ts'
import type { SyntheticProfile, SyntheticSettings } from '../../../src/model/synthetic.ts'
import { type LoadPattern, drawPattern } from './pattern.ts'
import { CPU_PROFILES, type LoadProfile, MEMORY_PROFILE } from './profiles.ts'
import { evenPlace, quantileAt } from './quantiles.ts'
import type { SeriesColumnInput } from './series.ts'

/** No VM's mean is scaled beyond this: it could not vary any more. */
const LEVEL_MAX = 0.97

/** One column's place in the distributions, and its weight in the pool's mean. */
export interface LoadSlot {
  readonly name: string
  readonly profile: SyntheticProfile
  /** Place of its size among all sizes, 0..1. */
  readonly sizePlace: number
  readonly vcpus: number
  /** Independent of all other slots: the same slot has the same load however many there are. */
  readonly rng: Rng
  readonly levelPlace: number
}

/** Where slot `index` stands in the level distribution: where its size stands, by the profile's chance, else anywhere. */
export function levelPlaceOf(profile: SyntheticProfile, index: number, sizePlace: number, offsets: readonly number[]): number {
  const isCoupled = evenPlace(index, 3, offsets[3]!) < CPU_PROFILES[profile].sizeCoupling
  return isCoupled ? sizePlace : evenPlace(index, 0, offsets[0]!)
}

/** CPU columns of the slots. With `meanUtilization` set, all levels are scaled by one factor so that the pool's mean by capacity is that. */
export function cpuColumns(slots: readonly LoadSlot[], standingCount: number, settings: SyntheticSettings): SeriesColumnInput[] {
  const levels = slots.map((slot) => quantileAt(CPU_PROFILES[slot.profile].levels, slot.levelPlace))
  const factor = settings.meanUtilization === null || standingCount === 0 ? 1 : levelFactor(slots.slice(0, standingCount), levels, settings.meanUtilization)
  return slots.map((slot, index) => column(slot, CPU_PROFILES[slot.profile], slot.levelPlace, Math.min(LEVEL_MAX, levels[index]! * factor), 'cpu'))
}

/** Memory columns of the slots: the same distribution for all profiles. */
export function memoryColumns(slots: readonly LoadSlot[], offset: number): SeriesColumnInput[] {
  return slots.map((slot, index) => {
    const place = evenPlace(index, 4, offset)
    return column(slot, MEMORY_PROFILE, place, quantileAt(MEMORY_PROFILE.levels, place), 'memory')
  })
}

function column(slot: LoadSlot, profile: LoadProfile, place: number, level: number, label: string): SeriesColumnInput {
  const rng = slot.rng.split(label)
  const pattern: LoadPattern = drawPattern(profile, place, level, rng)
  return { name: slot.name, pattern, start: rng.below(2 ** 32), stride: rng.below(2 ** 32) }
}

/** The factor that brings the mean level, weighted by vCPUs, to `mean`; levels stop at LEVEL_MAX. */
function levelFactor(slots: readonly LoadSlot[], levels: readonly number[], mean: number): number {
  const vcpus = slots.reduce((sum, slot) => sum + slot.vcpus, 0)
  const meanAt = (factor: number): number => slots.reduce((sum, slot, index) => sum + slot.vcpus * Math.min(LEVEL_MAX, levels[index]! * factor), 0) / vcpus
  let low = 0
  let high = 1
  while (meanAt(high) < mean && high < 1e6) high *= 2
  for (let round = 0; round < 40; round++) {
    const middle = (low + high) / 2
    if (meanAt(middle) < mean) low = middle
    else high = middle
  }
  return (low + high) / 2
}
