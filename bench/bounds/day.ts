import { hostId, vmId } from '../../src/model/ids.ts'
import { DEFAULT_POLICY, type PolicySettings, type Window, type Zone } from '../../src/model/policy.ts'
import type { Host, Vm } from '../../src/model/pool.ts'
import type { Rng } from '../../src/model/random.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/model/resources.ts'
import type { ScenarioEvent, ScenarioRun, Workload, WorkloadVm } from '../../src/model/scenario.ts'
import { seededRng } from '../../sim/random.ts'

const STEP_MS = 15 * MINUTE_MS
const STEPS = DAY_MS / STEP_MS
const UTC: Zone = { name: 'UTC', fromMs: [0], offsetMs: [0] }
const MONDAY_UNIX_MS = Date.UTC(2026, 2, 2)

const pick = <T>(rng: Rng, values: readonly T[]): T => values[Math.floor(rng.next() * values.length)]!
const between = (rng: Rng, low: number, high: number): number => low + Math.floor(rng.next() * (high - low + 1))

/** A simulated day of a small pool, drawn from a seed: unlike hosts, loads that come and go, failures, requests, and any policy that holds together. */
export function dayOf(seed: number): ScenarioRun {
  const rng = seededRng(seed, 'bounds')
  const hosts = Array.from({ length: between(rng, 2, 6) }, (_, number) => hostOf(rng, number))
  const vms = Array.from({ length: between(rng, 2, 14) }, (_, number) => vmOf(rng, number))
  return {
    name: `day ${seed}`, world: 'standard', startUnixMs: MONDAY_UNIX_MS, durationMs: DAY_MS, warmupMs: 0, hosts: hosts.map((host) => ({ host, power: 'on' })), rules: [], workload: workloadOf(rng, vms, hosts), events: eventsOf(rng, hosts),
    sensors: { intervalMs: 5 * MINUTE_MS, delayMs: pick(rng, [0, 20_000]), gapRatio: pick(rng, [0, 0, 0.05]) },
    faults: { wakeFailureRatio: pick(rng, [0, 0, 0.3]), migrationFailureRatio: pick(rng, [0, 0, 0.2]), hostMtbfMs: pick(rng, [null, null, 36 * HOUR_MS]), hostRepairMs: HOUR_MS },
    physics: { pue: 1, slaDeliveredMin: 0.95, migrationCpuMhz: 200, migrationStreamMibPerS: 1000, downtimeMaxMs: 300, migrationRoundsMax: 30, migrationTimeoutMs: 10 * MINUTE_MS, pageSharingRatio: 0, restartDelayMs: MINUTE_MS, vmStartMs: 15_000, vmStopMs: 30_000 },
    solveDelayMs: 0, rowMs: DAY_MS, policy: policyOf(rng), seed,
  }
}

function hostOf(rng: Rng, number: number): Host {
  const cores = pick(rng, [4, 8, 8])
  const memoryMib = pick(rng, [16_384, 32_768, 32_768])
  const amounts = (cpuMhz: number, memory: number): Host['capacity'] => ({ cpuMhz, memoryMib: memory, networkMibPerS: 1000, diskMibPerS: 1000 })
  return {
    id: hostId(`h${number}`), cores, coreMhz: 1000, performanceFactor: 1, smtYield: 1, capacity: amounts(cores * 1000, memoryMib), reserve: amounts(0, 0), migrationLinkMibPerS: pick(rng, [112, 1120]),
    power: { curveW: [100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200], offW: 8, bootMs: 120_000, bootW: 160, shutdownMs: 30_000, shutdownW: 120 }, powerManaged: rng.next() > 0.15, rack: null,
  }
}

function vmOf(rng: Rng, number: number): Vm {
  const vcpus = pick(rng, [1, 2, 2, 4])
  return { id: vmId(`v${number}`), vcpus, cpuMhz: vcpus * 1000, memoryMib: 1024 * pick(rng, [1, 2, 2, 4, 8]), dirtyMibPerS: pick(rng, [0, 5, 40]), shares: 1000, cpuReservationMhz: 0, cpuLimitMhz: null, movable: rng.next() > 0.1, class: 'standard', onMaintenance: null }
}

