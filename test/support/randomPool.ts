import { hostId, vmId } from '../../src/model/ids.ts'
import { type HostTraits, VM, type VmNeeds } from '../../src/model/pool.ts'
import { reason } from '../../src/model/result.ts'
import type { Rng } from '../../src/model/random.ts'
import { DOMAINS, type Domain, RULE_KINDS, RULE_RESOURCES, type Rule, type RuleKind } from '../../src/model/rules.ts'
import type { Wanted } from '../../src/plan/order.ts'
import { worldOf } from './planOracle.ts'
import { ruleBreaks } from './ruleOracle.ts'
import { type HostSpec, type SmallPool, type VmSpec, smallPool } from './pools.ts'

export interface PoolShape {
  readonly hostsMax: number
  readonly vmsPerHostMax: number
  /** Memory placed over memory that there is. */
  readonly fill: number
  readonly rulesMax: number
  /** Chance that a rule is taken though the placement breaks it already. */
  readonly brokenShare: number
  readonly ruleKinds: readonly RuleKind[]
  /** What rules may count by. */
  readonly domains: readonly Domain[]
  /** Chance that hosts and VMs state equipment, limits and needs. */
  readonly traitsShare: number
}

/** Every kind of rule, and equipment. */
export const WHOLE_CATALOGUE = { ruleKinds: RULE_KINDS, domains: ['host', 'host', ...DOMAINS], traitsShare: 0.7 } as const

export const TIGHT_POOL: PoolShape = { hostsMax: 6, vmsPerHostMax: 6, fill: 0.92, rulesMax: 4, brokenShare: 0.15, ruleKinds: ['together', 'apart', 'runOn', 'keepOff'], domains: ['host'], traitsShare: 0 }
export const AMPLE_POOL: PoolShape = { hostsMax: 8, vmsPerHostMax: 4, fill: 0.5, rulesMax: 3, brokenShare: 0.1, ruleKinds: TIGHT_POOL.ruleKinds, domains: ['host'], traitsShare: 0 }

const pick = <T>(rng: Rng, values: readonly T[]): T => values[rng.below(values.length)]!
const some = <T>(rng: Rng, values: readonly T[], share: number): T[] => values.filter(() => rng.next() < share)

/**
 * A pool that has come to be somehow: hosts on, off, failed, booting, in maintenance or silent; VMs running, on their way, stopped,
 * suspended, waiting, some not movable; memory nearly full or half empty, now and then beyond what there is; rules that hold, and some that don't.
 */
export function randomPool(rng: Rng, shape: PoolShape): SmallPool {
  const hosts = randomHosts(rng, 1 + rng.below(shape.hostsMax))
  const vms = randomVms(rng, hosts, shape)
  const bare = smallPool(hosts, vms)
  if (rng.next() < shape.traitsShare) equip(rng, bare.pool)
  const rules: Rule[] = []
  for (let tries = rng.below(shape.rulesMax + 1); tries > 0; tries--) {
    const rule = randomRule(rng, shape, `r${tries}`, Object.keys(hosts), Object.keys(vms))
    if (rule !== null && (ruleBreaks(worldOf(bare.pool), rule, true) === 0 || rng.next() < shape.brokenShare)) rules.push(rule)
  }
  bare.pool.rules = rules
  return bare
}

