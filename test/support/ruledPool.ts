import { vmId } from '../../src/model/ids.ts'
import { NOWHERE, VM, addHost, addVm, emptyPool, type Host, type HostTraits, type Pool, type Vm, type VmNeeds } from '../../src/model/pool.ts'
import type { Rng } from '../../src/model/random.ts'
import { DOMAINS, RULE_KINDS, RULE_RESOURCES, type Rule, type RuleKind } from '../../src/model/rules.ts'
import { makeHost, makeVm } from './parts.ts'

export const pick = <T>(rng: Rng, list: readonly T[]): T => list[rng.below(list.length)]!
const some = <T>(rng: Rng, list: readonly T[], chance: number): T[] => list.filter(() => rng.next() < chance)
/** At least one, at random places of the list. */
const few = <T>(rng: Rng, list: readonly T[], chance = 0.5): T[] => {
  const chosen = some(rng, list, chance)
  return chosen.length > 0 ? chosen : [pick(rng, list)]
}

export interface RuledShape {
  readonly hostsMax: number
  readonly vmsMax: number
  /** Chance of each trait and need. */
  readonly traits: number
}

/** Hosts in racks, sites and power feeds, some in none, and VMs, some with needs. */
export function randomInventory(rng: Rng, { hostsMax, vmsMax, traits }: RuledShape): { hosts: Host[]; vms: Vm[] } {
  const hosts = Array.from({ length: 1 + rng.below(hostsMax) }, (_, at): Host => {
    const host = { ...makeHost(`h${at}`, { memoryMib: 1024 * (4 + rng.below(8)), cores: 1 + rng.below(4) }), rack: rng.next() < 0.8 ? pick(rng, ['r1', 'r2']) : null }
    // Disks take no draw, so that the cases of a seed stay what they are.
    const own = { ...randomTraits(rng, traits), ...(traits > 0 && at === 1 ? { diskMib: 2048 } : {}) }
    return Object.keys(own).length === 0 ? host : { ...host, traits: own }
  })
  const vms = Array.from({ length: 1 + rng.below(vmsMax) }, (_, at): Vm => {
    const needs = { ...randomNeeds(rng, traits), ...(traits > 0 && at % 2 === 1 ? { diskMib: 1024 * at } : {}) }
    return makeVm(`v${at}`, { memoryMib: 1024 * (1 + rng.below(4)), vcpus: 1 + rng.below(3), cpuReservationMhz: rng.next() < traits ? 500 : 0, ...(Object.keys(needs).length === 0 ? {} : { needs }) })
  })
  return { hosts, vms }
}

function randomTraits(rng: Rng, chance: number): HostTraits {
  const may = <T>(value: T): T | undefined => (rng.next() < chance ? value : undefined)
  const traits = {
    site: rng.next() < 0.7 ? pick(rng, ['s1', 's2']) : undefined, powerFeed: rng.next() < 0.5 ? pick(rng, ['a', 'b']) : undefined, migrationDomain: may(pick(rng, ['m1', 'm2'])), cpuModel: may(pick(rng, ['old', 'new'])),
    cpuFeatures: may(some(rng, ['avx', 'aes'], 0.6)), networks: may(some(rng, ['lan', 'dmz'], 0.6)), storages: may(some(rng, ['san', 'nas'], 0.6)), hugePagesMib: may(1024 * rng.below(5)),
    numaCells: may([{ cores: 1 + rng.below(2), memoryMib: 1024 * (1 + rng.below(3)) }]), vcpusPerCoreMax: may(1 + rng.below(3)), vmsMax: may(1 + rng.below(3)), memoryOvercommit: may(1.5),
  }
  return Object.fromEntries(Object.entries(traits).filter(([, value]) => value !== undefined))
}

function randomNeeds(rng: Rng, chance: number): VmNeeds {
  const may = <T>(value: T): T | undefined => (rng.next() < chance ? value : undefined)
  const needs = {
    cpuModel: may(pick(rng, ['old', 'new'])), cpuFeatures: may(some(rng, ['avx', 'aes'], 0.6)), networks: may(some(rng, ['lan', 'dmz'], 0.6)), storages: may(some(rng, ['san', 'nas'], 0.6)), hugePages: may(true), oneNumaCell: may(true), devices: may(['gpu']),
  }
  return Object.fromEntries(Object.entries(needs).filter(([, value]) => value !== undefined))
}

