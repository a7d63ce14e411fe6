import type { Issue } from '../../../model/result.ts'
import type { NamedText } from '../imported.ts'

/** A row of a table with a header: its cells by column, empty ones left out. */
export interface CsvRow {
  readonly cells: ReadonlyMap<string, string>
  /** `file:line`. */
  readonly place: string
}

const SEPARATORS = [',', ';', '\t'] as const

/**
 * Reads a table (RFC 4180: quoted cells may hold separators, line ends and doubled quotes) whose first line names the
 * columns; the separator is the comma, semicolon or tab that the first line has most of. Rows of another length, names
 * that occur twice and quotes that never end go to `faults`.
 */
export function readCsv({ file, text }: NamedText, faults: Issue[]): { readonly columns: readonly string[]; readonly rows: readonly CsvRow[] } {
  const records = recordsOf(file, text.replace(/^\uFEFF/, ''), faults)
  const header = records[0]
  if (header === undefined) {
    faults.push({ path: file, message: 'is empty: a first line with the names of the columns was expected' })
    return { columns: [], rows: [] }
  }
  const columns = header.cells.map((cell) => cell.trim())
  columns.forEach((column, index) => {
    if (columns.indexOf(column) < index) faults.push({ path: header.place, message: `has the column ${JSON.stringify(column)} twice: take one out` })
  })
  const rows = records.slice(1).filter(({ cells, place }) => {
    if (cells.length !== columns.length) faults.push({ path: place, message: `has ${cells.length} cells, the first line has ${columns.length}` })
    return cells.length === columns.length
  })
  return { columns, rows: rows.map(({ cells, place }) => ({ place, cells: new Map(columns.map((column, index) => [column, cells[index]!.trim()] as const).filter(([, cell]) => cell !== '')) })) }
}

interface Record {
  readonly cells: string[]
  readonly place: string
}

/** Rows with their first lines; empty lines are passed over. */
function recordsOf(file: string, text: string, faults: Issue[]): Record[] {
  const first = /^[^\n]*/.exec(text)![0]
  const separator = SEPARATORS.reduce((best, one) => (first.split(one).length > first.split(best).length ? one : best))
  const cell = new RegExp(`"((?:[^"]|"")*)"|[^${separator}\\n\\r"]*`, 'y')
  const records: Record[] = []
  let line = 1
  for (let at = 0; at < text.length;) {
    const record: Record = { cells: [], place: `${file}:${line}` }
    for (;;) {
      cell.lastIndex = at
      const [whole, quoted] = cell.exec(text)!
      record.cells.push(quoted === undefined ? whole : quoted.replaceAll('""', '"'))
      line += whole.split('\n').length - 1
      at += whole.length
      if (text[at] !== separator) break
      at++
    }
    const end = /\r?\n|$/y
    end.lastIndex = at
    const found = end.exec(text)
    if (found === null) {
      faults.push({ path: `${file}:${line}`, message: 'has a quote that does not begin and end its cell: double the quotes inside a cell' })
      const next = text.indexOf('\n', at)
      at = next < 0 ? text.length : next + 1
    } else at += found[0].length
    line++
    if (record.cells.length > 1 || record.cells[0] !== '') records.push(record)
  }
  return records
}
