import type { Highs } from 'highs'
import type { LinearAnswer, LinearLimits, LinearModel, LinearSolver } from './linear.ts'

/**
 * HiGHS behind the same interface as GLPK. An optional package: when it is not installed, the promise rejects with a
 * message that says so. Its random seed is fixed, so that solves without a time limit repeat.
 */
export async function loadHighs(): Promise<LinearSolver> {
  let load: () => Promise<Highs>
  try {
    load = (await import('highs')).default
  } catch (error) {
    throw new Error('the optional package highs is not installed: run npm install highs, or use GLPK', { cause: error })
  }
  const highs = await load()
  return { name: 'highs', solve: (model, limits) => solve(highs, model, limits) }
}

function solve(highs: Highs, model: LinearModel, { secondsMax }: LinearLimits): LinearAnswer {
  const isMixed = model.integer.includes(true)
  const { modelStatus, variableType } = highs.constants
  // A model is native memory that nobody else frees.
  return highs.withModel(programOf(highs, model, variableType.integer, variableType.continuous), (program): LinearAnswer => {
    program.options.set({ output_flag: false, mip_rel_gap: 0, mip_abs_gap: 1e-9, random_seed: 1, ...(secondsMax === null ? {} : { time_limit: secondsMax }) })
    program.run()
    const status = program.getModelStatus()
    if (status === modelStatus.infeasible || status === modelStatus.unboundedOrInfeasible) return nothing('infeasible')
    if (status === modelStatus.unbounded) return nothing('unbounded')
    if (status === modelStatus.empty) return { status: 'optimal', value: 0, columns: new Float64Array(model.cost.length), duals: isMixed ? null : new Float64Array(model.rows.length) }
    if (status !== modelStatus.optimal && status !== modelStatus.timeLimit) return nothing('failed')
    const { colValue, rowDual } = program.getSolution()
    const value = program.getObjectiveValue()
    const columns = Float64Array.from(colValue)
    if (columns.length === 0 || !Number.isFinite(value)) return nothing(status === modelStatus.timeLimit ? 'limit' : 'failed')
    return { status: status === modelStatus.optimal ? 'optimal' : 'limit', value, columns, duals: isMixed ? null : Float64Array.from(rowDual) }
  })
}

const nothing = (status: LinearAnswer['status']): LinearAnswer => ({ status, value: 0, columns: null, duals: null })

type Program = Parameters<Highs['withModel']>[0]

function programOf(highs: Highs, model: LinearModel, whole: number, real: number): Program {
  const starts = [0]
  for (const { columns } of model.rows) starts.push(starts.at(-1)! + columns.length)
  return {
    numCols: model.cost.length, numRows: model.rows.length, colCost: [...model.cost], colLower: model.lower.map((bound) => finite(highs, bound)), colUpper: model.upper.map((bound) => finite(highs, bound)),
    rowLower: model.rows.map(({ lower }) => finite(highs, lower)), rowUpper: model.rows.map(({ upper }) => finite(highs, upper)),
    matrix: { format: 'csr', numCols: model.cost.length, numRows: model.rows.length, starts, indices: model.rows.flatMap(({ columns }) => columns), values: model.rows.flatMap(({ values }) => values) },
    integrality: model.integer.map((here) => (here ? whole : real)),
  } as unknown as Program
}

const finite = (highs: Highs, bound: number): number => (bound === Infinity ? highs.infinity : bound === -Infinity ? -highs.infinity : bound)