/** A rule of the kind about some of the hosts and VMs. */
export function randomRule(rng: Rng, kind: RuleKind, id: string, hosts: readonly Host[], vms: readonly Vm[]): Rule {
  const names = vms.map((vm) => vm.id)
  const places = hosts.map((host) => host.id)
  const members = few(rng, names)
  const others = names.filter((name) => !members.includes(name))
  const per = pick(rng, DOMAINS)
  switch (kind) {
    case 'together':
      return { id, kind, vms: members, ...(rng.next() < 0.5 ? {} : { per }) }
    case 'apart':
      return { id, kind, vms: members, ...(rng.next() < 0.5 ? {} : { per }), ...(rng.next() < 0.6 ? {} : { max: 1 + rng.below(2) }) }
    case 'spread':
      return { id, kind, vms: members, per, min: 2 + rng.below(2) }
    case 'runOn':
    case 'keepOff':
      return { id, kind, vms: members, hosts: few(rng, places) }
    case 'oneOf': {
      const inFirst = places.map(() => rng.below(3))
      const groups = [0, 1].map((group) => places.filter((_, at) => inFirst[at] === group)).filter((group) => group.length > 0)
      return { id, kind, vms: members, groups: groups.length > 0 ? groups : [places] }
    }
    case 'keepApart':
    case 'requires':
      return { id, kind, vms: members, others: others.length > 0 ? few(rng, others) : [vmId('nobody')], ...(rng.next() < 0.5 ? {} : { per }) }
    case 'lonely':
    case 'pinned':
      return { id, kind, vms: members }
    case 'vmsMax':
      return { id, kind, vms: rng.next() < 0.5 ? [] : members, hosts: few(rng, places), max: rng.below(3), each: rng.next() < 0.5 }
    case 'resourceMax': {
      const resource = pick(rng, RULE_RESOURCES)
      return { id, kind, vms: rng.next() < 0.5 ? [] : members, hosts: few(rng, places), resource, max: { cpuMhz: 4000, memoryMib: 6000, vcpus: 4, diskMib: 3000 }[resource] * rng.next() }
    }
    case 'hostsMax':
      return { id, kind, vms: members, max: 1 + rng.below(2) }
    case 'quarantine':
      return { id, kind, vms: [], hosts: few(rng, places, 0.3) }
    case 'hostsOnMax':
      return { id, kind, vms: [], hosts: few(rng, places), max: rng.below(3) }
    case 'failover':
      return { id, kind, vms: [], failures: 1 + rng.below(2) }
    case 'order':
      return { id, kind, vms: members, others: others.length > 0 ? few(rng, others) : [vmId('nobody')] }
  }
}

export const randomRules = (rng: Rng, count: number, hosts: readonly Host[], vms: readonly Vm[], kinds: readonly RuleKind[] = RULE_KINDS): Rule[] =>
  Array.from({ length: count }, (_, at) => randomRule(rng, pick(rng, kinds), `${at}`, hosts, vms))

/** A pool of running hosts with its VMs on these, null for one that waits. */
export function poolAt(hosts: readonly Host[], vms: readonly Vm[], rules: readonly Rule[], places: readonly (number | null)[]): Pool {
  const pool = emptyPool(rules)
  for (const host of hosts) addHost(pool, host)
  vms.forEach((vm, at) => {
    const slot = addVm(pool, vm, 0)
    const host = places[at] ?? null
    if (host !== null) settle(pool, slot, host)
  })
  pool.revision = 0
  return pool
}

/** Puts a running VM on a host, whatever it held before. */
export function settle(pool: Pool, vm: number, host: number): void {
  const { memoryMib } = pool.vms[vm]!
  const before = pool.vmHost[vm]!
  if (before !== NOWHERE) {
    pool.hostVmCount[before]!--
    pool.hostMemoryMib[before]! -= memoryMib
  }
  pool.vmState[vm] = VM.running
  pool.vmHost[vm] = host
  pool.hostVmCount[host]!++
  pool.hostMemoryMib[host]! += memoryMib
}

/** Every way to put so many VMs on so many hosts. */
export function* placements(hostCount: number, vmCount: number): Generator<number[]> {
  for (let number = 0; number < hostCount ** vmCount; number++) yield Array.from({ length: vmCount }, (_, vm) => Math.floor(number / hostCount ** vm) % hostCount)
}

export const namedPlaces = (hosts: readonly Host[], vms: readonly Vm[], places: readonly (number | null)[]): Map<string, string> =>
  new Map(vms.flatMap(({ id }, vm) => (places[vm] == null ? [] : [[id as string, hosts[places[vm]]!.id as string] as const])))

