/** A linear program to be minimized, in columns; whole numbers where `integer` says so. Row and column bounds may be infinite. */
export interface LinearModel {
  readonly cost: readonly number[]
  readonly lower: readonly number[]
  readonly upper: readonly number[]
  readonly integer: readonly boolean[]
  readonly rows: readonly LinearRow[]
}

export interface LinearRow {
  readonly columns: readonly number[]
  readonly values: readonly number[]
  readonly lower: number
  readonly upper: number
}

/** `limit`: the time ran out; `columns` is then the best found, or null. `failed`: the solver could not say. */
export interface LinearAnswer {
  readonly status: 'optimal' | 'infeasible' | 'unbounded' | 'limit' | 'failed'
  readonly value: number
  readonly columns: Float64Array | null
  /** By row, of problems without whole numbers; null otherwise. */
  readonly duals: Float64Array | null
}

export interface LinearLimits {
  /** Null: none; then the answer repeats. */
  readonly secondsMax: number | null
}

/** Whoever solves linear programs. Synchronous: give it a thread of its own where somebody waits. */
export interface LinearSolver {
  readonly name: string
  solve(model: LinearModel, limits: LinearLimits): LinearAnswer
}

/** A model under construction: columns and rows are named by the numbers that `column` and `row` return. */
export class ModelBuilder {
  readonly cost: number[] = []
  readonly lower: number[] = []
  readonly upper: number[] = []
  readonly integer: boolean[] = []
  readonly rows: LinearRow[] = []

  column(lower: number, upper: number, cost = 0, integer = true): number {
    this.cost.push(cost)
    this.lower.push(lower)
    this.upper.push(upper)
    this.integer.push(integer)
    return this.cost.length - 1
  }

  /** Adds `lower <= sum of value x column <= upper`; entries of the same column are added up. */
  row(entries: readonly (readonly [column: number, value: number])[], lower: number, upper: number): void {
    const sums = new Map<number, number>()
    for (const [column, value] of entries) sums.set(column, (sums.get(column) ?? 0) + value)
    const kept = [...sums].filter(([, value]) => value !== 0)
    this.rows.push({ columns: kept.map(([column]) => column), values: kept.map(([, value]) => value), lower, upper })
  }
}
