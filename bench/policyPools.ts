import { join } from 'node:path'
import { DEFAULT_FAULTS, DEFAULT_PHYSICS } from '../src/config/scenarioDefaults.ts'
import { findHostModel, hostOf } from '../src/model/hostModels.ts'
import { hostId } from '../src/model/ids.ts'
import type { LoadSeries } from '../src/model/load.ts'
import type { PolicySettings } from '../src/model/policy.ts'
import { DAY_MS, MINUTE_MS } from '../src/model/resources.ts'
import type { InitialHost, ScenarioRun, Workload, WorkloadVm } from '../src/model/scenario.ts'
import { openSource } from '../src/store/bytes.ts'
import { readLoad } from '../sim/workloads/formats.ts'

/** One pool with its load: every policy is run on the same ones, and compared pool by pool. */
export interface BenchPool {
  readonly name: string
  readonly trace: 'bitbrains' | 'gcd'
  readonly hosts: readonly InitialHost[]
  readonly workload: Workload
  readonly durationMs: number
}

/** Before this nothing is measured: policies begin with all hosts on. */
const WARMUP_MS = 3 * 60 * MINUTE_MS
const STEPS_A_DAY = 288

/** GCD: one day, the VMs dealt into eight pools. Bitbrains: two months, of each four days. */
export function benchPools(shared: string): BenchPool[] {
  return [...gcdPools(join(shared, 'traces/gcd-hipro')), ...bitbrainsPools(join(shared, 'traces/bitbrains-rnd'))]
}

function gcdPools(path: string): BenchPool[] {
  const { workload } = readLoad('gcd', openSource(path), {})
  return Array.from({ length: 8 }, (_, part) => ({
    name: `gcd-${part + 1}`, trace: 'gcd' as const, hosts: hostsOf(20, {}), durationMs: DAY_MS, workload: { ...workload, vms: workload.vms.filter((_, number) => number % 8 === part) },
  }))
}

function bitbrainsPools(path: string): BenchPool[] {
  return ['2013-7', '2013-8'].flatMap((select) => {
    const { workload } = readLoad('bitbrains', openSource(path), { select })
    return [8, 13, 20, 25].map((day): BenchPool => ({ name: `bitbrains-${select}-${day + 1}`, trace: 'bitbrains', hosts: hostsOf(24, { memoryMib: 786_432, coreMhz: 3000 }), durationMs: DAY_MS, workload: stretch(workload, day * STEPS_A_DAY, STEPS_A_DAY) }))
  })
}

/**
 * rack-2020 hosts: 120 s to boot, 8 W when off; their threads gain nothing, so that CPU is as short as policies see it. Bitbrains' VMs hold much memory for their CPU, and had cores of up to
 * 2926 MHz: there hosts have more memory and faster cores, so that no VM is short of CPU where it is alone.
 */
function hostsOf(count: number, differs: { readonly memoryMib?: number; readonly coreMhz?: number }): InitialHost[] {
  const model = findHostModel('rack-2020')!
  return Array.from({ length: count }, (_, number) => ({ power: 'on' as const, host: hostOf({ ...model, smtYield: 1, ...differs }, hostId(`h${String(number + 1).padStart(2, '0')}`)) }))
}

/** Rows of a stretch; VMs that are there throughout it stay throughout, all others are left out. */
function stretch(workload: Workload, first: number, count: number): Workload {
  const cut = (series: LoadSeries | null): LoadSeries | null => series && { ...series, sampleCount: count, codes: series.codes.slice(first * series.names.length, (first + count) * series.names.length) }
  const cpu = cut(workload.cpu)!
  const fromMs = first * cpu.stepMs
  const untilMs = (first + count) * cpu.stepMs
  const stays = ({ arriveMs, departMs }: WorkloadVm): boolean => arriveMs <= fromMs && (departMs === null || departMs >= untilMs)
  return { ...workload, cpu, memory: cut(workload.memory), vms: workload.vms.filter(stays).map((entry) => ({ ...entry, arriveMs: 0, departMs: null })) }
}

/** The honest world: memory enforced, boot and migration cost, and samples of 5 minutes that come 5 minutes late. */
export function benchRun({ name, hosts, workload, durationMs }: BenchPool, policy: PolicySettings): ScenarioRun {
  return {
    name, world: 'standard', startUnixMs: 1_767_571_200_000, durationMs, warmupMs: WARMUP_MS, hosts, rules: [], workload, events: [], sensors: { intervalMs: 5 * MINUTE_MS, delayMs: 5 * MINUTE_MS, gapRatio: 0 },
    faults: DEFAULT_FAULTS, physics: DEFAULT_PHYSICS, solveDelayMs: 1000, rowMs: 60 * MINUTE_MS, policy, seed: 1,
  }
}

export const BENCH_WARMUP_MS = WARMUP_MS
