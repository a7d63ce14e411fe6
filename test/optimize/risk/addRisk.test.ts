import { describe, expect, it } from 'vitest'
import { evaluate } from '../../../src/optimize/evaluate.ts'
import { type Problem, problemOf } from '../../../src/optimize/problem.ts'
import { addPaths, addRisk } from '../../../src/optimize/risk/addRisk.ts'
import { demandModel } from '../../../src/optimize/risk/demandModel.ts'
import { demandPaths } from '../../../src/optimize/risk/demandPaths.ts'
import type { DemandWindow } from '../../../src/optimize/risk/demandWindow.ts'

/** Four items, two of them high at even instants and two at odd ones: 1 or 3. */
const window: DemandWindow = { itemCount: 4, instantCount: 20, size: new Float64Array(4).fill(4), values: Float64Array.from({ length: 80 }, (_, at) => ((Math.floor(at / 4) + (at % 4 < 2 ? 0 : 1)) % 2 === 0 ? 3 : 1)) }
const model = demandModel(window, { factorsMax: 2, poolSamples: 0 })
const limit = Float64Array.of(5, 5)

const twoBins: Problem = problemOf({
  itemCount: 4, binCount: 2, dimensions: 1, demand: new Float64Array(4).fill(2), capacity: new Float64Array(2).fill(8), base: new Float64Array(2).fill(1), initial: Int32Array.of(0, 0, 1, 1),
})

describe('a chance constraint in the problem', () => {
  const risky = addRisk(twoBins, model, { name: 'overload', limit, epsilon: 0.05, weight: 10 })
  it('costs nothing where peaks cancel', () => {
    expect(evaluate(risky, Int32Array.of(0, 1, 0, 1)).terms.overload).toBe(0)
  })
  it('costs what mean and deviation say where peaks meet: mean 4, deviation 2', () => {
    expect(evaluate(risky, Int32Array.of(0, 0, 1, 1)).terms.overload).toBeCloseTo(10 * 2 * ((4 + 1.6448536269514722 * 2 - 5) / 5), 9)
  })
  it('takes another quantile where one is given', () => {
    const cautious = addRisk(twoBins, model, { name: 'overload', limit, epsilon: 0.05, weight: 1, z: 4 })
    expect(evaluate(cautious, Int32Array.of(0, 0, 1, 1)).terms.overload).toBeCloseTo(2 * ((4 + 4 * 2 - 5) / 5), 9)
  })
  it('leaves everything else of the problem as it was', () => {
    const before = evaluate(twoBins, Int32Array.of(0, 0, 0, 0))
    const after = evaluate(risky, Int32Array.of(0, 0, 0, 0))
    expect(before.hard).toBeGreaterThan(0)
    expect(after.hard).toBe(before.hard)
    expect(risky.base.filter((_, at) => at % risky.dimensions === 0)).toEqual(twoBins.base)
  })
  it('holds for a problem without items, bins or dimensions', () => {
    const nothing = problemOf({ itemCount: 0, binCount: 0, dimensions: 0, demand: new Float64Array(0), capacity: new Float64Array(0), initial: new Int32Array(0) })
    const empty = { itemCount: 0, instantCount: 0, values: new Float64Array(0), size: new Float64Array(0) }
    const emptyModel = demandModel(empty)
    expect(evaluate(addRisk(nothing, emptyModel, { name: 'overload', limit: new Float64Array(0), epsilon: 0.1, weight: 1 }), new Int32Array(0)).value).toBe(0)
    expect(evaluate(addPaths(nothing, demandPaths(empty, emptyModel, 5), { name: 'overload', limit: new Float64Array(0), epsilon: 0.1, weight: 1 }), new Int32Array(0)).value).toBe(0)
  })
})

describe('the same by aligned paths', () => {
  const risky = addPaths(twoBins, demandPaths(window, model, 20), { name: 'overload', limit, epsilon: 0.05, weight: 10 })
  it('costs nothing where peaks cancel', () => {
    expect(evaluate(risky, Int32Array.of(0, 1, 0, 1)).terms.overload).toBe(0)
  })
  it('costs the share of instants above the limit beyond epsilon: half of them less 0.05, on both bins', () => {
    expect(evaluate(risky, Int32Array.of(0, 0, 1, 1)).terms.overload).toBeCloseTo(10 * 2 * 0.45, 9)
  })
})
