import { NO_INVENTORY, parseInventory, type Inventory } from '../config/inventory.ts'
import { parseSource } from '../config/sourceDocument.ts'
import { fetchMetrics, prometheusUrl } from '../drivers/prometheus/client.ts'
import type { HostFilter, MetricQuery } from '../drivers/prometheus/query.ts'
import { BadInput } from '../model/result.ts'
import { openSource, readWholeFile } from '../store/bytes.ts'
import { loadFolderFiles, type FolderFiles } from '../../sim/workloads/loadFolderFiles.ts'
import { poolRecorder, recordedRange, samplesWanted, type ImportRange, type PoolRecorder, type RecordedPool } from '../../sim/workloads/prometheus.ts'
import type { RecordedRange } from '../../sim/workloads/prometheusFold.ts'
import { METRICS } from '../../sim/workloads/prometheusMetrics.ts'
import { RECORDED_FILE, recordedText } from '../../sim/workloads/prometheusRecorded.ts'
import { readMetricsText } from '../../sim/workloads/prometheusText.ts'

export interface PrometheusImport {
  /** Address of a Prometheus server, or path of a dump (gzip allowed). */
  readonly source: string
  readonly range: ImportRange
  /** Path of a host inventory; null: hosts are taken from their metrics. */
  readonly inventory: string | null
  /** From the environment's PLIMSOLL_PROMETHEUS_TOKEN; null: none. */
  readonly token: string | null
  readonly signal?: AbortSignal
  readonly onProgress?: (doneRatio: number) => void
}

export interface ImportedPool {
  readonly pool: RecordedPool
  /** The load folder: load.json, vms.csv, series, hosts.json, recorded.csv, notes.txt. */
  readonly files: FolderFiles
  /** What was assumed, changed or left out: for people, on stderr. */
  readonly notes: readonly string[]
}

const INVENTORY_BYTES_MAX = 4_000_000

/**
 * Imports recorded days of a pool. Nothing is written: the caller writes `files`. Throws BadInput for a bad range,
 * inventory or dump, and OutsideFailure when the server fails.
 */
export async function importPrometheus(request: PrometheusImport): Promise<ImportedPool> {
  const range = recordedRange(request.range)
  const inventory = readInventory(request.inventory)
  const isServer = request.source.includes('://')
  const recorder = poolRecorder(isServer ? prometheusUrl(request.source).origin : request.source, inventory, range)
  const warnings = isServer ? await fromServer(request, inventory, range, recorder) : fromDump(request.source, recorder)
  const pool = recorder.finish()
  const notes = [...warnings, ...pool.notes]
  const extra = new Map<string, Iterable<string>>([[RECORDED_FILE, recordedText(pool.recorded)], ['notes.txt', notes.map((note) => `${note}\n`)]])
  return { pool, notes, files: loadFolderFiles(pool, `Recorded days of a pool, from ${isServer ? 'Prometheus' : 'a dump of Prometheus'}`, extra) }
}

function readInventory(path: string | null): Inventory {
  if (path === null) return NO_INVENTORY
  return parseInventory(parseSource(path, new TextDecoder().decode(readWholeFile(path, INVENTORY_BYTES_MAX))))
}

async function fromServer(request: PrometheusImport, inventory: Inventory, range: RecordedRange, recorder: PoolRecorder): Promise<string[]> {
  const { source, token, signal, onProgress } = request
  const hosts: HostFilter | null = inventory.hosts === null ? null : { label: inventory.hostLabel, values: inventory.hosts.flatMap(({ instances }) => instances) }
  const metrics = METRICS.map(({ name, only, shape }): MetricQuery => ({ name, only: only ?? null, largestOnly: shape === 'largest' }))
  const options = { ...(signal === undefined ? {} : { signal }), ...(onProgress === undefined ? {} : { onProgress }) }
  const { warnings } = await fetchMetrics({ url: source, metrics, hosts, ...samplesWanted(range), token, ...options }, (series) => recorder.add(series))
  return warnings.map((warning) => `Prometheus warns: ${warning}`)
}

function fromDump(path: string, recorder: PoolRecorder): string[] {
  const source = openSource(path)
  if (source.kind === 'folder') throw new BadInput([{ path, message: 'is a folder, a file was expected: write one with "promtool tsdb dump FOLDER > FILE"' }])
  readMetricsText(path, source.open(source.names[0]!), recorder.issues, (samples) => recorder.add(samples))
  return []
}
