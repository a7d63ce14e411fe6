const CENTRE = [
  [3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087, 33430.57558358813, 2509.0809287301227],
  [1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943, 5226.495278852854],
] as const
const TAIL = [
  [1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506, 0.022723844989269184, 0.0007745450142783414],
  [1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457, 0.0005475938084995345, 1.0507500716444169e-9],
] as const
const FAR_TAIL = [
  [6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124, 0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7],
  [1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 0.000018463183175100548, 1.421511758316446e-7, 2.0442631033899397e-15],
] as const

/**
 * The value that a standard normal variable stays below with this probability, right to about 1e-15 of itself. Refuses
 * probabilities that are not above 0 and below 1. Source: Wichura, algorithm AS 241 (PPND16), Applied Statistics 37 (1988).
 */
export function normalQuantile(probability: number): number {
  if (!(probability > 0 && probability < 1)) throw new RangeError(`probability is ${probability}, expected above 0 and below 1`)
  const fromMiddle = probability - 0.5
  if (Math.abs(fromMiddle) <= 0.425) return fromMiddle * ratioAt(CENTRE, 0.180625 - fromMiddle * fromMiddle)
  const depth = Math.sqrt(-Math.log(Math.min(probability, 1 - probability)))
  const size = depth <= 5 ? ratioAt(TAIL, depth - 1.6) : ratioAt(FAR_TAIL, depth - 5)
  return fromMiddle < 0 ? -size : size
}

const ratioAt = ([above, below]: readonly [readonly number[], readonly number[]], at: number): number => polynomial(above, at) / polynomial(below, at)
const polynomial = (coefficients: readonly number[], at: number): number => coefficients.reduceRight((sum, coefficient) => sum * at + coefficient, 0)

/**
 * How many deviations above its mean any variable at all stays with probability 1 - `epsilon`: safe where nothing is known
 * but mean and variance, and dear (9.9 deviations at 1 %, the normal quantile is 2.3). Source: Cantelli's inequality,
 * P(X - mean >= k x deviation) <= 1 / (1 + k^2).
 */
export function cantelliQuantile(epsilon: number): number {
  if (!(epsilon > 0 && epsilon < 1)) throw new RangeError(`epsilon is ${epsilon}, expected above 0 and below 1`)
  return Math.sqrt((1 - epsilon) / epsilon)
}
