import type { Issue } from '../model/result.ts'
import { readCsv } from './imports/csv/table.ts'
import { parseInstant } from './instant.ts'

/** A row of a series in steps, as a tariff's `steps` hold it. */
export interface SeriesStep {
  readonly from: string
  readonly value: number
}

const TIME_COLUMN = 'from'
const EXPECTED = 'expected an instant with its offset, such as 2026-03-02T00:00:00Z'

/**
 * Reads a series from a table with a column `from` (instants in order) and one of values: the named one, or the only other.
 * Everything that is wrong goes to `faults`, with its line.
 */
export function seriesOfCsv(file: string, text: string, column: string | undefined, faults: Issue[]): SeriesStep[] {
  const { columns, rows } = readCsv({ file, text }, faults)
  if (columns.length === 0) return []
  const others = columns.filter((name) => name !== TIME_COLUMN)
  const values = column ?? (others.length === 1 ? others[0]! : null)
  if (!columns.includes(TIME_COLUMN)) faults.push({ path: `${file}:1`, message: `has no column ${TIME_COLUMN}, which says from when on a value holds; it has ${columns.join(', ')}` })
  if (values === null) faults.push({ path: `${file}:1`, message: `has the columns ${others.join(', ')}: say with column which of them is meant` })
  else if (!others.includes(values)) faults.push({ path: `${file}:1`, message: `has no column ${values}; it has ${columns.join(', ')}` })
  if (values === null || !columns.includes(TIME_COLUMN) || !others.includes(values)) return []
  if (rows.length === 0) faults.push({ path: file, message: 'has no row below its first line: at least one value was expected' })
  let lastMs = -Infinity
  return rows.flatMap(({ cells, place }) => {
    const from = cells.get(TIME_COLUMN) ?? ''
    const atMs = parseInstant(from)
    const given = cells.get(values) ?? ''
    const value = given === '' ? NaN : Number(given)
    if (atMs === null) faults.push({ path: place, message: `${TIME_COLUMN} is ${JSON.stringify(from)}, ${EXPECTED}` })
    else if (atMs <= lastMs) faults.push({ path: place, message: `${TIME_COLUMN} is ${from}, not after the row before it: put the rows in order of time` })
    if (!Number.isFinite(value)) faults.push({ path: place, message: `${values} is ${JSON.stringify(given)}, expected a number` })
    lastMs = atMs ?? lastMs
    return atMs === null || !Number.isFinite(value) ? [] : [{ from, value }]
  })
}

/** Gives a named file's text and the name by which it is shown; throws BadInput where it can't be read. */
export type ReadText = (path: string) => { readonly file: string; readonly text: string }

/**
 * A value as it was read from a policy or scenario file, with the CSV files that its tariffs name (`{ csv, column }`) put in
 * as steps. What is wrong in them goes to `faults`; such a series becomes null, so that nothing further is said of it.
 */
export function withSeries(value: unknown, read: ReadText, faults: Issue[]): unknown {
  if (Array.isArray(value)) return value.map((item) => withSeries(item, read, faults))
  if (!isRecord(value)) return value
  const entries = Object.entries(value)
  return Object.fromEntries(entries.map(([key, inner]) => [key, key === 'tariff' && isRecord(inner) ? tariffWith(inner, read, faults) : withSeries(inner, read, faults)]))
}

const tariffWith = (tariff: Fields, read: ReadText, faults: Issue[]): Fields =>
  Object.fromEntries(Object.entries(tariff).map(([key, series]) => [key, isRecord(series) && typeof series.csv === 'string' && Object.keys(series).every((name) => name === 'csv' || name === 'column') ? stepsOf(series, series.csv, read, faults) : series]))

function stepsOf({ column }: Fields, csv: string, read: ReadText, faults: Issue[]): unknown {
  const { file, text } = read(csv)
  const before = faults.length
  const steps = seriesOfCsv(file, text, typeof column === 'string' ? column : undefined, faults)
  return faults.length === before ? { steps } : null
}

type Fields = Readonly<Record<string, unknown>>
const isRecord = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
