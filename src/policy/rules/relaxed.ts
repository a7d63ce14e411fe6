import type { HostId, VmId } from '../../model/ids.ts'
import { MODE, POWER, VM, type Host, type HostTraits, type Pool, type Vm } from '../../model/pool.ts'
import { indexOfRules } from '../../model/ruleIndex.ts'

/** Limits of hosts by the codes of their refusals. */
export const HOST_LIMITS = ['noMemory', 'noReservation', 'hugePages', 'vcpusPerCoreMax', 'vmsMax', 'noDisk'] as const
export type HostLimitName = (typeof HOST_LIMITS)[number]

/** Something that binds VMs and could be given up: a rule, what a VM needs of its host, that it may not be moved, a limit of hosts, that hosts are out of service. */
export type ConflictPart =
  | { readonly kind: 'rule'; readonly rule: string }
  | { readonly kind: 'needs' | 'stays'; readonly vm: VmId }
  | { readonly kind: 'limit'; readonly limit: HostLimitName }
  | { readonly kind: 'migrationDomain' }
  | { readonly kind: 'outOfService'; readonly hosts: readonly HostId[] }

/** All that binds these VMs. */
export function partsAbout(pool: Pool, vms: readonly number[]): ConflictPart[] {
  const ids = new Set(vms.map((vm) => pool.vms[vm]!.id))
  const { all } = indexOfRules(pool.rules)
  const rules = all.filter(({ rule, vms: members, others }) => rule.weight === undefined && (rule.vms.length === 0 || rule.kind === 'lonely' || [...members, ...others].some((id) => ids.has(id))))
  const limits = HOST_LIMITS.filter((limit) => vms.some((vm) => asksFor(pool.vms[vm]!, limit)) && pool.hosts.some((host) => hasLimit(host, limit)))
  const out = pool.hosts.filter((_, host) => !isUsable(pool, host)).map(({ id }) => id)
  return [
    ...rules.map(({ rule }): ConflictPart => ({ kind: 'rule', rule: rule.id })),
    ...vms.filter((vm) => pool.vms[vm]!.needs !== undefined).map((vm): ConflictPart => ({ kind: 'needs', vm: pool.vms[vm]!.id })),
    ...vms.filter((vm) => isStuck(pool, vm)).map((vm): ConflictPart => ({ kind: 'stays', vm: pool.vms[vm]!.id })),
    ...limits.map((limit): ConflictPart => ({ kind: 'limit', limit })),
    ...(pool.hosts.some(({ traits }) => traits?.migrationDomain != null) ? [{ kind: 'migrationDomain' as const }] : []),
    ...(out.length > 0 ? [{ kind: 'outOfService' as const, hosts: out }] : []),
  ]
}

/** Whether VMs may be brought to the host, waking it first if it is off. */
export const isUsable = (pool: Pool, host: number): boolean =>
  pool.hostMode[host] === MODE.available && pool.hostReachable[host] === 1 && (pool.hostPower[host] === POWER.on || pool.hostPower[host] === POWER.poweringOn || (pool.hostPower[host] === POWER.off && pool.hosts[host]!.powerManaged))

/** Whether the VM has a place that it can't leave alive: automation may not move it, it does not run, or its host does not answer. */
export function isStuck(pool: Pool, vm: number): boolean {
  const place = pool.vmHost[vm]!
  return place >= 0 && (!pool.vms[vm]!.movable || pool.vmState[vm] === VM.suspended || pool.vmState[vm] === VM.stopping || pool.hostReachable[place] === 0)
}

function asksFor(vm: Vm, limit: HostLimitName): boolean {
  if (limit === 'noDisk') return (vm.needs?.diskMib ?? 0) > 0
  return limit === 'noReservation' ? vm.cpuReservationMhz > 0 : limit !== 'hugePages' || vm.needs?.hugePages === true
}

const LIMIT_TRAITS: Readonly<Partial<Record<HostLimitName, keyof HostTraits>>> = { hugePages: 'hugePagesMib', vcpusPerCoreMax: 'vcpusPerCoreMax', vmsMax: 'vmsMax', noDisk: 'diskMib' }

function hasLimit({ traits }: Host, limit: HostLimitName): boolean {
  const key = LIMIT_TRAITS[limit]
  return key === undefined || traits?.[key] != null
}

/** The pool with nothing left but these parts. What is no column of a pool stands beside it. */
export interface RelaxedPool {
  readonly pool: Pool
  readonly memoryBinds: boolean
  readonly stuckVms: ReadonlySet<VmId>
  readonly anyHost: boolean
}

export function poolWith(pool: Pool, parts: readonly ConflictPart[]): RelaxedPool {
  const rules = new Set(parts.flatMap((part) => (part.kind === 'rule' ? [part.rule] : [])))
  const limits = new Set(parts.flatMap((part) => (part.kind === 'limit' ? [part.limit] : [])))
  const needs = new Set(parts.flatMap((part) => (part.kind === 'needs' ? [part.vm] : [])))
  const hasDomains = parts.some(({ kind }) => kind === 'migrationDomain')
  return {
    pool: {
      ...pool, rules: pool.rules.filter(({ id, weight }) => weight === undefined && rules.has(id)), hosts: pool.hosts.map((host) => withLimits(host, limits, hasDomains)),
      vms: pool.vms.map((vm) => withNeeds(vm, needs.has(vm.id), limits)),
    },
    memoryBinds: limits.has('noMemory'), stuckVms: new Set(parts.flatMap((part) => (part.kind === 'stays' ? [part.vm] : []))), anyHost: !parts.some(({ kind }) => kind === 'outOfService'),
  }
}

function withLimits(host: Host, limits: ReadonlySet<string>, hasDomains: boolean): Host {
  if (host.traits === undefined) return host
  const { hugePagesMib, vcpusPerCoreMax, vmsMax, diskMib, migrationDomain, ...traits } = host.traits
  const kept = { hugePages: { hugePagesMib }, vcpusPerCoreMax: { vcpusPerCoreMax }, vmsMax: { vmsMax }, noDisk: { diskMib } }
  return { ...host, traits: { ...traits, ...(hasDomains ? { migrationDomain } : {}), ...Object.fromEntries(Object.entries(kept).flatMap(([limit, trait]) => (limits.has(limit) ? Object.entries(trait) : []))) } }
}

function withNeeds(vm: Vm, keeps: boolean, limits: ReadonlySet<string>): Vm {
  const reservation = limits.has('noReservation') ? vm.cpuReservationMhz : 0
  if ((keeps || vm.needs === undefined) && reservation === vm.cpuReservationMhz) return vm
  const { needs, ...rest } = vm
  // Huge pages and room for disks are limits of hosts: a VM that needs nothing else still takes them.
  const taken = { ...(needs?.hugePages === true ? { hugePages: true } : {}), ...(needs?.diskMib === undefined ? {} : { diskMib: needs.diskMib }) }
  return { ...rest, cpuReservationMhz: reservation, ...(keeps && needs !== undefined ? { needs } : Object.keys(taken).length > 0 ? { needs: taken } : {}) }
}