/** Racks and sites for hosts; equipment that some VMs need, now and then not what they stand on. */
function equip(rng: Rng, pool: SmallPool['pool']): void {
  pool.hosts.forEach((host, at) => {
    const traits: HostTraits = {
      site: pick(rng, ['s0', 's1', null]), powerFeed: pick(rng, ['a', 'b']), migrationDomain: rng.next() < 0.2 ? pick(rng, ['m0', 'm1']) : null, cpuModel: rng.next() < 0.2 ? pick(rng, ['old', 'new']) : null, networks: rng.next() < 0.3 ? some(rng, ['n0', 'n1'], 0.7) : null,
      hugePagesMib: rng.next() < 0.3 ? 4096 : null, vcpusPerCoreMax: rng.next() < 0.2 ? 1 : null, vmsMax: rng.next() < 0.2 ? 2 + rng.below(4) : null, memoryOvercommit: rng.next() < 0.1 ? 1.5 : null, diskMib: at % 4 === 1 ? 40_960 : null, numaCells: rng.next() < 0.2 ? [{ cores: 5, memoryMib: 4096 }] : null,
    }
    pool.hosts[at] = { ...host, rack: rng.next() < 0.9 ? `rack${at % 3}` : null, traits }
  })
  pool.vms.forEach((vm, at) => {
    if (rng.next() < 0.6) return
    const needs: VmNeeds = { ...(rng.next() < 0.2 ? { cpuModel: pick(rng, ['old', 'new']) } : {}), ...(rng.next() < 0.3 ? { networks: [pick(rng, ['n0', 'n1'])] } : {}), hugePages: rng.next() < 0.3, diskMib: at % 3 === 1 ? 10_240 : 0, oneNumaCell: rng.next() < 0.1, devices: rng.next() < 0.05 ? ['gpu0'] : [] }
    pool.vms[at] = { ...vm, needs }
  })
}

function randomHosts(rng: Rng, count: number): Record<string, HostSpec> {
  const alike = rng.next() < 0.5
  const size = (): number => pick(rng, [8192, 16_384, 16_384, 24_576])
  const common = size()
  return Object.fromEntries(Array.from({ length: count }, (_, at): [string, HostSpec] => [`h${at}`, {
    memoryMib: alike ? common : size(), reserveMemoryMib: rng.next() < 0.2 ? 1024 : 0, power: rng.next() < 0.82 ? 'on' : pick(rng, ['off', 'off', 'failed', 'poweringOn', 'poweringOff']),
    mode: rng.next() < 0.8 ? 'available' : pick(rng, ['entering', 'entering', 'maintenance']), reachable: rng.next() < 0.96, powerManaged: rng.next() < 0.9,
  }]))
}

/** VMs in whole 512 MiB, dealt to hosts that are on until the wanted share of memory is held. */
function randomVms(rng: Rng, hosts: Readonly<Record<string, HostSpec>>, { vmsPerHostMax, fill }: PoolShape): Record<string, VmSpec> {
  const names = Object.keys(hosts).filter((name) => hosts[name]!.power === 'on')
  const room = new Map(names.map((name) => [name, (hosts[name]!.memoryMib! - hosts[name]!.reserveMemoryMib!) * fill]))
  const vms: Record<string, VmSpec> = {}
  const count = rng.below(vmsPerHostMax * Math.max(1, names.length) + 1)
  for (let at = 0; at < count; at++) {
    const memoryMib = 512 * (1 + rng.below(pick(rng, [3, 8, 16])))
    const base: VmSpec = { memoryMib, movable: rng.next() < 0.92, dirtyMibPerS: rng.below(3) * 20, cpuMhz: 1000 * (1 + rng.below(3)), onMaintenance: rng.next() < 0.2 ? pick(rng, ['migrate', 'shutdown', 'suspend', 'leave']) : null }
    const fitting = names.filter((name) => room.get(name)! >= memoryMib)
    const overfull = rng.next() < 0.01 && names.length > 0
    if (fitting.length === 0 && !overfull) {
      if (rng.next() < 0.3) vms[`v${at}`] = { ...base, state: pick(rng, ['pending', 'stopped', 'suspended']) }
      continue
    }
    const on = overfull ? pick(rng, names) : pick(rng, fitting)
    room.set(on, room.get(on)! - memoryMib)
    vms[`v${at}`] = { ...base, on, ...flight(rng, on, memoryMib, fitting, room) }
  }
  return vms
}

/** Now and then a VM is just migrating, starting or stopping. */
function flight(rng: Rng, on: string, memoryMib: number, fitting: readonly string[], room: Map<string, number>): VmSpec {
  const chance = rng.next()
  const others = fitting.filter((name) => name !== on && room.get(name)! >= memoryMib)
  if (chance < 0.05 && others.length > 0) {
    const to = pick(rng, others)
    room.set(to, room.get(to)! - memoryMib)
    return { to, movable: true }
  }
  return chance < 0.08 ? { state: pick(rng, ['starting', 'stopping']) } : {}
}

