import { seededRng } from '../../../sim/random.ts'
import { type Problem, problemOf } from '../../../src/optimize/problem.ts'
import { AssignmentState } from '../../../src/optimize/search/state.ts'

/** Two limited dimensions and two that are not, all to be spread; most items are on the first bins. `closed` bins are to be left. */
export function skewedPool(binCount: number, itemCount: number, seed: number, { isUneven = false, closed = 0 } = {}): Problem {
  const rng = seededRng(seed, 'skewed')
  const dimensions = 4
  const scale = Float64Array.from({ length: binCount }, (_, bin) => (isUneven && bin % 3 === 0 ? 2 : 1))
  const demand = Float64Array.from({ length: itemCount * dimensions }, (_, at) => (at % dimensions < 2 ? 1 + rng.below(8) : rng.next() / 10))
  const room = Math.ceil((12 * itemCount) / binCount) + 20
  const capacity = Float64Array.from({ length: binCount * dimensions }, (_, at) => (at % dimensions < 2 ? room * scale[Math.floor(at / dimensions)]! : Infinity))
  const initial = placed(rng.next.bind(rng), { binCount, itemCount, dimensions, demand, capacity })
  const over = Uint8Array.from({ length: binCount }, (_, bin) => (bin < closed ? 0 : 1))
  return problemOf({
    itemCount, binCount, dimensions, demand, capacity, initial, receives: over,
    terms: [
      ...[0, 1, 2, 3].map((dimension) => ({ name: `spread ${dimension}`, kind: 'spread', measure: 'deviation', weight: 1, dimension, over, size: scale.map((size) => (dimension < 2 ? room * size : 1)) }) as const),
      { name: 'closed', kind: 'perItem', weight: 20, cost: Float64Array.from(over, (flag) => 1 - flag) },
    ],
  })
}

function placed(next: () => number, { binCount, itemCount, dimensions, demand, capacity }: Pick<Problem, 'binCount' | 'itemCount' | 'dimensions' | 'demand' | 'capacity'>): Int32Array {
  const loads = new Float64Array(binCount * dimensions)
  return Int32Array.from({ length: itemCount }, (_, item) => {
    const fits = (bin: number): boolean => [0, 1].every((d) => loads[bin * dimensions + d]! + demand[item * dimensions + d]! <= capacity[bin * dimensions + d]!)
    let bin = Math.floor(next() ** 2 * binCount)
    while (!fits(bin)) bin = (bin + 1) % binCount
    for (const d of [0, 1]) loads[bin * dimensions + d]! += demand[item * dimensions + d]!
    return bin
  })
}

/** Steepest descent as Ganeti's balancer does it: every item and bin in every step; at most so many steps. */
export function pricedDescent(problem: Problem, stepsMax = Infinity): { readonly value: number; readonly displaced: number; readonly nodes: number } {
  const state = new AssignmentState(problem, problem.initial)
  let steps = 0
  for (; steps < stepsMax; steps++) {
    let [bestItem, bestTarget, best] = [-1, -1, -1e-12]
    for (let item = 0; item < problem.itemCount; item++) {
      state.lift(item)
      for (let bin = 0; bin < problem.binCount; bin++) {
        if (bin === state.assignment[item] || !state.fits(item, bin)) continue
        state.priceAt(bin)
        if (state.valueChange < best) [bestItem, bestTarget, best] = [item, bin, state.valueChange]
      }
    }
    if (bestItem === -1) break
    state.apply(bestItem, bestTarget)
  }
  return { value: state.value, displaced: state.displaced, nodes: (steps + 2) * problem.itemCount * problem.binCount }
}
