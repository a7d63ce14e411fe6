import { type Result, done, refuse } from '../model/result.ts'

/** What a quantity measures, with the unit that bare numbers of it are in. */
export const QUANTITY_UNITS = { duration: 'ms', memory: 'MiB', frequency: 'MHz', power: 'W', energy: 'Wh', rate: 'MiB/s', ratio: 'a ratio' } as const
export type QuantityKind = keyof typeof QUANTITY_UNITS

/** Size of each unit in the kind's own unit. Decimal and binary prefixes differ, as they do on data sheets. */
const UNITS: Readonly<Record<QuantityKind, ReadonlyMap<string, number>>> = {
  duration: new Map([['ms', 1], ['s', 1000], ['min', 60_000], ['h', 3_600_000], ['d', 86_400_000], ['weeks', 604_800_000], ['week', 604_800_000], ['days', 86_400_000], ['day', 86_400_000]]),
  memory: new Map([['B', 1 / 2 ** 20], ['KiB', 1 / 1024], ['MiB', 1], ['GiB', 1024], ['TiB', 2 ** 20], ['kB', 1e3 / 2 ** 20], ['MB', 1e6 / 2 ** 20], ['GB', 1e9 / 2 ** 20], ['TB', 1e12 / 2 ** 20]]),
  frequency: new Map([['Hz', 1e-6], ['kHz', 1e-3], ['MHz', 1], ['GHz', 1000]]),
  power: new Map([['mW', 1e-3], ['W', 1], ['kW', 1000]]),
  energy: new Map([['Wh', 1], ['kWh', 1000], ['MWh', 1e6]]),
  rate: new Map([['KiB/s', 1 / 1024], ['MiB/s', 1], ['GiB/s', 1024], ['MB/s', 1e6 / 2 ** 20], ['GB/s', 1e9 / 2 ** 20], ['Mbit/s', 1e6 / 8 / 2 ** 20], ['Gbit/s', 1e9 / 8 / 2 ** 20]]),
  ratio: new Map([['%', 0.01]]),
}

/** How a quantity of the kind is written, for messages and the JSON Schemas. */
export const QUANTITY_EXAMPLES: Readonly<Record<QuantityKind, string>> = {
  duration: '"5 min"', memory: '"8 GiB"', frequency: '"2.4 GHz"', power: '"250 W"', energy: '"1.2 kWh"', rate: '"10 Gbit/s"', ratio: '"80 %"',
}

/** One or more of number and unit: `1 d 9 h` is a length of time. */
const TERMS = /^\s*[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?\s*[A-Za-z%/µ]+(?:\s+\d+(?:\.\d+)?\s*[A-Za-z%/µ]+)*\s*$/
const TERM = /([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*([A-Za-z%/µ]+)/g
const QUANTITY_LENGTH_MAX = 64

/**
 * Reads a text with a unit, in the kind's own unit; durations are whole ms and may have several terms ("1 d 9 h").
 * Refuses a text without a unit, and one with a unit of another kind.
 */
export function parseQuantity(text: string, kind: QuantityKind): Result<number> {
  if (text.length > QUANTITY_LENGTH_MAX || !TERMS.test(text)) return refuse('noQuantity', `${quoted(text)} is not a quantity: ${expected(kind)}`)
  const terms = [...text.matchAll(TERM)]
  if (terms.length > 1 && kind !== 'duration') return refuse('noQuantity', `${quoted(text)} is more than one quantity: ${expected(kind)}`)
  let sum = 0
  for (const [, number, unit] of terms) {
    const size = UNITS[kind].get(unit!)
    if (size === undefined) return refuse('wrongUnit', `${quoted(unit!)} is ${otherKind(unit!)}: ${expected(kind)}`)
    sum += Number(number) * size
  }
  return done(kind === 'duration' ? wholeMs(sum) : sum)
}

/** A number that misses a whole one only by rounding ("0.1 s") becomes it; others are left for the caller to refuse. */
const wholeMs = (sum: number): number => (Math.abs(sum - Math.round(sum)) < 1e-6 ? Math.round(sum) : sum)

const expected = (kind: QuantityKind): string => `write a number (in ${unitName(kind)}) or a text with a unit (${[...UNITS[kind].keys()].join(', ')}) such as ${QUANTITY_EXAMPLES[kind]}`

const unitName = (kind: QuantityKind): string => (kind === 'ratio' ? 'parts of one' : QUANTITY_UNITS[kind])

function otherKind(unit: string): string {
  const kind = (Object.keys(UNITS) as QuantityKind[]).find((other) => UNITS[other].has(unit))
  return kind === undefined ? 'no known unit' : `a unit of ${kind}`
}

const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text)