/** A rule over some of the VMs and hosts; null when there are too few of them. */
function randomRule(rng: Rng, { ruleKinds, domains }: PoolShape, id: string, hostNames: readonly string[], vmNames: readonly string[]): Rule | null {
  const share = Math.min(0.6, 3 / Math.max(1, vmNames.length))
  const vms = some(rng, vmNames, share).map(vmId)
  const others = some(rng, vmNames, share).map(vmId).filter((vm) => !vms.includes(vm))
  const hosts = some(rng, hostNames, 0.5).map(hostId)
  const per = pick(rng, domains)
  const kind = pick(rng, ruleKinds)
  const few = 1 + rng.below(3)
  switch (kind) {
    case 'together':
      return vms.length < 2 ? null : { id, kind, vms, per }
    case 'apart':
      return vms.length < 2 ? null : { id, kind, vms, per, max: per === 'host' ? 1 : few }
    case 'spread':
      return vms.length < 2 ? null : { id, kind, vms, per, min: few }
    case 'runOn':
    case 'keepOff':
      return vms.length === 0 || hosts.length === 0 ? null : { id, kind, vms, hosts }
    case 'oneOf':
      return vms.length === 0 || hosts.length === 0 || hosts.length === hostNames.length ? null : { id, kind, vms, groups: [hosts, hostNames.map(hostId).filter((host) => !hosts.includes(host))] }
    case 'keepApart':
    case 'requires':
      return vms.length === 0 || others.length === 0 ? null : { id, kind, vms, others, per }
    case 'order':
      return vms.length === 0 || others.length === 0 ? null : { id, kind, vms, others }
    case 'lonely':
    case 'pinned':
      return vms.length === 0 ? null : { id, kind, vms }
    case 'vmsMax':
      return hosts.length === 0 ? null : { id, kind, vms: rng.next() < 0.3 ? [] : vms, hosts, max: 1 + rng.below(6), each: rng.next() < 0.5 }
    case 'resourceMax': {
      const resource = pick(rng, RULE_RESOURCES)
      return hosts.length === 0 ? null : { id, kind, vms: rng.next() < 0.3 ? [] : vms, hosts, resource, max: (resource === 'vcpus' ? 4 : 8192) * (1 + rng.below(4)) }
    }
    case 'hostsMax':
      return vms.length === 0 ? null : { id, kind, vms, max: few }
    case 'quarantine':
      return hosts.length === 0 ? null : { id, kind, vms: [], hosts: hosts.slice(0, 1) }
    case 'hostsOnMax':
      return hosts.length === 0 ? null : { id, kind, vms: [], hosts, max: rng.below(hosts.length + 1) }
    case 'failover':
      return { id, kind, vms: [], failures: 1 + rng.below(2) }
  }
}

/** Steps that somebody might want, possible or not. */
export function randomWanted(rng: Rng, { pool }: SmallPool): Wanted[] {
  const why = reason('test', 'test')
  const wanted: Wanted[] = []
  const host = (): (typeof pool.hosts)[number] => pool.hosts[rng.below(pool.hosts.length)]!
  pool.vms.forEach((vm, slot) => {
    const state: number = pool.vmState[slot]!
    if (rng.next() < 0.5) return
    if (state === VM.running && rng.next() < 0.1) wanted.push({ kind: rng.next() < 0.5 ? 'shutdownVm' : 'suspendVm', vm: vmId(vm.id), source: pool.hosts[pool.vmHost[slot]!]!.id, estimateMs: 1, reason: why })
    else if (state === VM.running) wanted.push({ kind: 'migrate', vm: vmId(vm.id), source: pool.hosts[pool.vmHost[slot]!]!.id, target: host().id, estimateMs: 1, reason: why })
    else if (state === VM.pending || state === VM.stopped) wanted.push({ kind: 'startVm', vm: vmId(vm.id), target: host().id, estimateMs: 1, reason: why })
    else if (state === VM.suspended) wanted.push({ kind: 'resumeVm', vm: vmId(vm.id), target: host().id, estimateMs: 1, reason: why })
  })
  for (const { id } of pool.hosts) if (rng.next() < 0.3) wanted.push({ kind: rng.next() < 0.5 ? 'powerOn' : 'powerOff', host: hostId(id), estimateMs: 1, reason: why })
  return wanted
}
