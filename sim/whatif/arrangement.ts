import type { BinPacking } from '../../src/optimize/packingBins.ts'
import { type Instant, NO_HOST } from './instant.ts'

/** Whether VMs stay where they are unless their host fails, or may be arranged anew. */
export type Freedom = 'asPlaced' | 'repacked'

/** What of an instant stays put under a freedom: found once, asked for each set of failed hosts. */
export interface Layout {
  readonly instant: Instant
  readonly stays: Uint8Array
  /** VMs that stay, per host. */
  readonly staying: readonly (readonly number[])[]
  /** VMs that must be placed in any case. */
  readonly loose: readonly number[]
  /** Capacity less what stays, as the instant's capacity. A closed host has none left, but what it lacks shows. */
  readonly free: Float64Array
  /** Per VM a number that those who must be together share; null: no such rules. */
  readonly cluster: Int32Array | null
}

export function layoutOf(instant: Instant, freedom: Freedom): Layout {
  const { capacity, closed, demand, dimensions, fixed, hosts, place, rules } = instant
  const stays = Uint8Array.from(place, (host, vm) => (host !== NO_HOST && (freedom === 'asPlaced' || fixed[vm] === 1) ? 1 : 0))
  const staying: number[][] = hosts.map(() => [])
  const loose: number[] = []
  const free = capacity.slice()
  place.forEach((host, vm) => {
    if (stays[vm] === 0) {
      loose.push(vm)
      return
    }
    staying[host]!.push(vm)
    for (let d = 0; d < dimensions; d++) free[host * dimensions + d]! -= demand[vm * dimensions + d]!
  })
  for (let at = 0; at < free.length; at++) if (closed[Math.floor(at / dimensions)] === 1) free[at] = Math.min(0, free[at]!)
  return { instant, stays, staying, loose, free, cluster: rules.together.length === 0 ? null : clustersOf(instant) }
}

/** VMs that `together` rules, also through one another, demand one host for. */
function clustersOf({ rules, vms }: Instant): Int32Array {
  const cluster = Int32Array.from(vms.keys())
  for (const group of rules.together) {
    const joined = new Set(group.map((vm) => cluster[vm]!))
    const name = Math.min(...joined)
    for (let vm = 0; vm < cluster.length; vm++) if (joined.has(cluster[vm]!)) cluster[vm] = name
  }
  return cluster
}

/** A packing of some of an instant's VMs, and what its bins and items are. */
export interface Arrangement {
  readonly packing: BinPacking
  /** Host of each bin. */
  readonly hostOfBin: Int32Array
  /** VMs of each item: those that must be together go as one. */
  readonly vmsOfItem: readonly (readonly number[])[]
}

/** The packing of what does not stay, on the hosts that are not `gone`; what was on gone hosts is to be packed too. */
export function arrangementOf(layout: Layout, gone: Uint8Array): Arrangement {
  const { instant, free: freeOfHost } = layout
  const { dimensions, hosts } = instant
  const hostOfBin = Int32Array.from(hosts.keys()).filter((host) => gone[host] === 0)
  const free = new Float64Array(hostOfBin.length * dimensions)
  hostOfBin.forEach((host, bin) => {
    for (let d = 0; d < dimensions; d++) free[bin * dimensions + d] = freeOfHost[host * dimensions + d]!
  })
  const vmsOfItem = itemsOf(layout, gone)
  const size = new Float64Array(vmsOfItem.length * dimensions)
  vmsOfItem.forEach((members, item) => members.forEach((vm) => {
    for (let d = 0; d < dimensions; d++) size[item * dimensions + d]! += instant.demand[vm * dimensions + d]!
  }))
  return { packing: { dimensions, binCount: hostOfBin.length, itemCount: vmsOfItem.length, free, size, ...ruleRows(layout, vmsOfItem, hostOfBin) }, hostOfBin, vmsOfItem }
}

/** The packing with the listed hosts failed. */
export function withoutHosts(layout: Layout, failed: Int32Array): Arrangement {
  const gone = new Uint8Array(layout.instant.hosts.length)
  for (const host of failed) gone[host] = 1
  return arrangementOf(layout, gone)
}

function itemsOf({ loose, staying, cluster }: Layout, gone: Uint8Array): number[][] {
  const vms = loose.slice()
  gone.forEach((isGone, host) => {
    if (isGone === 1) vms.push(...staying[host]!)
  })
  vms.sort((a, b) => a - b)
  if (cluster === null) return vms.map((vm) => [vm])
  const items = new Map<number, number[]>()
  for (const vm of vms) {
    const item = items.get(cluster[vm]!)
    if (item) item.push(vm)
    else items.set(cluster[vm]!, [vm])
  }
  return [...items.values()]
}

