import type { VmId } from './ids.ts'
import { NOWHERE, VM, type Pool, type Vm } from './pool.ts'
import { type IndexedRule, domainOf, indexOfRules } from './ruleIndex.ts'
import type { Domain, RuleOf, RuleResource } from './rules.ts'
import { slotsOf } from './vmSlots.ts'

/**
 * The sentence of the first hard rule that keeps this VM off this host at this instant, or null; migrating VMs count at
 * both ends. Rules over whole placements (together, spread, requires, hostsMax) can't be judged on one step, since members
 * move one after another: see `brokenRules`.
 */
export function ruleAgainst(pool: Pool, vm: number, host: number): string | null {
  if (pool.rules.length === 0) return null
  const { byVm, everyone } = indexOfRules(pool.rules)
  for (const entry of byVm.get(pool.vms[vm]!.id) ?? []) {
    const why = bars(pool, entry, vm, host)
    if (why !== null) return `rule ${entry.rule.id}: ${why}`
  }
  for (const entry of everyone) {
    const why = bars(pool, entry, vm, host)
    if (why !== null) return `rule ${entry.rule.id}: ${why}`
  }
  return null
}

function bars(pool: Pool, entry: IndexedRule, vm: number, host: number): string | null {
  const { rule, hosts, vms, others } = entry
  const { id } = pool.vms[vm]!
  const name = pool.hosts[host]!.id
  switch (rule.kind) {
    case 'runOn':
      return hosts.has(name) ? null : `${id} runs on ${rule.hosts.join(', ')} only, not on ${name}`
    case 'keepOff':
      return hosts.has(name) ? `${id} is kept off ${name}` : null
    case 'oneOf':
      return hosts.has(name) ? null : `${id} runs on one of its groups of hosts, and ${name} is in none`
    case 'apart':
      return tooClose(pool, rule, vms, vm, host)
    case 'keepApart':
      return meets(pool, vms.has(id) ? others : vms, rule.per ?? 'host', vm, host)
    case 'lonely':
      return intrudes(pool, vms, vm, host)
    case 'vmsMax':
      return overCount(pool, entry as IndexedRule & { readonly rule: RuleOf<'vmsMax'> }, vm, host)
    case 'resourceMax':
      return overAmount(pool, entry as IndexedRule & { readonly rule: RuleOf<'resourceMax'> }, vm, host)
    case 'pinned':
      return pool.vmHost[vm] === NOWHERE || pool.vmHost[vm] === host ? null : `${id} stays on ${pool.hosts[pool.vmHost[vm]!]!.id}`
    case 'quarantine':
      return quarantined(pool, entry, vm, host)
    case 'together':
    case 'spread':
    case 'requires':
    case 'hostsMax':
    case 'hostsOnMax':
    case 'failover':
    case 'order':
      return null
  }
}

/** Whether the VM stays in the domain it is in: then a move makes nothing worse. */
const staysInside = (pool: Pool, per: Domain, vm: number, host: number): boolean => {
  const here = pool.vmHost[vm]!
  const domain = domainOf(pool.hosts[host]!, per)
  return domain === null || (per !== 'host' && here !== NOWHERE && domainOf(pool.hosts[here]!, per) === domain)
}

function tooClose(pool: Pool, rule: RuleOf<'apart'>, vms: ReadonlySet<VmId>, vm: number, host: number): string | null {
  const per = rule.per ?? 'host'
  if (staysInside(pool, per, vm, host)) return null
  const near = membersIn(pool, vms, domainOf(pool.hosts[host]!, per)!, per, vm)
  if (near.length < (rule.max ?? 1)) return null
  const where = per === 'host' ? pool.hosts[host]!.id : `${per} ${domainOf(pool.hosts[host]!, per)!}`
  return `${pool.vms[vm]!.id} is kept apart from ${near.join(', ')}, which ${near.length === 1 ? 'is' : 'are'} on ${where}`
}

