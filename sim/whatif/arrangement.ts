import type { BinPacking } from '../../src/optimize/packingBins.ts'
import { type Instant, NO_HOST } from './instant.ts'

/** A packing of some of an instant's VMs, and what its bins and items are. */
export interface Arrangement {
  readonly packing: BinPacking
  /** Host of each bin. */
  readonly hostOfBin: Int32Array
  /** VMs of each item: those that must be together go as one. */
  readonly vmsOfItem: readonly (readonly number[])[]
}

/**
 * The packing of the VMs that `stays` does not hold on a host that is there, with what stays taken out of the room.
 * `gone` hosts are no bins; closed ones are, but take nothing.
 */
export function arrangementOf(instant: Instant, gone: Uint8Array, stays: (vm: number) => boolean): Arrangement {
  const { hosts, vms, place, dimensions } = instant
  const hostOfBin = Int32Array.from([...hosts.keys()].filter((host) => gone[host] === 0))
  const binOfHost = new Int32Array(hosts.length).fill(NO_HOST)
  hostOfBin.forEach((host, bin) => (binOfHost[host] = bin))
  const binOfVm = new Int32Array(vms.length).fill(NO_HOST)
  const loose: number[] = []
  for (let vm = 0; vm < vms.length; vm++) {
    const bin = place[vm] === NO_HOST ? NO_HOST : binOfHost[place[vm]!]!
    if (bin !== NO_HOST && stays(vm)) binOfVm[vm] = bin
    else loose.push(vm)
  }
  const free = new Float64Array(hostOfBin.length * dimensions)
  hostOfBin.forEach((host, bin) => free.set(instant.capacity.subarray(host * dimensions, (host + 1) * dimensions), bin * dimensions))
  binOfVm.forEach((bin, vm) => {
    if (bin !== NO_HOST) for (let d = 0; d < dimensions; d++) free[bin * dimensions + d]! -= instant.demand[vm * dimensions + d]!
  })
  const vmsOfItem = itemsOf(instant, loose)
  const size = new Float64Array(vmsOfItem.length * dimensions)
  vmsOfItem.forEach((members, item) => members.forEach((vm) => {
    for (let d = 0; d < dimensions; d++) size[item * dimensions + d]! += instant.demand[vm * dimensions + d]!
  }))
  closeBins(instant, hostOfBin, free)
  const allowed = allowedBins(instant, vmsOfItem, hostOfBin, binOfVm)
  const apart = apartGroups(instant, vmsOfItem, hostOfBin.length, binOfVm)
  if (allowed !== null) forbidContradictions(apart.groups, hostOfBin.length, allowed)
  return { packing: { dimensions, binCount: hostOfBin.length, itemCount: vmsOfItem.length, free, size, allowed, ...apart }, hostOfBin, vmsOfItem }
}

/** A closed host has no room, but what it lacks still shows. */
function closeBins({ closed, dimensions }: Instant, hostOfBin: Int32Array, free: Float64Array): void {
  hostOfBin.forEach((host, bin) => {
    if (closed[host] === 1) for (let d = 0; d < dimensions; d++) free[bin * dimensions + d] = Math.min(0, free[bin * dimensions + d]!)
  })
}

/** VMs that must be together and apart at once may go nowhere. Only `together` joins VMs, and then `allowed` is not null. */
function forbidContradictions(groups: BinPacking['groups'], binCount: number, allowed: Uint8Array): void {
  groups?.forEach((of, item) => {
    if (new Set(of).size < of.length) allowed.fill(0, item * binCount, (item + 1) * binCount)
  })
}

/** Loose VMs, joined where `together` rules (also through one another) demand one host. */
function itemsOf({ rules, vms }: Instant, loose: readonly number[]): number[][] {
  if (rules.together.length === 0) return loose.map((vm) => [vm])
  const clusterOf = Int32Array.from(vms.keys())
  for (const group of rules.together) joinAll(clusterOf, group)
  const items = new Map<number, number[]>()
  for (const vm of loose) {
    const item = items.get(clusterOf[vm]!)
    if (item) item.push(vm)
    else items.set(clusterOf[vm]!, [vm])
  }
  return [...items.values()]
}

function joinAll(clusterOf: Int32Array, group: readonly number[]): void {
  const joined = new Set(group.map((vm) => clusterOf[vm]!))
  const name = Math.min(...joined)
  for (let vm = 0; vm < clusterOf.length; vm++) if (joined.has(clusterOf[vm]!)) clusterOf[vm] = name
}

function allowedBins({ rules, hosts, vms, closed }: Instant, vmsOfItem: readonly (readonly number[])[], hostOfBin: Int32Array, binOfVm: Int32Array): Uint8Array | null {
  const anyClosed = closed.includes(1)
  if (rules.allowed === null && rules.together.length === 0 && !anyClosed) return null
  const binCount = hostOfBin.length
  const allowed = new Uint8Array(vmsOfItem.length * binCount).fill(1)
  vmsOfItem.forEach((members, item) => {
    for (let bin = 0; bin < binCount; bin++) {
      const host = hostOfBin[bin]!
      const kept = closed[host] === 1 || members.some((vm) => rules.allowed?.[vm * hosts.length + host] === 0)
      if (kept) allowed[item * binCount + bin] = 0
    }
  })
  keepWithPlaced(rules.together, vms.length, vmsOfItem, binCount, binOfVm, allowed)
  return allowed
}

/** A loose VM that must be together with one that stays goes to that one's bin only. */
function keepWithPlaced(together: readonly (readonly number[])[], vmCount: number, vmsOfItem: readonly (readonly number[])[], binCount: number, binOfVm: Int32Array, allowed: Uint8Array): void {
  if (together.length === 0) return
  const itemOfVm = new Int32Array(vmCount).fill(NO_HOST)
  vmsOfItem.forEach((members, item) => members.forEach((vm) => (itemOfVm[vm] = item)))
  for (const group of together) {
    const bins = new Set(group.map((vm) => binOfVm[vm]!).filter((bin) => bin !== NO_HOST))
    for (const keeper of bins) {
      for (const vm of group) {
        const item = itemOfVm[vm]!
        if (item !== NO_HOST) for (let bin = 0; bin < binCount; bin++) if (bin !== keeper) allowed[item * binCount + bin] = 0
      }
    }
  }
}

function apartGroups({ rules }: Instant, vmsOfItem: readonly (readonly number[])[], binCount: number, binOfVm: Int32Array): Pick<BinPacking, 'groups' | 'taken'> {
  if (rules.apart.length === 0) return { groups: null, taken: new Uint8Array(0) }
  const itemOfVm = new Map(vmsOfItem.flatMap((members, item) => members.map((vm) => [vm, item] as const)))
  const groups: number[][] = vmsOfItem.map(() => [])
  const taken = new Uint8Array(rules.apart.length * binCount)
  rules.apart.forEach((members, group) => {
    for (const vm of members) {
      const item = itemOfVm.get(vm)
      if (item !== undefined) groups[item]!.push(group)
      else if (binOfVm[vm] !== NO_HOST) taken[group * binCount + binOfVm[vm]!] = 1
    }
  })
  return { groups, taken }
}
