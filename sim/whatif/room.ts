import type { WhatIfBounds } from '../../src/model/whatif.ts'
import { type BinPacking, type Effort, copiesInBin } from '../../src/optimize/packingBins.ts'
import { extraAtMost } from '../../src/optimize/packingBounds.ts'
import { holdsExtra, rangeOfExtra } from '../../src/optimize/packingDecide.ts'
import { type Layout, layoutOf, withoutHosts } from './arrangement.ts'
import type { Instant } from './instant.ts'
import { type Judgement, SETUP_PROBES, failureSets } from './judge.ts'
import { type Restarts, restartsOf } from './restarts.ts'
import { SEARCHED_HOSTS_MAX, concentratedShares, evenShares, levelShares, sharesSearch } from './shares.ts'

export const boundsOf = (atLeast: number, atMost: number | null): WhatIfBounds => ({ atLeast, atMost, proven: atLeast === atMost })

/**
 * How many more VMs of one size fit when the pool may be repacked, now and after each set of failures. With no failed
 * host and with each set there may be another arrangement, so the number is the least over the sets.
 */
export function moreRepacked(instant: Instant, judged: Judgement, size: Float64Array, failoverHosts: number, effort: Effort): WhatIfBounds {
  if (judged.verdict === 'doesNotFit') return boundsOf(0, 0)
  const { sets, complete } = failureSets(instant, 'repacked', failoverHosts)
  const layout = layoutOf(instant, 'repacked')
  let atMost = Number.MAX_SAFE_INTEGER
  let atLeast = Number.MAX_SAFE_INTEGER
  // The hardest failures come first; a later one need only hold what those did.
  for (const failed of [...sets, new Int32Array(0)]) {
    const range = rangeOfExtra(withoutHosts(layout, failed).packing, size, Math.min(atLeast, atMost), effort)
    atMost = Math.min(atMost, range.atMost)
    atLeast = Math.min(atLeast, range.atLeast ?? 0)
  }
  return boundsOf(complete && judged.verdict === 'fits' ? Math.min(atLeast, atMost) : 0, atMost)
}

/** One set of failed hosts: who is left, and what of theirs must be placed. */
interface FailureCase {
  readonly failed: Int32Array
  readonly packing: BinPacking
  readonly hostOfBin: Int32Array
}

/**
 * How many more VMs of one size fit with every VM staying where it is: the new ones are spread over the hosts once, and
 * when hosts fail, theirs (old and new) go where room is left. Exact without failures; with them, bounds that small
 * pools' search over all ways of spreading closes.
 */
export function moreAsPlaced(instant: Instant, judged: Judgement, size: Float64Array, failoverHosts: number, effort: Effort): WhatIfBounds {
  if (judged.verdict === 'doesNotFit') return boundsOf(0, 0)
  const layout = layoutOf(instant, 'asPlaced')
  const { packing } = withoutHosts(layout, new Int32Array(0))
  const caps = instant.hosts.map((_, host) => copiesInBin(packing.free, host, size))
  const room = caps.reduce((sum, cap) => sum + cap, 0)
  if (judged.verdict === 'unknown') return boundsOf(0, room)
  if (failoverHosts === 0) return boundsOf(room, room)
  const { sets, complete } = failureSets(instant, 'asPlaced', failoverHosts)
  const cases = sets.map((failed): FailureCase => ({ failed, ...withoutHosts(layout, failed) }))
  const atMost = cases.reduce((least, { packing: left }) => Math.min(least, extraAtMost(left, size)), room)
  return complete ? spreadBounds({ instant, layout, cases, restarts: restartsOf(layout, effort), size, effort }, caps, atMost) : boundsOf(0, atMost)
}

interface Spreading {
  readonly instant: Instant
  readonly layout: Layout
  readonly cases: FailureCase[]
  readonly restarts: Restarts
  readonly size: Float64Array
  readonly effort: Effort
}

