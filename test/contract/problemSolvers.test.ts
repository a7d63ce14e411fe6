import { describe, expect, it } from 'vitest'
import { evaluate } from '../../src/optimize/evaluate.ts'
import { type Answer, type Problem, type ProblemSolver, type SolveLimits, problemOf } from '../../src/optimize/problem.ts'
import { seededRng } from '../../sim/random.ts'
import { oracleCost } from '../support/problemOracle.ts'
import { trials } from '../support/parts.ts'
import { type ProblemShape, RULE_KINDS, TERM_KINDS, randomProblem, randomStart } from '../support/randomProblem.ts'
import { type Contracted, PROBLEM_SOLVERS } from './problemSolvers.ts'
import { NO_LIMITS, bruteForce, faultsOf, isWorse, nearly } from './solverFaults.ts'

const TIGHT: ProblemShape = { itemsMax: 14, binsMax: 5, fill: 0.95, rulesMax: 3, termsMax: 3, placed: 0.8 }
const AMPLE: ProblemShape = { ...TIGHT, fill: 0.5 }
const TINY: ProblemShape = { itemsMax: 5, binsMax: 3, fill: 0.8, rulesMax: 2, termsMax: 2, placed: 0.8 }
const PLAIN: ProblemShape = { ...TIGHT, rulesMax: 0, termsMax: 1, placed: 1 }
const SHAPES = { tight: TIGHT, ample: AMPLE, tiny: TINY, 'without rules': PLAIN }

/** Seeded cases of a shape, printed by number where one fails. */
function eachCase(shape: ProblemShape, label: string, usual: number, visit: (problem: Problem, start: Int32Array, seed: number) => readonly string[]): void {
  const { seed: first, numRuns } = trials(usual)
  for (let seed = first; seed < first + numRuns; seed++) {
    const rng = seededRng(seed, label)
    const problem = randomProblem(rng, shape)
    expect(visit(problem, randomStart(rng, problem), seed), `${label}, seed ${seed}`).toEqual([])
  }
}

describe('the cost of an assignment', () => {
  it.each(Object.entries(SHAPES))('is what its definition says, read a second time: %s', (label, shape) => {
    eachCase(shape, `cost ${label}`, 150, (problem, start) => {
      const [seen, said] = [evaluate(problem, start), oracleCost(problem, start)]
      return seen.unplaced === said.unplaced && nearly(seen.hard, said.hard) && nearly(seen.value, said.value) ? [] : [`${seen.unplaced}/${seen.hard}/${seen.value}, not ${said.unplaced}/${said.hard}/${said.value}`]
    })
  })
  it('is tried with every kind of rule and term, with closed bins, and with starts that keep and that break the limits', () => {
    const seen = new Set<string>()
    eachCase(TIGHT, 'variety', 200, (problem, start) => {
      for (const { kind, weight } of problem.rules) seen.add(`${kind} ${weight === null ? 'hard' : 'soft'}`)
      for (const { kind } of problem.terms) seen.add(kind)
      if (problem.receives.includes(0)) seen.add('closed bin')
      seen.add(oracleCost(problem, start).hard > 0 ? 'broken' : 'kept')
      return []
    })
    const wanted = [...RULE_KINDS.flatMap((kind) => [`${kind} hard`, `${kind} soft`]), ...TERM_KINDS, 'closed bin', 'broken', 'kept']
    expect(wanted.filter((kind) => !seen.has(kind))).toEqual([])
  })
})

