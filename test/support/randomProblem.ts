import type { Rng } from '../../src/model/random.ts'
import { type GroupRule, type Problem, type Term, problemOf } from '../../src/optimize/problem.ts'

export const RULE_KINDS = ['perZoneMax', 'zonesMin', 'zonesMax', 'needs', 'exclusive'] as const
export const TERM_KINDS = ['excess', 'imbalance', 'spread', 'inUse', 'curve', 'perItem', 'away', 'groupMovesMax', 'risk', 'paths'] as const

export interface ProblemShape {
  readonly itemsMax: number
  readonly binsMax: number
  /** Demand over capacity in the first dimension: near 1 is tight. */
  readonly fill: number
  readonly rulesMax: number
  readonly termsMax: number
  /** Chance that an item has a place already. */
  readonly placed: number
}

/** Plain demand, a transient one, then mean, own variance and one factor of either sign for chance terms. */
const DIMENSIONS = 5
const TRANSIENT = 1
const MEAN = 2
const VARIANCE = 3
const FACTOR = 4

/**
 * Random problems with every kind of rule and term, closed bins, items that stay, allowed rows and items without a place. All
 * amounts are quarters, so that sums are exact in whatever order they are made.
 */
export function randomProblem(rng: Rng, shape: ProblemShape): Problem {
  const itemCount = rng.below(shape.itemsMax + 1)
  const binCount = 1 + rng.below(shape.binsMax)
  const demand = columnOf(itemCount * DIMENSIONS, (at) => (at % DIMENSIONS === FACTOR ? rng.below(17) / 4 - 2 : rng.below(17) / 4))
  const initial = Int32Array.from({ length: itemCount }, () => (rng.next() < shape.placed ? rng.below(binCount) : -1))
  const capacity = capacityOf(rng, demand, itemCount, binCount, shape.fill)
  const sizes = { itemCount, binCount }
  return problemOf({
    ...sizes, dimensions: DIMENSIONS, demand, capacity, initial, base: columnOf(binCount * DIMENSIONS, (at) => (at % DIMENSIONS < MEAN && rng.next() < 0.2 ? rng.below(5) / 4 : 0)),
    transient: Uint8Array.from({ length: DIMENSIONS }, (_, d) => (d === TRANSIENT ? 1 : 0)),
    movable: Uint8Array.from({ length: itemCount }, () => (rng.next() < 0.85 ? 1 : 0)), receives: Uint8Array.from({ length: binCount }, () => (rng.next() < 0.8 ? 1 : 0)),
    allowedRow: Int32Array.from({ length: itemCount }, () => rng.below(4) - 2).map((row) => Math.max(-1, row)), allowed: [0, 1].map(() => Uint8Array.from({ length: binCount }, () => (rng.next() < 0.7 ? 1 : 0))),
    rules: Array.from({ length: rng.below(shape.rulesMax + 1) }, (_, at) => randomRule(rng, sizes, at)), terms: Array.from({ length: rng.below(shape.termsMax + 1) }, (_, at) => randomTerm(rng, sizes, at)),
    moveCost: columnOf(itemCount, () => rng.below(5) / 4),
    routeCost: rng.next() < 0.3 ? { classOf: Int32Array.from({ length: binCount }, () => rng.below(2)), classCount: 2, cost: columnOf(4, () => rng.below(5) / 4) } : null,
  })
}

const columnOf = (length: number, valueOf: (at: number) => number): Float64Array => Float64Array.from({ length }, (_, at) => valueOf(at))

/** Dimensions of chance terms have no capacity. */
function capacityOf(rng: Rng, demand: Float64Array, itemCount: number, binCount: number, fill: number): Float64Array {
  const sums = [0, 1].map((d) => Array.from({ length: itemCount }, (_, item) => demand[item * DIMENSIONS + d]!).reduce((sum, amount) => sum + amount, 0))
  return columnOf(binCount * DIMENSIONS, (at) => {
    const d = at % DIMENSIONS
    if (d >= MEAN) return Infinity
    const room = d === TRANSIENT ? 1.7 * fill : fill
    return Math.round(4 * (sums[d]! / binCount / Math.min(1.2, room)) * (0.7 + 0.6 * rng.next())) / 4
  })
}

