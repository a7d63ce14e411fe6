import { GANETI_CPU_MHZ, GANETI_DISK_MIB_PER_S, GANETI_MEMORY_MIB, GANETI_NETWORK_MIB_PER_S } from '../../../model/ganetiUnits.ts'
import type { Issue } from '../../../model/result.ts'
import { numberOr, type Entry, type NamedText } from '../imported.ts'
import { tagsIn } from './nodes.ts'
import type { Row } from './sections.ts'

/** Columns of an instance's line: name, memory, disk, vCPUs, status, auto-balance, node, secondary node, disk template, tags, spindle use, spindles. */
const COLUMN = { name: 0, memory: 1, vcpus: 3, status: 4, node: 6, secondary: 7, template: 8, tags: 9 } as const
export const INSTANCE_COLUMNS_MIN = 10
export const INSTANCE_COLUMNS_MAX = 12

/** Nobody asks such an instance to run. */
const DOWN = new Set(['stopped', 'ADMIN_down', 'ADMIN_offline', 'USER_down', 'ERROR_down'])
/** Disks that only one node has. */
const LOCAL = new Set(['plain', 'file'])

/** An instance as its line tells it. */
export interface Instance {
  readonly name: string
  readonly isDown: boolean
  readonly node: string
  /** Node with the mirror of its disks, null for none. */
  readonly secondary: string | null
  readonly hasLocalDisk: boolean
  readonly memoryMib: number
  readonly tags: readonly string[]
  readonly row: Row
}

export function instanceOf(row: Row): Instance {
  const { cells } = row
  const template = cells[COLUMN.template]!
  const memoryMib = numberOr(cells[COLUMN.memory]!)
  return {
    name: cells[COLUMN.name]!, isDown: DOWN.has(cells[COLUMN.status]!), node: cells[COLUMN.node]!,
    secondary: template === 'drbd' && cells[COLUMN.secondary] !== '' ? cells[COLUMN.secondary]! : null, hasLocalDisk: LOCAL.has(template),
    memoryMib: typeof memoryMib === 'number' ? memoryMib : 0, tags: tagsIn(cells[COLUMN.tags]), row,
  }
}

/** The VM of an instance, with its loads when they are known. */
export function vmEntry(instance: Instance, load: Load | undefined): Entry {
  const { cells, place } = instance.row
  return {
    place, ...(load === undefined ? {} : { placeOf: { usage: load.place } }),
    fields: {
      id: instance.name, vcpus: numberOr(cells[COLUMN.vcpus]!), memoryMib: numberOr(cells[COLUMN.memory]!), host: instance.node,
      state: instance.isDown ? 'stopped' : undefined, movable: instance.hasLocalDisk ? false : undefined, usage: load?.usage,
    },
  }
}

export interface Load {
  readonly usage: Readonly<Record<string, unknown>>
  readonly place: string
}

/** Loads by instance: lines of name, CPU, memory, disk and network load, as `hbal -U` reads them. Lines of another form go to `faults`. */
export function loadsOf({ file, text }: NamedText, faults: Issue[]): Map<string, Load> {
  const loads = new Map<string, Load>()
  text.split('\n').forEach((written, index) => {
    const words = written.trim().split(/\s+/)
    if (words[0] === '') return
    const place = `${file}:${index + 1}`
    const [name, ...given] = words
    if (given.length !== 4) faults.push({ path: place, message: `has ${words.length} words, a line has five: the instance, its CPU, memory, disk and network load` })
    else if (loads.has(name!)) faults.push({ path: place, message: `names ${name!} again, as ${loads.get(name!)!.place} does: take one out` })
    else loads.set(name!, { place, usage: usageOf(given) })
  })
  return loads
}

function usageOf(given: readonly string[]): Load['usage'] {
  const amount = (text: string, unit: number): number | string => {
    const value = numberOr(text)
    return typeof value === 'number' ? value * unit : value
  }
  const [cpu, memory, disk, network] = given as [string, string, string, string]
  return {
    cpuMhz: amount(cpu, GANETI_CPU_MHZ), memoryMib: amount(memory, GANETI_MEMORY_MIB), networkMibPerS: amount(network, GANETI_NETWORK_MIB_PER_S), diskMibPerS: amount(disk, GANETI_DISK_MIB_PER_S),
  }
}
