import { endianness } from 'node:os'
import { join } from 'node:path'
import { BadInput } from '../model/result.ts'
import { SERIES_NAMES, type Run, type RunEvent, type RunHeader, type RunSummary, type SeriesName } from '../model/run.ts'
import { parseRunHeader, parseRunSummary } from '../config/runSchema.ts'
import { parseSource } from '../config/sourceDocument.ts'
import { writeFolderAtomic, type Content } from './atomic.ts'
import { readWholeFile } from './bytes.ts'

const HEADER = 'header.json'
const EVENTS = 'events.ndjson'
const SERIES = 'series.bin'
const SUMMARY = 'summary.json'
const JSON_BYTES_MAX = 64 * 1024 * 1024
const EVENTS_BYTES_MAX = 1024 * 1024 * 1024
const SERIES_BYTES_MAX = 2 * 1024 * 1024 * 1024

/** Files by which the folder of a run is known. */
export const RUN_MARKER = HEADER

/** Writes a run as a folder, whole or not at all; a run that was there is replaced. Throws BadInput when something else is there. */
export function writeRun(folder: string, run: Run): void {
  const files = new Map<string, Content>([
    [HEADER, `${JSON.stringify(run.header, null, 1)}\n`],
    [EVENTS, eventLines(run.events)],
    [SERIES, seriesBytes(run)],
    [SUMMARY, `${JSON.stringify(run.summary, null, 1)}\n`],
  ])
  writeFolderAtomic(folder, RUN_MARKER, files)
}

const LINES_AT_ONCE = 500

function* eventLines(events: readonly RunEvent[]): Generator<string> {
  let text = ''
  let count = 0
  for (const event of events) {
    text += `${JSON.stringify(event)}\n`
    if (++count % LINES_AT_ONCE > 0) continue
    yield text
    text = ''
  }
  yield text
}

function* seriesBytes({ header, columns }: Run): Generator<Uint8Array> {
  for (const { name } of header.series) yield littleEndian(columns[name])
}

/** Reads a run's header and summary only. */
export function readRunSummary(folder: string): { readonly header: RunHeader; readonly summary: RunSummary } {
  const header = parseRunHeader(parseSource(join(folder, HEADER), textOf(folder, HEADER, JSON_BYTES_MAX)))
  return { header, summary: parseRunSummary(parseSource(join(folder, SUMMARY), textOf(folder, SUMMARY, JSON_BYTES_MAX))) }
}

/** Reads a whole run. Throws BadInput with what is wrong in any of its files. */
export function readRun(folder: string): Run {
  const { header, summary } = readRunSummary(folder)
  return { header, summary, events: readEvents(folder), columns: readColumns(folder, header) }
}

const textOf = (folder: string, name: string, bytesMax: number): string => new TextDecoder().decode(readWholeFile(join(folder, name), bytesMax))

const EVENT_KINDS: ReadonlySet<unknown> = new Set(['plan', 'start', 'end', 'note', 'vm', 'host', 'request'])

function readEvents(folder: string): RunEvent[] {
  const path = join(folder, EVENTS)
  const lines = textOf(folder, EVENTS, EVENTS_BYTES_MAX).split('\n')
  if (lines.pop() !== '') throw new BadInput([{ path, message: 'does not end with a line feed: it is cut off' }])
  return lines.map((line, index) => {
    const event = parsedLine(line)
    if (event === null) throw new BadInput([{ path: `${path}:${index + 1}`, message: 'is not an event: a JSON object with atMs and a known kind was expected' }])
    return event
  })
}

function parsedLine(line: string): RunEvent | null {
  try {
    const value = JSON.parse(line) as { readonly atMs?: unknown; readonly kind?: unknown } | null
    return typeof value === 'object' && value !== null && typeof value.atMs === 'number' && EVENT_KINDS.has(value.kind) ? (value as RunEvent) : null
  } catch {
    return null
  }
}

function readColumns(folder: string, header: RunHeader): Record<SeriesName, Float32Array> {
  const path = join(folder, SERIES)
  const bytes = readWholeFile(path, SERIES_BYTES_MAX)
  const values = valuesOf(bytes)
  const columns = Object.fromEntries(SERIES_NAMES.map((name) => [name, new Float32Array(0)])) as Record<SeriesName, Float32Array>
  let end = 0
  for (const { name, width, offset } of header.series) {
    columns[name] = values.subarray(offset, offset + width * header.rowCount)
    end = Math.max(end, offset + width * header.rowCount)
  }
  if (bytes.length !== end * Float32Array.BYTES_PER_ELEMENT) throw new BadInput([{ path, message: `has ${bytes.length} bytes, its header stands for ${end * Float32Array.BYTES_PER_ELEMENT}: it is cut off or of another run` }])
  return columns
}

const isLittleEndian = endianness() === 'LE'

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  return isLittleEndian ? bytes : swapped(bytes)
}

function valuesOf(bytes: Uint8Array): Float32Array {
  // A copy is aligned; what the file system gives need not be.
  const copy = isLittleEndian ? bytes.slice() : swapped(bytes)
  return new Float32Array(copy.buffer, 0, Math.floor(copy.length / Float32Array.BYTES_PER_ELEMENT))
}

const swapped = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
  const copy = new Uint8Array(bytes)
  Buffer.from(copy.buffer).swap32()
  return copy
}
