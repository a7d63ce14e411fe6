import { describe, expect, it } from 'vitest'
import { solveWishesInThread } from '../../src/drivers/compute/wishes.ts'
import { bundledSolver, provingSolver } from '../../src/optimize/bundledSolver.ts'
import { loadGlpk } from '../../src/optimize/exact/glpk.ts'
import type { Packing } from '../../src/optimize/packing.ts'
import { packingOf } from '../support/packings.ts'

const LIMITS = { nodesMax: 2000, seed: 1 }
/** The first of so many bins is loaded with six items and to be relieved. */
const relieving = (bins: number): Packing => packingOf({
  items: Array.from({ length: 6 }, (_, at) => ({ cpu: 2 + (at % 3), memory: 2, at: 0, movable: true, resting: false, home: null })),
  bins: Array.from({ length: bins }, (_, bin) => ({ cpu: 10, memory: 30, receives: true, drain: false, relieve: bin === 0, cost: 1 })), empty: [], emptyMax: 0, spreadMax: null, fit: 'spread', movesMax: 100, fill: 0.9, relieveTo: 0.4, apart: [], together: [],
})

describe('wishes in a thread', () => {
  it('are answered as simulation answers them: exactly in a small pool, by the search in a large one', async () => {
    const proving = provingSolver(await loadGlpk())
    for (const [bins, solver] of [[3, proving], [20, bundledSolver]] as const) {
      const packing = relieving(bins)
      const answer = await solveWishesInThread(packing, LIMITS, 60_000)
      expect(answer).toEqual(solver.solve(packing, LIMITS, () => false))
      expect(answer!.moves.length).toBeGreaterThan(0)
    }
  })
  it('have no answer when the time is up', async () => {
    expect(await solveWishesInThread(relieving(3), LIMITS, 0)).toBeNull()
  })
})
