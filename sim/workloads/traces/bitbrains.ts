import { vmId } from '../../../src/model/ids.ts'
import type { LoadSeries } from '../../../src/model/load.ts'
import type { WorkloadVm } from '../../../src/model/scenario.ts'
import { issueList, type IssueList } from '../reading/issueList.ts'
import type { Load, LoadOptions, VmSize } from '../load.ts'
import { nameFault, quoted } from '../reading/names.ts'
import { readRecords, type CsvRow } from '../reading/records.ts'
import { chooseTrace } from '../reading/select.ts'
import { chunksOf, needFile, pathOf, type LoadSource } from '../reading/source.ts'
import { readTable, type Table, type TableFormat } from '../reading/table.ts'
import { standingVm, vmOfSize } from '../vm.ts'

const STEP_MS = 300_000
/** Tenths of a percent of the VM's size. */
const DIVISOR = 1000

/** Turbo takes CPU past 1000, single values up to 1821: kept as they are. */
const CPU: TableFormat = {
  time: { name: 't', unitMs: 1000 }, stepMs: STEP_MS, whole: true, gaps: true, scale: 1, cellMax: 10_000, clipAt: null, expected: '0 to 10000 tenths of a percent', rowsExpected: 8928,
}
/** Active memory can't pass the provisioned: a few values that do (up to 2.5 million) count as all of it. */
const MEMORY: TableFormat = { ...CPU, cellMax: 1e9, clipAt: DIVISOR, expected: '0 or more tenths of a percent' }

const VM_COLUMNS = {
  required: ['month', 'vm', 'cores', 'cpu_capacity_mhz', 'mem_provisioned_max_mib'],
  optional: ['samples', 'mem_provisioned_varies', 'cpu_mean_pct', 'mem_mean_pct'],
}

/**
 * A month of Bitbrains (GWA-T-12): `MONTH-cpu.csv`, `MONTH-mem.csv` and `vms.csv` in one folder. A VM arrives with its
 * first CPU sample and departs after its last; gaps between are NaN. Throws BadInput with every problem found.
 */
export function readBitbrains(source: LoadSource, options: LoadOptions): Load {
  const issues = issueList()
  const month = chooseTrace(source, /^(.+)-cpu\.csv(?:\.gz)?$/, options.select, 'MONTH-cpu.csv', issues)
  const cpu = oneTable(source, `${month}-cpu.csv`, CPU, issues)
  const memory = oneTable(source, `${month}-mem.csv`, MEMORY, issues)
  const sizes = readSizes(source, month, issues)
  if (cpu !== null && memory !== null) checkSameTimes(source, cpu, memory, issues)
  const load = cpu === null || memory === null || sizes === null ? null : loadOf(source, cpu, memory, sizes, options, issues)
  issues.throwIfAny()
  return load!
}

function oneTable(source: LoadSource, name: string, format: TableFormat, issues: IssueList): Table | null {
  const found = needFile(source, name, issues)
  return found === null ? null : issues.collect(() => readTable(pathOf(source, found), chunksOf(source, found), format, issues))
}

function readSizes(source: LoadSource, month: string, issues: IssueList): Map<string, VmSize> | null {
  const found = needFile(source, 'vms.csv', issues)
  if (found === null) return null
  const sizes = new Map<string, VmSize>()
  return issues.collect(() => {
    readRecords(pathOf(source, found), chunksOf(source, found), VM_COLUMNS, issues, (row) => {
      if (row.text('month') !== month) return
      const name = row.text('vm')
      if (sizes.has(name)) row.add('vm', `${quoted(name)} has a row for ${month} already`)
      sizes.set(name, sizeOf(row))
    })
    return sizes
  })
}

function sizeOf(row: CsvRow): VmSize {
  // A VM that was resized has its core counts joined by "/".
  const cores = row.text('cores').split('/').map(Number)
  if (!cores.every((count) => Number.isInteger(count) && count >= 1 && count <= 4096)) row.add('cores', `${quoted(row.text('cores'))} is not a number of cores, nor several joined by "/"`)
  return {
    vcpus: Math.max(...cores),
    cpuMhz: row.number('cpu_capacity_mhz', { min: 1, max: 1e8, whole: false }),
    memoryMib: row.number('mem_provisioned_max_mib', { min: 1, max: 2 ** 30, whole: false }),
  }
}

function checkSameTimes(source: LoadSource, cpu: Table, memory: Table, issues: IssueList): void {
  if (cpu.firstMs === memory.firstMs && cpu.rowCount === memory.rowCount) return
  issues.add(source.path, null, () => `the tables must cover the same time: CPU has ${cpu.rowCount} samples from ${cpu.firstMs ?? 0} ms on, memory ${memory.rowCount} from ${memory.firstMs ?? 0} ms on`)
}

function loadOf(source: LoadSource, cpu: Table, memory: Table, sizes: ReadonlyMap<string, VmSize>, options: LoadOptions, issues: IssueList): Load {
  const memoryColumnOf = new Map(memory.names.map((name, column) => [name, column]))
  const vms: WorkloadVm[] = []
  for (const [column, name] of cpu.names.entries()) {
    const size = sizes.get(name)
    const memoryColumn = memoryColumnOf.get(name)
    const fault = nameFault(name)
    if (fault !== null) issues.add(source.path, null, () => fault)
    if (size === undefined) issues.add(source.path, null, () => `VM ${quoted(name)} has no row in vms.csv for this month`)
    if (memoryColumn === undefined) issues.add(source.path, null, () => `VM ${quoted(name)} has no column in the memory table`)
    const stay = stayOf(cpu, column)
    if (size === undefined || memoryColumn === undefined || stay === null) continue
    vms.push({ ...standingVm(vmOfSize(vmId(name), size)), ...stay, cpuColumn: column, memoryColumn })
  }
  const silent = cpu.names.length - vms.length
  const notes = [
    ...(silent === 0 ? [] : [`${silent} VMs have no CPU sample and are left out.`]),
    ...(memory.clippedCount === 0 ? [] : [`${memory.clippedCount} memory samples above 100 % count as 100 %.`]),
  ]
  return { workload: { vms, cpu: seriesOf(cpu), memory: seriesOf(memory), network: null, disk: null }, hosts: null, startUnixMs: options.startUnixMs ?? cpu.firstMs ?? 0, notes }
}

/** From the first sample to the end of the last one's slot; null when there is none. */
function stayOf({ codes, names, rowCount }: Table, column: number): { readonly arriveMs: number; readonly departMs: number | null } | null {
  const isGap = (row: number): boolean => Number.isNaN(codes[row * names.length + column])
  let first = 0
  while (first < rowCount && isGap(first)) first++
  if (first === rowCount) return null
  let last = rowCount - 1
  while (isGap(last)) last--
  return { arriveMs: first * STEP_MS, departMs: last === rowCount - 1 ? null : (last + 1) * STEP_MS }
}

const seriesOf = ({ names, rowCount, codes }: Table): LoadSeries => ({ names, stepMs: STEP_MS, sampleCount: rowCount, codes, divisor: DIVISOR })
