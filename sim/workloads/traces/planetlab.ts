import type { LoadSeries } from '../../../src/model/load.ts'
import { issueList, type IssueList } from '../reading/issueList.ts'
import { byteOrder, checkTraceNames } from '../reading/names.ts'
import { chunksOf, pathOf, type LoadSource } from '../reading/source.ts'
import { readTable, type Table, type TableFormat } from '../reading/table.ts'

/** A PlanetLab day: 288 samples, 300 s apart, whole percent, no gaps. */
const SAMPLES = 288
const STEP_MS = 300_000
const DIVISOR = 100
const COMMA = 0x2c
const NEWLINE = 0x0a

const FORMAT: TableFormat = { time: null, stepMs: STEP_MS, whole: true, gaps: false, scale: 1, cellMax: 100, clipAt: null, expected: '0 to 100 percent', rowsExpected: SAMPLES }

/**
 * One PlanetLab day, packed into one table or as a folder with one file a VM and one number a line. Columns are in byte
 * order of the names, whatever order they came in. Throws BadInput with every problem found.
 */
export function readPlanetlab(source: LoadSource): LoadSeries {
  const issues = issueList()
  const series = source.kind === 'file' ? packedDay(source, issues) : folderDay(source, issues)
  issues.throwIfAny()
  return series
}

function packedDay(source: LoadSource, issues: IssueList): LoadSeries {
  const table = readTable(source.path, chunksOf(source, source.names[0]!), FORMAT, issues)
  if (table.rowCount > 0 && table.rowCount !== SAMPLES) issues.add(source.path, null, () => `has ${table.rowCount} samples a VM, a PlanetLab day has ${SAMPLES}: is it cut off?`)
  return seriesOf(inByteOrder(table))
}

function folderDay(source: LoadSource, issues: IssueList): LoadSeries {
  const names = source.names.filter((name) => !name.startsWith('.')).sort(byteOrder)
  if (names.length === 0) issues.add(source.path, null, () => 'holds no files: one file a VM was expected')
  checkTraceNames(source.path, 1, names, 1, issues)
  const codes = new Float32Array(SAMPLES * names.length)
  for (const [column, name] of names.entries()) {
    const samples = issues.collect(() => oneVm(source, name, issues))
    if (samples?.length !== SAMPLES) continue
    for (let row = 0; row < SAMPLES; row++) codes[row * names.length + column] = samples[row]!
  }
  return seriesOf({ names, rowCount: SAMPLES, codes })
}

function oneVm(source: LoadSource, name: string, issues: IssueList): Float32Array {
  const path = pathOf(source, name)
  if (holdsManyVms(source, name)) {
    issues.add(path, 1, () => 'holds several VMs a line: in a folder each file is one VM; to read a packed day give the file itself')
    return new Float32Array(0)
  }
  const { codes, rowCount } = readTable(path, chunksOf(source, name), { ...FORMAT, columnNames: [name] }, issues)
  if (rowCount > 0 && rowCount !== SAMPLES) issues.add(path, null, () => `has ${rowCount} lines, a PlanetLab day has ${SAMPLES}: is it cut off?`)
  return codes
}

function holdsManyVms(source: LoadSource, name: string): boolean {
  for (const chunk of chunksOf(source, name)) {
    const end = chunk.indexOf(NEWLINE)
    return chunk.subarray(0, end < 0 ? chunk.length : end).includes(COMMA)
  }
  return false
}

function seriesOf({ names, rowCount, codes }: Pick<Table, 'names' | 'rowCount' | 'codes'>): LoadSeries {
  return { names, stepMs: STEP_MS, sampleCount: rowCount, codes, divisor: DIVISOR }
}

/** Columns moved so that the names are in byte order; the table itself when they are already. */
function inByteOrder(table: Table): Pick<Table, 'names' | 'rowCount' | 'codes'> {
  const { names, rowCount } = table
  if (names.every((name, index) => index === 0 || names[index - 1]! <= name)) return table
  const order = names.map((_, column) => column).sort((left, right) => byteOrder(names[left]!, names[right]!))
  const codes = new Float32Array(table.codes.length)
  for (let row = 0; row < rowCount; row++) {
    for (const [column, from] of order.entries()) codes[row * names.length + column] = table.codes[row * names.length + from]!
  }
  return { names: order.map((from) => names[from]!), rowCount, codes }
}
