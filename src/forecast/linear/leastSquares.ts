const RIDGE_SHARE = 1e-3
const PIVOT_MIN = 1e-12

/** Rows of features, row after row, and a target for each row. */
export interface Rows {
  readonly featureCount: number
  readonly features: Float32Array
  readonly targets: Float32Array
}

/**
 * Weighted least squares with a ridge of a thousandth of the diagonal: the normal equations, solved by Cholesky. The first
 * feature should be constant 1. Weights null: all alike.
 */
export function leastSquares({ featureCount, features, targets }: Rows, weights: Float32Array | null): Float64Array {
  const matrix = new Float64Array(featureCount * featureCount)
  const right = new Float64Array(featureCount)
  for (let row = 0; row < targets.length; row++) {
    const at = row * featureCount
    const weight = weights === null ? 1 : weights[row]!
    for (let i = 0; i < featureCount; i++) {
      const weighted = features[at + i]! * weight
      if (weighted === 0) continue
      right[i] = right[i]! + weighted * targets[row]!
      for (let j = 0; j <= i; j++) matrix[i * featureCount + j] = matrix[i * featureCount + j]! + weighted * features[at + j]!
    }
  }
  for (let i = 0; i < featureCount; i++) matrix[i * featureCount + i] = matrix[i * featureCount + i]! * (1 + RIDGE_SHARE) + 1e-6
  return solveCholesky(matrix, right, featureCount)
}

/** Solves a symmetric positive definite system given by its lower triangle; changes both arguments. */
export function solveCholesky(matrix: Float64Array, right: Float64Array, size: number): Float64Array {
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      let sum = matrix[i * size + j]!
      for (let k = 0; k < j; k++) sum -= matrix[i * size + k]! * matrix[j * size + k]!
      matrix[i * size + j] = i === j ? Math.sqrt(Math.max(sum, PIVOT_MIN)) : sum / matrix[j * size + j]!
    }
  }
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) right[i] = right[i]! - matrix[i * size + k]! * right[k]!
    right[i] = right[i]! / matrix[i * size + i]!
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) right[i] = right[i]! - matrix[k * size + i]! * right[k]!
    right[i] = right[i]! / matrix[i * size + i]!
  }
  return right
}
