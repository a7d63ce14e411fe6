import { indexPool } from '../model/poolIndex.ts'
import type { Pool } from '../model/pool.ts'
import { BadInput } from '../model/result.ts'
import type { Input } from './messages.ts'

/** Version of a record of inputs: one JSON value a line. */
export const INPUT_RECORD_VERSION = 1

type Column = Float64Array | Float32Array | Int32Array | Uint8Array
const COLUMNS = { f64: Float64Array, f32: Float32Array, i32: Int32Array, u8: Uint8Array } as const
type ColumnKind = keyof typeof COLUMNS

/**
 * One input as a line of JSON that can be turned again later. The pool is left out where it is the one of the line
 * before; columns keep their type and every bit (NaN as null, infinities as texts).
 */
export function inputLine(input: Input, before: Pool | null): string {
  const { pool } = input
  return JSON.stringify({ ...input, index: undefined, pool: pool === before ? null : pool }, (_key, value: unknown) => (isColumn(value) ? { [kindOf(value)]: Array.from(value, cell) } : value))
}

const isColumn = (value: unknown): value is Column => Object.values(COLUMNS).some((type) => value instanceof type)
const kindOf = (column: Column): ColumnKind => (Object.keys(COLUMNS) as ColumnKind[]).find((kind) => column instanceof COLUMNS[kind])!
const cell = (value: number): number | string | null => (Number.isNaN(value) ? null : Number.isFinite(value) ? (Object.is(value, -0) ? '-0' : value) : value > 0 ? '+' : '-')

/** The inputs that the lines tell, in order. Throws BadInput where a line is none or the first has no pool. */
export function* inputsOf(lines: Iterable<string>, name: string): Generator<Input> {
  let pool: Pool | null = null
  let number = 0
  for (const line of lines) {
    number++
    const read = readLine(line, `${name}:${number}`)
    pool = read.pool ?? pool
    if (pool === null) throw new BadInput([{ path: `${name}:${number}`, message: 'has no pool, and no line before it has one: the beginning of the record is missing' }])
    yield { ...read, pool, index: indexPool(pool) } as Input
  }
}

const KINDS: readonly unknown[] = ['tick', 'stepEnded', 'request', 'solved']

function readLine(line: string, path: string): Omit<Input, 'pool' | 'index'> & { readonly pool: Pool | null } {
  let value: unknown
  try {
    value = JSON.parse(line, (_key, inner: unknown) => columnOf(inner) ?? inner)
  } catch {
    throw new BadInput([{ path, message: 'is no JSON: the record is damaged here' }])
  }
  const { kind, atMs } = (value ?? {}) as { kind?: unknown; atMs?: unknown }
  if (!KINDS.includes(kind) || !Number.isSafeInteger(atMs)) throw new BadInput([{ path, message: 'is no input of a controller: expected kind and atMs as this release writes them' }])
  return value as Omit<Input, 'pool' | 'index'> & { readonly pool: Pool | null }
}

function columnOf(value: unknown): Column | null {
  if (typeof value !== 'object' || value === null) return null
  const keys = Object.keys(value)
  const kind = keys[0] as ColumnKind | undefined
  if (keys.length !== 1 || kind === undefined || !Object.hasOwn(COLUMNS, kind)) return null
  const cells = (value as Record<ColumnKind, unknown>)[kind]
  return Array.isArray(cells) ? COLUMNS[kind].from(cells.map(numberOf)) : null
}

const numberOf = (value: unknown): number => (value === null ? NaN : value === '+' ? Infinity : value === '-' ? -Infinity : Number(value))
