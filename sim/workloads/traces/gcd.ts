import type { LoadSeries } from '../../../src/model/load.ts'
import { issueList, type IssueList } from '../reading/issueList.ts'
import type { Load, LoadOptions, VmSize } from '../load.ts'
import { UNDATED_START_UNIX_MS } from '../load.ts'
import { quoted, vmIdsOf } from '../reading/names.ts'
import { chunksOf, needFile, pathOf, type LoadSource } from '../reading/source.ts'
import { readTable, type Table, type TableFormat } from '../reading/table.ts'
import { sizeInBlocks, standingVm, vmOfSize } from '../vm.ts'

const STEP_MS = 300_000
/** Percent with up to two decimals are kept as whole hundredths of a percent. */
const SCALE = 100
const DIVISOR = 10_000

const CPU: TableFormat = { time: null, stepMs: STEP_MS, whole: false, gaps: false, scale: SCALE, cellMax: 100, clipAt: null, expected: '0 to 100 percent', rowsExpected: 288 }
/** A few memory values pass 100 in the trace (up to 215): they count as 100. */
const MEMORY: TableFormat = { ...CPU, cellMax: 1000, clipAt: 100, expected: '0 to 1000 percent' }

/** Sizes dealt to the VMs, as the trace has none: an assumption. */
export const GCD_SIZES: readonly VmSize[] = [
  { vcpus: 1, cpuMhz: 2600, memoryMib: 2048 },
  { vcpus: 2, cpuMhz: 5200, memoryMib: 4096 },
  { vcpus: 4, cpuMhz: 10_400, memoryMib: 8192 },
  { vcpus: 8, cpuMhz: 20_800, memoryMib: 16_384 },
]

/** Google's 2011 trace as VMs: `cpu.csv` and `mem.csv` in one folder, the same VMs and rows in both. Throws BadInput. */
export function readGcd(source: LoadSource, options: LoadOptions): Load {
  const issues = issueList()
  const cpu = oneTable(source, 'cpu.csv', CPU, issues)
  const memory = oneTable(source, 'mem.csv', MEMORY, issues)
  if (cpu !== null && memory !== null) checkSameShape(source, cpu, memory, issues)
  issues.throwIfAny()
  const names = cpu!.names
  const sizes = options.sizes ?? GCD_SIZES
  const vms = vmIdsOf(names).map((id, index) => ({ ...standingVm(vmOfSize(id, sizeInBlocks(sizes, index, names.length))), cpuColumn: index, memoryColumn: index }))
  return {
    workload: { vms, cpu: seriesOf(cpu!), memory: seriesOf(memory!), network: null, disk: null },
    hosts: null,
    startUnixMs: options.startUnixMs ?? UNDATED_START_UNIX_MS,
    notes: memory!.clippedCount === 0 ? [] : [`${memory!.clippedCount} memory samples above 100 % count as 100 %.`],
  }
}

function oneTable(source: LoadSource, name: string, format: TableFormat, issues: IssueList): Table | null {
  const found = needFile(source, name, issues)
  return found === null ? null : issues.collect(() => readTable(pathOf(source, found), chunksOf(source, found), format, issues))
}

function checkSameShape(source: LoadSource, cpu: Table, memory: Table, issues: IssueList): void {
  if (cpu.rowCount !== memory.rowCount) issues.add(source.path, null, () => `the CPU table has ${cpu.rowCount} samples, the memory table ${memory.rowCount}: is one cut off?`)
  const differs = cpu.names.findIndex((name, index) => name !== memory.names[index])
  if (differs >= 0 || cpu.names.length !== memory.names.length) {
    issues.add(source.path, null, () => `the tables must have the same VMs in the same order; they differ from column ${(differs < 0 ? cpu.names.length : differs) + 1} on (${quoted(cpu.names[differs] ?? '')} and ${quoted(memory.names[differs] ?? '')})`)
  }
}

const seriesOf = ({ names, rowCount, codes }: Table): LoadSeries => ({ names, stepMs: STEP_MS, sampleCount: rowCount, codes, divisor: DIVISOR })
