import * as z from 'zod'
import { NAME_PATTERN } from '../model/ids.ts'
import { unknownWord } from './nearest.ts'
import { QUANTITY_EXAMPLES, QUANTITY_UNITS, parseQuantity, type QuantityKind } from './quantity.ts'

// Schemas are used a few times a process: compiling each to a function costs more than it saves.
z.config({ jitless: true })

export interface QuantityLimits {
  readonly min: number
  readonly max: number
  /** Whole numbers of the unit only. */
  readonly whole?: boolean
  /** For the JSON Schema and the documentation. */
  readonly about?: string
}

/** A number in the kind's unit, or a text with a unit; the output is the number. Refuses what is outside the limits. */
export function quantity(kind: QuantityKind, limits: QuantityLimits) {
  // The limits are checked below, with the unit in the message; here they are only for the JSON Schema.
  const number = z.number().meta({ ...(limits.whole ? { type: 'integer' as const } : {}), minimum: limits.min, maximum: limits.max })
  const text = z.string().min(2).max(64).meta({ examples: [JSON.parse(QUANTITY_EXAMPLES[kind]) as string] })
  return z
    .union([number, text], { error: (issue) => quantityFault(issue.input, kind, limits) ?? 'is not a quantity' })
    .transform((value, context) => {
      const fault = quantityFault(value, kind, limits)
      if (fault === null) return typeof value === 'number' ? value : numberOf(value, kind)
      context.issues.push({ code: 'custom', message: fault, input: value })
      return z.NEVER
    })
    .meta({ description: `${limits.about ? `${limits.about} ` : ''}In ${QUANTITY_UNITS[kind]}, or a text with a unit such as ${QUANTITY_EXAMPLES[kind]}.` })
}

function numberOf(text: string, kind: QuantityKind): number {
  const result = parseQuantity(text, kind)
  return result.ok ? result.value : NaN
}

/** What is wrong with a value as a quantity, or null. */
function quantityFault(value: unknown, kind: QuantityKind, { min, max, whole }: QuantityLimits): string | null {
  const unit = kind === 'ratio' ? '' : ` ${QUANTITY_UNITS[kind]}`
  if (value === undefined) return `is missing: write ${unit === '' ? 'a ratio' : `a number in${unit}`} or a text such as ${QUANTITY_EXAMPLES[kind]}`
  if (typeof value !== 'number' && typeof value !== 'string') return `is ${shown(value)}, expected a number${unit && ` in${unit}`} or a text such as ${QUANTITY_EXAMPLES[kind]}`
  const parsed = typeof value === 'string' ? parseQuantity(value, kind) : null
  if (parsed && !parsed.ok) return parsed.refusal.message
  const number = typeof value === 'number' ? value : numberOf(value, kind)
  if (!Number.isFinite(number)) return `is ${String(value)}, expected a finite number`
  if (number < min || number > max) return `is ${String(value)}, expected ${min} to ${max}${unit}`
  if (whole && !Number.isInteger(number)) return `is ${String(value)}, expected a whole number of${unit}`
  return null
}

const YEAR_MS = 366 * 86_400_000

export const duration = (about: string, min = 0, max = 100 * YEAR_MS) => quantity('duration', { min, max, whole: true, about })
export const memory = (about: string, min = 0, max = 2 ** 30) => quantity('memory', { min, max, about })
export const frequency = (about: string, min = 0, max = 1e8) => quantity('frequency', { min, max, about })
export const power = (about: string, min = 0, max = 1e6) => quantity('power', { min, max, about })
export const rate = (about: string, min = 0, max = 1e7) => quantity('rate', { min, max, about })
export const ratio = (about: string, min = 0, max = 1) => quantity('ratio', { min, max, about })
export const count = (about: string, min = 0, max = 1_000_000) => z.number().int().min(min).max(max).meta({ description: about })
export const text = (about: string, max = 500) => z.string().min(1).max(max).meta({ description: about })
export const flag = (about: string) => z.boolean().meta({ description: about })
export const choice = <const Values extends readonly string[]>(values: Values, about: string) => z.enum(values).meta({ description: about })

/** A name of a host, VM, rule, class or policy. */
export const name = (about: string) => z.string().regex(NAME_PATTERN).refine((word) => !RESERVED.has(word), { error: (issue) => `is ${JSON.stringify(issue.input)}, a reserved word: rename it` }).meta({ description: about })

const RESERVED = new Set(['__proto__', 'constructor', 'prototype'])

/** An object that refuses keys it does not know and suggests the nearest one that it does. */
export function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape, about?: string) {
  const known = Object.keys(shape)
  const object = z.strictObject(shape, {
    // One line a key, in the order of the issue's `keys`; problems.ts gives each its own path.
    error: (issue) => (issue.code === 'unrecognized_keys' ? issue.keys.map((key) => unknownWord('key', key, known)).join('\n') : undefined),
  })
  return about === undefined ? object : object.meta({ description: about })
}

/** A value as it stands in the file, short enough for a message. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'a group of keys'
  const written = JSON.stringify(value)
  return written.length > 60 ? `${written.slice(0, 60)}..."` : written
}
