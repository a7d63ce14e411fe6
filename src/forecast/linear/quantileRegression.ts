import { leastSquares, type Rows } from './leastSquares.ts'

/** Errors below this count as this, in units of the target: keeps weights bounded. */
const ERROR_MIN = 0.05

/**
 * Linear quantile regression (Koenker & Bassett 1978) by reweighted least squares, `rounds` times: the weight of a row is
 * the slope of its pinball loss over its error. Level 0.5 is least absolute deviations. What the rounds leave undone in
 * coverage is made good by moving the constant (the first feature must be 1) to the quantile of the training errors.
 */
export function quantileRegression(rows: Rows, level: number, rounds: number): Float64Array {
  let coefficients = leastSquares(rows, null)
  const weights = new Float32Array(rows.targets.length)
  for (let round = 0; round < rounds; round++) {
    for (let row = 0; row < weights.length; row++) {
      const error = rows.targets[row]! - linearValue(rows.features, row * rows.featureCount, coefficients)
      weights[row] = (error >= 0 ? level : 1 - level) / Math.max(Math.abs(error), ERROR_MIN)
    }
    coefficients = leastSquares(rows, weights)
  }
  if (level !== 0.5) coefficients[0] = coefficients[0]! + errorQuantile(rows, coefficients, level)
  return coefficients
}

export function linearValue(features: Float32Array, at: number, coefficients: Float64Array): number {
  let sum = 0
  for (let index = 0; index < coefficients.length; index++) sum += coefficients[index]! * features[at + index]!
  return sum
}

function errorQuantile({ targets, features, featureCount }: Rows, coefficients: Float64Array, level: number): number {
  if (targets.length === 0) return 0
  const errors = targets.map((target, row) => target - linearValue(features, row * featureCount, coefficients)).sort()
  return errors[Math.min(errors.length - 1, Math.floor(level * errors.length))]!
}
