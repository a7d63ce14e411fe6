import { resolve } from 'node:path'
import type { SeriesHistory } from '../forecast/forecaster.ts'
import type { LoadSeries } from '../model/load.ts'
import { openSource, type ByteSource } from '../store/bytes.ts'
import { readLoad } from '../../sim/workloads/formats.ts'
import { UNDATED_START_UNIX_MS } from '../../sim/workloads/load.ts'
import { isTimedTable, readCpuTable } from '../../sim/workloads/traces/cpuTable.ts'
import { dayInPath } from '../../sim/workloads/traces/planetlabLoad.ts'
import { readPlanetlab } from '../../sim/workloads/traces/planetlab.ts'
import { bad } from './options.ts'

/** CPU of many VMs in percent of their size, as a history that ends with the trace. */
export interface Trace {
  readonly names: readonly string[]
  readonly history: SeriesHistory
}

/** How a folder is to be read, where its files don't say. */
export interface TraceOptions {
  readonly format?: string
  readonly select?: string
}

/** Reads a trace in any format that has CPU samples. Throws BadInput with every problem found. */
export function readTrace(given: string, options: TraceOptions, workingDirectory: string): Trace {
  const path = resolve(workingDirectory, given)
  const source = openSource(path)
  if (options.format === undefined && source.kind === 'file') return fileTrace(source, path)
  const load = readLoad(options.format ?? folderFormat(source), source, options.select === undefined ? {} : { select: options.select })
  if (load.workload.cpu === null) throw bad(given, 'has no CPU samples, only sizes or arrivals: nothing can be forecast from it')
  return traceOf(load.workload.cpu, load.startUnixMs)
}

function fileTrace(source: ByteSource, path: string): Trace {
  if (!isTimedTable(source)) return traceOf(readPlanetlab(source), dayInPath(path) ?? UNDATED_START_UNIX_MS)
  const { series, startUnixMs } = readCpuTable(source)
  return traceOf(series, startUnixMs)
}

/** Format of a folder's files, seen from their names. */
export function folderFormat({ names }: ByteSource): string {
  if (names.includes('load.json')) return 'load'
  if (names.some((name) => /^.+-cpu\.csv(\.gz)?$/.test(name))) return 'bitbrains'
  return names.some((name) => /^cpu\.csv(\.gz)?$/.test(name)) ? 'gcd' : 'planetlab'
}

/** Codes come a sample a row; histories are a series a row, in percent. */
function traceOf({ names, stepMs, sampleCount, codes, divisor }: LoadSeries, startUnixMs: number): Trace {
  const values = new Float32Array(names.length * sampleCount)
  for (let sample = 0; sample < sampleCount; sample++) {
    for (let series = 0; series < names.length; series++) values[series * sampleCount + sample] = (codes[sample * names.length + series]! * 100) / divisor
  }
  return { names, history: { seriesCount: names.length, length: sampleCount, stepMs, endUnixMs: startUnixMs + (sampleCount - 1) * stepMs, zoneOffsetMinutes: 0, values } }
}

/** Several traces one after another as series of one history, for training. They must have the same grid. */
export function joinTraces(traces: readonly Trace[], paths: readonly string[]): Trace {
  const [first] = traces
  const other = traces.findIndex(({ history }) => history.stepMs !== first!.history.stepMs || history.length !== first!.history.length)
  if (other >= 0) throw bad(paths[other]!, `has ${traces[other]!.history.length} samples every ${traces[other]!.history.stepMs} ms, ${paths[0]!} has ${first!.history.length} every ${first!.history.stepMs} ms: train on traces of one kind`)
  const values = new Float32Array(traces.reduce((sum, { history }) => sum + history.values.length, 0))
  let at = 0
  for (const { history } of traces) {
    values.set(history.values, at)
    at += history.values.length
  }
  return { names: traces.flatMap(({ names }) => names), history: { ...first!.history, seriesCount: traces.reduce((sum, { history }) => sum + history.seriesCount, 0), values } }
}
