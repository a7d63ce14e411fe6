import { BadInput } from '../../../src/model/result.ts'
import type { IssueList } from './issueList.ts'
import { asciiText, COMMA, eachBlock, lineText, NEWLINE, RETURN } from './lines.ts'
import { checkTraceNames, quoted } from './names.ts'

const ZERO = 48
const DOT = 46
/** So many digits fit a double exactly. */
const DIGITS_MAX = 15
const POWERS = Array.from({ length: DIGITS_MAX + 1 }, (_, digits) => 10 ** digits)
const NOT_PLAIN = -1
const NO_CELLS = -1
const CELLS_MAX = 600_000_000
/** With so many problems the rest of the file says nothing new. */
const PROBLEMS_MAX = 100_000

/** What a table of samples looks like: a header with names, then one row a sample and one column a VM. */
export interface TableFormat {
  /** The header's first name and the unit of its column; null when rows carry no time and simply follow each other. */
  readonly time: { readonly name: string; readonly unitMs: number } | null
  readonly stepMs: number
  /** Whether cells are whole numbers. */
  readonly whole: boolean
  /** Whether a cell may be empty (and, with a time column, a row missing). */
  readonly gaps: boolean
  /** Codes are cells x scale: makes decimals whole, so that they are kept exactly. */
  readonly scale: number
  /** Largest cell allowed, before scaling. */
  readonly cellMax: number
  /** Larger cells, up to `cellMax`, count as this (before scaling); null: they stay as they are. */
  readonly clipAt: number | null
  /** What a cell should be, for messages: "0 to 100 percent". */
  readonly expected: string
  /** Rows to make room for at first. */
  readonly rowsExpected: number
  /** Names of the columns when the file has no header line. */
  readonly columnNames?: readonly string[]
}

/** Samples in columns: cell (row, column) is `codes[row * names.length + column]`, NaN where there is none. */
export interface Table {
  readonly names: string[]
  readonly rowCount: number
  readonly codes: Float32Array
  /** Time of row 0 in ms since the epoch of the time column; null without one. */
  readonly firstMs: number | null
  readonly clippedCount: number
}

interface Building {
  readonly file: string
  readonly format: TableFormat
  readonly issues: IssueList
  names: string[] | null
  codes: Float32Array
  rowCount: number
  line: number
  blankLine: number | null
  firstMs: number | null
  lastMs: number
}

/**
 * Reads a table from chunks of bytes. Adds a problem with file, line, column and VM for each cell that is negative, not
 * a number, too large or missing where the format has no gaps, for rows of another length, times that don't rise by the
 * step, and names that occur twice. The result means nothing when problems were added.
 */
export function readTable(file: string, chunks: Iterable<Uint8Array>, format: TableFormat, issues: IssueList): Table {
  const table: Building = {
    file, format, issues, names: format.columnNames?.slice() ?? null, codes: new Float32Array(0), rowCount: 0, line: 0, blankLine: null, firstMs: null, lastMs: 0,
  }
  eachBlock(file, chunks, (bytes, from, to) => readLines(table, bytes, from, to))
  if (table.names === null) issues.add(file, null, () => 'is empty: a header line with names was expected')
  else if (table.rowCount === 0) issues.add(file, null, () => (format.columnNames === undefined ? 'has a header but no samples' : 'is empty: samples were expected'))
  const names = table.names ?? []
  const codes = table.codes.subarray(0, table.rowCount * names.length)
  const clippedCount = format.clipAt === null ? 0 : clip(codes, format.clipAt * format.scale)
  return { names, rowCount: table.rowCount, codes, firstMs: table.firstMs, clippedCount }
}

function readLines(table: Building, bytes: Uint8Array, from: number, to: number): void {
  let at = from
  if (table.names === null) {
    at = bytes.indexOf(NEWLINE, from) + 1
    table.line = 1
    table.names = readHeader(table, lineText(bytes, from, at))
    growTo(table, table.format.rowsExpected)
  }
  while (at < to) {
    table.line++
    if (isBlank(bytes, at)) {
      table.blankLine ??= table.line
      at = bytes.indexOf(NEWLINE, at) + 1
      continue
    }
    // Blank lines at the end of a file are harmless; one before a row is a row without samples.
    if (table.blankLine !== null) table.issues.add(table.file, table.blankLine, () => 'is an empty line between rows: remove it')
    table.blankLine = null
    at = readRow(table, bytes, at)
    if (table.issues.count > PROBLEMS_MAX) table.issues.throwIfAny()
  }
}

