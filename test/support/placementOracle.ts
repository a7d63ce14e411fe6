import type { Host, Vm } from '../../src/model/pool.ts'
import type { Rule } from '../../src/model/rules.ts'

/** A whole placement: host of each VM that has one, by id. */
export type Places = ReadonlyMap<string, string>

export interface Inventory {
  readonly hosts: readonly Host[]
  readonly vms: readonly Vm[]
}

const hostNamed = (hosts: readonly Host[], id: string): Host => hosts.find((host) => host.id === id)!

function domain(hosts: readonly Host[], id: string, per: string): string | null {
  const host = hostNamed(hosts, id)
  return per === 'host' ? host.id : per === 'rack' ? host.rack : ((host.traits as Record<string, string | null | undefined> | undefined)?.[per] ?? null)
}

/** Domains of those that have a place in one, each as often as it is met. */
const domainsOf = ({ hosts }: Inventory, places: Places, ids: readonly string[], per: string): string[] => ids.flatMap((id) => (places.has(id) ? [domain(hosts, places.get(id)!, per)] : [])).filter((name) => name !== null)

const most = (names: readonly string[]): number => Math.max(0, ...names.map((name) => names.filter((other) => other === name).length))

/** Whether a placement keeps a rule, read off its meaning in docs/rules.md. Rules about changes and power always hold. Shares nothing with the model. */
export function keepsRule(inventory: Inventory, rule: Rule, places: Places): boolean {
  const ids: readonly string[] = rule.vms
  const at = (of: readonly string[], per = 'host'): string[] => domainsOf(inventory, places, of, per)
  const per = 'per' in rule ? (rule.per ?? 'host') : 'host'
  const everyone: readonly string[] = ids.length > 0 ? ids : inventory.vms.map(({ id }) => id)
  switch (rule.kind) {
    case 'together':
      return new Set(at(ids, per)).size <= 1
    case 'apart':
      return most(at(ids, per)) <= (rule.max ?? 1)
    case 'spread':
      return new Set(at(ids, rule.per)).size >= Math.min(rule.min, at(ids).length)
    case 'runOn':
      return at(ids).every((host) => rule.hosts.some((id) => id === host))
    case 'keepOff':
      return at(ids).every((host) => !rule.hosts.some((id) => id === host))
    case 'oneOf':
      return at(ids).length === 0 || rule.groups.some((group) => at(ids).every((host) => group.some((id) => id === host)))
    case 'keepApart':
      return at(ids, per).every((name) => !at(rule.others, per).includes(name))
    case 'lonely':
      return at(ids).every((host) => inventory.vms.every(({ id }) => ids.includes(id) || places.get(id) !== host))
    case 'requires':
      return at(ids, per).every((name) => at(rule.others, per).includes(name))
    case 'vmsMax': {
      const counted = at(everyone).filter((host) => rule.hosts.some((id) => id === host))
      return (rule.each ? most(counted) : counted.length) <= rule.max
    }
    case 'resourceMax':
      return everyone.filter((id) => places.has(id) && rule.hosts.some((host) => host === places.get(id))).reduce((sum, id) => sum + amountOf(inventory.vms.find((vm) => vm.id === id)!, rule.resource), 0) <= rule.max
    case 'hostsMax':
      return new Set(at(ids)).size <= rule.max
    case 'pinned':
    case 'quarantine':
    case 'hostsOnMax':
    case 'failover':
    case 'order':
      return true
  }
}

/** Whether the host can have the VM at all: a VM that comes from nowhere when `source` is null. */
export function suits(vm: Vm, source: Host | null, target: Host): boolean {
  const needs = vm.needs ?? {}
  const traits = target.traits ?? {}
  const offers = (wanted: readonly string[] | undefined, has: readonly string[] | null | undefined): boolean => has == null || (wanted ?? []).every((name) => has.includes(name))
  if (source !== null && source.id !== target.id) {
    if ((needs.devices ?? []).length > 0) return false
    if (source.traits?.migrationDomain != null && traits.migrationDomain != null && source.traits.migrationDomain !== traits.migrationDomain) return false
  }
  if (needs.cpuModel !== undefined && traits.cpuModel != null && traits.cpuModel !== needs.cpuModel) return false
  const fitsCell = needs.oneNumaCell !== true || traits.numaCells == null || traits.numaCells.some((cell) => cell.cores >= vm.vcpus && cell.memoryMib >= vm.memoryMib)
  return fitsCell && offers(needs.cpuFeatures, traits.cpuFeatures) && offers(needs.networks, traits.networks) && offers(needs.storages, traits.storages)
}

const amountOf = (vm: Vm, resource: 'cpuMhz' | 'memoryMib' | 'vcpus' | 'diskMib'): number => (resource === 'diskMib' ? (vm.needs?.diskMib ?? 0) : vm[resource])

/** Whether hosts give out no more memory, guaranteed CPU, huge pages, vCPUs and places than they have. */
export const keepsLimits = ({ hosts, vms }: Inventory, places: Places): boolean => hosts.every((host) => {
  const here = vms.filter(({ id }) => places.get(id) === host.id)
  const sum = (amount: (vm: Vm) => number): number => here.reduce((total, vm) => total + amount(vm), 0)
  const { traits } = host
  return sum(({ memoryMib }) => memoryMib) <= (host.capacity.memoryMib - host.reserve.memoryMib) * (traits?.memoryOvercommit ?? 1)
    && sum(({ cpuReservationMhz }) => cpuReservationMhz) <= host.capacity.cpuMhz - host.reserve.cpuMhz
    && sum((vm) => (vm.needs?.hugePages === true ? vm.memoryMib : 0)) <= (traits?.hugePagesMib ?? Infinity)
    && sum(({ vcpus }) => vcpus) <= (traits?.vcpusPerCoreMax ?? Infinity) * host.cores
    && sum((vm) => vm.needs?.diskMib ?? 0) <= (traits?.diskMib ?? Infinity)
    && here.length <= (traits?.vmsMax ?? Infinity)
})
