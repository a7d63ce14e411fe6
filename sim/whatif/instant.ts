import type { VmId } from '../../src/model/ids.ts'
import { type Host, type Vm, cpuForVmsMhz, memoryForVmsMib } from '../../src/model/pool.ts'
import type { Rule } from '../../src/model/rules.ts'
import { WHATIF_RESOURCES, type WhatIfCandidate, type WhatIfLimits } from '../../src/model/whatif.ts'
import type { Inventory, VmEntry } from './inventory.ts'

/**
 * Whole units a resource is counted in, per MiB, MHz and vCPU: KiB, kHz, vCPUs. Sums of whole numbers are exact, so that
 * the order of adding up never decides whether something fits.
 */
export const UNITS = [1024, 1000, 1] as const

/** Rounding noise of doubles, in whole units: a demand of 300.0000000001 kHz is 300. */
const NOISE = 1e-6

const needed = (amount: number, unit: number): number => Math.ceil(amount * unit - NOISE)
const available = (amount: number, unit: number): number => Math.floor(amount * unit + NOISE)

export const NO_HOST = -1

/** The pool over one stretch of time in columns; hosts and VMs in order of id. Dimensions are memory, CPU and, where limited, vCPUs. */
export interface Instant {
  readonly atMs: number
  readonly dimensions: number
  readonly hosts: readonly Host[]
  /** 1 for a host in maintenance that keeps what was left on it and takes nothing. */
  readonly closed: Uint8Array
  readonly vms: readonly Vm[]
  /** Entries that the walk edits, as `vms`. */
  readonly entries: readonly VmEntry[]
  /** Where each VM is; NO_HOST while it waits. */
  readonly place: Int32Array
  /** 1 when even a pool that may be repacked leaves this VM where it is. */
  readonly fixed: Uint8Array
  /** What limits allow on host h in dimension d, at [h * dimensions + d], in whole units. */
  readonly capacity: Float64Array
  /** What VM v needs, at [v * dimensions + d]. */
  readonly demand: Float64Array
  readonly rules: RuleColumns
}

/** Rules as indices. */
export interface RuleColumns {
  readonly rules: readonly Rule[]
  /** 0 at [v * hosts + h] where a rule keeps VM v off host h; null: no such rule. */
  readonly allowed: Uint8Array | null
  readonly apart: readonly (readonly number[])[]
  readonly together: readonly (readonly number[])[]
}

export const dimensionsOf = (limits: WhatIfLimits): number => (limits.vcpusPerCoreMax === null ? 2 : 3)

/** What the limits allow on a host, in whole units. `utilizationMax` is the one in force. */
export function hostCapacity(host: Host, limits: WhatIfLimits, utilizationMax: number): number[] {
  const columns = [available(limits.memoryMax * memoryForVmsMib(host), UNITS[0]), available(utilizationMax * cpuForVmsMhz(host), UNITS[1])]
  return limits.vcpusPerCoreMax === null ? columns : [...columns, available(limits.vcpusPerCoreMax * host.cores, UNITS[2])]
}

/** What a VM needs with that CPU demand, in whole units: memory at its full size, CPU within its reservation and limit. */
function vmDemand(vm: Vm, cpuMhz: number, dimensions: number): number[] {
  const held = Math.max(vm.cpuReservationMhz, vm.cpuLimitMhz === null ? cpuMhz : Math.min(cpuMhz, vm.cpuLimitMhz))
  return [needed(vm.memoryMib, UNITS[0]), needed(held, UNITS[1]), needed(vm.vcpus, UNITS[2])].slice(0, dimensions)
}

export const candidateSize = (candidate: WhatIfCandidate, limits: WhatIfLimits): Float64Array =>
  Float64Array.from([needed(candidate.memoryMib, UNITS[0]), needed(candidate.cpuMhz, UNITS[1]), needed(candidate.vcpus, UNITS[2])].slice(0, dimensionsOf(limits)))

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/**
 * The inventory as columns, with each VM's demand ratio of the stretch (by its CPU column). While hosts and VMs are those
 * of the instant `before`, its rule columns are taken over: the same object then says that the pool is the same.
 */
