import { findHostModel } from '../../../model/hostModels.ts'
import { without, type Entry } from '../imported.ts'
import { memoryMib, outputOf, wholeOf } from './output.ts'
import type { VirshHostFields } from './schema.ts'

type Add = (key: string, message: string) => void

/** What a hypervisor and its host are taken to need where nothing tells it: a sixteenth of the memory, at most 8 GiB. */
const RESERVE_MIB_MAX = 8192

/**
 * A host from `virsh nodeinfo`, and `nodememstats` or `freecell`. The memory that is neither free nor its domains'
 * (`domainsMib`) is its own: `freecell` counts the page cache to that, `nodememstats` doesn't; with neither it is assumed.
 * Keys given beside them win.
 */
export function hostEntry(fields: VirshHostFields, domainsMib: number, place: string, add: Add): Entry {
  const { name, nodeinfo, freecell, nodememstats, ...own } = fields
  const sizes = sizesOf(outputOf(nodeinfo))
  if (nodeinfo !== undefined) for (const [key, value] of Object.entries(sizes)) if (value === null) add('nodeinfo', `has no ${NODEINFO_KEYS[key as keyof typeof sizes]} that can be read: give what virsh nodeinfo prints`)
  const freeMib = nodememstats === undefined ? freeIn(freecell, ['Total'], 'freecell', add) : freeIn(nodememstats, ['free', 'buffers', 'cached'], 'nodememstats', add)
  const memory = own.memoryMib ?? sizes.memoryMib ?? findHostModel(own.model ?? '')?.memoryMib ?? null
  const ownMib = memory === null ? null : freeMib === null ? Math.min(RESERVE_MIB_MAX, memory / 16) : Math.max(0, memory - freeMib - domainsMib)
  const sized = own.model === undefined && nodeinfo !== undefined
  return {
    place, fields: {
      id: name, ...(sized ? { cores: sizes.cores ?? 1, coreMhz: sizes.coreMhz ?? 1000, memoryMib: sizes.memoryMib ?? 64, smtYield: (sizes.threads ?? 1) > 1 ? undefined : 1 } : {}),
      // A model has a reserve of its own.
      reserve: ownMib !== null && (sized || freeMib !== null) ? { memoryMib: Math.ceil(ownMib) } : undefined, ...without(own, 'domains'),
    },
  }
}

/** Sum of memory under these keys; null when there is no output, or it lacks them. */
function freeIn(written: Parameters<typeof outputOf>[0], keys: readonly string[], command: string, add: Add): number | null {
  if (written === undefined) return null
  const output = outputOf(written)
  const amounts = keys.map((key) => memoryMib(output.get(key)))
  if (amounts.every((amount) => amount !== null)) return amounts.reduce((sum, amount) => sum + amount, 0)
  add(command, `has no ${keys.join(', ')} in KiB that can be read: give what virsh ${command} prints`)
  return null
}

const NODEINFO_KEYS = { cores: 'CPU socket(s), Core(s) per socket, NUMA cell(s)', threads: 'Thread(s) per core', coreMhz: 'CPU frequency', memoryMib: 'Memory size' } as const

/** "CPU socket(s)" counts those of one NUMA cell. */
function sizesOf(node: ReadonlyMap<string, string>): Record<keyof typeof NODEINFO_KEYS, number | null> {
  const cells = wholeOf(node.get('NUMA cell(s)'))
  const sockets = wholeOf(node.get('CPU socket(s)'))
  const perSocket = wholeOf(node.get('Core(s) per socket'))
  return {
    cores: cells === null || sockets === null || perSocket === null ? null : cells * sockets * perSocket, threads: wholeOf(node.get('Thread(s) per core')),
    coreMhz: wholeOf(node.get('CPU frequency')), memoryMib: memoryMib(node.get('Memory size')),
  }
}
