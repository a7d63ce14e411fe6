import { evaluate } from '../../src/optimize/evaluate.ts'
import { loadGlpk } from '../../src/optimize/exact/glpk.ts'
import { bundledSolver, provingSolver } from '../../src/optimize/bundledSolver.ts'
import { exchangeLeavers } from '../../src/optimize/exchangeLeavers.ts'
import { greedySolver } from '../../src/optimize/greedy.ts'
import type { Solver } from '../../src/optimize/packing.ts'
import { type ProblemSolver, UNASSIGNED, isBetter } from '../../src/optimize/problem.ts'
import { wishSolver } from '../../src/optimize/wishSolver.ts'

/** Tries every single move and every exchange of two items, by evaluating the whole, until none helps: slow, plain, and enough to see that answers are bettered. */
export const plainSearch: ProblemSolver = {
  name: 'plain search',
  solve(problem, start, limits) {
    const assignment = start.slice()
    let cost = evaluate(problem, assignment)
    let nodes = 0
    const moved = (): number => assignment.filter((bin, item) => problem.initial[item] !== UNASSIGNED && bin !== problem.initial[item]).length
    const attempt = (changes: readonly (readonly [number, number])[]): boolean => {
      if (nodes >= limits.nodesMax || limits.shouldStop()) return false
      nodes++
      const before = changes.map(([item]) => assignment[item]!)
      for (const [item, bin] of changes) assignment[item] = bin
      const next = evaluate(problem, assignment)
      if (isBetter(next, cost) && next.hard <= cost.hard && (limits.movesMax === null || moved() <= limits.movesMax)) {
        cost = next
        return true
      }
      changes.forEach(([item], position) => (assignment[item] = before[position]!))
      return false
    }
    const items = [...assignment.keys()].filter((item) => problem.movable[item] === 1)
    let better = true
    while (better) {
      better = false
      for (const item of items) for (let bin = 0; bin < problem.binCount; bin++) if (bin !== assignment[item]) better = attempt([[item, bin]]) || better
      for (const a of items) for (const b of items) if (a < b && assignment[a] !== assignment[b] && assignment[a] !== UNASSIGNED && assignment[b] !== UNASSIGNED) better = attempt([[a, assignment[b]!], [b, assignment[a]!]]) || better
    }
    return { assignment, cost, lowerBound: -Infinity, moves: null, ended: nodes < limits.nodesMax ? 'localOptimum' : 'nodes', nodes }
  },
}

/** A solver that answers with nonsense: whoever asks it must not believe it. */
export const wildSearch: ProblemSolver = {
  name: 'wild search',
  solve(problem, start) {
    const assignment = start.map((bin, item) => (problem.movable[item] === 1 ? (item * 7 + 3) % problem.binCount : bin))
    return { assignment, cost: { unplaced: 0, hard: 0, value: -1e9, terms: {} }, lowerBound: -Infinity, moves: null, ended: 'optimal', nodes: 1 }
  },
}

const always = (): boolean => true

/** Every wish-level solver of the tree, in one place: whoever adds one adds its line. */
export const WISH_SOLVERS: readonly (readonly [string, Solver])[] = [
  ['greedy', greedySolver],
  ['greedy alone, with its bound', wishSolver([])],
  ['greedy, then a plain search', wishSolver([{ solver: plainSearch, suits: always }])],
  ['bundled', bundledSolver],
  ['bundled, with GLPK for small ones', provingSolver(await loadGlpk())],
  ['greedy, then exchanges', wishSolver([{ solver: exchangeLeavers, suits: always }])],
  ['greedy, then a search that can’t be trusted', wishSolver([{ solver: wildSearch, suits: always }])],
]
