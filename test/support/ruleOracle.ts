import type { Host, Vm } from '../../src/model/pool.ts'
import type { Domain, Rule, RuleOf } from '../../src/model/rules.ts'
import type { HostFacts, VmFacts, World } from './planOracle.ts'

/**
 * Every placement rule read a second time, on names and lists: how often a placement breaks it. Shares nothing with
 * checkers, planner or optimizer.
 */

const domainOf = (host: Host, per: Domain): string | null => (per === 'host' ? host.id : per === 'rack' ? host.rack : (host.traits?.[per] ?? null))

/** Domains in which the VM holds memory. */
const domainsOf = ({ hosts }: World, vm: VmFacts, per: Domain): Set<string> => new Set(vm.hosts.map((host) => domainOf(hosts.get(host)!.stated, per)).filter((domain) => domain !== null))

const placed = ({ vms }: World, ids: readonly string[]): VmFacts[] => ids.flatMap((id) => (vms.has(id) ? [vms.get(id)!] : [])).filter(({ hosts }) => hosts.length > 0)

/** By domain: how many of the VMs are in it. */
function counts(world: World, vms: readonly VmFacts[], per: Domain): Map<string, number> {
  const found = new Map<string, number>()
  for (const vm of vms) for (const domain of domainsOf(world, vm, per)) found.set(domain, (found.get(domain) ?? 0) + 1)
  return found
}

type WholeKind = 'together' | 'spread' | 'oneOf' | 'requires' | 'hostsMax' | 'failover'

const over = (amounts: Iterable<number>, max: number): number => [...amounts].reduce((sum, amount) => sum + Math.max(0, amount - max), 0)
const isOn = (host: HostFacts): boolean => host.power === 'on' || host.power === 'poweringOn'
const among = (list: readonly string[], id: string): boolean => list.includes(id)

/**
 * How often a rule is broken, a VM counting wherever it holds memory. `whole`: also what is only asked of whole placements,
 * because members move one after another; there a VM counts where it goes.
 */
export function ruleBreaks(world: World, rule: Rule, whole: boolean): number {
  const members = placed(world, rule.vms)
  switch (rule.kind) {
    case 'runOn':
      return members.flatMap(({ hosts }) => hosts).filter((host) => !among(rule.hosts, host)).length
    case 'keepOff':
      return members.flatMap(({ hosts }) => hosts).filter((host) => among(rule.hosts, host)).length
    case 'apart':
      return over(counts(world, members, rule.per ?? 'host').values(), rule.max ?? 1)
    case 'keepApart': {
      const others = placed(world, rule.others)
      const near = (one: VmFacts, other: VmFacts): boolean => [...domainsOf(world, one, rule.per ?? 'host')].some((domain) => domainsOf(world, other, rule.per ?? 'host').has(domain))
      return members.flatMap((one) => others.filter((other) => near(one, other))).length
    }
    case 'lonely': {
      const strangers = placed(world, [...world.vms.keys()].filter((id) => !among(rule.vms, id)))
      return members.flatMap((one) => strangers.filter((other) => other.hosts.some((host) => one.hosts.includes(host)))).length
    }
    case 'vmsMax':
    case 'resourceMax':
      return overLimit(world, rule)
    case 'hostsOnMax':
      return Math.max(0, rule.hosts.filter((id) => world.hosts.has(id) && isOn(world.hosts.get(id)!)).length - rule.max)
    case 'oneOf':
      return whole ? wholeBreaks(world, rule, members) : members.flatMap(({ hosts }) => hosts).filter((host) => !rule.groups.some((group) => among(group, host))).length
    case 'together':
    case 'spread':
    case 'requires':
    case 'hostsMax':
    case 'failover':
      return whole ? wholeBreaks(world, rule, members) : 0
    case 'pinned':
    case 'quarantine':
    case 'order':
      return 0
  }
}

function wholeBreaks(world: World, rule: RuleOf<WholeKind>, members: readonly VmFacts[]): number {
  const used = (per: Domain): number => counts(world, members, per).size
  switch (rule.kind) {
    case 'together':
      return Math.max(0, used(rule.per ?? 'host') - 1)
    case 'spread':
      return Math.max(0, Math.min(rule.min, members.length) - used(rule.per))
    case 'oneOf':
      return Math.min(members.length, ...rule.groups.map((group) => members.filter(({ hosts }) => !hosts.every((host) => among(group, host))).length))
    case 'requires': {
      const helped = counts(world, placed(world, rule.others), rule.per ?? 'host')
      return [...counts(world, members, rule.per ?? 'host').keys()].filter((domain) => !helped.has(domain)).length
    }
    case 'hostsMax':
      return Math.max(0, used('host') - rule.max)
    case 'failover':
      return survives(world, rule.failures) ? 0 : 1
  }
}

