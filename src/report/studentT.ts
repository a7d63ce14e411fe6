/**
 * The value that a Student t variable with `degrees` of freedom (any positive number) stays below with this probability.
 * Found by bisection on the distribution function, which is the regularized incomplete beta function
 * (Abramowitz & Stegun 26.7.1, continued fraction 26.5.8 by Lentz's method); right to about 1e-9.
 */
export function studentTQuantile(probability: number, degrees: number): number {
  if (!(probability > 0 && probability < 1)) throw new RangeError(`probability is ${probability}, expected above 0 and below 1`)
  if (!(degrees > 0)) throw new RangeError(`degrees of freedom are ${degrees}, expected above 0`)
  if (probability < 0.5) return -studentTQuantile(1 - probability, degrees)
  const tail = 1 - probability
  let high = 1
  while (upperTail(high, degrees) > tail && high < 1e300) high *= 2
  return bisect((t) => upperTail(t, degrees) > tail, high)
}

/** Where the claim turns from true to false in [0, high]; 200 halvings are past the last bit of a double. */
function bisect(isBelow: (value: number) => boolean, high: number): number {
  let low = 0
  for (let halving = 0; halving < 200; halving++) {
    const middle = (low + high) / 2
    if (isBelow(middle)) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Chance of a value above t >= 0. */
const upperTail = (t: number, degrees: number): number => 0.5 * regularizedBeta(degrees / (degrees + t * t), degrees / 2, 0.5)

/** I_x(a, b); the continued fraction converges fast below (a + 1) / (a + b + 2), so beyond it the mirrored form is taken. */
function regularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b))
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b
}

/** Bounded: 500 terms are enough for a, b up to some 10,000 degrees; it stops as soon as a term changes nothing. */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value)
  let c = 1
  let d = 1 / away(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let m = 1; m <= 500; m++) {
    for (const term of [(m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)), (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))]) {
      d = 1 / away(1 + term * d)
      c = away(1 + term / c)
      fraction *= c * d
    }
    if (Math.abs(c * d - 1) < 1e-15) break
  }
  return fraction
}

/** Stirling's series after shifting the argument to at least 12. */
function logGamma(value: number): number {
  let shift = 0
  let x = value
  while (x < 12) {
    shift += Math.log(x)
    x++
  }
  const inverse = 1 / (x * x)
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + (1 / 12 - (1 / 360 - inverse / 1260) * inverse) / x - shift
}
