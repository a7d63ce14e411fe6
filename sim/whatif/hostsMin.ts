import type { WhatIfBounds } from '../../src/model/whatif.ts'
import type { Effort } from '../../src/optimize/packingBins.ts'
import { wholeLack } from '../../src/optimize/packingBounds.ts'
import { type Layout, layoutOf } from './arrangement.ts'
import type { Instant } from './instant.ts'
import { type Judgement, failureSets, judgeFailure } from './judge.ts'
import { boundsOf } from './room.ts'
import { dominantSets } from './sets.ts'

/** Up to this many hosts all sets of them are tried. */
const SEARCHED_HOSTS_MAX = 12
const HOST_SETS_MAX = 1_000
/** In larger pools, the sets with most capacity that are tried of each size. */
const HOST_SETS_LARGE_MAX = 3

/**
 * The least number of this pool's hosts that carry everything with the limits kept, failures among those hosts included,
 * when VMs may be arranged anew. VMs that must stay keep their host. Null when all hosts together do not carry it.
 */
export function leastHosts(instant: Instant, judged: Judgement, failoverHosts: number, effort: Effort): WhatIfBounds | null {
  if (judged.verdict === 'doesNotFit') return null
  const hostCount = instant.hosts.length
  const search = startSearch(instant, failoverHosts, effort)
  let atLeast = Math.max(search.always.length, hostsAtLeast(instant, failoverHosts))
  // Every size below `atLeast` is refuted one by one, so nothing is assumed of sizes that were not looked at.
  let verdict = ofSize(search, atLeast)
  while (verdict === 'doesNotFit' && atLeast < hostCount) verdict = ofSize(search, ++atLeast)
  if (verdict === 'fits') return boundsOf(atLeast, atLeast)
  const known = judged.verdict === 'fits' ? hostCount : null
  return boundsOf(atLeast, hostCount > SEARCHED_HOSTS_MAX ? bisect(search, atLeast, known) : firstFit(search, atLeast, known))
}

interface HostSearch {
  readonly layout: Layout
  readonly failoverHosts: number
  /** Hosts that hold what must stay. */
  readonly always: readonly number[]
  readonly effort: Effort
}

function startSearch(instant: Instant, failoverHosts: number, effort: Effort): HostSearch {
  const always = [...new Set([...instant.place].filter((host, vm) => host >= 0 && instant.fixed[vm] === 1))].sort((a, b) => a - b)
  return { layout: layoutOf(instant, 'repacked'), failoverHosts, always, effort }
}

/** Whether some set of that many hosts carries it; `doesNotFit` when it is proven that none does. */
function ofSize(search: HostSearch, size: number): Judgement['verdict'] {
  const { instant } = search.layout
  if (search.effort.left <= 0) return 'unknown'
  const max = instant.hosts.length > SEARCHED_HOSTS_MAX ? HOST_SETS_LARGE_MAX : HOST_SETS_MAX
  const { sets, complete } = dominantSets(instant, Int32Array.from(instant.hosts.keys()), search.always, size, max)
  let open = !complete
  for (const kept of sets) {
    const verdict = judgeKept(search, kept)
    if (verdict === 'fits') return verdict
    if (verdict === 'unknown') open = true
  }
  return open ? 'unknown' : 'doesNotFit'
}

/** A set of hosts that a failure leaves undecided is no proof for either side, so the first such failure ends it. */
function judgeKept({ layout, failoverHosts, effort }: HostSearch, kept: Int32Array): Judgement['verdict'] {
  const absent = new Uint8Array(layout.instant.hosts.length).fill(1)
  for (const host of kept) absent[host] = 0
  const { sets, complete } = failureSets(layout.instant, 'repacked', failoverHosts, kept)
  for (const failed of [new Int32Array(0), ...sets]) {
    const { verdict } = judgeFailure(layout, failed, absent, effort)
    if (verdict !== 'fits') return verdict
  }
  return complete ? 'fits' : 'unknown'
}

/** The first size from `from` up that is found to fit. */
function firstFit(search: HostSearch, from: number, known: number | null): number | null {
  for (let size = from + 1; size <= search.layout.instant.hosts.length; size++) if (ofSize(search, size) === 'fits') return size
  return known
}

/** A size above `from` that fits, near the smallest that heuristics find: more hosts rarely make them fail. */
function bisect(search: HostSearch, from: number, known: number | null): number | null {
  let low = from
  let high = search.layout.instant.hosts.length
  let found = known
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (ofSize(search, middle) === 'fits') {
      high = middle
      found = middle
    } else {
      low = middle
    }
  }
  return found
}

/**
 * A number of hosts below which some dimension alone does not suffice, even on the hosts with most of it: the worst
 * failure then leaves all but the largest of those, and their sum or their whole parts are short.
 */
export function hostsAtLeast(instant: Instant, failoverHosts: number): number {
  const { dimensions, capacity, demand, hosts, vms } = instant
  let atLeast = 0
  for (let d = 0; d < dimensions; d++) {
    const rooms = Float64Array.from(hosts, (_, host) => capacity[host * dimensions + d]!).sort().reverse()
    const sizes = Float64Array.from(vms, (_, vm) => demand[vm * dimensions + d]!)
    const needed = sizes.reduce((sum, size) => sum + size, 0)
    const lacks = (size: number): boolean => {
      const left = rooms.subarray(Math.min(failoverHosts, size), size)
      return left.reduce((sum, room) => sum + room, 0) < needed || wholeLack(left, sizes) !== null
    }
    while (atLeast < hosts.length && lacks(atLeast)) atLeast++
  }
  return atLeast
}