/** Rules as the packing wants them: with VMs that stay taken for given. */
function ruleRows(layout: Layout, vmsOfItem: readonly (readonly number[])[], hostOfBin: Int32Array): Pick<BinPacking, 'allowed' | 'groups' | 'taken'> {
  const { rules, closed } = layout.instant
  const noAllowed = rules.allowed === null && rules.together.length === 0 && !closed.includes(1)
  if (noAllowed && rules.apart.length === 0) return { allowed: null, groups: null, taken: new Uint8Array(0) }
  const binOfVm = binsOfStaying(layout, hostOfBin)
  const itemOfVm = new Map<number, number>()
  vmsOfItem.forEach((members, item) => members.forEach((vm) => itemOfVm.set(vm, item)))
  const allowed = noAllowed ? null : allowedBins(layout.instant, vmsOfItem, hostOfBin)
  const apart = apartGroups(layout.instant, itemOfVm, vmsOfItem.length, hostOfBin.length, binOfVm)
  if (allowed !== null) {
    keepWithPlaced(rules.together, itemOfVm, hostOfBin.length, binOfVm, allowed)
    forbidContradictions(apart.groups, hostOfBin.length, allowed)
  }
  return { allowed, ...apart }
}

/** Bins of those VMs that stay and are named in a rule among VMs. */
function binsOfStaying({ instant: { hosts, place, rules }, stays }: Layout, hostOfBin: Int32Array): Map<number, number> {
  const binOfHost = new Int32Array(hosts.length).fill(NO_HOST)
  hostOfBin.forEach((host, bin) => (binOfHost[host] = bin))
  const bins = new Map<number, number>()
  for (const group of [...rules.apart, ...rules.together]) for (const vm of group) if (stays[vm] === 1 && binOfHost[place[vm]!] !== NO_HOST) bins.set(vm, binOfHost[place[vm]!]!)
  return bins
}

function allowedBins({ rules, hosts, closed }: Instant, vmsOfItem: readonly (readonly number[])[], hostOfBin: Int32Array): Uint8Array {
  const binCount = hostOfBin.length
  const allowed = new Uint8Array(vmsOfItem.length * binCount).fill(1)
  const closedBins = [...hostOfBin.keys()].filter((bin) => closed[hostOfBin[bin]!] === 1)
  vmsOfItem.forEach((members, item) => {
    for (const bin of closedBins) allowed[item * binCount + bin] = 0
    if (rules.allowed === null) return
    for (const vm of members) for (let bin = 0; bin < binCount; bin++) if (rules.allowed[vm * hosts.length + hostOfBin[bin]!] === 0) allowed[item * binCount + bin] = 0
  })
  return allowed
}

/** A loose VM that must be together with one that stays goes to that one's bin only. */
function keepWithPlaced(together: readonly (readonly number[])[], itemOfVm: ReadonlyMap<number, number>, binCount: number, binOfVm: ReadonlyMap<number, number>, allowed: Uint8Array): void {
  for (const group of together) {
    const keepers = new Set(group.flatMap((vm) => binOfVm.get(vm) ?? []))
    const items = new Set(group.flatMap((vm) => itemOfVm.get(vm) ?? []))
    for (const keeper of keepers) for (const item of items) for (let bin = 0; bin < binCount; bin++) if (bin !== keeper) allowed[item * binCount + bin] = 0
  }
}

function apartGroups({ rules }: Instant, itemOfVm: ReadonlyMap<number, number>, itemCount: number, binCount: number, binOfVm: ReadonlyMap<number, number>): Pick<BinPacking, 'groups' | 'taken'> {
  if (rules.apart.length === 0) return { groups: null, taken: new Uint8Array(0) }
  const groups: number[][] = Array.from({ length: itemCount }, () => [])
  const taken = new Uint8Array(rules.apart.length * binCount)
  rules.apart.forEach((members, group) => {
    for (const vm of members) {
      const item = itemOfVm.get(vm)
      const bin = binOfVm.get(vm)
      if (item !== undefined) groups[item]!.push(group)
      else if (bin !== undefined) taken[group * binCount + bin] = 1
    }
  })
  return { groups, taken }
}

/** VMs that must be together and apart at once may go nowhere. Only `together` joins VMs, and then `allowed` is not null. */
function forbidContradictions(groups: BinPacking['groups'], binCount: number, allowed: Uint8Array): void {
  groups?.forEach((of, item) => {
    if (new Set(of).size < of.length) allowed.fill(0, item * binCount, (item + 1) * binCount)
  })
}
