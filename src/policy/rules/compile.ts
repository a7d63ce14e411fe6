import { LIMITS, misfit } from '../../model/compat.ts'
import { amountOf } from '../../model/ruleCheck.ts'
import type { VmId } from '../../model/ids.ts'
import { NOWHERE, VM, type Host, type Pool } from '../../model/pool.ts'
import { domainOf, indexOfRules, type IndexedRule } from '../../model/ruleIndex.ts'
import type { Domain } from '../../model/rules.ts'
import { type GroupRule, UNASSIGNED } from '../../optimize/problem.ts'
import { AllowedRows } from './allowedRows.ts'

/** The optimizer's form of a pool's rules and of what VMs need of hosts; items are VMs by `itemVm`, bins are hosts by index. */
export interface CompiledRules {
  readonly rules: readonly GroupRule[]
  readonly allowedRow: Int32Array
  readonly allowed: readonly Uint8Array[]
  /** By item: 1 = it must stay where it is (pinned, or on a host in quarantine). */
  readonly stays: Uint8Array
}

/**
 * Compiles all placement rules, soft ones with their weights. `failover`, `hostsOnMax` and `order` are not about which VM is
 * where: they bind power-offs and the order of steps. O(rules x members + hosts); VMs bound alike share a row of hosts.
 */
export function compileRules(pool: Pool, itemVm: Int32Array): CompiledRules {
  const itemOf = new Map<VmId, number>()
  itemVm.forEach((vm, item) => {
    if (pool.vmState[vm] !== VM.gone) itemOf.set(pool.vms[vm]!.id, item)
  })
  const rows = new AllowedRows(itemVm.length, pool.hosts.length)
  const stays = new Uint8Array(itemVm.length)
  compatibility(pool, itemVm, rows)
  const zones = new Zones(pool.hosts)
  const items = (ids: Iterable<VmId>): Int32Array => Int32Array.from([...new Set(ids)].flatMap((id) => itemOf.get(id) ?? [])).sort()
  const hostOf = new Map<string, number>(pool.hosts.map(({ id }, host) => [id, host]))
  const rowOf = (named: ReadonlySet<string>, value: 0 | 1): Uint8Array => {
    const row = new Uint8Array(pool.hosts.length).fill(1 - value)
    for (const id of named) if (hostOf.has(id)) row[hostOf.get(id)!] = value
    return row
  }
  const rules: GroupRule[] = []
  const everyone = Int32Array.from({ length: itemVm.length }, (_, item) => item)
  for (const entry of indexOfRules(pool.rules).all) {
    const group = groupRule({ pool, zones, items, itemVm, everyone }, entry)
    if (group !== null) rules.push(...group)
    else if (entry.rule.weight === undefined) bind({ pool, itemVm, itemOf, rowOf, rows, stays }, entry)
  }
  return { rules: [...rules, ...limitRules(pool, itemVm, zones.per('host'))], ...rows.columns(), stays }
}

interface Binding {
  readonly pool: Pool
  readonly itemVm: Int32Array
  readonly itemOf: ReadonlyMap<VmId, number>
  /** A row with these hosts at the value, all others at the other one. */
  readonly rowOf: (named: ReadonlySet<string>, value: 0 | 1) => Uint8Array
  readonly rows: AllowedRows
  readonly stays: Uint8Array
}

/** Hard rules that say where single VMs may be. */
function bind({ pool, itemVm, itemOf, rowOf, rows, stays }: Binding, { rule, vms, hosts }: IndexedRule): void {
  const members = [...vms].flatMap((id) => itemOf.get(id) ?? [])
  if (rule.kind === 'runOn' || rule.kind === 'keepOff') {
    const row = rowOf(hosts, rule.kind === 'runOn' ? 1 : 0)
    for (const item of members) rows.narrow(item, `rule ${rule.id}`, row)
  } else if (rule.kind === 'pinned') {
    for (const item of members) if (pool.vmHost[itemVm[item]!] !== NOWHERE) stays[item] = 1
  } else if (rule.kind === 'quarantine') {
    const row = rowOf(hosts, 0)
    itemVm.forEach((vm, item) => {
      const here = pool.vmHost[vm]!
      if (here !== NOWHERE && row[here] === 0) stays[item] = 1
      else rows.narrow(item, `rule ${rule.id}`, row)
    })
  }
}

