/**
 * A superadditive, rising function on whole sizes 0 ... C (C the largest room): what shares a room has values that sum
 * to no more than the room's own value. So the values of all items can't pass the values of all rooms.
 */
export type DualFeasible = (size: number) => number

const PARAMETERS_MAX = 40
const FEKETE_MAX = 20

/**
 * Functions worth trying on these whole sizes, the sum first: Martello and Toth's L2 form (1990, section 8.3), floor(x / q),
 * u(k) of Fekete and Schepers (Math. Programming 91, 2001) and f(CCM, k) of Carlier, Clautiaux and Moukrim (Computers and
 * Operations Research 34, 2007). Parameters: the sizes that occur, thinned, and parts of the largest room.
 */
export function dualFeasibleFunctions(sizes: Iterable<number>, largest: number): DualFeasible[] {
  const steps = parametersOf(sizes, largest)
  const halves = steps.filter((step) => step * 2 <= largest)
  return [
    (size) => size, ...halves.map((step) => martelloToth(step, largest)), ...steps.map((step): DualFeasible => (size) => Math.floor(size / step)),
    ...halves.map((step) => carlier(step, largest)), ...Array.from({ length: FEKETE_MAX }, (_, k) => feketeSchepers(k + 1, largest)),
  ]
}

function parametersOf(sizes: Iterable<number>, largest: number): number[] {
  const distinct = [...new Set(sizes)].filter((size) => size > 0 && size <= largest).sort((a, b) => a - b)
  const mirrored = distinct.filter((size) => size * 2 > largest && size < largest).map((size) => largest - size)
  const parts = [2, 3, 4, 5, 6, 7].flatMap((part) => [Math.floor(largest / part), Math.floor(largest / part) + 1]).filter((part) => part > 0)
  return [...new Set([...thinned(distinct), ...thinned(mirrored), ...parts])]
}

function thinned(values: readonly number[]): number[] {
  const stride = Math.max(1, Math.ceil(values.length / PARAMETERS_MAX))
  return values.filter((_, at) => at % stride === 0 || at === values.length - 1)
}

/** What is above C - e counts as C, what is below e as nothing. */
const martelloToth = (threshold: number, largest: number): DualFeasible => (size) => (size > largest - threshold ? largest : size < threshold ? 0 : size)

/** Sizes above half of C count by what they leave, smaller ones by what they are, in steps of k. */
function carlier(k: number, largest: number): DualFeasible {
  const whole = Math.floor(largest / k)
  return (size) => (size * 2 > largest ? 2 * (whole - Math.floor((largest - size) / k)) : size * 2 === largest ? whole : 2 * Math.floor(size / k))
}

/** Times k x C, so that values are whole. */
const feketeSchepers = (k: number, largest: number): DualFeasible => (size) => (((k + 1) * size) % largest === 0 ? size * k : Math.floor(((k + 1) * size) / largest) * largest)

/**
 * Sizes and rooms as whole numbers, such that whatever fits still does: in the first unit that makes all of them whole,
 * else in 2^30ths of the largest room, sizes rounded down and rooms up. At most 2^40 each.
 */
export function wholeNumbers(sizes: Float64Array, rooms: Float64Array): { sizes: Float64Array; rooms: Float64Array } {
  const largest = rooms.reduce((most, room) => Math.max(most, room), 0)
  for (const unit of UNITS) {
    if (largest * unit > 2 ** 40 || sizes.some((size) => !isWhole(size * unit)) || rooms.some((room) => !isWhole(room * unit))) continue
    return { sizes: sizes.map((size) => Math.round(size * unit)), rooms: rooms.map((room) => Math.max(0, Math.round(room * unit))) }
  }
  const unit = 2 ** 30 / Math.max(largest, 1e-9)
  return { sizes: sizes.map((size) => Math.floor(size * unit * (1 - 1e-12))), rooms: rooms.map((room) => Math.max(0, Math.ceil(room * unit))) }
}

const UNITS = [1, 2, 4, 8, 10, 100, 1000, 10_000]

/** Near enough that a hundred thousand of them don't add up to one more. */
const isWhole = (amount: number): boolean => Math.abs(amount - Math.round(amount)) <= 1e-6
