import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bundledSolver } from '../../src/optimize/bundledSolver.ts'
import { greedySolver } from '../../src/optimize/greedy.ts'
import type { Packing } from '../../src/optimize/packing.ts'
import { packingArbitrary, packingOf } from '../support/packings.ts'
import { trials } from '../support/parts.ts'

const withRisk = fc.record({ problem: packingArbitrary, variances: fc.array(fc.constantFrom(0, 0.1, 0.3, 1), { minLength: 6, maxLength: 6 }), deviations: fc.array(fc.constantFrom(0.5, 1, 2), { minLength: 6, maxLength: 6 }) })

function packingWithRisk({ problem, variances, deviations }: { problem: Parameters<typeof packingOf>[0]; variances: readonly number[]; deviations: readonly number[] }): Packing {
  const mean = Float64Array.from(problem.items, ({ cpu }) => cpu)
  const plain = packingOf({ ...problem, apart: [], together: [] })
  const bins = problem.bins.length
  const ones = (count: number): Uint8Array => new Uint8Array(count).fill(1)
  return {
    ...plain, capacity: plain.capacity.map(() => Infinity), fillLimit: plain.fillLimit.map(() => Infinity), assignment: plain.assignment.map((bin, item) => (bin === -1 ? item % bins : bin)), movable: ones(mean.length), resting: new Uint8Array(mean.length),
    receives: ones(bins), drain: new Uint8Array(bins), preferred: plain.preferred.map(() => -1), emptyCandidates: Int32Array.from({ length: bins }, (_, bin) => bin), emptyMax: 1, optionalMovesMax: 100, otherMovesMax: 100,
    risk: { mean, variance: Float64Array.from(mean, (_, item) => variances[item]!), deviations: Float64Array.from(mean, (_, item) => deviations[item]!), limit: Float64Array.from(problem.bins, ({ cpu }) => cpu) },
  }
}

/** By the definition, item by item. */
function likely({ risk, itemCount }: Packing, assignment: ArrayLike<number>, bin: number): number {
  const items = Array.from({ length: itemCount }, (_, item) => item).filter((item) => assignment[item] === bin)
  const sum = (column: Float64Array): number => items.reduce((total, item) => total + column[item]!, 0)
  return sum(risk!.mean) + Math.max(0, ...items.map((item) => risk!.deviations[item]!)) * Math.sqrt(sum(risk!.variance))
}

describe('a packing with risk', () => {
  it.each([greedySolver, bundledSolver])('$name: no move fills a bin beyond what is likely to fit', (solver) => {
    let moved = 0
    fc.assert(fc.property(withRisk, (drawn) => {
      const packing = packingWithRisk(drawn)
      const { assignment } = solver.solve(packing, { nodesMax: 300, seed: 1 }, () => false)
      for (let bin = 0; bin < packing.binCount; bin++) {
        const entered = Array.from(assignment.keys()).filter((item) => assignment[item] === bin && packing.assignment[item] !== bin)
        if (entered.length === 0) continue
        moved += entered.length
        expect(likely(packing, assignment, bin)).toBeLessThanOrEqual(drawn.problem.bins[bin]!.cpu + 1e-9)
      }
    }), trials(300))
    expect(moved).toBeGreaterThan(100)
  })

  it('is filled as without where nothing varies and the limit is wide', () => {
    fc.assert(fc.property(packingArbitrary, (problem) => {
      const plain = packingOf(problem)
      const zero = new Float64Array(plain.itemCount)
      const wide = { ...plain, fit: 'spread' as const, risk: { mean: Float64Array.from(problem.items, ({ cpu }) => cpu), variance: zero, deviations: zero, limit: Float64Array.from(problem.bins, ({ cpu }) => cpu) } }
      expect([...greedySolver.solve(wide, { nodesMax: 0, seed: 1 }, () => false).assignment]).toEqual([...greedySolver.solve({ ...plain, fit: 'spread' }, { nodesMax: 0, seed: 1 }, () => false).assignment])
    }), trials(200))
  })
})
