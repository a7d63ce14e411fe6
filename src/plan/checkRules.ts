import { NOWHERE, type Host } from '../model/pool.ts'
import type { Rule } from '../model/rules.ts'
import type { Ledger } from './ledger.ts'

/** A hard rule in the checker's own numbers. */
export interface CheckedRule {
  readonly rule: Rule
  /** All VMs where the rule binds all and names none. */
  readonly members: ReadonlySet<number>
  readonly others: ReadonlySet<number>
  readonly hosts: ReadonlySet<number>
  /** By host: its rack, site or the like, or the host itself; null: in none. */
  readonly domain: readonly (string | null)[]
}

/** The hard rules of a pool by the VMs whose coming they bind: the checker's own index, which shares nothing with `ruleAgainst`. */
export interface RuleBook {
  readonly all: readonly CheckedRule[]
  readonly ofVm: ReadonlyMap<number, readonly CheckedRule[]>
  readonly ofAll: readonly CheckedRule[]
}

export function ruleBook({ pool, vmOf, hostOf }: Pick<Ledger, 'pool' | 'vmOf' | 'hostOf'>): RuleBook {
  const numbers = (names: readonly string[], of: ReadonlyMap<string, number>): Set<number> => new Set(names.flatMap((name) => of.get(name) ?? []))
  const domains = new Map<string, readonly (string | null)[]>()
  const everyone = new Set(vmOf.values())
  const all = pool.rules.filter(({ weight }) => weight === undefined).map((rule): CheckedRule => {
    const per = 'per' in rule ? rule.per : 'host'
    if (!domains.has(per)) domains.set(per, pool.hosts.map((host) => nameOf(host, per)))
    const hosts = 'hosts' in rule ? rule.hosts : rule.kind === 'oneOf' ? rule.groups.flat() : []
    return { rule, members: isForAll(rule) ? everyone : numbers(rule.vms, vmOf), others: numbers('others' in rule ? rule.others : [], vmOf), hosts: numbers(hosts, hostOf), domain: domains.get(per)! }
  })
  const ofVm = new Map<number, CheckedRule[]>()
  for (const checked of all) {
    if (checked.rule.kind === 'lonely' || checked.rule.kind === 'quarantine' || isForAll(checked.rule)) continue
    for (const vm of new Set([...checked.members, ...checked.others])) ofVm.set(vm, [...(ofVm.get(vm) ?? []), checked])
  }
  return { all, ofVm, ofAll: all.filter(({ rule }) => rule.kind === 'lonely' || rule.kind === 'quarantine' || isForAll(rule)) }
}

/** Whether the rule counts all VMs because it names none. */
const isForAll = ({ kind, vms }: Rule): boolean => (kind === 'vmsMax' || kind === 'resourceMax') && vms.length === 0

function nameOf(host: Host, per: string): string | null {
  if (per === 'host') return `host ${host.id}`
  const name = per === 'rack' ? host.rack : per === 'site' ? host.traits?.site : host.traits?.powerFeed
  return name === undefined || name === null ? null : `${per === 'powerFeed' ? 'power feed' : per} ${name}`
}

/** What hard rules have against the VM coming to the host now, all others being where the ledger has them; it may still stand where it comes from. */
export function ruleFaultsAt(book: RuleBook, ledger: Ledger, vm: number, target: number): string[] {
  const binding = [...(book.ofVm.get(vm) ?? []), ...book.ofAll]
  return binding.flatMap((checked) => faultOf(checked, ledger, vm, target) ?? [])
}

function faultOf(checked: CheckedRule, { pool, place }: Ledger, vm: number, target: number): string | null {
  const { rule, members, others, hosts, domain } = checked
  const [name, host, source] = [pool.vms[vm]!.id, pool.hosts[target]!.id, place[vm]!]
  const zone = domain[target] ?? null
  // Within a domain a VM may move as it likes; so may one that no domain counts.
  const isNewInZone = zone !== null && domain[source] !== zone
  const inZone = (set: ReadonlySet<number>): number[] => [...set].filter((other) => other !== vm && place[other]! !== NOWHERE && domain[place[other]!] === zone)
  switch (rule.kind) {
    case 'runOn':
    case 'oneOf':
      return hosts.has(target) ? null : `rule ${rule.id} keeps ${name} off ${host}`
    case 'keepOff':
      return hosts.has(target) ? `rule ${rule.id} keeps ${name} off ${host}` : null
    case 'apart':
      return isNewInZone && inZone(members).length >= (rule.max ?? 1) ? `rule ${rule.id} keeps ${name} apart from a VM on ${host}${zone === `host ${host}` ? '' : `, or its ${zone}`}` : null
    case 'keepApart':
      return isNewInZone && inZone(members.has(vm) ? others : members).length > 0 ? `rule ${rule.id} keeps ${name} apart from a VM on ${zone}` : null
    case 'lonely': {
      const stranger = [...place.keys()].find((other) => other !== vm && place[other] === target && members.has(other) !== members.has(vm))
      return stranger === undefined || source === target ? null : `rule ${rule.id} lets ${name} and ${pool.vms[stranger]!.id} share no host, but both would be on ${host}`
    }
    case 'vmsMax':
    case 'resourceMax':
      return overLimit(checked, { pool, place }, vm, target)
    case 'pinned':
      return source === NOWHERE || source === target ? null : `rule ${rule.id} keeps ${name} on ${pool.hosts[source]!.id}`
    case 'quarantine':
      return source !== target && (hosts.has(target) || hosts.has(source)) ? `rule ${rule.id} lets nobody come to ${host} or leave it` : null
    case 'together':
    case 'spread':
    case 'requires':
    case 'hostsMax':
    case 'hostsOnMax':
    case 'failover':
    case 'order':
      // About whole placements, power and order: see checkWhole.ts and checkRulesTogether.ts.
      return null
  }
}

/** Hosts that a limit counts together with this one. */
export const isCounted = ({ rule, hosts }: CheckedRule, target: number) => (host: number): boolean => (rule.kind === 'vmsMax' && rule.each ? host === target : hosts.has(host))

/** What a VM counts for in a limit. */
export const countsFor = ({ rule }: CheckedRule, { pool }: Pick<Ledger, 'pool'>, vm: number): number => (rule.kind !== 'resourceMax' ? 1 : rule.resource === 'diskMib' ? (pool.vms[vm]!.needs?.diskMib ?? 0) : pool.vms[vm]![rule.resource])

function overLimit(checked: CheckedRule, { pool, place }: Pick<Ledger, 'pool' | 'place'>, vm: number, target: number): string | null {
  const { rule, members, hosts } = checked
  if (!('max' in rule) || !members.has(vm) || !hosts.has(target)) return null
  const counts = isCounted(checked, target)
  if (place[vm] !== NOWHERE && counts(place[vm]!)) return null
  let held = countsFor(checked, { pool }, vm)
  for (const other of members) if (other !== vm && place[other] !== NOWHERE && counts(place[other]!)) held += countsFor(checked, { pool }, other)
  return held > rule.max + 1e-6 ? `rule ${rule.id} allows ${rule.max}, and with ${pool.vms[vm]!.id} on ${pool.hosts[target]!.id} it would be ${held}` : null
}