function overLimit(world: World, rule: RuleOf<'vmsMax' | 'resourceMax'>): number {
  const members = placed(world, rule.vms.length === 0 ? [...world.vms.keys()] : rule.vms)
  const amount = (vm: VmFacts): number => (rule.kind === 'vmsMax' ? 1 : rule.resource === 'diskMib' ? (vm.stated.needs?.diskMib ?? 0) : vm.stated[rule.resource])
  const inside = (hosts: readonly string[]): number => members.filter((vm) => vm.hosts.some((host) => among(hosts, host))).reduce((sum, vm) => sum + amount(vm), 0)
  return over(rule.kind === 'vmsMax' && rule.each ? rule.hosts.map((host) => inside([host])) : [inside(rule.hosts)], rule.max)
}

/** Rules about changes: whether this VM may not go there from where it is. */
export function stepForbidden(rule: Rule, vm: VmFacts, target: string): boolean {
  if (rule.kind === 'pinned') return among(rule.vms, vm.id) && vm.hosts.length > 0
  if (rule.kind === 'quarantine') return [...vm.hosts, target].some((host) => among(rule.hosts, host))
  return false
}

/** Why the host can't hold the VM for what it is made of, beside those that are there; null when it can. */
export function cannotHold(world: World, vm: VmFacts, host: HostFacts): string | null {
  const { needs } = vm.stated
  const traits = host.stated.traits ?? {}
  const source = vm.state === 'running' ? world.hosts.get(vm.hosts[0] ?? '') : undefined
  const domains = [source?.stated.traits?.migrationDomain ?? null, traits.migrationDomain ?? null]
  const lacking = (wanted: readonly string[] | undefined, has: readonly string[] | null | undefined): boolean => has !== null && has !== undefined && (wanted ?? []).some((name) => !has.includes(name))
  if (source !== undefined && (needs?.devices?.length ?? 0) > 0) return 'has devices that stay'
  if (source !== undefined && domains[0] !== null && domains[1] !== null && domains[0] !== domains[1]) return `comes from migration domain ${domains[0]!} to ${domains[1]!}`
  if (needs?.cpuModel !== undefined && traits.cpuModel !== undefined && traits.cpuModel !== null && traits.cpuModel !== needs.cpuModel) return 'needs another CPU model'
  if (lacking(needs?.cpuFeatures, traits.cpuFeatures) || lacking(needs?.networks, traits.networks) || lacking(needs?.storages, traits.storages)) return 'lacks a feature, network or storage there'
  const cells = traits.numaCells ?? null
  if (needs?.oneNumaCell === true && cells !== null && !cells.some((cell) => cell.cores >= vm.stated.vcpus && cell.memoryMib >= vm.memoryMib)) return 'fits no NUMA cell'
  return crowded(world, vm, host)
}

function crowded(world: World, vm: VmFacts, host: HostFacts): string | null {
  const traits = host.stated.traits ?? {}
  const there = [...world.vms.values()].filter((other) => other !== vm && other.hosts.includes(host.id))
  const held = (amount: (vm: Vm) => number): number => [...there, vm].reduce((sum, { stated }) => sum + amount(stated), 0)
  const hugePages = (one: Vm): number => (one.needs?.hugePages === true ? one.memoryMib : 0)
  if (hugePages(vm.stated) > 0 && held(hugePages) > (traits.hugePagesMib ?? Infinity)) return 'finds no huge pages'
  if (held(({ vcpus }) => vcpus) > (traits.vcpusPerCoreMax ?? Infinity) * host.stated.cores) return 'brings more vCPUs than the cores may carry'
  const disk = (one: Vm): number => one.needs?.diskMib ?? 0
  if (disk(vm.stated) > 0 && held(disk) > (traits.diskMib ?? Infinity)) return 'finds no room for its disks'
  if (held(() => 1) > (traits.vmsMax ?? Infinity)) return 'is one VM too many'
  return null
}

/** Whether, whichever hosts fail, their VMs find memory on the others, by trying every placement; one on its way to a host that lives has it there. */
export function survives(world: World, failures: number): boolean {
  const serving = [...world.hosts.values()].filter((host) => host.power === 'on' && host.mode === 'available' && host.reachable)
  return subsets(serving, Math.min(failures, serving.length)).every((failed) => {
    const others = serving.filter((host) => !failed.includes(host))
    const free = others.map((host) => host.sizeMib - [...world.vms.values()].filter(({ hosts }) => hosts.includes(host.id)).reduce((sum, { memoryMib }) => sum + memoryMib, 0))
    return fits([...world.vms.values()].filter(({ hosts }) => hosts.length > 0 && hosts.every((host) => failed.some(({ id }) => id === host))).map(({ memoryMib }) => memoryMib).sort((a, b) => b - a), free)
  })
}

function subsets<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]]
  return items.flatMap((item, at) => subsets(items.slice(at + 1), size - 1).map((rest) => [item, ...rest]))
}

function fits([largest, ...rest]: readonly number[], free: readonly number[]): boolean {
  if (largest === undefined) return true
  return free.some((room, at) => room >= largest && free.indexOf(room) === at && fits(rest, free.map((other, position) => (position === at ? other - largest : other))))
}
