import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { greedySolver } from '../../src/optimize/greedy.ts'
import type { Packed } from '../../src/optimize/packing.ts'
import { type Bin, type Item, OPTIONAL, type SmallPacking, bestValue, faultsOfAnswer, packingArbitrary, packingOf, replay, valueOf } from '../support/packings.ts'
import { trials } from '../support/parts.ts'

const LIMITS = { nodesMax: 0, seed: 1 }
const solve = (problem: SmallPacking): Packed => greedySolver.solve(packingOf(problem), LIMITS, () => false)
describe('the greedy solver', () => {
  it('is feasible at every move, is never better than the best placement, and its value is what it says', () => {
    fc.assert(fc.property(packingArbitrary, (problem) => {
      const packed = solve(problem)
      const places = replay(problem, packed.moves)
      expect([...packed.assignment]).toEqual(places.map((place) => place ?? -1))
      expect(packed.objectiveBefore).toBeCloseTo(valueOf(problem, problem.items.map(({ at }) => at)), 4)
      expect(packed.objectiveAfter).toBeCloseTo(valueOf(problem, places), 4)
      expect(faultsOfAnswer(problem, packed)).toEqual([])
      const best = bestValue(problem)
      expect(packed.objectiveAfter).toBeGreaterThanOrEqual(best - 1e-4)
    }), trials(400))
  })

  it('never tears apart what stands together', () => {
    fc.assert(fc.property(packingArbitrary, (problem) => {
      const { assignment } = solve(problem)
      for (const [a, b] of problem.together) if (problem.items[a]!.at !== null && problem.items[a]!.at === problem.items[b]!.at) expect(assignment[a]).toBe(assignment[b])
    }), trials(400))
  })

  it('takes a group along to where all of it fits', () => {
    // Alone, the first would go to the roomiest bin, where the second has no memory left.
    const standing = (memory: number): Item => ({ cpu: 1, memory, at: 0, movable: true, resting: false, home: null })
    const target = (cpu: number, memory: number, drain = false): Bin => ({ cpu, memory, receives: !drain, drain, relieve: false, cost: 0 })
    const problem: SmallPacking = { items: [standing(5), standing(4)], bins: [target(9, 12, true), target(50, 6), target(9, 10)], empty: [], emptyMax: 0, spreadMax: null, fit: 'spread', movesMax: 9, fill: 0.9, relieveTo: 0.4, apart: [], together: [[0, 1]] }
    expect([...solve(problem).assignment]).toEqual([2, 2])
    const small: SmallPacking = { ...problem, bins: [problem.bins[0]!, problem.bins[1]!, target(9, 8)] }
    expect([...solve(small).assignment]).toEqual([0, 0])
    expect(solve(small).unmet.map(({ cause, item: index }) => `${cause} ${index}`).sort()).toEqual(['drain 0', 'drain 1'])
  })

  it('stays within the moves allowed, takes each item away at most as often as asked, and empties what it says', () => {
    fc.assert(fc.property(packingArbitrary, (problem) => {
      const packed = solve(problem)
      expect(packed.moves.filter(({ cause }) => OPTIONAL.has(cause)).length).toBeLessThanOrEqual(problem.movesMax)
      expect(packed.emptied.length).toBeLessThanOrEqual(problem.emptyMax)
      for (const emptied of packed.emptied) expect([...packed.assignment]).not.toContain(emptied)
      // A bin that was to be emptied and is not has kept all its items.
      for (const { cause, bin: number } of packed.unmet) if (cause === 'empty') expect(packed.moves.filter(({ source, cause: why }) => source === number && why === 'empty')).toEqual([])
    }), trials(400))
  })

  it('answers for every item that found no place and every one that could not leave', () => {
    fc.assert(fc.property(packingArbitrary, (problem) => {
      const packed = solve(problem)
      const unmet = new Set(packed.unmet.map(({ cause, item: index }) => `${cause} ${index}`))
      problem.items.forEach((entry, index) => {
        const place = packed.assignment[index]!
        if (place === -1) expect(unmet).toContain(`place ${index}`)
        else if (problem.bins[place]!.drain && entry.movable) expect(unmet).toContain(`drain ${index}`)
      })
    }), trials(400))
  })

  it('places everything wherever the best placement does, in 19 of 20 problems', () => {
    let possibleCount = 0
    let missed = 0
    fc.assert(fc.property(packingArbitrary, (problem) => {
      if (bestValue(problem) >= 1e6) return
      possibleCount++
      if (solve(problem).objectiveAfter >= 1e6) missed++
    }), { ...trials(400), seed: 7 })
    expect(possibleCount).toBeGreaterThan(50)
    expect(missed / possibleCount).toBeLessThan(0.05)
  })

  it('leaves a placement alone that nobody wants changed', () => {
    fc.assert(fc.property(packingArbitrary, (problem) => {
      const quiet: SmallPacking = { ...problem, empty: [], spreadMax: null, items: problem.items.map((entry) => ({ ...entry, home: null })).filter(({ at }) => at !== null), apart: [], together: [], bins: problem.bins.map((entry) => ({ ...entry, drain: false, relieve: false })) }
      expect(solve(quiet)).toMatchObject({ moves: [], unmet: [] })
    }), trials(100))
  })

  it('says that optional moves are used up where only they are missing, for each kind of them', () => {
    const free = { cpu: 10, memory: 9, receives: true, drain: false, relieve: false, cost: 1 }
    const small = { cpu: 2, memory: 1, at: 0, movable: true, resting: false, home: null }
    const quiet: SmallPacking = { items: [small, { ...small, at: 1 }], bins: [free, free], empty: [], emptyMax: 0, spreadMax: null, fit: 'spread', movesMax: 0, fill: 0.9, relieveTo: 0.4, apart: [], together: [] }
    const problems: readonly [string, SmallPacking][] = [
      ['relieve', { ...quiet, items: [{ ...small, cpu: 3 }, { ...small, cpu: 3 }], bins: [{ ...free, relieve: true }, free] }],
      ['preferred', { ...quiet, items: [{ ...small, home: 1 }] }],
      ['empty', { ...quiet, empty: [0], emptyMax: 1, fit: 'pack' }],
      ['spread', { ...quiet, items: [small, small], spreadMax: 0.1 }],
    ]
    for (const [cause, problem] of problems) {
      expect(solve(problem).unmet, cause).toMatchObject([{ cause, outOfMoves: true }])
      expect(solve({ ...problem, movesMax: 9 }).unmet, cause).toEqual([])
    }
    expect(solve({ ...quiet, items: [{ ...small, resting: true }], empty: [0], emptyMax: 1 }).unmet).toEqual([{ cause: 'empty', item: -1, bin: 0 }])
  })

  it('stops when told to, with what it has', () => {
    const problem: SmallPacking = { items: [{ cpu: 6, memory: 1, at: 0, movable: true, resting: false, home: null }], bins: [0, 1].map(() => ({ cpu: 7, memory: 9, receives: true, drain: false, relieve: true, cost: 0 })), empty: [], emptyMax: 0, spreadMax: null, fit: 'spread', movesMax: 9, fill: 0.9, relieveTo: 0.4, apart: [], together: [] }
    expect(greedySolver.solve(packingOf({ ...problem, bins: [problem.bins[0]!, { ...problem.bins[1]!, relieve: false }] }), LIMITS, () => true).moves).toEqual([])
  })
})
