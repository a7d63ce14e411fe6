import { describe, expect, it } from 'vitest'
import { seededRng } from '../../../sim/random.ts'
import { anneal } from '../../../src/optimize/anneal/annealSolver.ts'
import { Cooling, bandOf, emptyProfile } from '../../../src/optimize/anneal/cooling.ts'
import { Portfolio, type RunOutcome } from '../../../src/optimize/anneal/portfolio.ts'
import { evaluate } from '../../../src/optimize/evaluate.ts'
import { trials } from '../../support/parts.ts'
import { randomHingeProblem } from './hingeProblem.ts'

const LIMITS = { nodesMax: 20_000, seed: 1, movesMax: null, shouldStop: () => false }

/** Value of the best assignment that keeps all limits, by trying all. */
function bruteForce(problem: ReturnType<typeof randomHingeProblem>): number {
  const assignment = new Int32Array(problem.itemCount)
  let best = Infinity
  const visit = (item: number): void => {
    if (item === problem.itemCount) {
      const { hard, value } = evaluate(problem, assignment)
      if (hard === 0) best = Math.min(best, value)
      return
    }
    for (let bin = 0; bin < problem.binCount; bin++) {
      assignment[item] = bin
      visit(item + 1)
    }
  }
  visit(0)
  return best
}

describe('annealing of hinges', () => {
  it('finds the best of nearly all tiny problems, and nothing better than brute force', () => {
    const { seed: first } = trials(1)
    let [met, asked] = [0, 0]
    for (let seed = first; asked < 25; seed++) {
      const problem = randomHingeProblem(seededRng(seed, 'tiny'))
      if (problem.binCount ** problem.itemCount > 20_000) continue
      asked++
      const { cost } = anneal(problem, problem.initial, LIMITS)
      const best = bruteForce(problem)
      expect(cost.hard).toBe(0)
      expect(cost.value).toBeGreaterThanOrEqual(best)
      if (cost.value === best) met++
    }
    expect(met).toBeGreaterThanOrEqual(23)
  })

  it('gives another answer for another seed at times, and the same for the same', () => {
    const various = Array.from({ length: 10 }, (_, at) => {
      const problem = randomHingeProblem(seededRng(at, 'seeds'))
      const answers = [1, 1, 2, 3, 4, 5].map((seed) => anneal(problem, problem.initial, { ...LIMITS, nodesMax: 60, seed }).assignment.join())
      expect(answers[0]).toBe(answers[1])
      return new Set(answers).size
    })
    expect(Math.max(...various)).toBeGreaterThan(1)
  })
})

describe('Cooling', () => {
  it('falls from hot to cold, evenly in its logarithm when nothing is known', () => {
    const cooling = new Cooling(1024, 1, emptyProfile())
    expect([0, 0.5, 1].map((progress) => Math.round(Math.log2(cooling.at(progress))))).toEqual([10, 5, 0])
  })

  it('stays longest where most was released', () => {
    const profile = emptyProfile().fill(0)
    profile[bandOf(32)] = 1e6
    const cooling = new Cooling(1024, 1, profile)
    const inBand = Array.from({ length: 100 }, (_, at) => cooling.at(at / 100)).filter((temperature) => temperature >= 32 && temperature <= 64)
    expect(inBand.length).toBeGreaterThan(80)
  })

  it('never rises, and ends at the coldest', () => {
    const profile = emptyProfile().map((_, band) => (band % 3) * 10 ** (band % 5))
    const cooling = new Cooling(3e7, 0.7, profile)
    const temperatures = Array.from({ length: 501 }, (_, at) => cooling.at(at / 500))
    expect(temperatures.every((temperature, at) => at === 0 || temperature <= temperatures[at - 1]!)).toBe(true)
    expect(temperatures[500]).toBeCloseTo(0.7, 9)
  })
})

describe('Portfolio', () => {
  const temperatures = { hot: 1e7, moves: 100, cold: 1 }
  const outcomesOf = (portfolio: Portfolio, planned: ReturnType<Portfolio['next']>, best: string): RunOutcome[] => planned.map((run) => ({ run, value: run.kind === best ? 1 : 2, kept: true, released: portfolio.profileOf(run) }))

  it.each(['hot', 'priced', 'cold'])('spends most of the effort on the %s schedule when that was best in the semi-final, and the whole in all', (best) => {
    const portfolio = new Portfolio(temperatures, true, 2, 1)
    const first = portfolio.next([])
    const second = portfolio.next(outcomesOf(portfolio, first, 'cold'))
    expect(new Set(second.map(({ kind }) => kind)).size).toBe(3)
    const main = portfolio.next(outcomesOf(portfolio, second, best))
    expect(main.map(({ kind }) => kind)).toEqual([best, best])
    const all = [...first, ...second, ...main]
    for (let last = main; last.length > 0; all.push(...last)) {
      last = portfolio.next(outcomesOf(portfolio, last, best))
      expect(last.every(({ fromBest, isPenalised }) => fromBest && !isPenalised)).toBe(true)
    }
    expect(all.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9)
    expect(main.reduce((sum, { share }) => sum + share, 0)).toBeGreaterThan(0.3)
    expect(new Set(all.map(({ seed }) => seed)).size).toBe(all.length)
  })

  it('never chooses a run that found nothing', () => {
    const portfolio = new Portfolio(temperatures, false, 1, 1)
    const first = portfolio.next([])
    const second = portfolio.next(first.map((run) => ({ run, value: run.kind === 'cold' ? 5 : 1, kept: run.kind === 'cold', released: emptyProfile() })))
    const [last] = portfolio.next(second.map((run) => ({ run, value: run.kind === 'cold' ? 5 : 1, kept: run.kind === 'cold', released: emptyProfile() })))
    expect(last!.kind).toBe('cold')
  })
})