/** Rows of hosts by what VMs need, one for each kind of need and source. */
function compatibility(pool: Pool, itemVm: Int32Array, rows: AllowedRows): void {
  const domains = pool.hosts.map(({ traits }) => traits?.migrationDomain ?? null)
  const isDivided = domains.some((domain) => domain !== null)
  if (!isDivided && itemVm.every((vm) => pool.vms[vm]!.needs === undefined)) return
  itemVm.forEach((vm, item) => {
    const { needs, vcpus, memoryMib } = pool.vms[vm]!
    const source = pool.vmHost[vm] === NOWHERE || pool.vmState[vm] === VM.stopped ? null : pool.hosts[pool.vmHost[vm]!]!
    const domain = source?.traits?.migrationDomain ?? null
    if (needs === undefined && domain === null) return
    const size = needs?.oneNumaCell === true ? `${vcpus}/${memoryMib}` : ''
    const isBoundToSource = (needs?.devices?.length ?? 0) > 0 && source !== null
    rows.narrow(item, `needs ${JSON.stringify(needs ?? null)} ${domain ?? ''} ${size} ${isBoundToSource ? source.id : ''}`, () => Uint8Array.from(pool.hosts, (host) => (misfit(pool.vms[vm]!, source, host) === null ? 1 : 0)))
  })
}

/** Further resources that hosts limit, as counts by host of what their VMs hold. */
function limitRules(pool: Pool, itemVm: Int32Array, hosts: ReturnType<Zones['per']>): GroupRule[] {
  return LIMITS.flatMap(({ code, demandOf, limitOf }): GroupRule[] => {
    const max = Float64Array.from(pool.hosts, (host) => limitOf(host) ?? Infinity)
    if (max.every((limit) => limit === Infinity)) return []
    const members = Int32Array.from(itemVm.keys()).filter((item) => demandOf(pool.vms[itemVm[item]!]!) > 0)
    if (members.length === 0) return []
    return [{ name: code, kind: 'perZoneMax', ...hosts, members, max, amount: Float64Array.from(members, (item) => demandOf(pool.vms[itemVm[item]!]!)), weight: null }]
  })
}

/** Zones of hosts, each kind made once. */
class Zones {
  private readonly known = new Map<Domain, { readonly zoneOf: Int32Array; readonly zoneCount: number }>()

  private readonly limitsOf = new Map<Int32Array, Map<number, Float64Array>>()

  private readonly hosts: readonly Host[]

  constructor(hosts: readonly Host[]) {
    this.hosts = hosts
  }

  per(domain: Domain): { readonly zoneOf: Int32Array; readonly zoneCount: number } {
    const before = this.known.get(domain)
    if (before !== undefined) return before
    const numbers = new Map<string, number>()
    const zoneOf = Int32Array.from(this.hosts, (host) => {
      const name = domainOf(host, domain)
      if (name === null) return UNASSIGNED
      const number = numbers.get(name) ?? numbers.size
      numbers.set(name, number)
      return number
    })
    const zones = { zoneOf, zoneCount: numbers.size }
    this.known.set(domain, zones)
    return zones
  }

  /** The same limit of every zone: one column for all rules over these zones. */
  limits(zones: { readonly zoneOf: Int32Array; readonly zoneCount: number }, max: number): Float64Array {
    const known = this.limitsOf.get(zones.zoneOf) ?? new Map<number, Float64Array>()
    this.limitsOf.set(zones.zoneOf, known)
    const column = known.get(max) ?? new Float64Array(zones.zoneCount).fill(max)
    known.set(max, column)
    return column
  }

