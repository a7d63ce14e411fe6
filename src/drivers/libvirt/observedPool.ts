import type { HostId, VmId } from '../../model/ids.ts'
import type { DefinedVm, ReadHost, SilentHost } from './readPool.ts'
import type { HostCounters } from './messages.ts'
import { type MeasuredHost, type MeasuredVm, usageBetween } from './usage.ts'

/** What hosts and their VMs used between two readings. */
export type Interval = ReadonlyMap<HostId, MeasuredHost>

export const usageOf = (before: ReadonlyMap<HostId, HostCounters>, after: ReadonlyMap<HostId, HostCounters>): Interval =>
  new Map([...after].flatMap(([host, later]) => (before.has(host) ? [[host, usageBetween(before.get(host)!, later)] as const] : [])))

/** A pool as it was seen, in the fields of a snapshot file. */
export interface ObservedPool {
  readonly fields: object
  readonly uuids: ReadonlyMap<VmId, string>
  readonly silent: readonly SilentHost[]
  readonly notes: readonly string[]
}

const DEFAULT_RESERVE = 0.1
const SMT_YIELD = 1.25
const REST = 2

interface Placed {
  readonly vm: DefinedVm
  readonly on: ReadHost
}

/** The pool from what its hosts told. A VM is where it is active; a copy that just arrives is none. */
export function observedPool(read: readonly (ReadHost | SilentHost)[], usage: Interval, takenUnixMs: number): ObservedPool {
  const hosts = read.filter((host): host is ReadHost => 'facts' in host)
  const silent = read.filter((host): host is SilentHost => 'failure' in host)
  const notes = hosts.flatMap((host) => host.notes)
  const vms = placesOf(hosts, notes)
  const largestMib = hosts.reduce((most, host) => Math.max(most, memoryOf(host).forVmsMib), 0)
  return {
    silent, notes, uuids: new Map(vms.map(({ vm }) => [vm.vm, vm.uuid])),
    fields: { formatVersion: 1, takenAt: new Date(takenUnixMs).toISOString(), hosts: hosts.map((host) => hostFields(host, notes)), vms: vms.map((placed) => asFits(vmFields(placed, usage), largestMib, notes)), rules: [] },
  }
}

const isActive = ({ state }: DefinedVm): boolean => state === 'running' || state === 'paused' || state === 'unsure' || state === 'crashed'

function placesOf(hosts: readonly ReadHost[], notes: string[]): Placed[] {
  const found = new Map<VmId, Placed>()
  for (const on of hosts) {
    for (const vm of on.vms) {
      if (vm.state === 'incoming') continue
      const before = found.get(vm.vm)
      if (before !== undefined && isActive(before.vm) && isActive(vm)) {
        notes.push(`${vm.vm} runs on ${before.on.host.id} and on ${on.host.id}: look at both, it is left where it is`)
        found.set(vm.vm, { ...before, vm: { ...before.vm, definition: null } })
      } else if (before === undefined || (!isActive(before.vm) && isActive(vm))) found.set(vm.vm, { vm, on })
    }
  }
  return [...found.values()].sort((a, b) => (a.vm.vm < b.vm.vm ? -1 : 1))
}

/** One VM that was given more memory than any host has must not hide all others: it counts as large as can be, and stays where it is. */
function asFits(fields: VmFields, largestMib: number, notes: string[]): object {
  if (largestMib < 1 || fields.memoryMib <= largestMib) return fields
  notes.push(`${fields.id} is given ${fields.memoryMib} MiB, more than any host has for VMs (${largestMib} MiB): it is left where it is`)
  return { ...fields, memoryMib: largestMib, movable: false, ...(fields.usage?.memoryMib === undefined ? {} : { usage: { ...fields.usage, memoryMib: Math.min(fields.usage.memoryMib, largestMib) } }) }
}

function memoryOf({ host, facts, controlMib }: ReadHost): { readonly memoryMib: number; readonly reserveMib: number; readonly forVmsMib: number } {
  const memoryMib = Math.floor(facts.memoryKib / 1024)
  const reserveMib = Math.min(Math.ceil(host.reserveMemoryMib ?? Math.max(controlMib, DEFAULT_RESERVE * memoryMib)), memoryMib - 1)
  return { memoryMib, reserveMib, forVmsMib: memoryMib - reserveMib }
}

