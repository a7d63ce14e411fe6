import fc from 'fast-check'
import { hostId, vmId } from '../../../src/model/ids.ts'
import { DEFAULT_POLICY } from '../../../src/model/policy.ts'
import type { Host, Vm } from '../../../src/model/pool.ts'
import { DAY_MS, NO_RESOURCES } from '../../../src/model/resources.ts'
import type { Rule } from '../../../src/model/rules.ts'
import type { ScenarioEvent, ScenarioRun, WorkloadVm } from '../../../src/model/scenario.ts'
import type { WhatIfSettings } from '../../../src/model/whatif.ts'

export const host = (id: string, { cores = 8, cpuMhz = 16_000, memoryMib = 16_384, reserveMib = 0 } = {}): Host => ({
  id: hostId(id), cores, coreMhz: cpuMhz / cores, performanceFactor: 1, smtYield: 1,
  capacity: { ...NO_RESOURCES, cpuMhz, memoryMib }, reserve: { ...NO_RESOURCES, memoryMib: reserveMib }, migrationLinkMibPerS: 1000,
  power: { curveW: Array.from({ length: 11 }, () => 100), offW: 8, bootMs: 1, bootW: 100, shutdownMs: 1, shutdownW: 100 }, powerManaged: true, rack: null,
})

export const vm = (id: string, { vcpus = 1, cpuMhz = 1000, memoryMib = 1024, movable = true, className = 'any' } = {}): Vm => ({
  id: vmId(id), vcpus, cpuMhz, memoryMib, dirtyMibPerS: 0, shares: 1, cpuReservationMhz: 0, cpuLimitMhz: null, movable, class: className, onMaintenance: null,
})

export const placed = (what: Vm, on: string | null, column: number | null = null): WorkloadVm => ({
  vm: what, arriveMs: 0, departMs: null, host: on === null ? null : hostId(on), cpuColumn: column, memoryColumn: null, networkColumn: null, diskColumn: null,
})

export const settingsOf = (changed: Partial<WhatIfSettings> = {}): WhatIfSettings => ({
  horizonMs: 90 * DAY_MS, stepMs: null, growthPerMonthRatio: 0, candidate: { vcpus: 1, cpuMhz: 1000, memoryMib: 1024 },
  limits: { utilizationMax: 1, memoryMax: 1, failoverHosts: 0, vcpusPerCoreMax: null }, demand: 'peak', repack: false, ...changed,
})

/** `ratios[column]` are the samples of one VM, an hour each, in percent of its size. */
export function scenarioOf(hosts: readonly Host[], vms: readonly WorkloadVm[], percents: readonly (readonly number[])[] = [], events: readonly ScenarioEvent[] = [], rules: readonly Rule[] = []): ScenarioRun {
  const sampleCount = percents[0]?.length ?? 0
  const codes = new Float32Array(sampleCount * percents.length)
  percents.forEach((samples, column) => samples.forEach((sample, k) => (codes[k * percents.length + column] = sample)))
  const cpu = sampleCount === 0 ? null : { names: percents.map((_, column) => `c${column}`), stepMs: 3_600_000, sampleCount, codes, divisor: 100 }
  return {
    name: 'small', world: 'standard', startUnixMs: Date.UTC(2026, 0, 1), durationMs: DAY_MS, warmupMs: 0, hosts: hosts.map((one) => ({ host: one, power: 'on' })), rules,
    workload: { vms, cpu, memory: null, network: null, disk: null }, events, policy: DEFAULT_POLICY, seed: 1, rowMs: 300_000,
    sensors: { intervalMs: 60_000, delayMs: 0, gapRatio: 0 }, faults: { wakeFailureRatio: 0, migrationFailureRatio: 0, hostMtbfMs: null, hostRepairMs: 1 },
    physics: {
      pue: 1, slaDeliveredMin: 0.95, migrationCpuMhz: 0, migrationStreamMibPerS: 1000, downtimeMaxMs: 300, migrationRoundsMax: 30, migrationTimeoutMs: DAY_MS,
      pageSharingRatio: 0, restartDelayMs: 0, vmStartMs: 0, vmStopMs: 0,
    }, solveDelayMs: 0,
  }
}

/** A random pool as plain numbers, which the scenario and the brute force are each built from. */
export interface Draw {
  readonly hosts: readonly { readonly cores: number; readonly cpuMhz: number; readonly memoryMib: number; readonly reserveMib: number }[]
  readonly vms: readonly { readonly vcpus: number; readonly cpuMhz: number; readonly memoryMib: number; readonly movable: boolean; readonly host: number; readonly percents: readonly number[] }[]
  readonly rules: readonly { readonly kind: 'together' | 'apart' | 'runOn' | 'keepOff'; readonly vms: readonly number[]; readonly hosts: readonly number[] }[]
  readonly utilizationMax: number
  readonly memoryMax: number
  readonly vcpusPerCoreMax: number | null
  readonly failoverHosts: number
  readonly candidate: { readonly vcpus: number; readonly cpuMhz: number; readonly memoryMib: number }
}