interface Sizes {
  readonly itemCount: number
  readonly binCount: number
}

const subset = (rng: Rng, itemCount: number, share: number): Int32Array => Int32Array.from(Array.from({ length: itemCount }, (_, item) => item).filter(() => rng.next() < share))

function randomRule(rng: Rng, { itemCount, binCount }: Sizes, at: number): GroupRule {
  const kind = RULE_KINDS[rng.below(RULE_KINDS.length)]!
  const byBin = rng.next() < 0.5
  const zoneCount = byBin ? binCount : 1 + rng.below(binCount)
  const members = subset(rng, itemCount, 0.5)
  const base = {
    name: `${kind}-${at}`, members, zoneCount, weight: rng.next() < 0.6 ? null : (1 + rng.below(8)) / 4,
    zoneOf: Int32Array.from({ length: binCount }, (_, bin) => (byBin ? bin : rng.next() < 0.15 ? -1 : rng.below(zoneCount))),
  }
  switch (kind) {
    case 'perZoneMax':
      return { ...base, kind, max: columnOf(zoneCount, () => rng.below(4)), amount: rng.next() < 0.5 ? null : columnOf(members.length, () => rng.below(9) / 4) }
    case 'zonesMin':
      return { ...base, kind, min: 1 + rng.below(3) }
    case 'zonesMax':
      return { ...base, kind, max: 1 + rng.below(2) }
    case 'needs':
    case 'exclusive':
      return { ...base, kind, others: subset(rng, itemCount, 0.4).filter((item) => !members.includes(item)) }
  }
}

function randomTerm(rng: Rng, { itemCount, binCount }: Sizes, at: number): Term {
  const kind = TERM_KINDS[rng.below(TERM_KINDS.length)]!
  const base = { name: `${kind}-${at}`, weight: (1 + rng.below(8)) / 4 }
  const dimension = rng.below(2)
  const byBin = (most: number): Float64Array => columnOf(binCount, () => rng.below(4 * most + 1) / 4)
  const size = columnOf(binCount, () => 4 * 2 ** rng.below(3))
  switch (kind) {
    case 'excess':
      return { ...base, kind, dimension, limit: byBin(6), scale: byBin(2) }
    case 'imbalance':
      return { ...base, kind, free: 0, wanted: 1, target: (1 + rng.below(8)) / 4 }
    case 'spread':
      return { ...base, kind, measure: rng.next() < 0.5 ? 'deviation' : 'variance', dimension, size, over: Uint8Array.from({ length: binCount }, () => (rng.next() < 0.8 ? 1 : 0)) }
    case 'inUse':
      return { ...base, kind, cost: byBin(4) }
    case 'curve':
      return { ...base, kind, dimension, size, points: 3, curve: columnOf(binCount * 3, () => rng.below(13) / 4), empty: byBin(1) }
    case 'perItem':
      return { ...base, kind, cost: byBin(2) }
    case 'away':
      return { ...base, kind, preferred: Int32Array.from({ length: itemCount }, () => rng.below(binCount + 1) - 1), cost: columnOf(itemCount, () => rng.below(9) / 4) }
    case 'groupMovesMax':
      return { ...base, kind, groupOf: Int32Array.from({ length: itemCount }, () => rng.below(3) - 1), groupCount: 2 }
    case 'risk':
      return { ...base, kind, mean: MEAN, variance: VARIANCE, factors: rng.next() < 0.7 ? [FACTOR] : [], z: 1.5, limit: byBin(6), scale: byBin(1) }
    case 'paths':
      return { ...base, kind, first: 0, count: 2 + rng.below(3), limit: byBin(5), shareMax: rng.below(2) / 4 }
  }
}

/** A start that the solver may be handed: mostly where the items are, sometimes anywhere. */
export function randomStart(rng: Rng, problem: Problem): Int32Array {
  if (rng.next() < 0.7) return problem.initial.slice()
  return problem.initial.map((bin, item) => (problem.movable[item] === 0 || rng.next() < 0.5 ? bin : rng.below(problem.binCount + 1) - 1))
}
