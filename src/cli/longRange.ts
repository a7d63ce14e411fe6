import { resolve } from 'node:path'
import { dailyDemand, type ClassDemand, type DemandKind } from '../forecast/longRange/dailyDemand.ts'
import { expectedAhead, fullDay, growthOf, type Growth } from '../forecast/longRange/growth.ts'
import { DAYS_MIN, growthTrend, type Trend } from '../forecast/longRange/trend.ts'
import { vmId } from '../model/ids.ts'
import { cpuForVmsMhz, memoryForVmsMib } from '../model/pool.ts'
import { DAY_MS } from '../model/resources.ts'
import type { Workload } from '../model/scenario.ts'
import { longRangeText, type LongRangeRow } from '../report/longRange.ts'
import { openSource } from '../store/bytes.ts'
import { seededRng } from '../../sim/random.ts'
import { readLoad } from '../../sim/workloads/formats.ts'
import type { Load } from '../../sim/workloads/load.ts'
import type { ExitCode } from './exitCode.ts'
import { folderFormat, readTrace, type Trace, type TraceOptions } from './forecastTrace.ts'
import { bad, type CommonOptions } from './options.ts'
import type { Terminal } from './terminal.ts'
import { startTiming } from './timing.ts'

export interface LongRangeOptions extends CommonOptions, TraceOptions {
  /** MHz and MiB that VMs may use; without them those of the trace's hosts count, where it has some. */
  readonly capacityCpu?: string
  readonly capacityMemory?: string
  readonly horizonDays?: string
}

/** What there is for VMs; null: not known. */
export interface Capacity {
  readonly cpu: number | null
  readonly memory: number | null
}

const HORIZON_DAYS = 730
const AHEAD_DAYS = [30, 90, 180, 365]

/** Trends of the pool and its classes, CPU and memory: those with enough days. */
export function longRangeRows(workload: Workload, capacity: Capacity, horizonDays: number, isSized: boolean): LongRangeRow[] {
  const kinds: readonly DemandKind[] = isSized ? ['cpu', 'memory'] : ['cpu']
  return kinds.flatMap((kind) => dailyDemand(workload, kind).flatMap((demand) => {
    const trend = growthTrend(demand.daily, seededRng(1, `long range ${kind} ${demand.vmClass ?? ''}`))
    return trend === null ? [] : [rowOf(kind, demand, trend, capacity[kind], horizonDays, isSized)]
  }))
}

function rowOf(kind: DemandKind, { vmClass, vmCount }: ClassDemand, trend: Trend, capacity: number | null, horizonDays: number, isSized: boolean): LongRangeRow {
  const growth = growthOf(trend)
  return {
    vmClass, vmCount, resource: kind, unit: kind === 'memory' ? 'MiB' : isSized ? 'MHz' : 'VM sizes', dayCount: trend.dayCount, level: trend.line.level,
    growthPerMonth: growth === null ? null : { median: growth.medianPerMonthRatio, low: growth.lowPerMonthRatio, high: growth.highPerMonthRatio },
    ahead: AHEAD_DAYS.filter((days) => days <= horizonDays).map((days) => ({ days, ...expectedAhead(trend, days) })),
    // A class has no capacity of its own.
    full: capacity === null || vmClass !== null ? null : { capacity, ...fullDay(trend, capacity, horizonDays) },
  }
}

/** Growth of all CPU demand of a workload; null when it has too few days to tell. */
export function cpuGrowth(workload: Workload): Growth | null {
  const trend = growthTrend(dailyDemand(workload, 'cpu')[0]?.daily ?? new Float64Array(0), seededRng(1, 'long range cpu '))
  return trend === null ? null : growthOf(trend)
}

/** `plimsoll forecast TRACE --long-range`: growth, and the day the pool is full. */
export function longRangeCommand(given: string, options: LongRangeOptions, terminal: Terminal): ExitCode {
  const timing = startTiming()
  const { load, isSized } = loadOf(given, options, terminal)
  const horizonDays = amount('--horizon-days', options.horizonDays) ?? HORIZON_DAYS
  const capacity = capacityOf(load, options)
  if (!isSized && capacity.memory !== null) throw bad('--capacity-memory', 'needs a trace with the sizes of VMs: this one has only CPU as a share of them')
  const rows = longRangeRows(load.workload, capacity, horizonDays, isSized)
  if (rows.length === 0) throw bad(given, `has fewer than ${DAYS_MIN} whole days of CPU: too few for a trend`)
  const { cpu } = load.workload
  const endUnixMs = load.startUnixMs + (cpu === null ? 0 : Math.floor((cpu.sampleCount * cpu.stepMs) / DAY_MS) * DAY_MS)
  if (options.json === true) terminal.out(`${JSON.stringify({ endUnixMs, horizonDays, trends: rows, timing: timing() })}\n`)
  else terminal.out(`${longRangeText(rows, endUnixMs, horizonDays)}\n`)
  return 0
}

function loadOf(given: string, options: LongRangeOptions, terminal: Terminal): { readonly load: Pick<Load, 'workload' | 'hosts' | 'startUnixMs'>; readonly isSized: boolean } {
  const source = openSource(resolve(terminal.workingDirectory, given))
  if (options.format === undefined && source.kind === 'file') return { load: unsizedLoad(readTrace(given, options, terminal.workingDirectory)), isSized: false }
  return { load: readLoad(options.format ?? folderFormat(source), source, options.select === undefined ? {} : { select: options.select }), isSized: true }
}

/** A table without sizes as a workload of VMs of size 1. */
function unsizedLoad({ names, history }: Trace): Pick<Load, 'workload' | 'hosts' | 'startUnixMs'> {
  const { length, stepMs, values, endUnixMs } = history
  const codes = Float32Array.from({ length: names.length * length }, (_, at) => values[(at % names.length) * length + Math.floor(at / names.length)]!)
  const vms = names.map((name, column) => ({
    vm: { id: vmId(name), vcpus: 1, cpuMhz: 1, memoryMib: 0, dirtyMibPerS: 0, shares: 1000, cpuReservationMhz: 0, cpuLimitMhz: null, movable: true, class: 'standard', onMaintenance: null },
    arriveMs: 0, departMs: null, host: null, cpuColumn: column, memoryColumn: null, networkColumn: null, diskColumn: null,
  }))
  return { workload: { vms, cpu: { names, stepMs, sampleCount: length, codes, divisor: 100 }, memory: null, network: null, disk: null }, hosts: null, startUnixMs: endUnixMs - (length - 1) * stepMs }
}

function capacityOf({ hosts }: Pick<Load, 'hosts'>, options: LongRangeOptions): Capacity {
  const sum = (of: (host: NonNullable<Load['hosts']>[number]['host']) => number): number | null => (hosts === null ? null : hosts.reduce((total, { host }) => total + of(host), 0))
  return { cpu: amount('--capacity-cpu', options.capacityCpu) ?? sum(cpuForVmsMhz), memory: amount('--capacity-memory', options.capacityMemory) ?? sum(memoryForVmsMib) }
}

function amount(option: string, text: string | undefined): number | null {
  if (text === undefined) return null
  const value = /^\d{1,15}(\.\d{1,6})?$/.test(text) ? Number(text) : 0
  if (value > 0) return value
  throw bad(option, `is ${JSON.stringify(text)}, expected a number above 0`)
}
