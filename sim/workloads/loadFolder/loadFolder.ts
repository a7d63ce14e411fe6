import type { LoadSeries } from '../../../src/model/load.ts'
import { issueList, type IssueList } from '../reading/issueList.ts'
import { checkLimits, type Load, type LoadOptions } from '../load.ts'
import { parseHosts } from './hostsFile.ts'
import { parseManifest, RATIO_MAX, SERIES_KINDS, type LoadManifest, type SeriesKind, type SeriesManifest } from './loadManifest.ts'
import { asciiText } from '../reading/lines.ts'
import { chunksOf, findFile, needFile, pathOf, type LoadSource } from '../reading/source.ts'
import { readTable, type TableFormat } from '../reading/table.ts'
import { readVms, type SeriesColumns } from './vmsFile.ts'

const TEXT_BYTES_MAX = 64 * 1024 * 1024

/** Reads a load folder (docs/formats/workloads.md). Throws BadInput with every problem found. */
export function readLoadFolder(source: LoadSource, options: LoadOptions): Load {
  const issues = issueList()
  const manifestName = needFile(source, 'load.json', issues)
  issues.throwIfAny()
  const manifest = issues.collect(() => parseManifest(pathOf(source, manifestName!), textOf(source, manifestName!, issues), issues))
  // Nothing else can be read without it.
  issues.throwIfAny()
  const series = readSeries(source, manifest!, issues)
  const vmsName = needFile(source, 'vms.csv', issues)
  const vms = vmsName === null ? null : issues.collect(() => readVms(pathOf(source, vmsName), chunksOf(source, vmsName), columnsOf(series), issues))
  const hostsName = findFile(source, 'hosts.json')
  const hosts = hostsName === null ? null : issues.collect(() => parseHosts(pathOf(source, hostsName), textOf(source, hostsName, issues), issues))
  const load: Load = { workload: { vms: vms ?? [], ...series }, hosts, startUnixMs: options.startUnixMs ?? manifest!.startUnixMs, notes: [] }
  checkTogether(source, load, issues)
  issues.throwIfAny()
  return load
}

type SeriesByKind = Record<SeriesKind, LoadSeries | null>

function readSeries(source: LoadSource, manifest: LoadManifest, issues: IssueList): SeriesByKind {
  const series: SeriesByKind = { cpu: null, memory: null, network: null, disk: null }
  for (const kind of SERIES_KINDS) {
    const stated = manifest.series[kind]
    if (stated !== undefined) series[kind] = issues.collect(() => oneSeries(source, kind, stated, issues))
    else if (findFile(source, `${kind}.csv`) !== null) issues.add(pathOf(source, 'load.json'), null, () => `series.${kind} is missing, though ${kind}.csv is there: state its stepMs, divisor and sampleCount`)
  }
  return series
}

function oneSeries(source: LoadSource, kind: SeriesKind, stated: SeriesManifest, issues: IssueList): LoadSeries | null {
  const name = needFile(source, `${kind}.csv`, issues)
  if (name === null) return null
  const path = pathOf(source, name)
  const table = readTable(path, chunksOf(source, name), tableFormat(kind, stated), issues)
  if (table.rowCount > 0 && table.rowCount !== stated.sampleCount) issues.add(path, null, () => `has ${table.rowCount} samples, load.json says ${stated.sampleCount}: is it cut off?`)
  if (table.firstMs !== null && table.firstMs !== 0) issues.add(path, 2, () => `the first time is ${table.firstMs ?? 0}, 0 was expected: times are ms since startUnixMs`)
  return { names: table.names, stepMs: stated.stepMs, sampleCount: table.rowCount, codes: table.codes, divisor: stated.divisor }
}

function tableFormat(kind: SeriesKind, { stepMs, divisor, sampleCount }: SeriesManifest): TableFormat {
  const cellMax = RATIO_MAX[kind] * divisor
  return {
    time: { name: 't', unitMs: 1 }, stepMs, whole: false, gaps: true, scale: 1, cellMax, clipAt: null,
    expected: `0 to ${cellMax} (${RATIO_MAX[kind]} x the divisor)`, rowsExpected: Math.min(sampleCount, 100_000),
  }
}

function columnsOf(series: SeriesByKind): SeriesColumns {
  const of = (kind: SeriesKind): ReadonlyMap<string, number> => new Map(series[kind]?.names.map((name, column) => [name, column]))
  return { cpu: of('cpu'), memory: of('memory'), network: of('network'), disk: of('disk') }
}

function textOf(source: LoadSource, name: string, issues: IssueList): string {
  let text = ''
  for (const chunk of chunksOf(source, name)) {
    text += asciiText(chunk, 0, chunk.length)
    if (text.length <= TEXT_BYTES_MAX) continue
    issues.add(pathOf(source, name), null, () => `has more than ${TEXT_BYTES_MAX} bytes`)
    issues.throwIfAny()
  }
  return text
}

function checkTogether(source: LoadSource, { workload, hosts }: Load, issues: IssueList): void {
  if (issues.count > 0) return
  if (workload.vms.length === 0) issues.add(pathOf(source, 'vms.csv'), null, () => 'has a header but no VMs')
  checkLimits(source.path, workload.vms, issues)
  if (hosts === null) return
  const known = new Set(hosts.map(({ host }) => host.id))
  for (const { vm, host } of workload.vms) {
    if (host !== null && !known.has(host)) issues.add(pathOf(source, 'vms.csv'), null, () => `VM ${vm.id} is on ${host}, which is not in hosts.json`)
  }
}
