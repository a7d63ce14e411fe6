import { describe, expect, it } from 'vitest'
import { solveExactlyInThread } from '../../src/drivers/compute/exact.ts'
import { type Problem, problemOf } from '../../src/optimize/problem.ts'

const pool = (binCount: number, itemCount: number, sizeOf: (item: number) => number): Problem => problemOf({
  itemCount, binCount, dimensions: 1, demand: Float64Array.from({ length: itemCount }, (_, item) => sizeOf(item)), capacity: new Float64Array(binCount).fill(20), initial: Int32Array.from({ length: itemCount }, (_, item) => item % binCount),
  moveCost: new Float64Array(itemCount).fill(0.125), terms: [{ name: 'bins', weight: 1, kind: 'inUse', cost: new Float64Array(binCount).fill(1) }],
})

/** Takes GLPK hours. */
const ENDLESS = pool(40, 90, (item) => [9 + ((item * 7) % 30) / 16, 6 + ((item * 11) % 30) / 32, 5 - ((item * 7) % 30) / 16 - ((item * 11) % 30) / 32][Math.floor(item / 30)]!)

describe('an exact solve in a thread', () => {
  it('gives the proven answer', async () => {
    const problem = pool(6, 24, (item) => [2, 3, 5, 4][item % 4]!)
    expect(await solveExactlyInThread(problem, problem.initial, { deadlineMs: null })).toMatchObject({ ended: 'optimal', cost: { unplaced: 0, hard: 0, terms: { bins: 5 } } })
  })

  it('is ended by its deadline in the middle of GLPK, and what was known by then is the answer', async () => {
    const answer = await solveExactlyInThread(ENDLESS, ENDLESS.initial, { deadlineMs: 1_500, wholeColumnsMax: 100_000 })
    expect(answer.ended).toBe('stopped')
    expect(answer.assignment).toEqual(ENDLESS.initial)
    expect(answer.lowerBound).toBeLessThanOrEqual(answer.cost.value)
  })

  it('is ended by a signal', async () => {
    const abort = new AbortController()
    const answer = solveExactlyInThread(ENDLESS, ENDLESS.initial, { deadlineMs: null, wholeColumnsMax: 100_000, signal: abort.signal })
    abort.abort()
    expect((await answer).ended).toBe('stopped')
  })
})
