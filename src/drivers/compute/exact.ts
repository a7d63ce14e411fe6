import { evaluate } from '../../optimize/evaluate.ts'
import { WHOLE_COLUMNS_MAX } from '../../optimize/exact/exactSolver.ts'
import type { Answer, Problem } from '../../optimize/problem.ts'
import type { ExactInput } from './exactTask.ts'
import { runInThread } from './thread.ts'

export interface ExactThreadOptions {
  /** The thread is ended after this; null: it may take as long as it needs. */
  readonly deadlineMs: number | null
  readonly movesMax?: number | null
  readonly backend?: 'glpk' | 'highs'
  readonly wholeColumnsMax?: number
  readonly signal?: AbortSignal
}

/**
 * The exact solver in a thread of its own. When the deadline or the signal ends it, the answer is the start with the
 * bound known by then, `ended: 'stopped'`. Rejects when the solver's package is missing.
 */
export async function solveExactlyInThread(problem: Problem, start: Int32Array, options: ExactThreadOptions): Promise<Answer> {
  const { deadlineMs, movesMax = null, backend = 'glpk', wholeColumnsMax = WHOLE_COLUMNS_MAX, signal } = options
  let lowerBound = -Infinity
  const input: ExactInput = { problem, start, movesMax, backend, wholeColumnsMax }
  const onMessage = (message: unknown): void => void ({ lowerBound } = message as { lowerBound: number })
  const answer = await runInThread<Answer>('exact', input, { deadlineMs, onMessage, ...(signal === undefined ? {} : { signal }) })
  return answer ?? { assignment: start.slice(), cost: evaluate(problem, start), lowerBound, moves: null, ended: 'stopped', nodes: 0 }
}
