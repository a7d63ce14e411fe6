import { type Problem, type Term, UNASSIGNED } from '../problem.ts'
import { curveAt } from '../evaluate.ts'

/** What the items that will have a place need in all, and how much of each dimension a bin must and may hold of them. */
export interface LoadRange {
  /** By dimension. */
  readonly total: Float64Array
  /** Bin x dimension: items that can't leave; and the most the bin may take by capacity. */
  readonly least: Float64Array
  readonly most: Float64Array
  /** By bin: 1 = holds an item that can't leave. */
  readonly held: Uint8Array
  /** Bin x dimension: items in the bin before anything moves. */
  readonly present: Float64Array
}

export function loadRange(problem: Problem): LoadRange {
  const { itemCount, binCount, dimensions, demand, base, capacity, initial, movable, receives } = problem
  const total = new Float64Array(dimensions)
  const least = new Float64Array(binCount * dimensions)
  const present = new Float64Array(binCount * dimensions)
  const held = new Uint8Array(binCount)
  for (let item = 0; item < itemCount; item++) {
    const bin = initial[item]!
    if (bin === UNASSIGNED && movable[item] === 0) continue
    if (bin !== UNASSIGNED && movable[item] === 0) held[bin] = 1
    for (let d = 0; d < dimensions; d++) {
      const amount = demand[item * dimensions + d]!
      total[d]! += amount
      if (bin !== UNASSIGNED) present[bin * dimensions + d]! += amount
      if (bin !== UNASSIGNED && movable[item] === 0) least[bin * dimensions + d]! += amount
    }
  }
  const most = Float64Array.from(least, (amount, at) => {
    const bin = Math.floor(at / dimensions)
    const room = Math.min(capacity[at]! - base[at]!, receives[bin] === 1 ? total[at % dimensions]! : present[at]!)
    return Math.max(amount, room)
  })
  return { total, least, most, held, present }
}

/** Terms that are a sum over bins of a piecewise-linear function of one load. */
export type LoadTerm = Extract<Term, { readonly kind: 'excess' | 'curve' | 'inUse' | 'risk' }>

export const isLoadTerm = (term: Term): term is LoadTerm => term.kind === 'excess' || term.kind === 'curve' || term.kind === 'inUse' || (term.kind === 'risk' && term.z >= 0)

/** The dimension a term is a function of; `inUse` is of whichever one likes. */
export const dimensionOf = (term: LoadTerm): number | null => (term.kind === 'inUse' ? null : term.kind === 'risk' ? term.mean : term.dimension)

/**
 * The least weighted sum of the given terms when items can be cut at will: each bin's cost as a function of its load in
 * one dimension is replaced by its lower convex hull, and the total load goes where it costs least. Null when the bins
 * can't hold the total: then no assignment meets the capacities.
 */
export function convexBound(problem: Problem, range: LoadRange, terms: readonly LoadTerm[], d: number): number | null {
  const pieces: { slope: number; length: number }[] = []
  let value = 0
  let left = range.total[d]!
  for (let bin = 0; bin < problem.binCount; bin++) {
    const hull = lowerHull(binPoints(problem, range, terms, d, bin))
    value += hull[0]!.y
    left -= hull[0]!.x
    for (let at = 1; at < hull.length; at++) {
      const length = hull[at]!.x - hull[at - 1]!.x
      pieces.push({ slope: (hull[at]!.y - hull[at - 1]!.y) / length, length })
    }
  }
  pieces.sort((a, b) => a.slope - b.slope)
  for (const { slope, length } of pieces) {
    if (left <= 0) break
    value += slope * Math.min(left, length)
    left -= length
  }
  return left > 1e-9 * Math.max(1, range.total[d]!) ? null : value
}

interface Point {
  readonly x: number
  readonly y: number
}

/** Points of the bin's cost over the amount of items in it, among which it is linear or above the line. */
function binPoints(problem: Problem, range: LoadRange, terms: readonly LoadTerm[], d: number, bin: number): Point[] {
  const at = bin * problem.dimensions + d
  const base = problem.base[at]!
  const low = range.least[at]!
  const high = range.most[at]!
  // What has left a bin in a transient dimension still counts there.
  const floor = problem.transient[d] === 1 ? range.present[at]! : 0
  const knots = terms.flatMap((term) => knotsOf(term, bin)).map((load) => load - base).filter((x) => x > low && x < high)
  const used = [low, ...knots, ...(floor > low && floor < high ? [floor] : []), high].map((x) => ({ x, y: usedCost(terms, bin, base + Math.max(x, floor), problem.transient[d] === 1) }))
  return range.held[bin] === 1 ? used : [...used, { x: 0, y: unusedCost(terms, bin, base + floor) }]
}

/** Loads at which a term's slope changes. */
function knotsOf(term: LoadTerm, bin: number): number[] {
  switch (term.kind) {
    case 'excess':
    case 'risk':
      return [term.limit[bin]!]
    case 'inUse':
      return []
    case 'curve':
      return Array.from({ length: term.points }, (_, point) => (point / (term.points - 1)) * term.size[bin]!)
  }
}

function usedCost(terms: readonly LoadTerm[], bin: number, load: number, orMore: boolean): number {
  return terms.reduce((sum, term) => sum + term.weight * (term.kind === 'curve' ? curveFrom(term, bin, load, orMore) : term.kind === 'inUse' ? term.cost[bin]! : overLimit(term, bin, load)), 0)
}

function unusedCost(terms: readonly LoadTerm[], bin: number, load: number): number {
  return terms.reduce((sum, term) => sum + term.weight * (term.kind === 'curve' ? term.empty[bin]! : term.kind === 'inUse' ? 0 : overLimit(term, bin, load)), 0)
}

const overLimit = (term: Extract<LoadTerm, { readonly kind: 'excess' | 'risk' }>, bin: number, load: number): number => Math.max(0, load - term.limit[bin]!) * term.scale[bin]!

/** The curve at a load, or with `orMore` the least of it from there on. */
function curveFrom(term: Extract<Term, { readonly kind: 'curve' }>, bin: number, load: number, orMore: boolean): number {
  const ratio = load / term.size[bin]!
  const here = curveAt(term.curve, bin * term.points, term.points, ratio)
  if (!orMore) return here
  const from = Math.ceil(Math.min(Math.max(ratio, 0), 1) * (term.points - 1))
  return term.curve.subarray(bin * term.points + from, (bin + 1) * term.points).reduce((least, value) => Math.min(least, value), here)
}

/** Lower convex hull of the points, by rising x. */
function lowerHull(points: readonly Point[]): Point[] {
  const sorted = points.toSorted((a, b) => a.x - b.x || a.y - b.y)
  const hull: Point[] = []
  for (const point of sorted) {
    if (hull.at(-1)?.x === point.x) continue
    while (hull.length > 1 && isAbove(hull.at(-2)!, hull.at(-1)!, point)) hull.pop()
    hull.push(point)
  }
  return hull
}

/** Whether the middle point is on or above the line through the others. */
const isAbove = (a: Point, middle: Point, b: Point): boolean => (middle.y - a.y) * (b.x - a.x) >= (b.y - a.y) * (middle.x - a.x)
