import type { Rng } from '../../../src/model/random.ts'
import { evaluate } from '../../../src/optimize/evaluate.ts'
import { type GroupRule, type Problem, problemOf } from '../../../src/optimize/problem.ts'

const DIMENSIONS = 3
/** Limits twice: of what is there, and of what is there or has left. */
const TRANSIENT = 2

/** A random problem of the kind that HingeState is made for, whose start keeps all hard limits; tight ones have little room. */
export function randomHingeProblem(rng: Rng): Problem {
  for (;;) {
    const problem = drawn(rng)
    if (evaluate(problem, problem.initial).hard === 0) return problem
  }
}

function drawn(rng: Rng): Problem {
  const itemCount = 3 + rng.below(9)
  const binCount = 2 + rng.below(4)
  const demand = Float64Array.from({ length: itemCount * DIMENSIONS }, () => rng.below(6))
  for (let item = 0; item < itemCount; item++) if (rng.next() < 0.9) demand[item * DIMENSIONS + TRANSIENT] = demand[item * DIMENSIONS + 1]!
  const initial = Int32Array.from({ length: itemCount }, () => rng.below(binCount))
  const capacity = new Float64Array(binCount * DIMENSIONS)
  const room = rng.next() < 0.5 ? 4 : 16
  for (let item = 0; item < itemCount; item++) for (let d = 0; d < DIMENSIONS; d++) capacity[initial[item]! * DIMENSIONS + d]! += demand[item * DIMENSIONS + d]!
  for (let bin = 0; bin < binCount; bin++) for (let d = 0; d < DIMENSIONS; d++) capacity[bin * DIMENSIONS + d]! += d === 0 && rng.next() < 0.2 ? Infinity : rng.below(room)
  const byBin = (most: number): Float64Array => Float64Array.from({ length: binCount }, () => rng.below(most))
  const scale = new Float64Array(binCount).fill(1 + rng.below(2))
  return problemOf({
    itemCount, binCount, dimensions: DIMENSIONS, demand, capacity, initial, transient: Uint8Array.of(0, 0, 1), moveCost: Float64Array.from({ length: itemCount }, () => rng.below(3)),
    routeCost: rng.next() < 0.5 ? null : { classOf: Int32Array.from({ length: binCount }, (_, bin) => bin % 2), classCount: 2, cost: Float64Array.of(0, 2, 3, 1) },
    rules: Array.from({ length: rng.below(4) }, (_, at) => drawnRule(rng, itemCount, binCount, at)),
    terms: [
      { name: 'first', weight: 2, kind: 'excess', dimension: 0, limit: byBin(8), scale },
      { name: 'second', weight: 1, kind: 'excess', dimension: 1, limit: byBin(8), scale },
      ...(capacity.includes(Infinity) ? [] : [{ name: 'balance', weight: 3, kind: 'imbalance', free: 0, wanted: 1, target: 2 } as const]),
      { name: 'groups', weight: 5, kind: 'groupMovesMax', groupOf: Int32Array.from({ length: itemCount }, () => rng.below(4) - 1), groupCount: 3 },
    ],
  })
}

function drawnRule(rng: Rng, itemCount: number, binCount: number, at: number): GroupRule {
  const some = (share: number): Int32Array => Int32Array.from(Array.from({ length: itemCount }, (_, item) => item).filter(() => rng.next() < share))
  const zoneCount = 1 + rng.below(binCount)
  const base = { name: `rule ${at}`, weight: null, members: some(0.5), zoneOf: Int32Array.from({ length: binCount }, () => rng.below(zoneCount + 1) - 1), zoneCount }
  switch (rng.below(3)) {
    case 0:
      return { ...base, kind: 'perZoneMax', max: Float64Array.from({ length: zoneCount }, () => 1 + rng.below(3)), amount: null }
    case 1:
      return { ...base, kind: 'zonesMin', min: 1 + rng.below(3) }
    default:
      return { ...base, kind: 'needs', others: some(0.5).filter((item) => !base.members.includes(item)) }
  }
}
