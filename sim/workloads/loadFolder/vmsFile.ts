import { hostId, vmId } from '../../../src/model/ids.ts'
import type { MaintenanceMethod } from '../../../src/model/pool.ts'
import { invariant } from '../../../src/model/result.ts'
import type { Workload, WorkloadVm } from '../../../src/model/scenario.ts'
import type { IssueList } from '../reading/issueList.ts'
import { SERIES_KINDS, type SeriesKind } from './loadManifest.ts'
import { nameFault, quoted } from '../reading/names.ts'
import { newName, readRecords, type CsvRow } from '../reading/records.ts'
import { DEFAULT_CLASS, defaultDirtyMibPerS } from '../vm.ts'

const REQUIRED = ['id', 'vcpus', 'cpuMhz', 'memoryMib']
const OPTIONAL = ['arriveMs', 'departMs', 'class', 'host', 'dirtyMibPerS', 'shares', 'cpuReservationMhz', 'cpuLimitMhz', 'movable', 'onMaintenance']
const METHODS: readonly MaintenanceMethod[] = ['migrate', 'shutdown', 'suspend', 'leave']

const TIME = { min: 0, max: 1e14, whole: true }
const AMOUNT = { min: 0, max: 1e9, whole: false }
const SIZE = { min: 0.001, max: 1e9, whole: false }

/** Column of each series by the name in its header. */
export type SeriesColumns = Readonly<Record<SeriesKind, ReadonlyMap<string, number>>>

/**
 * Reads `vms.csv`. A VM's load is the column of its id in each table, unless `vms.csv` has a column of the table's name
 * (`cpu`, `memory`, `network`, `disk`), which then names the load's column or, empty, says that there is none.
 */
export function readVms(file: string, chunks: Iterable<Uint8Array>, columns: SeriesColumns, issues: IssueList): WorkloadVm[] {
  const vms: WorkloadVm[] = []
  const names = new Set<string>()
  readRecords(file, chunks, { required: REQUIRED, optional: [...OPTIONAL, ...SERIES_KINDS] }, issues, (row) => vms.push(vmOfRow(row, newName(row, 'id', names), columns)))
  return vms
}

function vmOfRow(row: CsvRow, id: string, columns: SeriesColumns): WorkloadVm {
  const memoryMib = row.number('memoryMib', SIZE)
  const vcpus = row.number('vcpus', { min: 1, max: 4096, whole: true })
  const arriveMs = row.numberOrNull('arriveMs', TIME) ?? 0
  const departMs = row.numberOrNull('departMs', TIME)
  if (departMs !== null && departMs <= arriveMs) row.add('departMs', `${departMs} is not after arriveMs, ${arriveMs}`)
  return {
    vm: {
      id: vmId(id), vcpus, cpuMhz: row.number('cpuMhz', SIZE), memoryMib,
      dirtyMibPerS: row.numberOrNull('dirtyMibPerS', AMOUNT) ?? defaultDirtyMibPerS(memoryMib),
      shares: row.numberOrNull('shares', SIZE) ?? 1024 * vcpus,
      cpuReservationMhz: row.numberOrNull('cpuReservationMhz', AMOUNT) ?? 0,
      cpuLimitMhz: row.numberOrNull('cpuLimitMhz', SIZE),
      movable: movableOf(row), class: nameOrNull(row, 'class') ?? DEFAULT_CLASS, onMaintenance: methodOf(row),
    },
    arriveMs, departMs, host: hostOf(row),
    cpuColumn: columnOf(row, 'cpu', id, columns), memoryColumn: columnOf(row, 'memory', id, columns),
    networkColumn: columnOf(row, 'network', id, columns), diskColumn: columnOf(row, 'disk', id, columns),
  }
}

function columnOf(row: CsvRow, kind: SeriesKind, id: string, columns: SeriesColumns): number | null {
  if (!row.hasColumn(kind)) return columns[kind].get(id) ?? null
  const name = row.text(kind)
  if (name === '') return null
  const column = columns[kind].get(name)
  if (column === undefined) row.add(kind, `${quoted(name)} is not a column of ${kind}.csv`)
  return column ?? null
}

function nameOrNull(row: CsvRow, column: string): string | null {
  const name = row.text(column)
  const fault = name === '' ? null : nameFault(name)
  if (fault !== null) row.add(column, fault)
  return name === '' ? null : name
}

function hostOf(row: CsvRow): WorkloadVm['host'] {
  const name = nameOrNull(row, 'host')
  return name === null ? null : hostId(name)
}

function movableOf(row: CsvRow): boolean {
  const text = row.text('movable')
  if (text !== '' && text !== 'true' && text !== 'false') row.add('movable', `${quoted(text)} was found, true or false was expected`)
  return text !== 'false'
}

function methodOf(row: CsvRow): MaintenanceMethod | null {
  const text = row.text('onMaintenance')
  if (text === '') return null
  const method = METHODS.find((known) => known === text)
  if (method === undefined) row.add('onMaintenance', `${quoted(text)} was found, one of ${METHODS.join(', ')} was expected`)
  return method ?? null
}

/** Lines of `vms.csv` for a workload; reading them back gives the same VMs. */
export function* vmsText({ vms, ...workload }: Workload): Generator<string, void, undefined> {
  const mapped = SERIES_KINDS.filter((kind) => vms.some((vm) => !isOwnColumn(vm, workload[kind]?.names ?? [], kind)))
  const owners = SERIES_KINDS.map((kind) => new Set(workload[kind]?.names))
  const named = SERIES_KINDS.filter((kind, index) => mapped.includes(kind) || vms.some((vm) => columnIn(vm, kind) === null && owners[index]!.has(vm.vm.id)))
  yield `${[...REQUIRED, ...OPTIONAL, ...named].join(',')}\n`
  for (const entry of vms) yield `${[...vmCells(entry), ...named.map((kind) => seriesName(workload, entry, kind))].join(',')}\n`
}

function vmCells({ vm, arriveMs, departMs, host }: WorkloadVm): (string | number)[] {
  for (const name of [vm.id, vm.class, ...(host === null ? [] : [host])]) invariant(nameFault(name) === null, `a workload holds ${nameFault(name) ?? ''}`)
  return [
    vm.id, vm.vcpus, vm.cpuMhz, vm.memoryMib, arriveMs, departMs ?? '', vm.class, host ?? '', vm.dirtyMibPerS, vm.shares, vm.cpuReservationMhz, vm.cpuLimitMhz ?? '',
    String(vm.movable), vm.onMaintenance ?? '',
  ]
}

const columnIn = (vm: WorkloadVm, kind: SeriesKind): number | null => vm[`${kind}Column`]

/** Whether the load is in the column of the VM's own id, or there is none. */
function isOwnColumn(entry: WorkloadVm, names: readonly string[], kind: SeriesKind): boolean {
  const column = columnIn(entry, kind)
  return column === null || names[column] === entry.vm.id
}

function seriesName(workload: Omit<Workload, 'vms'>, entry: WorkloadVm, kind: SeriesKind): string {
  const column = columnIn(entry, kind)
  return column === null ? '' : workload[kind]!.names[column]!
}
