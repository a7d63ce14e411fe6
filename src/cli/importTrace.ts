import { resolve } from 'node:path'
import { NO_INVENTORY, parseInventory, type Inventory } from '../config/inventory.ts'
import { parseInstant } from '../config/instant.ts'
import { parseQuantity } from '../config/quantity.ts'
import { fetchMetrics, prometheusUrl } from '../drivers/prometheus/client.ts'
import { writeFolderAtomic, type Content } from '../store/atomic.ts'
import { openSource } from '../store/bytes.ts'
import { LOAD_FORMATS, readLoad } from '../../sim/workloads/formats.ts'
import { issueList } from '../../sim/workloads/reading/issueList.ts'
import type { Load, LoadOptions } from '../../sim/workloads/load.ts'
import { loadFolderFiles } from '../../sim/workloads/loadFolder/loadFolderFiles.ts'
import { poolRecorder, recordedRange, samplesWanted, type PoolRecorder, type RecordedPool } from '../../sim/workloads/prometheus/recorder.ts'
import type { RecordedRange } from '../../sim/workloads/prometheus/fold.ts'
import { METRICS } from '../../sim/workloads/prometheus/metrics.ts'
import { RECORDED_FILE, recordedText } from '../../sim/workloads/prometheus/recorded.ts'
import { readMetricsText } from '../../sim/workloads/prometheus/text.ts'
import { unknownWord } from '../config/nearest.ts'
import type { ExitCode } from './exitCode.ts'
import { whileUninterrupted } from './interrupt.ts'
import { readDocument } from './openFile.ts'
import { SEED_MAX, bad, wholeNumber, type CommonOptions } from './options.ts'
import { NO_PROGRESS, terminalProgress } from './progress.ts'
import type { Terminal } from './terminal.ts'

/** File by which a load folder is known. */
const MARKER = 'load.json'

export interface ImportOptions extends CommonOptions {
  readonly select?: string
  readonly coreMhz?: string
  readonly lifetimes?: string
  readonly seed?: string
  readonly start?: string
  readonly from?: string
  readonly to?: string
  readonly step?: string
  readonly inventory?: string
}

export const IMPORT_FORMATS: readonly { readonly name: string; readonly description: string }[] = [
  ...LOAD_FORMATS, { name: 'prometheus', description: 'Metrics of libvirt-exporter and node-exporter: address of a server, or a file of promtool tsdb dump' },
]

/** Reads a trace or a pool's metrics and writes them as a load folder, which scenarios name as `workload` or `recorded`. */
export async function importCommand(format: string, source: string, destination: string, options: ImportOptions, terminal: Terminal): Promise<ExitCode> {
  if (!IMPORT_FORMATS.some(({ name }) => name === format)) throw bad('FORMAT', unknownWord('format', format, IMPORT_FORMATS.map(({ name }) => name)))
  const isRecorded = format === 'prometheus'
  const recorded = isRecorded ? await recordedPool(source, options, terminal) : null
  const load = recorded ?? readLoad(format, openSource(source), loadOptions(options))
  const extra = recorded === null ? new Map<string, Iterable<string>>() : new Map([[RECORDED_FILE, recordedText(recorded.recorded)]])
  const files: Map<string, Content> = loadFolderFiles(load, `${format} ${source}`, extra)
  const target = resolve(terminal.workingDirectory, destination)
  await whileUninterrupted(() => writeFolderAtomic(target, MARKER, files))
  report(load, isRecorded, destination, options, terminal)
  return 0
}

function loadOptions(options: ImportOptions): Partial<LoadOptions> {
  const { lifetimes } = options
  if (lifetimes !== undefined && lifetimes !== 'draw' && lifetimes !== 'lowerEdge') throw bad('--lifetimes', unknownWord('value', lifetimes, ['draw', 'lowerEdge']))
  return {
    ...(options.select === undefined ? {} : { select: options.select }), ...(lifetimes === undefined ? {} : { lifetimes }),
    ...(options.coreMhz === undefined ? {} : { coreMhz: quantityOption('--core-mhz', options.coreMhz, 'frequency') }),
    ...(options.seed === undefined ? {} : { seed: wholeNumber('--seed', options.seed, 0, SEED_MAX) }),
    ...(options.start === undefined ? {} : { startUnixMs: instantOption('--start', options.start) }),
  }
}

