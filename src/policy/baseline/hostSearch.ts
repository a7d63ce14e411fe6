import { isServing } from '../../model/transition.ts'
import { POINTS, powerOfKindW } from './hostColumns.ts'
import type { OverloadTest } from './overload/overload.ts'
import { type Round, append } from './round.ts'

/**
 * Power-aware best fit (section 7 of the study's specification): the host that takes the VM with the least rise of
 * power, the first on ties. A host that was unused as the round began and has nothing planned is *spare*: all spare
 * hosts of one kind cost the same, so that only the first of each is looked at.
 */
export interface HostSearch {
  readonly round: Round
  readonly overloaded: OverloadTest
  readonly excluded: ReadonlySet<number>
  /** Hosts that may take VMs and are not spare, ascending; `count` of them. */
  readonly open: Int32Array
  count: number
  /** Power of each host as the round begins. */
  readonly powerNowW: Float64Array
  /** By kind: position of the next spare host among the kind's members; null: there is none to be used. */
  readonly spare: (number | null)[]
}

/** A search over all hosts but the excluded ones. */
export function openSearch(round: Round, overloaded: OverloadTest, excluded: ReadonlySet<number>): HostSearch {
  const { columns, utilization, lists } = round
  const hosts = lists.length
  const search: HostSearch = { round, overloaded, excluded, open: new Int32Array(hosts), count: 0, powerNowW: new Float64Array(hosts), spare: columns.members.map(() => null) }
  for (let host = 0; host < hosts; host++) {
    const isUnused = utilization[host] === 0
    search.powerNowW[host] = isUnused ? columns.pointW[columns.kind[host]! * POINTS]! : powerOfKindW(columns, columns.kind[host]!, utilization[host]!)
    if (isUnused && isSpare(round, host)) continue
    if (isTarget(search, host)) search.open[search.count++] = host
  }
  for (let kind = 0; kind < search.spare.length; kind++) nextSpare(search, kind, 0)
  return search
}

const isTarget = ({ round, excluded }: HostSearch, host: number): boolean => !excluded.has(host) && isServing(round.pool, host)

const isSpare = ({ utilization, lists }: Round, host: number): boolean => utilization[host] === 0 && (lists[host]?.length ?? 0) === 0

/** Looks for the kind's next spare host from a position on. */
function nextSpare(search: HostSearch, kind: number, from: number): void {
  const members = search.round.columns.members[kind]!
  let position = from
  while (position < members.length && !(isSpare(search.round, members[position]!) && isTarget(search, members[position]!))) position++
  search.spare[kind] = position < members.length ? position : null
}

/** No spare host is used from here on. */
export function closeSpare(search: HostSearch): void {
  search.spare.fill(null)
}

/** A host takes nothing from here on. */
export function closeHost(search: HostSearch, host: number): void {
  const at = positionOf(search, host)
  if (at === search.count || search.open[at] !== host) return
  search.open.copyWithin(at, at + 1, search.count)
  search.count--
}

/** Where the host stands among the open ones, or would stand. */
function positionOf({ open, count }: HostSearch, host: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (open[middle]! < host) low = middle + 1
    else high = middle
  }
  return low
}

/** Plans a VM onto a host that the search has found. */
export function placeOn(search: HostSearch, host: number, vm: number): void {
  const { round } = search
  const kind = round.columns.kind[host]!
  const position = search.spare[kind]
  const isFirstSpare = position !== null && position !== undefined && round.columns.members[kind]![position] === host
  append(round, host, vm)
  if (!isFirstSpare) return
  const at = positionOf(search, host)
  search.open.copyWithin(at + 1, at, search.count)
  search.open[at] = host
  search.count++
  nextSpare(search, kind, position + 1)
}

/** The host for a VM, or null. */
export function findHost(search: HostSearch, vm: number): number | null {
  const { round, open, count, powerNowW, overloaded } = search
  const { columns, neededMhz } = round
  const { capacityMhz, coreMhz, kind } = columns
  const request = round.requestMhz[vm]!
  const vcpus = round.pool.vms[vm]!.vcpus
  let best: number | null = null
  let leastW = Infinity
  for (let index = 0; index < count; index++) {
    const host = open[index]!
    const capacity = capacityMhz[host]!
    const needed = neededMhz[host]!
    // A host that can't meet its requests has nothing free.
    if (capacity - needed < request || needed > capacity || vcpus * coreMhz[host]! < request) continue
    const utilization = (needed + request) / capacity
    if (utilization > 1) continue
    const riseW = powerOfKindW(columns, kind[host]!, utilization) - powerNowW[host]!
    // The dearest test comes last; the order of the tests doesn't change which host is found.
    if (riseW >= leastW || (needed !== 0 && overloaded(round, host, vm))) continue
    leastW = riseW
    best = host
  }
  return bestOfSpare(search, request, vcpus, best, leastW)
}

/** A spare host is never found overloaded; an open one of equal cost is preferred when it comes first. */
function bestOfSpare({ round, spare, powerNowW }: HostSearch, request: number, vcpus: number, open: number | null, openRiseW: number): number | null {
  const { columns } = round
  let best = open
  let leastW = openRiseW
  for (let kind = 0; kind < spare.length; kind++) {
    const position = spare[kind]
    if (position === null || position === undefined) continue
    const host = columns.members[kind]![position]!
    if (columns.capacityMhz[host]! < request || vcpus * columns.coreMhz[host]! < request) continue
    const riseW = powerOfKindW(columns, kind, request / columns.capacityMhz[host]!) - powerNowW[host]!
    if (riseW > leastW || (riseW === leastW && best !== null && best < host)) continue
    leastW = riseW
    best = host
  }
  return best
}