export function instantOf(inventory: Inventory, atMs: number, cpuRatios: Float64Array, limits: WhatIfLimits, rules: readonly Rule[], before: Instant | null): Instant {
  const dimensions = dimensionsOf(limits)
  const utilizationMax = limits.utilizationMax ?? inventory.policy.evenDistribution.utilizationHigh
  const entries = [...inventory.vms.values()].filter(({ stoppedFor }) => stoppedFor === null).sort((a, b) => byId(a.vm.vm, b.vm.vm))
  const holding = new Set(entries.map(({ host }) => host))
  const kept = [...inventory.hosts.values()].filter(({ host, service }) => service === 'open' || (service === 'closed' && holding.has(host.id))).sort((a, b) => byId(a.host, b.host))
  const hosts = kept.map(({ host }) => host)
  const hostAt = new Map(hosts.map(({ id }, index) => [id, index]))
  const vms = entries.map(({ vm }) => vm.vm)
  const closed = Uint8Array.from(kept, ({ service }) => (service === 'closed' ? 1 : 0))
  const place = Int32Array.from(entries, ({ host }) => (host === null ? NO_HOST : (hostAt.get(host) ?? NO_HOST)))
  const cpuMhz = ({ vm: { vm, cpuColumn } }: VmEntry): number =>
    cpuColumn === null ? 0 : (cpuRatios[cpuColumn] ?? 1) * vm.cpuMhz * inventory.scale * (inventory.scaleOfClass.get(vm.class) ?? 1)
  return {
    atMs, dimensions, hosts, closed, vms, entries, place,
    fixed: Uint8Array.from(entries, ({ vm }, v) => (place[v] !== NO_HOST && (!vm.vm.movable || closed[place[v]!] === 1) ? 1 : 0)),
    capacity: Float64Array.from(hosts.flatMap((host) => hostCapacity(host, limits, utilizationMax))),
    demand: Float64Array.from(entries.flatMap((entry) => vmDemand(entry.vm.vm, cpuMhz(entry), dimensions))),
    rules: before !== null && sameIds(before.hosts, hosts) && sameIds(before.vms, vms) ? before.rules : ruleColumns(rules, hosts, vms),
  }
}

const sameIds = (a: readonly { readonly id: string }[], b: readonly { readonly id: string }[]): boolean => a.length === b.length && a.every(({ id }, index) => id === b[index]!.id)

function ruleColumns(rules: readonly Rule[], hosts: readonly Host[], vms: readonly Vm[]): RuleColumns {
  const vmAt = new Map<VmId, number>(vms.map(({ id }, index) => [id, index]))
  const members = (rule: Rule): number[] => [...new Set(rule.vms)].flatMap((id) => vmAt.get(id) ?? []).sort((a, b) => a - b)
  const groupsOf = (kind: Rule['kind']): number[][] => rules.filter((rule) => rule.kind === kind).map(members).filter((group) => group.length > 1)
  return { rules, allowed: allowedColumns(rules, hosts, vms.length, members), apart: groupsOf('apart'), together: groupsOf('together') }
}

function allowedColumns(rules: readonly Rule[], hosts: readonly Host[], vmCount: number, members: (rule: Rule) => number[]): Uint8Array | null {
  let allowed: Uint8Array | null = null
  for (const rule of rules) {
    if (rule.kind !== 'runOn' && rule.kind !== 'keepOff') continue
    allowed ??= new Uint8Array(vmCount * hosts.length).fill(1)
    const named = new Set(rule.hosts)
    for (const vm of members(rule)) hosts.forEach(({ id }, host) => named.has(id) === (rule.kind === 'keepOff') && (allowed![vm * hosts.length + host] = 0))
  }
  return allowed
}

/** Names of the dimensions' resources. */
export const resourceOf = (dimension: number): (typeof WHATIF_RESOURCES)[number] => WHATIF_RESOURCES[dimension]!