function quantityOption(option: string, text: string, kind: 'frequency' | 'duration'): number {
  const result = /^\d+(\.\d+)?$/.test(text) ? { ok: true as const, value: Number(text) } : parseQuantity(text, kind)
  if (!result.ok) throw bad(option, result.refusal.message)
  return result.value
}

function instantOption(option: string, text: string | undefined): number {
  const instant = text === undefined ? null : parseInstant(text)
  if (instant === null) throw bad(option, `${text === undefined ? 'is missing' : `${JSON.stringify(text)} is no instant`}: write ISO 8601 such as 2026-03-02T08:00:00Z`)
  return instant
}

const DEFAULT_STEP = '5 min'

async function recordedPool(source: string, options: ImportOptions, terminal: Terminal): Promise<RecordedPool> {
  const { inventory, range } = recordedSettings(options)
  const isServer = /^https?:\/\//.test(source)
  const recorder = poolRecorder(isServer ? prometheusUrl(source).origin : source, inventory, range)
  if (isServer) await fetchInto(recorder, source, inventory, range, options, terminal)
  else {
    const dump = openSource(source)
    if (dump.kind === 'folder') throw bad(source, 'is a folder, a dump of metrics was expected: promtool tsdb dump FOLDER > FILE makes one')
    readMetricsText(source, dump.open(dump.names[0]!), recorder.issues, (samples) => recorder.add(samples))
  }
  return recorder.finish()
}

/** All faults of the options and the inventory at once. */
function recordedSettings(options: ImportOptions): { readonly inventory: Inventory; readonly range: RecordedRange } {
  const issues = issueList()
  const inventory = options.inventory === undefined ? NO_INVENTORY : issues.collect(() => parseInventory(readDocument(options.inventory!)))
  const fromMs = issues.collect(() => instantOption('--from', options.from))
  const toMs = issues.collect(() => instantOption('--to', options.to))
  const stepMs = issues.collect(() => quantityOption('--step', options.step ?? DEFAULT_STEP, 'duration'))
  const range = fromMs === null || toMs === null || stepMs === null ? null : issues.collect(() => recordedRange({ fromMs, toMs, stepMs }))
  issues.throwIfAny()
  return { inventory: inventory!, range: range! }
}

async function fetchInto(recorder: PoolRecorder, url: string, inventory: Inventory, range: RecordedRange, options: ImportOptions, terminal: Terminal): Promise<void> {
  const progress = options.quiet ? NO_PROGRESS : terminalProgress(terminal, () => performance.now(), (perS) => `${(perS * 100).toFixed(1)} %/s`)
  const hosts = inventory.hosts === null ? null : { label: inventory.hostLabel, values: inventory.hosts.flatMap(({ instances }) => instances) }
  const metrics = METRICS.map(({ name, only, shape }) => ({ name, only: only ?? null, largestOnly: shape === 'largest' }))
  const token = process.env.PLIMSOLL_PROMETHEUS_TOKEN ?? null
  const { warnings } = await fetchMetrics({ url, metrics, hosts, ...samplesWanted(range), token, onProgress: (ratio) => progress.report('fetching metrics', ratio, 1) }, (series) => recorder.add(series))
  progress.clear()
  for (const warning of warnings) terminal.err(`the server warns: ${warning}\n`)
}

function report(load: Load, isRecorded: boolean, destination: string, options: ImportOptions, terminal: Terminal): void {
  const { workload, hosts, notes } = load
  if (!options.quiet) for (const note of notes) terminal.err(`${note}\n`)
  const samples = [workload.cpu, workload.memory, workload.network, workload.disk].reduce((sum, series) => sum + (series === null ? 0 : series.sampleCount * series.names.length), 0)
  const facts = { destination, vms: workload.vms.length, hosts: hosts?.length ?? null, samples, startUnixMs: load.startUnixMs, notes }
  if (options.json) terminal.out(`${JSON.stringify(facts)}\n`)
  else terminal.out(`${facts.vms} VMs${facts.hosts === null ? '' : `, ${facts.hosts} hosts`} and ${samples} samples are in ${destination}\nName it in a scenario: ${isRecorded ? `recorded: ${destination}` : `workload: {format: load, path: ${destination}}`}\n`)
}

