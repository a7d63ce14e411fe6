import { BadInput } from '../../src/model/result.ts'
import { readAzure } from './traces/azure.ts'
import { readBitbrains } from './traces/bitbrains.ts'
import { readGcd } from './traces/gcd.ts'
import { DEFAULT_LOAD_OPTIONS, type Load, type LoadOptions } from './load.ts'
import { readLoadFolder } from './loadFolder/loadFolder.ts'
import { quoted } from './reading/names.ts'
import { readOpenb } from './traces/openb.ts'
import { readPlanetlabLoad } from './traces/planetlabLoad.ts'
import type { LoadSource } from './reading/source.ts'

/** A kind of trace that can be read. */
export interface LoadFormat {
  readonly name: string
  readonly description: string
  readonly accepts: readonly LoadSource['kind'][]
  /** Options that it obeys. */
  readonly options: readonly (keyof LoadOptions)[]
  /** Throws BadInput with every problem found. */
  readonly read: (source: LoadSource, options: LoadOptions) => Load
}

export const LOAD_FORMATS: readonly LoadFormat[] = [
  { name: 'load', description: 'Plimsoll load folder: load.json, vms.csv and tables of samples', accepts: ['folder'], options: ['startUnixMs'], read: readLoadFolder },
  { name: 'planetlab', description: 'PlanetLab day: CPU, one packed table or a folder with one file a VM', accepts: ['file', 'folder'], options: ['sizes', 'startUnixMs'], read: readPlanetlabLoad },
  { name: 'bitbrains', description: 'Bitbrains month: CPU, memory and sizes (MONTH-cpu.csv, MONTH-mem.csv, vms.csv)', accepts: ['folder'], options: ['select', 'startUnixMs'], read: readBitbrains },
  { name: 'gcd', description: 'Google cluster 2011 as VMs: CPU and memory (cpu.csv, mem.csv)', accepts: ['folder'], options: ['sizes', 'startUnixMs'], read: readGcd },
  { name: 'azure', description: 'Azure 2017 arrivals with sizes and lifetimes, no load', accepts: ['file', 'folder'], options: ['select', 'coreMhz', 'lifetimes', 'seed', 'startUnixMs'], read: readAzure },
  { name: 'openb', description: 'Alibaba 2023: hosts, and pods as VMs with arrival and departure, no load', accepts: ['folder'], options: ['select', 'coreMhz', 'startUnixMs'], read: readOpenb },
]

/** Reads a trace of the named format. Throws BadInput for an unknown format, a file where a folder is needed or the other way round, and whatever is wrong with the trace. */
export function readLoad(format: string, source: LoadSource, options: Partial<LoadOptions> = {}): Load {
  const found = LOAD_FORMATS.find(({ name }) => name === format)
  if (found === undefined) throw new BadInput([{ path: source.path, message: `${quoted(format)} is not a format of traces: ${LOAD_FORMATS.map(({ name }) => name).join(', ')} are` }])
  if (!found.accepts.includes(source.kind)) throw new BadInput([{ path: source.path, message: `is a ${source.kind}, the format ${format} needs a ${found.accepts.join(' or ')}: ${found.description}` }])
  return found.read(source, { ...DEFAULT_LOAD_OPTIONS, ...options })
}
