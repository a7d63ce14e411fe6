import type { GLPK, LP } from 'glpk.js/node'
import type { LinearAnswer, LinearLimits, LinearModel, LinearSolver } from './linear.ts'

/**
 * GLPK, loaded when it is asked for (about 10 ms). It knows no start, cuts or bounds; its limits are time and gap, so
 * that only solves without a time limit repeat. The one file that imports glpk.js.
 */
export async function loadGlpk(): Promise<LinearSolver> {
  const { default: load } = await import('glpk.js/node')
  const glpk = await load()
  return { name: 'glpk', solve: (model, limits) => solve(glpk, model, limits) }
}

function solve(glpk: GLPK, model: LinearModel, { secondsMax }: LinearLimits): LinearAnswer {
  if (model.cost.length === 0) return withoutColumns(model)
  const isMixed = model.integer.includes(true)
  // Without its presolver GLPK answers 0 to every mixed program; with it, a linear one has no duals when it is infeasible.
  const { result } = glpk.solve(programOf(glpk, model), { msglev: glpk.GLP_MSG_OFF, presol: isMixed, ...(secondsMax === null ? {} : { tmlim: secondsMax }) })
  const columns = Float64Array.from(model.cost, (_, at) => result.vars[`x${at}`]!)
  const duals = result.dual === undefined ? null : Float64Array.from(model.rows, (_, at) => result.dual![`r${at}`]!)
  const answer = (status: LinearAnswer['status'], has: boolean): LinearAnswer => ({ status, value: result.z, columns: has ? columns : null, duals: has ? duals : null })
  if (result.status === glpk.GLP_OPT) return answer('optimal', true)
  if (result.status === glpk.GLP_FEAS) return answer('limit', true)
  if (result.status === glpk.GLP_NOFEAS || result.status === glpk.GLP_INFEAS) return answer('infeasible', false)
  if (result.status === glpk.GLP_UNBND) return answer('unbounded', false)
  return answer(secondsMax === null ? 'failed' : 'limit', false)
}

/** GLPK refuses a program without columns; it is feasible when every row may be 0. */
function withoutColumns({ rows }: LinearModel): LinearAnswer {
  const feasible = rows.every(({ lower, upper }) => lower <= 0 && upper >= 0)
  return { status: feasible ? 'optimal' : 'infeasible', value: 0, columns: feasible ? new Float64Array(0) : null, duals: feasible ? new Float64Array(rows.length) : null }
}

function programOf(glpk: GLPK, model: LinearModel): LP {
  const names = model.cost.map((_, at) => `x${at}`)
  return {
    name: 'model',
    objective: { direction: glpk.GLP_MIN, name: 'cost', vars: names.map((name, at) => ({ name, coef: model.cost[at]! })) },
    subjectTo: model.rows.map((row, at) => ({ name: `r${at}`, vars: row.columns.map((column, entry) => ({ name: names[column]!, coef: row.values[entry]! })), bnds: boundsOf(glpk, row.lower, row.upper) })),
    bounds: names.map((name, at) => ({ name, ...boundsOf(glpk, model.lower[at]!, model.upper[at]!) })),
    generals: names.filter((_, at) => model.integer[at]!),
  }
}

function boundsOf(glpk: GLPK, lower: number, upper: number): { type: number; lb: number; ub: number } {
  const lb = lower === -Infinity ? 0 : lower
  const ub = upper === Infinity ? 0 : upper
  if (lower === upper) return { type: glpk.GLP_FX, lb, ub }
  if (lower === -Infinity) return { type: upper === Infinity ? glpk.GLP_FR : glpk.GLP_UP, lb, ub }
  return { type: upper === Infinity ? glpk.GLP_LO : glpk.GLP_DB, lb, ub }
}
