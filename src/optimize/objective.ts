import { evaluate } from './evaluate.ts'
import { type Packing, UNASSIGNED } from './packing.ts'
import { type Problem, type Term, problemOf } from './problem.ts'

/**
 * Weights of a packing's objective. Where bins cost their idle power, its unit is the watt. Each is far above what all
 * those after it can come to in practice, so that no wish is traded for a lesser one.
 */
export const WEIGHT = {
  /** An item without a place. */
  unplaced: 1e8,
  /** An item that must leave its bin and is there. */
  undrained: 1e6,
  /** Load above the fill limit, where only items that must be somewhere may be; as a ratio of the bin. */
  overfull: 1e5,
  /** Load above the relief limit, as a ratio of the bin. */
  overload: 1e5,
  /** An item that is not where it would rather be. */
  away: 100,
  /** A bin that may be emptied and is not, beside its cost. */
  kept: 10,
  /** Utilization outside the band around the mean, as a ratio of the bin; only where balance is asked. */
  uneven: 1e3,
  /** The dearest move. */
  move: 0.01,
} as const

/** Load of every bin under a placement, bin x dimensions. */
export function binLoads(packing: Packing, assignment: Int32Array): Float64Array {
  const { dimensions, itemCount, demand } = packing
  const loads = packing.base.slice()
  for (let item = 0; item < itemCount; item++) {
    const bin = assignment[item]!
    if (bin === UNASSIGNED) continue
    for (let d = 0; d < dimensions; d++) loads[bin * dimensions + d]! += demand[item * dimensions + d]!
  }
  return loads
}

/** Value of a placement, lower is better: the terms of `termsOf`, the price of moves, broken soft rules, and items without a place. */
export function objectiveOf(packing: Packing, assignment: Int32Array): number {
  return objectiveIn(packing, pricedProblem(packing), assignment)
}

/** The same by a problem that was made of the packing. */
export function objectiveIn(packing: Packing, problem: Problem, assignment: Int32Array): number {
  const { unplaced, value } = evaluate(problem, assignment)
  return WEIGHT.unplaced * unplaced + value - fixedCost(packing)
}

/** What the problem charges for items that can't leave bins that are to be left: the same whatever is done, and so not shown. */
export function fixedCost({ assignment, movable, drain }: Packing): number {
  let cost = 0
  assignment.forEach((bin, item) => {
    if (bin !== UNASSIGNED && drain[bin] === 1 && movable[item] === 0) cost += WEIGHT.undrained
  })
  return cost
}

/** The packing's terms, prices and rules as a problem in which any item may go anywhere: what an objective needs. */
function pricedProblem(packing: Packing): Problem {
  const { itemCount, binCount, dimensions, demand, base, assignment, rules } = packing
  return problemOf({ itemCount, binCount, dimensions, demand, base, capacity: new Float64Array(binCount * dimensions).fill(Infinity), initial: assignment, rules, terms: termsOf(packing), moveCost: movePrices(packing) })
}

/** What the wishes behind a packing come to as terms. Only those that are asked for are there. */
export function termsOf(packing: Packing): Term[] {
  const { binCount, drain, relieve, relieveLimit, loadDimension, preferred, binCost, emptyCandidates } = packing
  const terms: Term[] = overfullTerms(packing)
  if (drain.includes(1)) terms.push({ kind: 'perItem', name: 'undrained', weight: WEIGHT.undrained, cost: Float64Array.from(drain) })
  if (relieve.includes(1)) terms.push({ kind: 'excess', name: 'overload', weight: WEIGHT.overload, dimension: loadDimension, limit: relieveLimit, scale: sizesOf(packing, loadDimension).map((size, bin) => (relieve[bin] === 1 ? 1 / size : 0)) })
  if (preferred.some((home) => home !== UNASSIGNED)) terms.push({ kind: 'away', name: 'away', weight: WEIGHT.away, preferred, cost: new Float64Array(packing.itemCount).fill(1) })
  const candidates = new Set(emptyCandidates)
  if (candidates.size > 0 || binCost.some((cost) => cost > 0)) terms.push({ kind: 'inUse', name: 'binsInUse', weight: 1, cost: Float64Array.from({ length: binCount }, (_, bin) => binCost[bin]! + (candidates.has(bin) ? WEIGHT.kept : 0)) })
  return [...terms, ...unevenTerms(packing)]
}