const isBlank = (bytes: Uint8Array, at: number): boolean => bytes[at] === NEWLINE || (bytes[at] === RETURN && bytes[at + 1] === NEWLINE)

function readHeader(table: Building, text: string): string[] {
  const { time } = table.format
  const names = text.split(',')
  if (time !== null && names.shift() !== time.name) table.issues.add(table.file, 1, () => `the header begins with ${quoted(text.split(',')[0]!)}, "${time.name}" was expected`)
  if (names.length === 0) throw new BadInput([{ path: `${table.file}:1`, message: 'the header names no VM' }])
  checkTraceNames(table.file, 1, names, time === null ? 1 : 2, table.issues)
  return names
}

/** Reads the row that begins at `at` and returns where the next begins. */
function readRow(table: Building, bytes: Uint8Array, at: number): number {
  const columns = table.names!.length
  const cellsAt = table.format.time === null ? at : readTime(table, bytes, at)
  growTo(table, table.rowCount + 1)
  const out = table.rowCount++ * columns
  if (cellsAt === NO_CELLS) {
    addLength(table, 0)
    return bytes.indexOf(NEWLINE, at) + 1
  }
  const next = readPlainRow(bytes, cellsAt, table.codes, out, out + columns, table.format)
  if (next !== NOT_PLAIN) return next
  const end = bytes.indexOf(NEWLINE, cellsAt) + 1
  readOddRow(table, lineText(bytes, cellsAt, end).split(','), out)
  return end
}

/**
 * Reads the cells [out, end) of a row in which all is as it should be: digits, perhaps a decimal point, gaps where they
 * are legal, the right number of cells. Here the time of a large import is spent, so it is one flat loop over bytes
 * that gives up (NOT_PLAIN, cells undefined) at anything else and leaves that row to `readOddRow`.
 */
function readPlainRow(bytes: Uint8Array, from: number, codes: Float32Array, out: number, end: number, format: TableFormat): number {
  const { scale, gaps, whole, cellMax } = format
  let value = 0
  let start = from
  let dot = 0
  for (let at = from; ; at++) {
    const byte = bytes[at]!
    const digit = byte - ZERO
    if (digit >= 0) {
      if (digit > 9) return NOT_PLAIN
      value = value * 10 + digit
    } else if (byte === DOT) {
      if (whole || dot !== 0 || at === start) return NOT_PLAIN
      dot = at
    } else {
      if (at === start) {
        if (!gaps) return NOT_PLAIN
        value = Number.NaN
      }
      if (at - start > DIGITS_MAX || out === end) return NOT_PLAIN
      if (dot === 0) {
        if (value > cellMax) return NOT_PLAIN
        codes[out++] = value * scale
      } else {
        const divisor = POWERS[at - dot - 1]!
        if (at === dot + 1 || value > cellMax * divisor) return NOT_PLAIN
        codes[out++] = (value * scale) / divisor
        dot = 0
      }
      if (byte !== COMMA) {
        if (out !== end) return NOT_PLAIN
        if (byte === NEWLINE) return at + 1
        return byte === RETURN && bytes[at + 1] === NEWLINE ? at + 2 : NOT_PLAIN
      }
      value = 0
      start = at + 1
    }
  }
}

/** Reads a row cell by cell: clips, takes exponents, and adds a problem for each cell that is wrong. */
function readOddRow(table: Building, cells: readonly string[], out: number): void {
  const columns = table.names!.length
  table.codes.fill(Number.NaN, out, out + columns)
  if (cells.length !== columns) {
    addLength(table, cells.length)
    return
  }
  for (let column = 0; column < columns; column++) {
    const text = cells[column]!
    const fault = cellFault(text, table.format)
    if (fault !== null) addCell(table, column, fault)
    else if (text !== '') table.codes[out + column] = Number(text) * table.format.scale
  }
}