/** Up to 4 hosts and 5 VMs; `fill` makes tight and ample pools alike; equal hosts and VMs, even placement and no rules are frequent. */
export function drawn({ hostsMax = 4, vmsMax = 5, failoverMax = 2, movable = false }): fc.Arbitrary<Draw> {
  const hostKind = fc.record({ cores: fc.integer({ min: 2, max: 6 }), cpuMhz: fc.integer({ min: 6, max: 14 }).map((n) => n * 1000), memoryMib: fc.integer({ min: 4, max: 16 }).map((n) => n * 1024), reserveMib: fc.constantFrom(0, 512) })
  const vmKind = (fill: number): fc.Arbitrary<Omit<Draw['vms'][number], 'host'>> => fc.record({
    vcpus: fc.integer({ min: 1, max: 2 + fill }), cpuMhz: fc.integer({ min: 1, max: 2 + 2 * fill }).map((n) => n * 1000), memoryMib: fc.integer({ min: 1, max: 2 + 2 * fill }).map((n) => n * 1024),
    movable: movable ? fc.constant(true) : fc.boolean(), percents: fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 2 }),
  })
  const alike = <T>(one: fc.Arbitrary<T>, min: number, max: number): fc.Arbitrary<T[]> => fc.oneof(fc.array(one, { minLength: min, maxLength: max }), fc.tuple(one, fc.integer({ min, max })).map(([kind, count]) => Array.from({ length: count }, () => kind)))
  return fc.integer({ min: 0, max: 3 }).chain((fill) => fc.record({ hosts: alike(hostKind, 1, hostsMax), vms: alike(vmKind(fill), 0, vmsMax) })).chain(({ hosts, vms }) => fc.record({
    hosts: fc.constant(hosts),
    vms: fc.oneof(fc.constant(vms.map((_, index) => index % hosts.length)), fc.array(fc.nat(hosts.length - 1), { minLength: vms.length, maxLength: vms.length })).map((places) => vms.map((one, index) => ({ ...one, host: places[index]! }))),
    rules: vms.length < 2 ? fc.constant([]) : fc.oneof(fc.constant([]), fc.array(fc.record({
      kind: fc.constantFrom('together', 'apart', 'runOn', 'keepOff'), vms: fc.uniqueArray(fc.nat(vms.length - 1), { minLength: 1, maxLength: 3 }), hosts: fc.uniqueArray(fc.nat(hosts.length - 1), { minLength: 1, maxLength: 2 }),
    }), { maxLength: 2 })),
    utilizationMax: fc.constantFrom(1, 0.8), memoryMax: fc.constantFrom(1, 0.9), vcpusPerCoreMax: fc.constantFrom(null, 1, 2), failoverHosts: fc.nat(Math.min(failoverMax, hosts.length - 1)),
    candidate: fc.record({ vcpus: fc.integer({ min: 0, max: 2 }), cpuMhz: fc.integer({ min: 0, max: 3 }).map((n) => n * 1000), memoryMib: fc.integer({ min: 2, max: 4 }).map((n) => n * 1024) }),
  }))
}

export function questionOf(draw: Draw, changed: Partial<WhatIfSettings>, waiting = false, events: readonly ScenarioEvent[] = []): { scenario: ScenarioRun; settings: WhatIfSettings } {
  const hosts = draw.hosts.map((one, index) => host(`h${index}`, one))
  const vms = draw.vms.map((one, index) => placed(vm(`v${index}`, one), waiting ? null : `h${one.host}`, index))
  const rules = draw.rules.map(({ kind, vms: members, hosts: named }, index): Rule => {
    const of = { id: `r${index}`, vms: members.map((member) => vmId(`v${member}`)) }
    return kind === 'together' || kind === 'apart' ? { ...of, kind } : { ...of, kind, hosts: named.map((one) => hostId(`h${one}`)) }
  })
  const { utilizationMax, memoryMax, vcpusPerCoreMax, failoverHosts, candidate } = draw
  return { scenario: scenarioOf(hosts, vms, draw.vms.map(({ percents }) => percents), events, rules), settings: settingsOf({ candidate, limits: { utilizationMax, memoryMax, vcpusPerCoreMax, failoverHosts }, ...changed }) }
}