const sizesOf = ({ size, dimensions, binCount }: Packing, d: number): Float64Array => Float64Array.from({ length: binCount }, (_, bin) => size[bin * dimensions + d]!)

/** Load above the fill limit that was not there before, in dimensions where the limit is below the capacity. */
function overfullTerms(packing: Packing): Term[] {
  const { binCount, dimensions, fillLimit, capacity } = packing
  const before = binLoads(packing, packing.assignment)
  const terms: Term[] = []
  for (let d = 0; d < dimensions; d++) {
    const at = Array.from({ length: binCount }, (_, bin) => bin * dimensions + d)
    if (!at.some((index) => fillLimit[index]! < capacity[index]!)) continue
    const limit = Float64Array.from(at, (index) => Math.max(fillLimit[index]!, before[index]!))
    terms.push({ kind: 'excess', name: 'overfull', weight: WEIGHT.overfull, dimension: d, limit, scale: sizesOf(packing, d).map((size) => 1 / size) })
  }
  return terms
}

const CURVE_POINTS = 101

/**
 * Receiving bins are even when all are within half of `spreadMax` of the mean: then no two differ by more. What is above
 * the band is an excess; what is below it a curve, its lower mark taken up to the next point.
 */
function unevenTerms(packing: Packing): Term[] {
  const { spreadMax, binCount, receives, loadDimension } = packing
  if (spreadMax === null) return []
  const size = sizesOf(packing, loadDimension)
  const mean = meanUtilization(packing, size)
  const low = Math.ceil((mean - spreadMax / 2) * (CURVE_POINTS - 1)) / (CURVE_POINTS - 1)
  const curve = new Float64Array(binCount * CURVE_POINTS)
  const empty = new Float64Array(binCount)
  for (let bin = 0; bin < binCount; bin++) {
    if (receives[bin] === 0) continue
    for (let point = 0; point < CURVE_POINTS; point++) curve[bin * CURVE_POINTS + point] = Math.max(0, low - point / (CURVE_POINTS - 1))
    empty[bin] = Math.max(0, low)
  }
  const scale = size.map((amount, bin) => (receives[bin] === 1 ? 1 / amount : 0))
  return [
    { kind: 'excess', name: 'uneven', weight: WEIGHT.uneven, dimension: loadDimension, limit: size.map((amount) => (mean + spreadMax / 2) * amount), scale },
    { kind: 'curve', name: 'uneven', weight: WEIGHT.uneven, dimension: loadDimension, size, points: CURVE_POINTS, curve, empty },
  ]
}

/** Of receiving bins, with what is in them, waits for a place, or must come to them. */
function meanUtilization({ receives, drain, demand, assignment, dimensions, loadDimension, base }: Packing, size: Float64Array): number {
  let load = 0
  let room = 0
  size.forEach((amount, bin) => {
    if (receives[bin] === 0) return
    room += amount
    load += base[bin * dimensions + loadDimension]!
  })
  assignment.forEach((bin, item) => {
    if (bin === UNASSIGNED || receives[bin] === 1 || drain[bin] === 1) load += demand[item * dimensions + loadDimension]!
  })
  return room > 0 ? load / room : 0
}

/** What any move costs, of what the dearest does: who moves little memory still interrupts one more VM. */
const FIXED_SHARE = 0.25

/** Price of moving each item, whatever unit its cost has: from a fixed share of `WEIGHT.move` to all of it. */
export function movePrices({ moveCost }: Packing): Float64Array {
  const dearest = moveCost.reduce((most, cost) => Math.max(most, cost), 0)
  return moveCost.map((cost) => WEIGHT.move * (FIXED_SHARE + (dearest > 0 ? ((1 - FIXED_SHARE) * cost) / dearest : 0)))
}
