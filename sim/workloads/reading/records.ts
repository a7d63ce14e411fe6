import type { IssueList } from './issueList.ts'
import { eachBlock, lineText, NEWLINE } from './lines.ts'
import { nameFault, quoted } from './names.ts'
import { numberFault } from './table.ts'

export interface NumberLimits {
  readonly min: number
  readonly max: number
  readonly whole: boolean
}

/** Columns of a CSV file by name, in any order in the file. Others are refused. */
export interface RecordLayout {
  readonly required: readonly string[]
  readonly optional: readonly string[]
}

/** One line of a CSV file. The same object is filled anew for each line. */
export class CsvRow {
  line = 0
  cells: readonly string[] = []
  #indexOf: ReadonlyMap<string, number> = new Map()
  readonly #file: string
  readonly #issues: IssueList

  constructor(file: string, issues: IssueList) {
    this.#file = file
    this.#issues = issues
  }

  nameColumns(names: readonly string[]): void {
    this.#indexOf = new Map(names.map((name, index) => [name, index]))
  }

  hasColumn(column: string): boolean {
    return this.#indexOf.has(column)
  }

  /** The cell's text; empty when the file has no such column. */
  text(column: string): string {
    const index = this.#indexOf.get(column)
    return index === undefined ? '' : this.cells[index]!
  }

  /** The cell's number. Adds an issue and gives NaN when it is not one within the limits. */
  number(column: string, limits: NumberLimits): number {
    const text = this.text(column)
    const fault = text === '' ? 'no value' : numberFault(text)
    const value = Number(text)
    if (fault !== null) return this.refuse(column, fault, limits)
    if (limits.whole && !Number.isInteger(value)) return this.refuse(column, `${text} is not a whole number`, limits)
    return value < limits.min || value > limits.max ? this.refuse(column, `${text} is out of range`, limits) : value
  }

  /** Like `number`, null when the cell is empty or there is no such column. */
  numberOrNull(column: string, limits: NumberLimits): number | null {
    return this.text(column) === '' ? null : this.number(column, limits)
  }

  add(column: string, message: string): void {
    this.#issues.add(this.#file, this.line, () => `${column}: ${message}`)
  }

  refuse(column: string, fault: string, { min, max, whole }: NumberLimits): number {
    this.add(column, `${fault}; ${whole ? 'a whole number' : 'a number'} from ${min} to ${max} was expected`)
    return Number.NaN
  }
}

/**
 * Reads a CSV file with a header, row by row, without quoting: a cell can't hold a comma. Adds issues for a missing,
 * unknown or doubled column and for rows of another length, which are left out. Without the required columns `onRow` is
 * not called.
 */
export function readRecords(file: string, chunks: Iterable<Uint8Array>, layout: RecordLayout, issues: IssueList, onRow: (row: CsvRow) => void): void {
  const reader = new RecordReader(file, layout, issues, onRow)
  eachBlock(file, chunks, (bytes, from, to) => {
    for (let at = from; at < to; ) {
      const end = bytes.indexOf(NEWLINE, at) + 1
      reader.readLine(lineText(bytes, at, end))
      at = end
    }
  })
  if (reader.isEmpty) issues.add(file, null, () => 'is empty: a header line was expected')
}

class RecordReader {
  readonly #file: string
  readonly #layout: RecordLayout
  readonly #issues: IssueList
  readonly #onRow: (row: CsvRow) => void
  readonly #row: CsvRow
  #columnCount: number | null = null
  #isReadable = false
  #blankLine: number | null = null

  constructor(file: string, layout: RecordLayout, issues: IssueList, onRow: (row: CsvRow) => void) {
    this.#file = file
    this.#layout = layout
    this.#issues = issues
    this.#onRow = onRow
    this.#row = new CsvRow(file, issues)
  }

  get isEmpty(): boolean {
    return this.#columnCount === null
  }

  readLine(text: string): void {
    this.#row.line++
    if (this.#columnCount === null) this.#readHeader(text.split(','))
    else if (text === '') this.#blankLine ??= this.#row.line
    else this.#readRow(text.split(','))
  }

  #readHeader(names: readonly string[]): void {
    this.#columnCount = names.length
    this.#row.nameColumns(names)
    this.#isReadable = checkHeader(this.#file, names, this.#layout, this.#issues)
  }

  #readRow(cells: readonly string[]): void {
    // Blank lines at the end of a file are harmless.
    if (this.#blankLine !== null) this.#issues.add(this.#file, this.#blankLine, () => 'is an empty line between rows: remove it')
    this.#blankLine = null
    this.#row.cells = cells
    if (cells.length !== this.#columnCount) this.#issues.add(this.#file, this.#row.line, () => `${cells.length} columns, the header has ${this.#columnCount ?? 0}`)
    else if (this.#isReadable) this.#onRow(this.#row)
  }
}

function checkHeader(file: string, header: readonly string[], { required, optional }: RecordLayout, issues: IssueList): boolean {
  const before = issues.count
  const known = [...required, ...optional]
  for (const column of required) if (!header.includes(column)) issues.add(file, 1, () => `the column ${column} is missing`)
  for (const [index, column] of header.entries()) {
    if (!known.includes(column)) issues.add(file, 1, () => `column ${index + 1}: ${quoted(column)} is not a column of this format: ${known.join(', ')}`)
    else if (header.indexOf(column) < index) issues.add(file, 1, () => `column ${index + 1}: ${column} stands in column ${header.indexOf(column) + 1} already`)
  }
  return issues.count === before
}

/** The row's name; adds an issue when it is no name or occurred before. */
export function newName(row: CsvRow, column: string, names: Set<string>): string {
  const name = row.text(column)
  const fault = nameFault(name) ?? (names.has(name) ? `${name} occurs twice` : null)
  if (fault !== null) row.add(column, fault)
  names.add(name)
  return name
}
