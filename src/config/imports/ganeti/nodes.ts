import { numberOr, type Entry } from '../imported.ts'
import { GANETI_CORE_MHZ } from '../../../model/ganetiUnits.ts'
import type { Row } from './sections.ts'

/** Columns of a node's line: name, total, host's and free memory, total and free disk, CPUs, role, group, spindles, tags, exclusive storage, free spindles, host's CPUs, CPU speed. */
const COLUMN = { name: 0, memory: 1, hostMemory: 2, freeMemory: 3, cpus: 6, role: 7, group: 8, tags: 10, hostCpus: 13, speed: 14 } as const
export const NODE_COLUMNS_MIN = 9
export const NODE_COLUMNS_MAX = 15

/** A node as its line tells it. */
export interface Node {
  readonly name: string
  /** Offline, or nothing is known of it: its VMs are to leave, and none may come. */
  readonly isOffline: boolean
  readonly group: string
  readonly tags: readonly string[]
  readonly row: Row
}

export function nodeOf(row: Row): Node {
  const { cells } = row
  const isUnknown = cells.slice(COLUMN.memory, COLUMN.cpus + 1).includes('?')
  return { name: cells[COLUMN.name]!, isOffline: cells[COLUMN.role] === 'Y' || isUnknown, group: cells[COLUMN.group]!, tags: tagsIn(cells[COLUMN.tags]), row }
}

export const tagsIn = (cell: string | undefined): string[] => (cell ?? '').split(',').filter((tag) => tag !== '')

/**
 * The host of a node. What its running VMs (`runningMib`) and the memory reported free leave over is the host's own, at
 * least what the node says it holds itself. A node that is offline enters maintenance; the master is not switched off.
 */
export function hostEntry(node: Node, runningMib: number, rack: string | undefined, vcpusPerCore: number): Entry {
  const { cells, place } = node.row
  const text = (column: number): string => cells[column] ?? ''
  if (cells.slice(COLUMN.memory, COLUMN.cpus + 1).includes('?')) return unknownHost(node, runningMib, rack)
  const speed = text(COLUMN.speed) === '' ? 1 : numberOr(text(COLUMN.speed))
  const [memoryMib, ownMib, freeMib, hostCpus] = [COLUMN.memory, COLUMN.hostMemory, COLUMN.freeMemory, COLUMN.hostCpus].map((column) => numberOr(text(column) || '0'))
  const isNumber = typeof memoryMib === 'number' && typeof ownMib === 'number' && typeof freeMib === 'number'
  const cores = numberOr(text(COLUMN.cpus))
  // Ganeti counts the CPUs that a node keeps as virtual ones in use.
  const ratio = typeof cores === 'number' && typeof hostCpus === 'number' && cores > 0 ? (vcpusPerCore * cores - hostCpus) / cores : vcpusPerCore
  const reserveMib = isNumber ? Math.max(ownMib, memoryMib - freeMib - runningMib) : ownMib
  return {
    place,
    fields: {
      id: node.name, cores, coreMhz: GANETI_CORE_MHZ, performanceFactor: speed === 1 ? undefined : speed, memoryMib,
      reserve: { cpuMhz: typeof hostCpus === 'number' && typeof speed === 'number' ? hostCpus * GANETI_CORE_MHZ * speed : hostCpus, memoryMib: reserveMib },
      rack, mode: node.isOffline ? 'entering' : undefined, vcpusPerCoreMax: ratio, powerManaged: cells[COLUMN.role] === 'M' ? false : undefined,
    },
  }
}

/** A node that didn't answer tells no sizes: it gets those of its VMs, which only leave it. */
const unknownHost = (node: Node, runningMib: number, rack: string | undefined): Entry => ({
  place: node.row.place, fields: { id: node.name, cores: 1, coreMhz: GANETI_CORE_MHZ, memoryMib: Math.max(64, runningMib), rack, mode: 'entering' },
})
