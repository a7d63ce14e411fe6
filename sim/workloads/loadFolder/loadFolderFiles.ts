import type { LoadSeries } from '../../../src/model/load.ts'
import { invariant } from '../../../src/model/result.ts'
import { hostsText } from './hostsFile.ts'
import type { Load } from '../load.ts'
import { SERIES_KINDS, type LoadManifest, type SeriesManifest } from './loadManifest.ts'
import { vmsText } from './vmsFile.ts'

/** Contents of files by name, in pieces made while they are written. */
export type FolderFiles = Map<string, Iterable<string | Uint8Array>>

/**
 * Files of a load folder that holds this load; reading them back gives the same load, sample by sample. `extra` files
 * are added as they are: readers of load folders pass over names they don't know.
 */
export function loadFolderFiles(load: Pick<Load, 'workload' | 'hosts' | 'startUnixMs'>, description: string = '', extra: ReadonlyMap<string, Iterable<string | Uint8Array>> = new Map()): FolderFiles {
  const { workload, hosts, startUnixMs } = load
  const files: FolderFiles = new Map()
  const stated = SERIES_KINDS.flatMap((kind) => (workload[kind] === null ? [] : [[kind, manifestOf(workload[kind])] as const]))
  const manifest: LoadManifest = { formatVersion: 1, startUnixMs, description, series: Object.fromEntries(stated) }
  files.set('load.json', [`${JSON.stringify(manifest, null, 2)}\n`])
  files.set('vms.csv', vmsText(workload))
  for (const kind of SERIES_KINDS) if (workload[kind] !== null) files.set(`${kind}.csv`, seriesText(workload[kind]))
  if (hosts !== null) files.set('hosts.json', [hostsText(hosts)])
  for (const [name, content] of extra) {
    invariant(!files.has(name), `${name} is a file of the load folder itself`)
    files.set(name, content)
  }
  return files
}

const manifestOf = ({ stepMs, divisor, sampleCount }: LoadSeries): SeriesManifest => ({ stepMs, divisor, sampleCount })

/** Rows of a table of samples, header first; gaps are empty cells. */
export function* seriesText({ names, codes, sampleCount, stepMs }: LoadSeries): Generator<string, void, undefined> {
  yield `t,${names.join(',')}\n`
  for (let sample = 0; sample < sampleCount; sample++) {
    let line = String(sample * stepMs)
    for (let cell = sample * names.length; cell < (sample + 1) * names.length; cell++) line += `,${codeText(codes[cell]!)}`
    yield `${line}\n`
  }
}

/** The shortest decimal that is read back as the same 32-bit float; empty for a gap. */
export function codeText(code: number): string {
  if (Number.isNaN(code)) return ''
  if (Number.isInteger(code)) return String(code)
  for (let digits = 6; digits < 9; digits++) {
    const near = Number(code.toPrecision(digits))
    if (Math.fround(near) === code) return String(near)
  }
  return String(Number(code.toPrecision(9)))
}
