import type { LoadSeries } from '../../../src/model/load.ts'
import { issueList } from '../reading/issueList.ts'
import { NEWLINE } from '../reading/lines.ts'
import { chunksOf, type LoadSource } from '../reading/source.ts'
import { readTable, type TableFormat } from '../reading/table.ts'

const STEP_MS = 300_000
const FORMAT: TableFormat = { time: { name: 't', unitMs: 1000 }, stepMs: STEP_MS, whole: true, gaps: true, scale: 1, cellMax: 10_000, clipAt: null, expected: '0 to 10000 tenths of a percent', rowsExpected: 8928 }

/** Whether a file is one table of samples with a time column (`t,...`), as in a month of Bitbrains. */
export function isTimedTable(source: LoadSource): boolean {
  for (const chunk of chunksOf(source, source.names[0]!)) {
    const end = chunk.indexOf(NEWLINE)
    return /^t,/.test(String.fromCharCode(...chunk.subarray(0, Math.min(2, end < 0 ? chunk.length : end))))
  }
  return false
}

/** One table of CPU samples on its own, without sizes of VMs: seconds since 1970 and tenths of a percent every 5 minutes. Throws BadInput with every problem found. */
export function readCpuTable(source: LoadSource): { readonly series: LoadSeries; readonly startUnixMs: number } {
  const issues = issueList()
  const table = readTable(source.path, chunksOf(source, source.names[0]!), FORMAT, issues)
  issues.throwIfAny()
  return { series: { names: table.names, stepMs: STEP_MS, sampleCount: table.rowCount, codes: table.codes, divisor: 1000 }, startUnixMs: table.firstMs ?? 0 }
}