function meets(pool: Pool, foes: ReadonlySet<VmId>, per: Domain, vm: number, host: number): string | null {
  if (staysInside(pool, per, vm, host)) return null
  const domain = domainOf(pool.hosts[host]!, per)!
  const near = membersIn(pool, foes, domain, per, vm)
  return near.length === 0 ? null : `${pool.vms[vm]!.id} is kept apart from ${near[0]!}, which is on ${per === 'host' ? '' : `${per} `}${domain}`
}

/** Ids of the set's VMs, but this one, that hold a place in the domain. */
function membersIn(pool: Pool, set: ReadonlySet<VmId>, domain: string, per: Domain, except: number): VmId[] {
  return slotsOf(pool, set).filter((vm) => vm !== except && placesOf(pool, vm).some((host) => domainOf(pool.hosts[host]!, per) === domain)).map((vm) => pool.vms[vm]!.id)
}

/** Hosts that a VM holds a place on: one, two while it migrates. */
export const placesOf = (pool: Pool, vm: number): number[] => [pool.vmHost[vm]!, pool.vmTarget[vm]!].filter((host) => host !== NOWHERE)

function intrudes(pool: Pool, vms: ReadonlySet<VmId>, vm: number, host: number): string | null {
  const isMember = vms.has(pool.vms[vm]!.id)
  for (let other = 0; other < pool.vms.length; other++) {
    if (other === vm || pool.vmState[other] === VM.gone || vms.has(pool.vms[other]!.id) === isMember) continue
    if (pool.vmHost[other] === host || pool.vmTarget[other] === host) return `${isMember ? pool.vms[vm]!.id : pool.vms[other]!.id} shares its host with members of the rule only, and ${isMember ? pool.vms[other]!.id : pool.vms[vm]!.id} is none`
  }
  return null
}

function overCount(pool: Pool, { rule, hosts, vms }: IndexedRule & { readonly rule: RuleOf<'vmsMax'> }, vm: number, host: number): string | null {
  const name = pool.hosts[host]!.id
  if (!hosts.has(name)) return null
  const within = (at: number): boolean => (rule.each ? at === host : hosts.has(pool.hosts[at]!.id))
  if (!rule.each && placesOf(pool, vm).some(within)) return null
  const held = sumOver(pool, vms, vm, within, () => 1)
  return held + 1 <= rule.max ? null : `${rule.each ? name : `its ${rule.hosts.length} hosts`} may hold ${rule.max} of its VMs and holds ${held}`
}

function overAmount(pool: Pool, { rule, hosts, vms }: IndexedRule & { readonly rule: RuleOf<'resourceMax'> }, vm: number, host: number): string | null {
  const within = (at: number): boolean => hosts.has(pool.hosts[at]!.id)
  if (!within(host) || placesOf(pool, vm).some(within)) return null
  const amount = amountOf(rule.resource)
  const held = sumOver(pool, vms, vm, within, amount)
  return held + amount(pool.vms[vm]!) <= rule.max ? null : `its ${rule.hosts.length} hosts may give ${rule.max} ${rule.resource} and give ${held}`
}

export const amountOf = (resource: RuleResource) => (vm: Vm): number => (resource === 'diskMib' ? (vm.needs?.diskMib ?? 0) : vm[resource])

/** Sum over the set's VMs (all, when it is empty), but this one, that hold a place there. */
export function sumOver(pool: Pool, set: ReadonlySet<VmId>, except: number, within: (host: number) => boolean, amount: (vm: Vm) => number): number {
  let sum = 0
  const add = (vm: number): void => {
    if (vm !== except && pool.vmState[vm] !== VM.gone && placesOf(pool, vm).some(within)) sum += amount(pool.vms[vm]!)
  }
  if (set.size > 0) slotsOf(pool, set).forEach(add)
  else for (let vm = 0; vm < pool.vms.length; vm++) add(vm)
  return sum
}

function quarantined(pool: Pool, { hosts }: IndexedRule, vm: number, host: number): string | null {
  const here = pool.vmHost[vm]!
  if (here === host) return null
  const closed = [host, here].find((at) => at !== NOWHERE && hosts.has(pool.hosts[at]!.id))
  return closed === undefined ? null : `${pool.hosts[closed]!.id} is in quarantine: nobody comes or leaves`
}