function hostFields(read: ReadHost, notes: string[]): object {
  const { host, facts, traits, controlMib } = read
  const { memoryMib, reserveMib } = memoryOf(read)
  if (host.reserveMemoryMib === null && controlMib === 0) notes.push(`${host.id}: ${reserveMib} MiB are kept for the host itself (reserveMemoryMib says otherwise)`)
  const cells = traits.numaCells.length > 1 ? { numaCells: traits.numaCells } : {}
  return {
    id: host.id, cores: facts.cells * facts.sockets * facts.coresPerSocket, coreMhz: facts.mhz, performanceFactor: host.performanceFactor, smtYield: facts.threadsPerCore > 1 ? SMT_YIELD : 1, memoryMib,
    reserve: { memoryMib: reserveMib }, migrationLinkMibPerS: host.migrationLinkMibPerS, powerManaged: host.powerManaged, ...(host.rack === null ? {} : { rack: host.rack }), ...powerFields(host.power),
    migrationDomain: host.driver, ...(traits.cpuModel === null ? {} : { cpuModel: traits.cpuModel }), ...cells,
  }
}

function powerFields(power: ReadHost['host']['power']): object {
  if (power === null) return {}
  const { curveW, offW, bootMs, bootW, shutdownMs, shutdownW } = power
  return { power: { curveW, offW, bootMs, bootW, shutdownMs, shutdownW } }
}

const STATES = { running: 'running', paused: 'running', unsure: 'running', crashed: 'running', saved: 'suspended', shutOff: 'stopped', incoming: 'stopped' } as const

interface VmFields {
  readonly id: string
  readonly memoryMib: number
  readonly usage?: UsageFields
  readonly [other: string]: unknown
}

function vmFields({ vm, on }: Placed, usage: Interval): VmFields {
  const { definition } = vm
  const state = STATES[vm.state]
  const measured = usage.get(on.host.id)?.vms.get(vm.uuid)
  const coreMhz = on.facts.mhz * on.host.performanceFactor
  const needs = { ...definition?.needs, ...(definition?.seesHostCpu === true && on.traits.cpuModel !== null ? { cpuModel: on.traits.cpuModel } : {}) }
  const vcpus = definition?.vcpus ?? 1
  return {
    id: vm.vm, vcpus, memoryMib: Math.ceil(definition?.memoryMib ?? vm.memoryMib ?? 1), ...(definition?.shares == null ? {} : { shares: definition.shares }),
    // Of a state that may be false, or without a definition that can be read, nobody knows whether it may be moved.
    ...(definition === null || vm.state === 'unsure' || vm.state === 'crashed' ? { movable: false } : {}), ...(Object.keys(needs).length === 0 ? {} : { needs }),
    state, host: on.host.id, ...(state === 'running' && measured !== undefined ? { usage: usageFields(measured, vcpus, coreMhz) } : {}),
  }
}

/** CPU wanted: what was used, and the time that vCPUs waited for a core, as far as the VM's size goes. */
export const wantedCores = ({ cores, delayRatio }: MeasuredVm, vcpus: number): number => Math.min(cores + (delayRatio ?? 0), Math.max(cores, vcpus))

interface UsageFields {
  readonly cpuMhz: number
  readonly memoryMib?: number
}

function usageFields(measured: MeasuredVm, vcpus: number, coreMhz: number): UsageFields {
  const { memoryMib, networkMibPerS, diskMibPerS } = measured
  return {
    cpuMhz: rounded(wantedCores(measured, vcpus) * coreMhz), ...(memoryMib === null ? {} : { memoryMib: rounded(memoryMib) }), ...(networkMibPerS === null ? {} : { networkMibPerS: rounded(networkMibPerS) }),
    ...(diskMibPerS === null ? {} : { diskMibPerS: rounded(diskMibPerS) }),
  }
}

const rounded = (value: number): number => Number(value.toFixed(REST))