function spreadBounds(spreading: Spreading, caps: readonly number[], atMost: number): WhatIfBounds {
  const { instant, effort } = spreading
  const load = levelOf(instant)
  const dependents = dependentsOf(instant)
  let low = 0
  let high = atMost + 1
  while (high - low > 1 && effort.left > 0) {
    const middle = Math.floor((low + high) / 2)
    const spreads = [() => concentratedShares(caps, dependents, middle), () => levelShares(caps, load, middle), () => evenShares(caps, middle)]
    if (spreads.some((spread) => surviving(spreading, spread()) === true)) low = middle
    else high = middle
  }
  return sharesSearch(caps, low, atMost, (shares) => surviving(spreading, shares), effort)
}

/**
 * Whether every failure is survived with that many new VMs on each host; null when one is not decided. A failure that
 * was not survived is put first: it likely decides the next question too.
 */
function surviving(spreading: Spreading, shares: readonly number[]): boolean | null {
  const { cases, size, effort } = spreading
  const absorbs = quickTest(spreading, shares)
  let open = false
  for (const [position, { failed, packing, hostOfBin }] of cases.entries()) {
    effort.left -= size.length
    if (absorbs(failed)) continue
    effort.left -= SETUP_PROBES
    const wanted = failed.reduce((sum, host) => sum + shares[host]!, 0)
    const holds = holdsExtra(filledBy(packing, hostOfBin, shares, size), size, wanted, effort)
    if (holds === true) continue
    if (position > 0) cases.unshift(...cases.splice(position, 1))
    if (holds === false) return false
    // Only the search over small pools gains from a "no" that may still come.
    if (shares.length > SEARCHED_HOSTS_MAX) return null
    open = true
  }
  return open ? null : true
}

/** Whether, by ways found before, the failed hosts' own VMs find room beside the new ones, and then their new ones do. */
function quickTest({ layout, restarts, size }: Spreading, shares: readonly number[]): (failed: Int32Array) => boolean {
  const free = layout.free.slice()
  shares.forEach((share, host) => size.forEach((part, d) => (free[host * size.length + d]! -= share * part)))
  const copies = shares.map((_, host) => copiesInBin(free, host, size))
  const all = copies.reduce((sum, count) => sum + count, 0)
  const after = new Float64Array(size.length)
  return (failed) => {
    const touched = restarts.absorb(failed, free)
    if (touched === null) return false
    let left = all
    for (const host of failed) left -= copies[host]! + shares[host]!
    for (const host of touched) {
      for (let d = 0; d < size.length; d++) after[d] = free[host * size.length + d]! - restarts.taken[host * size.length + d]!
      left += copiesInBin(after, 0, size) - copies[host]!
    }
    return left >= 0
  }
}

function filledBy(packing: BinPacking, hostOfBin: Int32Array, shares: readonly number[], size: Float64Array): BinPacking {
  const free = packing.free.slice()
  hostOfBin.forEach((host, bin) => {
    for (let d = 0; d < size.length; d++) free[bin * size.length + d]! -= shares[host]! * size[d]!
  })
  return { ...packing, free }
}

/** Per host, how full it is in its fullest dimension, as a ratio. */
function levelOf({ hosts, place, demand, capacity, dimensions }: Instant): number[] {
  const load = new Float64Array(capacity.length)
  place.forEach((host, vm) => {
    if (host >= 0) for (let d = 0; d < dimensions; d++) load[host * dimensions + d]! += demand[vm * dimensions + d]!
  })
  return hosts.map((_, host) => {
    let level = 0
    for (let d = 0; d < dimensions; d++) level = Math.max(level, load[host * dimensions + d]! / Math.max(1, capacity[host * dimensions + d]!))
    return level
  })
}

/** Per host, how many of the VMs that rules keep to some hosts may run on it. */
function dependentsOf({ hosts, vms, rules }: Instant): number[] {
  const { allowed } = rules
  const dependents = hosts.map(() => 0)
  if (allowed === null) return dependents
  for (let vm = 0; vm < vms.length; vm++) {
    const row = allowed.subarray(vm * hosts.length, (vm + 1) * hosts.length)
    if (row.includes(0)) row.forEach((may, host) => (dependents[host]! += may))
  }
  return dependents
}