describe.each(PROBLEM_SOLVERS)('$solver.name', ({ solver, gapMeanMax, weighsLimits = false, edgesLeftOut = [] }) => {
  const faults = (problem: Problem, start: Int32Array, limits: Partial<SolveLimits> = {}): string[] => faultsOf(solver, problem, start, { ...NO_LIMITS, ...limits }, weighsLimits)

  it.each(Object.entries(SHAPES))('keeps the contract on random problems: %s', (label, shape) => {
    eachCase(shape, `contract ${label}`, 60, (problem, start, seed) => faults(problem, start, { seed }))
  })
  it.each([0, 1, 3])('moves no more than %i items where no more are allowed', (movesMax) => {
    for (const shape of [TIGHT, AMPLE]) eachCase(shape, `moves ${movesMax}`, 40, (problem, start) => faults(problem, start, { movesMax }))
  })
  it.each([0, 1])('gives a good answer after %i nodes', (nodesMax) => {
    eachCase(TIGHT, `nodes ${nodesMax}`, 40, (problem, start) => faults(problem, start, { nodesMax }))
  })
  it('gives a good answer when told to stop at once, or at any later question', () => {
    eachCase(TIGHT, 'stop', 40, (problem, start, seed) => {
      let asked = 0
      return faults(problem, start, { shouldStop: () => asked++ >= seed % 7 })
    })
  })
  it('gives the same bytes for the same problem, start and seed', () => {
    eachCase(TIGHT, 'repeat', 40, (problem, start, seed) => {
      const [first, second] = [1, 2].map(() => JSON.stringify(solver.solve(problem, start.slice(), { ...NO_LIMITS, seed })))
      return first === second ? [] : ['answers differ']
    })
  })
  it('is as good as brute force where it says optimal, near it elsewhere, and its bound is below all that keep the limits', () => {
    const gaps: number[] = []
    for (const movesMax of [null, 2]) eachCase(TINY, `brute force ${movesMax}`, 60, (problem, _, seed) => bruteForceFaults({ solver, gapMeanMax, weighsLimits }, problem, { ...NO_LIMITS, seed, movesMax }, gaps))
    expect(gaps.reduce((sum, gap) => sum + gap, 0) / Math.max(1, gaps.length)).toBeLessThanOrEqual(gapMeanMax)
  })
  it.each(EDGES().filter(({ name }) => !edgesLeftOut.includes(name)))('answers $name', ({ problem }) => {
    expect(faults(problem, problem.initial.slice())).toEqual([])
    expect(faults(problem, problem.initial.slice(), { movesMax: 0, nodesMax: 0, shouldStop: () => true })).toEqual([])
  })
})

function bruteForceFaults({ solver, weighsLimits = false }: Contracted, problem: Problem, limits: SolveLimits, gaps: number[]): string[] {
  const answer = solver.solve(problem, problem.initial.slice(), limits)
  const found = oracleCost(problem, answer.assignment)
  const { best, cleanValue } = bruteForce(problem, limits.movesMax, weighsLimits)
  const faults: string[] = []
  if (isWorse(best, found)) faults.push('brute force is worse: the oracle is wrong')
  if (answer.ended === 'optimal' && isWorse(found, best)) faults.push(`says optimal with ${found.unplaced}/${found.hard}/${found.value}, there is ${best.unplaced}/${best.hard}/${best.value}`)
  if (cleanValue !== null && answer.lowerBound > cleanValue && !nearly(answer.lowerBound, cleanValue)) faults.push(`bound ${answer.lowerBound} is above ${cleanValue}`)
  if (found.unplaced === best.unplaced && nearly(found.hard, best.hard)) gaps.push((found.value - best.value) / Math.max(1, Math.abs(best.value)))
  return faults
}

/** Problems at the edges of what may be asked. */
function EDGES(): { name: string; problem: Problem }[] {
  const of = (itemCount: number, binCount: number, parts: Partial<Problem> = {}): Problem => problemOf({
    itemCount, binCount, dimensions: 1, demand: new Float64Array(itemCount).fill(2), capacity: new Float64Array(binCount).fill(5), initial: Int32Array.from({ length: itemCount }, (_, item) => (binCount === 0 ? -1 : item % binCount)),
    terms: [
      { name: 'spread', weight: 1, kind: 'spread', measure: 'deviation', dimension: 0, size: new Float64Array(binCount).fill(5), over: new Uint8Array(binCount).fill(1) },
      { name: 'used', weight: 1, kind: 'inUse', cost: new Float64Array(binCount).fill(3) },
    ],
    ...parts,
  })
  return [
    { name: 'no items', problem: of(0, 3) },
    { name: 'no bins', problem: of(3, 0) },
    { name: 'nothing at all', problem: of(0, 0) },
    { name: 'no dimensions', problem: of(3, 2, { dimensions: 0, demand: new Float64Array(0), capacity: new Float64Array(0), base: new Float64Array(0), transient: new Uint8Array(0), terms: [] }) },
    { name: 'one bin', problem: of(2, 1) },
    { name: 'one bin that holds too much', problem: of(4, 1) },
    { name: 'all bins closed', problem: of(5, 3, { receives: new Uint8Array(3) }) },
    { name: 'all bins closed and items waiting', problem: of(5, 3, { receives: new Uint8Array(3), initial: new Int32Array(5).fill(-1) }) },
    { name: 'items waiting', problem: of(5, 3, { initial: new Int32Array(5).fill(-1) }) },
    { name: 'more waiting than fits', problem: of(9, 3, { initial: new Int32Array(9).fill(-1) }) },
    { name: 'an item larger than any bin', problem: of(3, 2, { demand: Float64Array.of(9, 2, 2), initial: Int32Array.of(-1, 0, 1) }) },
    { name: 'an item larger than its bin', problem: of(3, 2, { demand: Float64Array.of(9, 2, 2) }) },
    { name: 'items that all stay', problem: of(5, 3, { movable: new Uint8Array(5) }) },
    { name: 'items without demand', problem: of(5, 3, { demand: new Float64Array(5) }) },
    { name: 'bins without capacity', problem: of(5, 3, { capacity: new Float64Array(3) }) },
    { name: 'unlimited bins', problem: of(5, 3, { capacity: new Float64Array(3).fill(Infinity) }) },
    { name: 'an item allowed nowhere', problem: of(3, 2, { allowedRow: Int32Array.of(0, -1, -1), allowed: [new Uint8Array(2)] }) },
    { name: 'rules about nobody', problem: of(3, 2, { rules: RULE_KINDS.map((kind) => ({ name: kind, members: new Int32Array(0), zoneOf: Int32Array.of(-1, -1), zoneCount: 0, weight: null, kind, max: new Float64Array(0), amount: null, min: 2, others: new Int32Array(0) }) as unknown as Problem['rules'][number]) }) },
  ]
}

