import { hostId, vmId } from '../../src/model/ids.ts'
import type { LoadSeries } from '../../src/model/load.ts'
import { DEFAULT_POLICY, type PolicySettings } from '../../src/model/policy.ts'
import type { Host, PowerState, Vm } from '../../src/model/pool.ts'
import type { InitialHost, PhysicsSettings, ScenarioRun, WorkloadVm } from '../../src/model/scenario.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** A Monday, midnight UTC. */
export const MONDAY_UNIX_MS = Date.UTC(2026, 2, 2)

const IDLE_TO_FULL_W = [100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200]

export interface HostParts {
  readonly cores?: number
  readonly coreMhz?: number
  readonly performanceFactor?: number
  readonly smtYield?: number
  readonly memoryMib?: number
  readonly reserveMemoryMib?: number
  readonly reserveCpuMhz?: number
  readonly linkMibPerS?: number
  readonly powerManaged?: boolean
  readonly curveW?: readonly number[]
  readonly offW?: number
  readonly bootMs?: number
  readonly bootW?: number
  readonly shutdownMs?: number
  readonly shutdownW?: number
}

/** A host of 10 cores of 1,000 MHz and 100 GiB, drawing 100 W idle and 200 W full, unless said otherwise. */
export function makeHost(name: string, parts: HostParts = {}): Host {
  const { cores = 10, coreMhz = 1000, performanceFactor = 1, smtYield = 1, memoryMib = 102_400, reserveMemoryMib = 0, reserveCpuMhz = 0 } = parts
  const amounts = (cpuMhz: number, memory: number): Host['capacity'] => ({ cpuMhz, memoryMib: memory, networkMibPerS: 1000, diskMibPerS: 1000 })
  return {
    id: hostId(name), cores, coreMhz, performanceFactor, smtYield, capacity: amounts(cores * coreMhz * performanceFactor, memoryMib),
    reserve: { cpuMhz: reserveCpuMhz, memoryMib: reserveMemoryMib, networkMibPerS: 0, diskMibPerS: 0 }, migrationLinkMibPerS: parts.linkMibPerS ?? 1000,
    power: {
      curveW: parts.curveW ?? IDLE_TO_FULL_W, offW: parts.offW ?? 8, bootMs: parts.bootMs ?? 120_000, bootW: parts.bootW ?? 160, shutdownMs: parts.shutdownMs ?? 30_000, shutdownW: parts.shutdownW ?? 120,
    },
    powerManaged: parts.powerManaged ?? true, rack: null,
  }
}

export const initially = (host: Host, power: PowerState = 'on'): InitialHost => ({ host, power })

/** A VM of 2 vCPUs, 2,000 MHz and 4 GiB that dirties no memory, unless said otherwise. */
export function makeVm(name: string, parts: Partial<Omit<Vm, 'id'>> = {}): Vm {
  return {
    id: vmId(name), vcpus: 2, cpuMhz: 2000, memoryMib: 4096, dirtyMibPerS: 0, shares: 1000, cpuReservationMhz: 0, cpuLimitMhz: null, movable: true, class: 'standard', onMaintenance: null, ...parts,
  }
}

export function workloadVm(vm: Vm, host: string | null, parts: Partial<Omit<WorkloadVm, 'vm' | 'host'>> = {}): WorkloadVm {
  return { vm, host: host === null ? null : hostId(host), arriveMs: 0, departMs: null, cpuColumn: null, memoryColumn: null, networkColumn: null, diskColumn: null, ...parts }
}

/** A load in columns from rows of ratios, one row a step. */
export function loadOf(stepMs: number, rows: readonly (readonly number[])[]): LoadSeries {
  const width = rows[0]!.length
  return { names: Array.from({ length: width }, (_, column) => `c${column}`), stepMs, sampleCount: rows.length, codes: Float32Array.from(rows.flat()), divisor: 1 }
}

/** Physics without surprises: no PUE, no migration overhead, no page sharing. */
export const PLAIN_PHYSICS: PhysicsSettings = {
  pue: 1, slaDeliveredMin: 0.95, migrationCpuMhz: 0, migrationStreamMibPerS: 1000, downtimeMaxMs: 300, migrationRoundsMax: 30, migrationTimeoutMs: 30 * MINUTE, pageSharingRatio: 0,
  restartDelayMs: MINUTE, vmStartMs: 15_000, vmStopMs: 30_000,
}

/** The default policy with whole groups of settings changed. */
export type PolicyParts = { readonly [Group in keyof PolicySettings]?: Group extends 'tariff' ? PolicySettings['tariff'] : PolicySettings[Group] extends readonly unknown[] ? PolicySettings[Group] : PolicySettings[Group] extends object | null ? Partial<PolicySettings[Group]> : PolicySettings[Group] }

export function makePolicy(parts: PolicyParts = {}): PolicySettings {
  const { placement, evenDistribution, powerSave, forecast, sla, maintenance, availability, budgets, optimizer, observation, baseline, ...rest } = parts
  return {
    ...DEFAULT_POLICY, name: 'test', ...rest, baseline: (baseline ?? null) as PolicySettings['baseline'],
    placement: { ...DEFAULT_POLICY.placement, ...placement }, evenDistribution: { ...DEFAULT_POLICY.evenDistribution, ...evenDistribution },
    powerSave: { ...DEFAULT_POLICY.powerSave, ...powerSave }, forecast: { ...DEFAULT_POLICY.forecast, ...forecast }, sla: { ...DEFAULT_POLICY.sla, ...sla }, maintenance: { ...DEFAULT_POLICY.maintenance, ...maintenance }, availability: { ...DEFAULT_POLICY.availability, ...availability },
    budgets: { ...DEFAULT_POLICY.budgets, ...budgets }, optimizer: { ...DEFAULT_POLICY.optimizer, ...optimizer }, observation: { ...DEFAULT_POLICY.observation, ...observation },
  }
}

/** A scenario without load, faults or events that lasts an hour, unless said otherwise. */
export function makeRun(parts: Partial<ScenarioRun> & Pick<ScenarioRun, 'hosts'>): ScenarioRun {
  return {
    name: 'test', world: 'standard', startUnixMs: MONDAY_UNIX_MS, durationMs: HOUR, warmupMs: 0, rules: [], workload: { vms: [], cpu: null, memory: null, network: null, disk: null }, events: [],
    sensors: { intervalMs: MINUTE, delayMs: 0, gapRatio: 0 }, faults: { wakeFailureRatio: 0, migrationFailureRatio: 0, hostMtbfMs: null, hostRepairMs: HOUR }, physics: PLAIN_PHYSICS, solveDelayMs: 0, rowMs: 5 * MINUTE,
    policy: makePolicy(), seed: 1, ...parts,
  }
}

/**
 * How a property is tried: `usual` cases in the normal suite, more by the factor PLIMSOLL_CASES. A failure prints its seed
 * and path; PLIMSOLL_SHRINK=1 also looks for the smallest case, PLIMSOLL_SEED draws other cases.
 */
export const trials = (usual: number): { seed: number; numRuns: number; endOnFailure: boolean } =>
  ({ seed: Number(process.env.PLIMSOLL_SEED ?? '7'), numRuns: Math.max(1, Math.round(usual * Number(process.env.PLIMSOLL_CASES ?? '1'))), endOnFailure: process.env.PLIMSOLL_SHRINK !== '1' })