  /** These hosts as one zone, or as a zone each; the others in none. */
  of(names: ReadonlySet<string>, each: boolean): { readonly zoneOf: Int32Array; readonly zoneCount: number } {
    let count = 0
    const zoneOf = Int32Array.from(this.hosts, ({ id }) => (names.has(id) ? (each ? count++ : 0) : UNASSIGNED))
    return { zoneOf, zoneCount: each ? count : 1 }
  }
}

interface Compiling {
  readonly pool: Pool
  readonly zones: Zones
  readonly items: (ids: Iterable<VmId>) => Int32Array
  readonly itemVm: Int32Array
  /** All items. */
  readonly everyone: Int32Array
}

/** Rules that count members in zones; null for rules of another form. Soft `runOn` and `keepOff` count members on the wrong hosts. */
function groupRule({ pool, zones, items, itemVm, everyone }: Compiling, { rule, vms, hosts, others }: IndexedRule): readonly GroupRule[] | null {
  const base = { name: rule.id, members: items(vms), weight: rule.weight ?? null }
  const atMost = (zone: ReturnType<Zones['per']>, max: number, members: Int32Array = base.members, amount: Float64Array | null = null): GroupRule => ({ ...base, ...zone, members, kind: 'perZoneMax', max: zones.limits(zone, max), amount })
  switch (rule.kind) {
    case 'apart':
      return [atMost(zones.per(rule.per ?? 'host'), rule.max ?? 1)]
    case 'together':
      return [{ ...base, ...zones.per(rule.per ?? 'host'), kind: 'zonesMax', max: 1 }]
    case 'hostsMax':
      return [{ ...base, ...zones.per('host'), kind: 'zonesMax', max: rule.max }]
    case 'spread':
      return [{ ...base, ...zones.per(rule.per), kind: 'zonesMin', min: rule.min }]
    case 'keepApart':
      return [{ ...base, ...zones.per(rule.per ?? 'host'), kind: 'exclusive', others: items(others) }]
    case 'requires':
      return [{ ...base, ...zones.per(rule.per ?? 'host'), kind: 'needs', others: items(others) }]
    case 'lonely': {
      const members = new Set(base.members)
      return [{ ...base, ...zones.per('host'), kind: 'exclusive', others: everyone.filter((item) => !members.has(item)) }]
    }
    case 'vmsMax':
      return [atMost(zones.of(hosts, rule.each), rule.max, vms.size === 0 ? everyone : base.members)]
    case 'resourceMax': {
      const members = vms.size === 0 ? everyone : base.members
      return [atMost(zones.of(hosts, false), rule.max, members, Float64Array.from(members, (item) => amountOf(rule.resource)(pool.vms[itemVm[item]!]!)))]
    }
    case 'oneOf':
      return oneOfRules(pool, base, rule.groups)
    case 'runOn':
    case 'keepOff': {
      if (rule.weight === undefined) return null
      const wrong = new Set(pool.hosts.filter(({ id }) => hosts.has(id) === (rule.kind === 'keepOff')).map(({ id }) => id))
      return [atMost(zones.of(wrong, false), 0)]
    }
    case 'pinned':
    case 'quarantine':
    case 'hostsOnMax':
    case 'failover':
    case 'order':
      return null
  }
}

/** All in one group: hosts outside of every group take none, and of the groups one is in use. Groups that overlap are counted by the first that holds a host. */
function oneOfRules(pool: Pool, base: Pick<GroupRule, 'name' | 'members' | 'weight'>, groups: readonly (readonly string[])[]): GroupRule[] {
  const zoneOf = Int32Array.from(pool.hosts, ({ id }) => groups.findIndex((group) => group.includes(id)))
  const outside = Int32Array.from(zoneOf, (zone) => (zone === -1 ? 0 : UNASSIGNED))
  return [
    { ...base, zoneOf: outside, zoneCount: 1, kind: 'perZoneMax', max: Float64Array.of(0), amount: null },
    { ...base, zoneOf, zoneCount: groups.length, kind: 'zonesMax', max: 1 },
  ]
}
