/** A distribution as points (probability, value), both ascending, from probability 0 to 1; between them linear. */
export type QuantileTable = readonly (readonly [probability: number, value: number])[]

/** Value of the distribution at a probability in [0, 1]. */
export function quantileAt(table: QuantileTable, probability: number): number {
  let upper = 1
  while (upper < table.length - 1 && table[upper]![0] < probability) upper++
  const [lowProbability, low] = table[upper - 1]!
  const [highProbability, high] = table[upper]!
  return low + ((high - low) * (probability - lowProbability)) / (highProbability - lowProbability)
}

/** Density of the standard normal distribution. */
export function normalDensity(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
}

const NORMAL_BITS = 12

/** Shift that turns 32 random bits into an index of NORMAL_TABLE. */
export const NORMAL_SHIFT = 32 - NORMAL_BITS

/** Standard normal values at 4,096 equally likely places, scaled to variance 1: an index is drawn, no function is computed. */
export const NORMAL_TABLE = normalTable(1 << NORMAL_BITS)

function normalTable(size: number): Float64Array {
  const values = Float64Array.from({ length: size }, (_, place) => normalQuantile((place + 0.5) / size))
  const variance = values.reduce((sum, value) => sum + value * value, 0) / size
  return values.map((value) => value / Math.sqrt(variance))
}

/** Inverse of the normal distribution function, by bisection on the series of Marsaglia (2004), good to 1e-12. */
function normalQuantile(probability: number): number {
  let low = -8
  let high = 8
  for (let round = 0; round < 50; round++) {
    const middle = (low + high) / 2
    if (normalProbability(middle) < probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}

function normalProbability(z: number): number {
  let term = z
  let sum = z
  for (let power = 3; power < 200 && Math.abs(term) > 1e-16; power += 2) {
    term *= (z * z) / power
    sum += term
  }
  return 0.5 + sum * normalDensity(z)
}

/** Bijective mixing of 32 bits (C. Wellons' lowbias32 in its form for a counter). */
export function mixBits(bits: number): number {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return (mixed ^ (mixed >>> 15)) >>> 0
}

/** Powers of the inverse of the root of x^7 = x + 1. */
const EVEN_STEPS = Array.from({ length: 6 }, (_, axis) => 1 / 1.1127756842787055 ** (axis + 1))

/**
 * Place `index` of an evenly spread sequence in [0, 1), axis 0..5: any first part of it covers the interval evenly, so
 * that small pools have the same mix as large ones, and place k is the same however many follow.
 * Source: the additive recurrence R6 (M. Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018).
 */
export function evenPlace(index: number, axis: number, offset: number): number {
  const place = offset + (index + 1) * EVEN_STEPS[axis]!
  return place - Math.floor(place)
}