/** Two thirds of the VMs stand where memory lets them, the others arrive; each has stretches of constant load. */
function workloadOf(rng: Rng, vms: readonly Vm[], hosts: readonly Host[]): Workload {
  const freeMib = hosts.map(({ capacity }) => capacity.memoryMib)
  const entries = vms.map((vm, column): WorkloadVm => {
    const at = Math.floor(rng.next() * hosts.length)
    const stands = rng.next() < 0.67 && freeMib[at]! >= vm.memoryMib
    if (stands) freeMib[at]! -= vm.memoryMib
    const arriveMs = stands ? 0 : between(rng, 1, DAY_MS - 1)
    return { vm, host: stands ? hosts[at]!.id : null, arriveMs, departMs: rng.next() < 0.2 ? Math.min(DAY_MS, arriveMs + between(rng, HOUR_MS, DAY_MS)) : null, cpuColumn: column, memoryColumn: null, networkColumn: null, diskColumn: null }
  })
  const codes = new Float32Array(STEPS * vms.length)
  for (let vm = 0; vm < vms.length; vm++) for (let step = 0, ratio = 0.1; step < STEPS; step++) {
    if (rng.next() < 0.08) ratio = rng.next() < 0.6 ? 0.25 * rng.next() : rng.next()
    codes[step * vms.length + vm] = ratio
  }
  return { vms: entries, cpu: { names: vms.map(({ id }) => id), stepMs: STEP_MS, sampleCount: STEPS, codes, divisor: 1 }, memory: null, network: null, disk: null }
}

function eventsOf(rng: Rng, hosts: readonly Host[]): ScenarioEvent[] {
  if (rng.next() < 0.5) return []
  const host = pick(rng, hosts).id
  const atMs = between(rng, HOUR_MS, 12 * HOUR_MS)
  return [{ atMs, kind: 'maintenanceEnter', host, method: pick(rng, [null, 'shutdown']) }, { atMs: atMs + between(rng, HOUR_MS, 6 * HOUR_MS), kind: 'maintenanceLeave', host }]
}

const windowOf = (rng: Rng): Window => ({ days: [1, 2], fromMinute: between(rng, 0, 1439), toMinute: between(rng, 0, 1439), zone: UTC })

function policyOf(rng: Rng): PolicySettings {
  const { evenDistribution, powerSave, budgets, availability } = DEFAULT_POLICY
  return {
    ...DEFAULT_POLICY, name: 'drawn', decisionIntervalMs: 5 * MINUTE_MS, availability: { ...availability, hostFailures: pick(rng, [0, 0, 1, 1, 2]) },
    evenDistribution: { ...evenDistribution, enabled: rng.next() < 0.7, balancePool: rng.next() < 0.5, holdMs: pick(rng, [0, 5, 15]) * MINUTE_MS, spreadMax: pick(rng, [0.1, 0.3]), windows: rng.next() < 0.3 ? [windowOf(rng)] : [] },
    powerSave: {
      ...powerSave, enabled: rng.next() < 0.8, offWindowMs: pick(rng, [10, 40]) * MINUTE_MS, reserveHosts: pick(rng, [0, 1]), hostsOnMin: pick(rng, [1, 2, 3]), powerCyclesPerHostDayMax: pick(rng, [1, 2, 4]), hostOnMinMs: pick(rng, [0, 30]) * MINUTE_MS,
      utilizationLow: pick(rng, [0.1, 0.3]), windows: rng.next() < 0.3 ? [windowOf(rng)] : [],
    },
    budgets: { ...budgets, migrationsPerHourMax: pick(rng, [null, 2, 10]), migrationsPerHostHourMax: pick(rng, [null, 1, 4]), vmCooldownMs: pick(rng, [0, 30, 120]) * MINUTE_MS, blackouts: rng.next() < 0.3 ? [windowOf(rng)] : [] },
    optimizer: { ...DEFAULT_POLICY.optimizer, nodesMax: 200 },
  }
}
