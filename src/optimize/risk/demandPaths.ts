import type { DemandModel } from './demandModel.ts'
import type { DemandWindow } from './demandWindow.ts'

/** Demand at some instants, the same for all items, without gaps. */
export interface DemandPaths {
  readonly itemCount: number
  readonly pathCount: number
  /** Item x instant, at least 0. */
  readonly values: Float64Array
}

/**
 * At most `pathsMax` instants of the window, evenly spaced, each with what every item wanted then. A gap is filled with
 * what the factors say of that instant plus the item's own departure from them at its nearest sample; an item without
 * samples goes the way of another that has some, scaled to its size and dealt by turns, so that such items don't all peak at once.
 */
export function demandPaths(window: DemandWindow, model: DemandModel, pathsMax: number): DemandPaths {
  const { itemCount, instantCount } = window
  const pathCount = Math.min(Math.max(0, Math.floor(pathsMax)), instantCount)
  const values = new Float64Array(itemCount * pathCount)
  const known = Array.from({ length: itemCount }, (_, item) => item).filter((item) => hasSamples(window, item))
  for (let item = 0; item < itemCount; item++) {
    const follows = hasSamples(window, item) ? item : known[item % known.length]
    const course = follows === undefined ? new Float64Array(instantCount).fill(model.mean[item]!) : filled(window, model, follows)
    const scale = follows === undefined || follows === item ? 1 : window.size[item]! / window.size[follows]!
    for (let path = 0; path < pathCount; path++) values[item * pathCount + path] = scale * course[Math.floor(((path + 0.5) * instantCount) / pathCount)]!
  }
  return { itemCount, pathCount, values }
}

function hasSamples({ itemCount, values }: DemandWindow, item: number): boolean {
  for (let at = item; at < values.length; at += itemCount) if (!Number.isNaN(values[at]!)) return true
  return false
}

/** The course of one item that has samples, gaps filled. */
function filled({ itemCount, instantCount, values }: DemandWindow, model: DemandModel, item: number): Float64Array {
  const course = Float64Array.from({ length: instantCount }, (_, instant) => values[instant * itemCount + item]!)
  const nearest = nearestKnown(course)
  return course.map((value, instant) => {
    if (!Number.isNaN(value)) return value
    const near = nearest[instant]!
    return Math.max(0, expectedAt(model, item, instant) + course[near]! - expectedAt(model, item, near))
  })
}

function expectedAt({ mean, loadings, scores, factorCount }: DemandModel, item: number, instant: number): number {
  const instantCount = factorCount === 0 ? 0 : scores.length / factorCount
  let sum = mean[item]!
  for (let factor = 0; factor < factorCount; factor++) sum += loadings[item * factorCount + factor]! * scores[factor * instantCount + instant]!
  return sum
}

/** By instant, the nearest one with a sample, the earlier of two. */
function nearestKnown(course: Float64Array): Int32Array {
  const nearest = new Int32Array(course.length).fill(-1)
  let last = -1
  course.forEach((value, instant) => {
    if (!Number.isNaN(value)) last = instant
    nearest[instant] = last
  })
  let next = -1
  for (let instant = course.length - 1; instant >= 0; instant--) {
    if (!Number.isNaN(course[instant]!)) next = instant
    if (nearest[instant] === -1 || (next !== -1 && next - instant < instant - nearest[instant]!)) nearest[instant] = next
  }
  return nearest
}
