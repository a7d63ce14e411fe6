import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { BadInput } from '../../../src/model/result.ts'
import type { BinTask, FilledBins } from '../../../src/optimize/exact/binTask.ts'
import { ColumnPool, generateColumns } from '../../../src/optimize/exact/columns.ts'
import { loadGlpk } from '../../../src/optimize/exact/glpk.ts'
import type { LinearSolver } from '../../../src/optimize/exact/linear.ts'
import { MINIMUM_LIMITS, minimumBins } from '../../../src/optimize/exact/minimumBins.ts'
import { trials } from '../../support/parts.ts'
import { leastCost, tinyTask } from './tinyTasks.ts'

let glpk: LinearSolver
beforeAll(async () => {
  glpk = await loadGlpk()
})

/** Faults of a packing, seen with nothing but the task. */
function faults({ dimensions, flavours, classes }: BinTask, bins: readonly FilledBins[]): string[] {
  const found: string[] = []
  flavours.forEach(({ count }, flavour) => {
    const packed = bins.reduce((sum, one) => sum + one.counts[flavour]! * one.times, 0)
    if (packed < count) found.push(`flavour ${flavour}: ${packed} of ${count}`)
  })
  for (const { binClass, counts } of bins) {
    for (let d = 0; d < dimensions; d++) {
      const need = counts.reduce((sum, count, flavour) => sum + count * flavours[flavour]!.size[d]!, 0)
      if (need > classes[binClass]!.room[d]!) found.push(`class ${binClass}: ${need} in dimension ${d}`)
    }
  }
  classes.forEach(({ count }, binClass) => {
    const used = bins.reduce((sum, one) => sum + (one.binClass === binClass ? one.times : 0), 0)
    if (count !== null && used > count) found.push(`class ${binClass}: ${used} of ${count} bins`)
  })
  return found
}

/** Sizes that fill bins of 1,000 three by three: the sum is a bound that greedy packings miss. */
function triplets(bins: number): BinTask {
  let state = 12345
  const below = (limit: number): number => (state = (state * 1103515245 + 12345) % 2147483648) % limit
  const sizes = Array.from({ length: bins }, () => {
    const large = 380 + below(111)
    const middle = 251 + below(Math.max(1, Math.floor((1000 - large) / 2) - 250))
    return [large, middle, 1000 - large - middle]
  }).flat()
  return { dimensions: 1, flavours: [...new Set(sizes)].map((size) => ({ size: Float64Array.of(size), count: sizes.filter((other) => other === size).length })), classes: [{ room: Float64Array.of(1000), cost: 1, count: null }] }
}

describe('the fewest bins', () => {
  it('are as few as trying every packing finds, are proven so, and hold everything', () => {
    fc.assert(fc.property(tinyTask(), (task) => {
      const least = leastCost(task)
      const answer = minimumBins(task, glpk)
      if (least === null) {
        expect(answer.bins).toBeNull()
        return
      }
      expect(answer.lowerBound).toBeLessThanOrEqual(least + 1e-9)
      if (answer.bins !== null) expect(faults(task, answer.bins)).toEqual([])
      if (answer.bins !== null) expect(answer.cost).toBeGreaterThanOrEqual(least - 1e-9)
      if (answer.proven) expect(answer.cost).toBeCloseTo(least, 9)
    }), trials(400))
  })

  it('are proven for nearly all tiny tasks', () => {
    const tasks = fc.sample(tinyTask(), { numRuns: 200, seed: 7 })
    expect(tasks.filter((task) => minimumBins(task, glpk).proven).length).toBeGreaterThanOrEqual(190)
  })

  it('are found where every bin must be full to the last unit', () => {
    const task = triplets(20)
    const answer = minimumBins(task, glpk)
    expect(answer).toMatchObject({ cost: 20, lowerBound: 20, proven: true })
    expect(faults(task, answer.bins!)).toEqual([])
    // Greedy packings alone don't: the relaxation is needed.
    expect(minimumBins(task, null).proven).toBe(false)
  })

  it('are the same every time', () => {
    const task = triplets(12)
    expect(minimumBins(task, glpk)).toEqual(minimumBins(task, glpk))
  })

  it('without a solver still have a valid bound and packing', () => {
    fc.assert(fc.property(tinyTask(), (task) => {
      const least = leastCost(task)
      const answer = minimumBins(task, null)
      if (least !== null) expect(answer.lowerBound).toBeLessThanOrEqual(least + 1e-9)
      if (answer.bins !== null) expect(faults(task, answer.bins)).toEqual([])
    }), trials(400))
  })

  it('are refused for amounts that are not whole, all at once', () => {
    const task: BinTask = { dimensions: 1, flavours: [{ size: Float64Array.of(0.5), count: -1 }], classes: [{ room: Float64Array.of(8), cost: 0, count: null }] }
    expect(() => minimumBins(task, null)).toThrow(BadInput)
    expect(() => minimumBins(task, null)).toThrow(/flavours\[0\].size[^]*flavours\[0\].count[^]*classes\[0\].cost/)
  })
})

describe('column generation', () => {
  it('has a bound that no packing is below, in every round', () => {
    fc.assert(fc.property(tinyTask(), (task) => {
      const least = leastCost(task)
      if (least === null || task.flavours.every(({ count }) => count === 0)) return
      const wanted = { ...task, flavours: task.flavours.filter(({ count }) => count > 0) }
      for (const knapsackNodesMax of [0, 1_000]) {
        const { rounds, lowerBound } = generateColumns(wanted, new ColumnPool(), glpk, { ...MINIMUM_LIMITS, knapsackNodesMax })
        expect(rounds.length).toBeGreaterThan(0)
        for (const bound of [...rounds, lowerBound]) expect(bound).toBeLessThanOrEqual(least + 1e-9)
      }
    }), trials(300))
  })

  it('may stop after any round', () => {
    const task = triplets(10)
    for (const roundsMax of [1, 2, 3, 5]) expect(generateColumns(task, new ColumnPool(), glpk, { ...MINIMUM_LIMITS, roundsMax }).lowerBound).toBeLessThanOrEqual(10 + 1e-9)
    expect(generateColumns(task, new ColumnPool(), glpk, MINIMUM_LIMITS).lowerBound).toBeGreaterThan(10 - 1e-3)
  })
})