describe('the contract itself', () => {
  const problem = problemOf({ itemCount: 3, binCount: 2, dimensions: 1, demand: Float64Array.of(2, 2, 2), capacity: Float64Array.of(5, 5), initial: Int32Array.of(0, 0, -1), movable: Uint8Array.of(1, 0, 1), moveCost: Float64Array.of(1, 1, 1) })
  const answering = (assignment: readonly number[], parts: Partial<Answer> = {}): ProblemSolver => ({
    name: 'made up', solve: (asked) => ({ assignment: Int32Array.from(assignment), cost: evaluate(asked, Int32Array.from(assignment)), lowerBound: 0, moves: null, ended: 'localOptimum', nodes: 1, ...parts }),
  })
  const faults = (solver: ProblemSolver, limits: Partial<SolveLimits> = {}, asked = problem): string[] => faultsOf(solver, asked, asked.initial.slice(), { ...NO_LIMITS, ...limits })

  it('finds nothing wrong with a good answer', () => {
    expect(faults(answering([0, 0, 1]))).toEqual([])
    expect(faults(answering([0, 0, 1], { moves: [{ item: 2, source: -1, target: 1 }] }))).toEqual([])
  })
  it.each([
    ['a wrong cost', answering([0, 0, 1], { cost: { unplaced: 0, hard: 0, value: 4, terms: { moves: 4 } } }), 'the assignment costs'],
    ['a bin that is not there', answering([0, 0, 2]), 'names a bin'],
    ['a lost item', answering([0, -1, 1]), 'takes item 1 out'],
    ['an overfilled bin', answering([0, 0, 0]), 'above its capacity'],
    ['a moved item that stays', answering([0, 1, 1]), 'which stays'],
    ['a bound above the value', answering([0, 0, 1], { lowerBound: 1 }), 'above its value'],
    ['moves that lead elsewhere', answering([0, 0, 1], { moves: [] }), 'do not lead'],
    ['a move from elsewhere', answering([0, 0, 1], { moves: [{ item: 2, source: 0, target: 1 }] }), 'where it is not'],
    ['no answer for an item', answering([0, 0]), 'answers for 2'],
  ])('finds %s', (_, solver, fault) => {
    expect(faults(solver).join()).toContain(fault)
  })
  it('finds a move too many, and one that only costs', () => {
    expect(faults(answering([1, 0, 0]), { movesMax: 0 }).join()).toContain('0 are allowed')
    expect(faults(answering([1, 0, -1]), {}, { ...problem, movable: Uint8Array.of(1, 0, 0) }).join()).toContain('worse than its start')
  })
  it('finds one rule broken for another', () => {
    const apart = { name: 'apart', kind: 'perZoneMax' as const, members: Int32Array.of(0, 1), zoneOf: Int32Array.of(0, 1), zoneCount: 2, weight: null, max: Float64Array.of(1, 1), amount: null }
    const together = { name: 'together', kind: 'zonesMax' as const, members: Int32Array.of(0, 1), zoneOf: Int32Array.of(0, 1), zoneCount: 2, weight: null, max: 1 }
    expect(faults(answering([1, 0, 1]), {}, { ...problem, rules: [apart, together] }).join()).toContain('rule together is broken')
  })
  it('finds a changed start', () => {
    const solver: ProblemSolver = { name: 'rude', solve: (asked, start, limits) => answering([...(start[2] = 1, start)]).solve(asked, start, limits) }
    expect(faults(solver)).toContain('changed the start it was handed')
  })
})
