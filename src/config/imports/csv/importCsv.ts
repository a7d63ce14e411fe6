import type { Issue } from '../../../model/result.ts'
import { importedSnapshot, nameFrom, numberOr, without, type Entry, type Imported, type NamedText } from '../imported.ts'
import { unknownWord } from '../../nearest.ts'
import { readCsv, type CsvRow } from './table.ts'

/** How a cell becomes a value: amounts may have a unit, which the snapshot's own check reads. */
type Cell = 'text' | 'amount' | 'flag'

/** Columns of the hosts' table; the keys of a host in a snapshot, those of groups with the group's name before. */
export const HOST_COLUMNS: Readonly<Record<string, Cell>> = {
  id: 'text', model: 'text', cores: 'amount', coreMhz: 'amount', performanceFactor: 'amount', smtYield: 'amount', memoryMib: 'amount', networkMibPerS: 'amount', diskMibPerS: 'amount',
  reserveCpuMhz: 'amount', reserveMemoryMib: 'amount', migrationLinkMibPerS: 'amount', powerIdleW: 'amount', powerFullW: 'amount', powerManaged: 'flag', rack: 'text', state: 'text', mode: 'text', reachable: 'flag',
}

/** Columns of the VMs' table; `apart`, `together` and `runOn` make rules. */
export const VM_COLUMNS: Readonly<Record<string, Cell>> = {
  id: 'text', vcpus: 'amount', cpuMhz: 'amount', memoryMib: 'amount', host: 'text', state: 'text', usageCpuMhz: 'amount', usageMemoryMib: 'amount', usageNetworkMibPerS: 'amount', usageDiskMibPerS: 'amount',
  dirtyMibPerS: 'amount', shares: 'amount', cpuReservationMhz: 'amount', cpuLimitMhz: 'amount', movable: 'flag', class: 'text', onMaintenance: 'text', apart: 'text', together: 'text', runOn: 'text',
}

const RULE_COLUMNS = ['apart', 'together', 'runOn'] as const

/** Two tables as a snapshot. Throws BadInput with all faults, each with its line. */
export function importCsv(hosts: NamedText, vms: NamedText): Imported {
  const faults: Issue[] = []
  const hostTable = readCsv(hosts, faults)
  const vmTable = readCsv(vms, faults)
  refuseColumns(hosts.file, hostTable.columns, HOST_COLUMNS, ['id'], faults)
  refuseColumns(vms.file, vmTable.columns, VM_COLUMNS, ['id', 'vcpus', 'memoryMib'], faults)
  const hostsLost = faults.some(({ path }) => path === hosts.file || path.startsWith(`${hosts.file}:`))
  const entries = { hosts: hostTable.rows.map(hostEntry), vms: vmTable.rows.map(vmEntry), rules: rulesOf(vmTable.rows) }
  return importedSnapshot(hosts.file, entries, faults, hostsLost, [])
}

function refuseColumns(file: string, columns: readonly string[], known: Readonly<Record<string, Cell>>, needed: readonly string[], faults: Issue[]): void {
  if (columns.length === 0) return
  for (const column of columns) if (!Object.hasOwn(known, column)) faults.push({ path: `${file}:1`, message: unknownWord('column', column, Object.keys(known)) })
  for (const column of needed) if (!columns.includes(column)) faults.push({ path: `${file}:1`, message: `has no column ${column}, which is needed` })
}

function valueOf(row: CsvRow, column: string, kind: Cell): unknown {
  const cell = row.cells.get(column)
  if (cell === undefined || kind === 'text') return cell
  if (kind === 'amount') return numberOr(cell)
  return /^(true|yes|1)$/i.test(cell) ? true : /^(false|no|0)$/i.test(cell) ? false : cell
}

function fieldsOf(row: CsvRow, columns: Readonly<Record<string, Cell>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(columns).map(([column, kind]) => [column, valueOf(row, column, kind)]))
}

function hostEntry(row: CsvRow): Entry {
  const { reserveCpuMhz, reserveMemoryMib, powerIdleW, powerFullW, ...fields } = fieldsOf(row, HOST_COLUMNS)
  return { place: row.place, fields: { ...fields, reserve: group({ cpuMhz: reserveCpuMhz, memoryMib: reserveMemoryMib }), power: group({ idleW: powerIdleW, fullW: powerFullW }) } }
}

function vmEntry(row: CsvRow): Entry {
  const { usageCpuMhz, usageMemoryMib, usageNetworkMibPerS, usageDiskMibPerS, ...fields } = fieldsOf(row, VM_COLUMNS)
  return { place: row.place, fields: { ...without(fields, ...RULE_COLUMNS), usage: group({ cpuMhz: usageCpuMhz, memoryMib: usageMemoryMib, networkMibPerS: usageNetworkMibPerS, diskMibPerS: usageDiskMibPerS }) } }
}

/** A group of keys, left out when it has none. */
function group(fields: Readonly<Record<string, unknown>>): object | undefined {
  const given = without(fields)
  return Object.keys(given).length === 0 ? undefined : given
}

/** One rule for all VMs with the same word in `apart`, `together` or `runOn` (there: hosts, with spaces between). */
function rulesOf(rows: readonly CsvRow[]): Entry[] {
  const taken = new Set<string>()
  return RULE_COLUMNS.flatMap((kind) => {
    const members = new Map<string, CsvRow[]>()
    for (const row of rows) {
      const word = row.cells.get(kind)
      if (word !== undefined) members.set(word, [...(members.get(word) ?? []), row])
    }
    return [...members].map(([word, bound]): Entry => ({
      place: bound[0]!.place, fields: { id: nameFrom(`${kind}-${word}`, taken), kind, vms: bound.map((row) => row.cells.get('id')), hosts: kind === 'runOn' ? word.split(/\s+/) : undefined },
    }))
  })
}
