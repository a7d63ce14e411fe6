import type { Problem } from '../../optimize/problem.ts'

/** The problem with its large tables in shared memory, so that threads read one copy of them. */
export function sharedProblem(problem: Problem): Problem {
  const { routeCost } = problem
  return {
    ...problem, demand: shared(problem.demand), base: shared(problem.base), capacity: shared(problem.capacity), moveCost: shared(problem.moveCost), initial: sharedWhole(problem.initial), allowedRow: sharedWhole(problem.allowedRow),
    routeCost: routeCost === null ? null : { ...routeCost, classOf: sharedWhole(routeCost.classOf), cost: shared(routeCost.cost) },
  }
}

function shared(column: Float64Array): Float64Array {
  const copy = new Float64Array(new SharedArrayBuffer(column.byteLength))
  copy.set(column)
  return copy
}

function sharedWhole(column: Int32Array): Int32Array {
  const copy = new Int32Array(new SharedArrayBuffer(column.byteLength))
  copy.set(column)
  return copy
}