function addLength(table: Building, cells: number): void {
  const time = table.format.time === null ? 0 : 1
  table.issues.add(table.file, table.line, () => `${cells + time} columns, the header has ${table.names!.length + time}`)
}

/** Puts codes above the limit down to it and returns how many there were. */
function clip(codes: Float32Array, codeMax: number): number {
  let count = 0
  for (let cell = 0; cell < codes.length; cell++) {
    if (!(codes[cell]! > codeMax)) continue
    codes[cell] = codeMax
    count++
  }
  return count
}

function cellFault(text: string, format: TableFormat): string | null {
  if (text === '') return format.gaps ? null : 'no value, and the format has no gaps'
  const fault = numberFault(text)
  if (fault !== null) return fault
  if (format.whole && !Number.isInteger(Number(text))) return `${quoted(text)} is not a whole number`
  return Number(text) > format.cellMax ? `${text} is too large` : null
}

/** Why a text is not a finite decimal number of 0 or more, or null. */
export function numberFault(text: string): string | null {
  if (/^-\d/.test(text)) return `${quoted(text)} is negative`
  if (!/^\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return `${quoted(text)} is not a number`
  return Number.isFinite(Number(text)) ? null : `${quoted(text)} is too large for a number`
}

function addCell(table: Building, column: number, fault: string): void {
  const shown = column + (table.format.time === null ? 1 : 2)
  table.issues.add(table.file, table.line, () => `VM ${quoted(table.names![column]!)} (column ${shown}): ${fault}; ${table.format.expected} was expected`)
}

/** Reads the time and returns where the cells begin, NO_CELLS when the row ends there. */
function readTime(table: Building, bytes: Uint8Array, at: number): number {
  const { file, line, issues, format } = table
  let end = at
  while (bytes[end] !== COMMA && bytes[end] !== NEWLINE) end++
  const text = asciiText(bytes, at, bytes[end] === NEWLINE && bytes[end - 1] === RETURN ? end - 1 : end)
  const next = bytes[end] === COMMA ? end + 1 : NO_CELLS
  const atMs = /^\d{1,16}$/.test(text) ? Number(text) * format.time!.unitMs : Number.NaN
  if (!Number.isSafeInteger(atMs)) {
    issues.add(file, line, () => `${quoted(text)} is not a time: a whole number was expected`)
    return next
  }
  if (table.firstMs === null) table.firstMs = atMs
  else checkStep(table, text, atMs)
  table.lastMs = Math.max(atMs, table.lastMs)
  return next
}

function checkStep(table: Building, text: string, atMs: number): void {
  const { file, line, issues, format } = table
  const steps = (atMs - table.lastMs) / format.stepMs
  const step = format.stepMs / format.time!.unitMs
  if (steps === 0) issues.add(file, line, () => `time ${text} is repeated: each row is ${step} after the one before`)
  else if (steps < 0) issues.add(file, line, () => `time ${text} is before the row above: times must rise by ${step}`)
  else if (!Number.isInteger(steps)) issues.add(file, line, () => `time ${text} is not a multiple of ${step} after the row above`)
  else if (steps > 1 && !format.gaps) issues.add(file, line, () => `${steps - 1} rows are missing before time ${text}, and the format has no gaps`)
  else if (steps > 1) addGapRows(table, steps - 1)
}

function addGapRows(table: Building, rows: number): void {
  const from = table.rowCount * table.names!.length
  growTo(table, table.rowCount + rows)
  table.rowCount += rows
  table.codes.fill(Number.NaN, from, table.rowCount * table.names!.length)
}

function growTo(table: Building, rows: number): void {
  const columns = table.names!.length
  const cells = rows * columns
  if (cells <= table.codes.length) return
  if (cells > CELLS_MAX) throw new BadInput([{ path: `${table.file}:${table.line}`, message: `${rows} rows of ${columns} columns are more than ${CELLS_MAX} samples, the most that is read: split the trace` }])
  const grown = new Float32Array(Math.min(CELLS_MAX, Math.max(cells, table.codes.length * 2)))
  grown.set(table.codes)
  table.codes = grown
}
