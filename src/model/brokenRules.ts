import { homelessAfterFailures } from './failover.ts'
import type { VmId } from './ids.ts'
import { NOWHERE, VM, type Pool } from './pool.ts'
import { amountOf, placesOf, sumOver } from './ruleCheck.ts'
import { type IndexedRule, domainOf, indexOfRules } from './ruleIndex.ts'
import { isDrawing } from './rulePower.ts'
import type { Domain, RuleOf } from './rules.ts'

/** All hard rules that a placement breaks, as sentences; soft ones with `soft`. Every VM that has a place counts, a migrating one at both ends. */
export function brokenRules(pool: Pool, which: 'hard' | 'soft' = 'hard'): string[] {
  if (pool.rules.length === 0) return []
  const slots = new Map<VmId, number>()
  pool.vms.forEach(({ id }, vm) => {
    if (pool.vmState[vm] !== VM.gone) slots.set(id, vm)
  })
  return indexOfRules(pool.rules).all.filter(({ rule }) => (rule.weight === undefined) === (which === 'hard')).flatMap((entry) => brokenBy({ pool, slots }, entry).map((sentence) => `rule ${entry.rule.id}: ${sentence}`))
}

interface Placed {
  readonly pool: Pool
  readonly slots: ReadonlyMap<VmId, number>
}

interface Member {
  readonly id: VmId
  readonly hosts: readonly number[]
}

function membersOf({ pool, slots }: Placed, ids: Iterable<VmId>): Member[] {
  return [...ids].flatMap((id) => {
    const vm = slots.get(id)
    const hosts = vm === undefined ? [] : placesOf(pool, vm)
    return hosts.length === 0 ? [] : [{ id, hosts }]
  })
}

/** Members by the domain they are in; one at both ends of a migration counts in both. */
function byDomain({ pool }: Placed, members: readonly Member[], per: Domain): Map<string, Member[]> {
  const found = new Map<string, Member[]>()
  for (const member of members) {
    const domains = new Set(member.hosts.map((host) => domainOf(pool.hosts[host]!, per)))
    for (const domain of domains) if (domain !== null) found.set(domain, [...(found.get(domain) ?? []), member])
  }
  return found
}

const names = (members: readonly Member[]): string => members.map(({ id }) => id).join(', ')

function brokenBy(placed: Placed, entry: IndexedRule): string[] {
  const { rule, hosts } = entry
  const { pool } = placed
  const members = membersOf(placed, entry.vms)
  switch (rule.kind) {
    case 'runOn':
    case 'keepOff':
      return members.flatMap(({ id, hosts: at }) => at.filter((host) => hosts.has(pool.hosts[host]!.id) === (rule.kind === 'keepOff')).map((host) => `${id} is on ${pool.hosts[host]!.id}`))
    case 'together': {
      // Of a member on its way only the old place counts: the others follow it.
      const used = byDomain(placed, members.map(({ id, hosts: at }) => ({ id, hosts: at.slice(0, 1) })), rule.per ?? 'host')
      return used.size > 1 ? [`${names(members)} are on ${used.size} ${rule.per ?? 'host'}s`] : []
    }
    case 'apart':
      return [...byDomain(placed, members, rule.per ?? 'host')].filter(([, list]) => list.length > (rule.max ?? 1)).map(([domain, list]) => `${names(list)} share ${rule.per ?? 'host'} ${domain}`)
    case 'spread': {
      const used = byDomain(placed, members, rule.per).size
      return used < Math.min(rule.min, members.length) ? [`${names(members)} are in ${used} of at least ${rule.min} ${rule.per}s`] : []
    }
    case 'oneOf':
      return outsideGroups(pool, rule, members)
    case 'keepApart': {
      const foes = byDomain(placed, membersOf(placed, entry.others), rule.per ?? 'host')
      return [...byDomain(placed, members, rule.per ?? 'host')].flatMap(([domain, list]) => (foes.has(domain) ? [`${names(list)} and ${names(foes.get(domain)!)} share ${rule.per ?? 'host'} ${domain}`] : []))
    }
    case 'lonely': {
      const others = membersOf(placed, [...placed.slots.keys()].filter((id) => !entry.vms.has(id)))
      const strangers = byDomain(placed, others, 'host')
      return [...byDomain(placed, members, 'host')].flatMap(([host, list]) => (strangers.has(host) ? [`${names(list)} shares ${host} with ${names(strangers.get(host)!)}`] : []))
    }
    case 'requires': {
      const needed = byDomain(placed, membersOf(placed, entry.others), rule.per ?? 'host')
      return [...byDomain(placed, members, rule.per ?? 'host')].filter(([domain]) => !needed.has(domain)).map(([domain, list]) => `${names(list)} on ${rule.per ?? 'host'} ${domain} has none of ${rule.others.join(', ')} there`)
    }
    case 'vmsMax':
    case 'resourceMax':
      return overLimits(placed, entry)
    case 'hostsMax': {
      const used = byDomain(placed, members, 'host').size
      return used > rule.max ? [`${names(members)} run on ${used} hosts, ${rule.max} are allowed`] : []
    }
    case 'hostsOnMax': {
      const on = pool.hosts.filter(({ id }, host) => hosts.has(id) && isDrawing(pool, host)).length
      return on > rule.max ? [`${on} of its hosts are on, ${rule.max} are allowed`] : []
    }
    case 'failover':
      return homelessAfterFailures(pool, rule.failures)
    case 'pinned':
    case 'quarantine':
    case 'order':
      // About changes, not places.
      return []
  }
}

function outsideGroups(pool: Pool, { groups }: RuleOf<'oneOf'>, members: readonly Member[]): string[] {
  const fits = groups.some((group) => members.every(({ hosts }) => hosts.every((host) => group.includes(pool.hosts[host]!.id))))
  return fits || members.length === 0 ? [] : [`${names(members)} are not all in one of its groups of hosts`]
}

function overLimits({ pool }: Placed, { rule, vms, hosts }: IndexedRule): string[] {
  if (rule.kind !== 'vmsMax' && rule.kind !== 'resourceMax') return []
  const amount = rule.kind === 'vmsMax' ? (): number => 1 : amountOf(rule.resource)
  const scopes = rule.kind === 'vmsMax' && rule.each ? [...hosts].map((id) => new Set([id])) : [hosts]
  return scopes.flatMap((scope) => {
    const held = sumOver(pool, vms, NOWHERE, (host) => scope.has(pool.hosts[host]!.id), amount)
    return held > rule.max ? [`${[...scope].join(', ')} hold ${held}, ${rule.max} are allowed`] : []
  })
}
