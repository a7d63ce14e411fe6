/**
 * R² of the least-squares fit of `values` by `columns`: 1 - residual / total sum of squares. Null where a column is
 * nothing but a combination of those before it. NaN where the values are all equal and fitted exactly.
 */
export function fittedRatio(values: Float64Array, columns: readonly Float64Array[]): number | null {
  const coefficients = leastSquares(values, columns)
  if (coefficients === null) return null
  let total = 0
  for (const value of values) total += value
  const mean = total / values.length
  let residual = 0
  let spread = 0
  for (let row = 0; row < values.length; row++) {
    let fitted = coefficients[0]!
    for (let column = 1; column < columns.length; column++) fitted += coefficients[column]! * columns[column]![row]!
    residual += (values[row]! - fitted) ** 2
    spread += (values[row]! - mean) ** 2
  }
  return 1 - residual / spread
}

/**
 * Householder's QR (Golub & Van Loan, Matrix Computations, 5.3) without pivoting: of a column that depends on those
 * before it but for rounding, the study keeps the rounding, and pivoting would keep another.
 */
function leastSquares(values: Float64Array, columns: readonly Float64Array[]): Float64Array | null {
  const count = columns.length
  const reflected = columns.map((column) => column.slice())
  const right = values.slice()
  const diagonal = new Float64Array(count)
  for (let pivot = 0; pivot < count; pivot++) {
    const mirror = reflected[pivot]!
    const length = Math.sqrt(dotFrom(pivot, mirror, mirror))
    if (length === 0) return null
    const end = mirror[pivot]! > 0 ? -length : length
    mirror[pivot]! -= end
    diagonal[pivot] = end
    const norm = end * mirror[pivot]!
    for (let column = pivot + 1; column < count; column++) reflect(reflected[column]!, mirror, pivot, norm)
    reflect(right, mirror, pivot, norm)
  }
  return solved(reflected, diagonal, right)
}

/** The triangular system that is left, from its last row to the first. */
function solved(upper: readonly Float64Array[], diagonal: Float64Array, right: Float64Array): Float64Array {
  const solution = new Float64Array(diagonal.length)
  for (let row = diagonal.length - 1; row >= 0; row--) {
    solution[row] = right[row]! / diagonal[row]!
    for (let above = 0; above < row; above++) right[above]! -= solution[row]! * upper[row]![above]!
  }
  return solution
}

/** Mirrors a column in the plane at right angles to `mirror`, of which only rows from `start` on count. */
function reflect(column: Float64Array, mirror: Float64Array, start: number, norm: number): void {
  const along = dotFrom(start, column, mirror) / norm
  for (let row = start; row < column.length; row++) column[row]! += along * mirror[row]!
}

function dotFrom(start: number, left: Float64Array, right: Float64Array): number {
  let sum = 0
  for (let row = start; row < left.length; row++) sum += left[row]! * right[row]!
  return sum
}
