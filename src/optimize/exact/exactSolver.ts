import { lowerBoundOfProblem } from '../bounds/lowerBound.ts'
import { evaluate } from '../evaluate.ts'
import { type Answer, type Cost, type Problem, type ProblemSolver, type SolveLimits, isBetter } from '../problem.ts'
import { assignmentCount, bestOfAll } from './enumerate.ts'
import type { LinearModel, LinearSolver } from './linear.ts'
import { type ExactProgram, exactProgram, notLinear } from './program.ts'

/** A program is solved up to so many whole columns, and so many entries in its rows for each of them. */
export const WHOLE_COLUMNS_MAX = 250
const ENTRIES_A_COLUMN_MAX = 32

export interface ExactOptions {
  /** Whole columns at most; fewer where an answer is wanted at once. */
  readonly wholeColumnsMax?: number
  /** Seconds for the program, null: none. */
  readonly secondsMax: number | null
  /** True: running out of seconds is an error, because another machine would give another answer. */
  readonly repeatable: boolean
}

/** A repeatable solve that ran into its time limit: the problem is too hard for the exact solver. */
export class ExactTimeout extends Error {
  constructor(secondsMax: number, columns: number) {
    super(`the exact solver did not finish ${columns} columns in ${secondsMax} s, and a repeatable run may not depend on time: use the search for this problem, or lower wholeColumnsMax`)
    this.name = 'ExactTimeout'
  }
}

/** Why a problem is not solved exactly, in words; null: it is. */
export function exactRefusal(problem: Problem, wholeColumnsMax = WHOLE_COLUMNS_MAX): string | null {
  if (assignmentCount(problem) !== null) return null
  const why = unfit(problem)
  if (why !== null) return why
  // Cheap upper estimate first: large problems are not built to be counted.
  if (problem.binCount > wholeColumnsMax) return `${problem.binCount} bins are too many for the exact solver`
  return tooLarge(exactProgram(problem, null, -Infinity, null).model, wholeColumnsMax)
}

function unfit(problem: Problem): string | null {
  const why = notLinear(problem)
  if (why !== null) return why
  const isNegative = problem.terms.some(({ weight }) => weight < 0) || problem.rules.some(({ weight }) => weight !== null && weight < 0) || problem.moveCost.some((cost) => cost < 0)
  return isNegative ? 'a weight is below 0: the exact solver takes costs, not rewards' : null
}

function tooLarge({ integer, rows }: LinearModel, wholeColumnsMax: number): string | null {
  const whole = integer.filter((here) => here).length
  const entriesMax = wholeColumnsMax * ENTRIES_A_COLUMN_MAX
  const entries = rows.reduce((sum, { columns }) => sum + columns.length, 0)
  if (whole > wholeColumnsMax) return `${whole} whole columns are more than the ${wholeColumnsMax} that the exact solver takes`
  return entries > entriesMax ? `${entries} entries are more than the ${entriesMax} that the exact solver takes` : null
}

/**
 * Proves the best assignment of a small problem: all assignments one by one where they are few, else a program in whole
 * numbers. `ended` is `optimal` only for what is proven by that; a problem that `exactRefusal` names comes back as it
 * was started, with its bound. `shouldStop` is asked before the program, not in it: run it in a thread for a deadline.
 */
export function exactSolver(solver: LinearSolver, options: ExactOptions): ProblemSolver {
  return { name: `exact (${solver.name})`, solve: (problem, start, limits) => solveExactly(problem, start, limits, solver, options) }
}

function solveExactly(problem: Problem, start: Int32Array, limits: SolveLimits, solver: LinearSolver, options: ExactOptions): Answer {
  const startCost = evaluate(problem, start)
  const bound = lowerBoundOfProblem(problem, limits.shouldStop)
  const answer = (assignment: Int32Array, cost: Cost, lowerBound: number, ended: Answer['ended'], nodes: number): Answer => ({ assignment, cost, lowerBound: Math.max(bound.value, lowerBound), moves: null, ended, nodes })
  if (isClean(startCost) && startCost.value <= bound.value + tolerance(bound.value) && withinMoves(problem, start, limits.movesMax)) return answer(start.slice(), startCost, startCost.value, 'optimal', 0)
  if (assignmentCount(problem) !== null) {
    const { assignment, cost, tried } = bestOfAll(problem, start, limits.movesMax)
    // With no limit on moves the best clean assignment is the bound; where there is no clean one, none can be below it.
    return answer(assignment, cost, isClean(cost) && limits.movesMax === null ? cost.value : bound.value, 'optimal', tried)
  }
  const unable = (ended: Answer['ended']): Answer => answer(start.slice(), startCost, bound.value, ended, 0)
  if (unfit(problem) !== null || problem.binCount > (options.wholeColumnsMax ?? WHOLE_COLUMNS_MAX)) return unable('nodes')
  if (limits.shouldStop()) return unable('stopped')
  const program = exactProgram(problem, limits.movesMax, bound.value, isClean(startCost) && withinMoves(problem, start, limits.movesMax) ? startCost.value : null)
  if (tooLarge(program.model, options.wholeColumnsMax ?? WHOLE_COLUMNS_MAX) !== null) return unable('nodes')
  return byProgram(problem, { assignment: start, cost: startCost }, limits, { program, solver, options, answer, bound: bound.value })
}

interface ProgramParts {
  readonly program: ExactProgram
  readonly solver: LinearSolver
  readonly options: ExactOptions
  readonly answer: (assignment: Int32Array, cost: Cost, lowerBound: number, ended: Answer['ended'], nodes: number) => Answer
  readonly bound: number
}

function byProgram(problem: Problem, start: { readonly assignment: Int32Array; readonly cost: Cost }, limits: SolveLimits, { program, solver, options, answer, bound }: ProgramParts): Answer {
  const { secondsMax, repeatable } = options
  const solved = solver.solve(program.model, { secondsMax })
  if (solved.status === 'limit' && repeatable) throw new ExactTimeout(secondsMax ?? 0, program.model.cost.length)
  const found = solved.columns === null ? null : program.assignmentOf(solved.columns)
  const cost = found === null ? null : evaluate(problem, found)
  const isProven = solved.status === 'optimal' && cost !== null && isClean(cost) && cost.value <= solved.value + program.constant + tolerance(cost.value)
  // Where a solver says there is none, no assignment places everything within the hard limits: the start is as good as any known.
  const lowerBound = solved.status === 'optimal' && limits.movesMax === null ? solved.value + program.constant - tolerance(solved.value) : bound
  if (found !== null && cost !== null && (isBetter(cost, start.cost) || isProven)) return answer(found, cost, isProven && limits.movesMax === null ? Math.max(bound, Math.min(cost.value, lowerBound + 2 * tolerance(cost.value))) : lowerBound, isProven ? 'optimal' : solved.status === 'limit' ? 'stopped' : 'localOptimum', 0)
  return answer(start.assignment.slice(), start.cost, lowerBound, solved.status === 'limit' ? 'stopped' : 'localOptimum', 0)
}

const isClean = ({ unplaced, hard }: Cost): boolean => unplaced === 0 && hard <= 1e-9

const tolerance = (value: number): number => 1e-6 * Math.max(1, Math.abs(value))

function withinMoves(problem: Problem, assignment: Int32Array, movesMax: number | null): boolean {
  if (movesMax === null) return true
  return assignment.filter((bin, item) => problem.initial[item] !== -1 && problem.initial[item] !== bin).length <= movesMax
}
