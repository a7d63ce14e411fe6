import { describe, expect, it } from 'vitest'
import { seededRng } from '../../sim/random.ts'
import { annealInThreads, type AnnealThreadsOptions } from '../../src/drivers/compute/anneal.ts'
import { nowMs } from '../../src/drivers/compute/annealMailbox.ts'
import { evaluate } from '../../src/optimize/evaluate.ts'
import { type Problem, problemOf } from '../../src/optimize/problem.ts'

/** Items of whole sizes, all of them on the first bins; loads above half of a bin cost. */
function crowded(itemCount: number, binCount: number): Problem {
  const rng = seededRng(3, 'crowded')
  return problemOf({
    itemCount, binCount, dimensions: 1, demand: Float64Array.from({ length: itemCount }, () => 1 + rng.below(9)), capacity: new Float64Array(binCount).fill(1000), initial: Int32Array.from({ length: itemCount }, (_, item) => item % 3),
    moveCost: new Float64Array(itemCount).fill(1), terms: [{ name: 'load', weight: 10, kind: 'excess', dimension: 0, limit: new Float64Array(binCount).fill((5 * itemCount) / binCount), scale: new Float64Array(binCount).fill(1) }],
  })
}

const options = (parts: Partial<AnnealThreadsOptions>): AnnealThreadsOptions => ({ threads: 2, seed: 1, endMs: null, nodesMax: 60_000, onProgress: () => undefined, signal: new AbortController().signal, ...parts })

describe('annealing in threads', () => {
  const problem = crowded(60, 10)

  it('gives the same answer again under a limit on proposals, valid and far better than the start', async () => {
    const [first, second] = [await annealInThreads(problem, problem.initial, options({})), await annealInThreads(problem, problem.initial, options({}))]
    expect(first.assignment).toEqual(second.assignment)
    expect(first.cost).toEqual(evaluate(problem, first.assignment))
    expect(first.cost.hard).toBe(0)
    expect(first.cost.value).toBeLessThan(0.2 * evaluate(problem, problem.initial).value)
    expect(first.nodes).toBeLessThanOrEqual(60_000)
  })

  it('ends at a time, and at once by a signal, with the best so far', async () => {
    const timed = await annealInThreads(problem, problem.initial, options({ nodesMax: Number.MAX_SAFE_INTEGER, endMs: nowMs() + 1500 }))
    expect(timed.ended).toBe('stopped')
    expect(timed.cost.value).toBeLessThan(evaluate(problem, problem.initial).value)
    const abort = new AbortController()
    const endless = annealInThreads(problem, problem.initial, options({ nodesMax: Number.MAX_SAFE_INTEGER, signal: abort.signal, onProgress: () => abort.abort() }))
    abort.abort()
    expect((await endless).cost.hard).toBe(0)
  })

  it('leaves a problem without items as it is', async () => {
    const nothing = crowded(0, 2)
    expect((await annealInThreads(nothing, nothing.initial, options({}))).assignment).toEqual(new Int32Array(0))
  })
})
