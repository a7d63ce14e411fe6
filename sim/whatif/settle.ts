import type { Effort } from '../../src/optimize/packingBins.ts'
import { decidePacking } from '../../src/optimize/packingDecide.ts'
import { fallingOrder, packGreedily } from '../../src/optimize/packingGreedy.ts'
import { type Arrangement, layoutOf, withoutHosts } from './arrangement.ts'
import { type Instant, NO_HOST } from './instant.ts'

/**
 * Gives waiting VMs a place (in the instant's columns and in the inventory's entries) without moving any other: VMs
 * whose host is back from maintenance go home while there is room, new ones go where most is free, as placement does.
 * If that leaves some over, any arrangement that takes all of them is used. What finds none keeps waiting.
 */
export function settle(instant: Instant, moveBack: boolean, effort: Effort): void {
  if (moveBack) goHome(instant)
  if (!instant.place.includes(NO_HOST)) return
  const arrangement = withoutHosts(layoutOf(instant, 'asPlaced'), new Int32Array(0))
  const { packing } = arrangement
  const spread = packGreedily(packing, fallingOrder(packing, 'largest'), 'spread', effort)
  const decision = spread.unpacked.length === 0 ? null : decidePacking(packing, effort)
  enter(instant, arrangement, decision?.kind === 'packed' ? decision.binOf : spread.filling.binOf)
}

function enter(instant: Instant, { hostOfBin, vmsOfItem }: Arrangement, binOf: Int32Array): void {
  binOf.forEach((bin, item) => {
    if (bin >= 0) for (const vm of vmsOfItem[item]!) stand(instant, vm, hostOfBin[bin]!)
  })
}

function stand(instant: Instant, vm: number, host: number): void {
  instant.place[vm] = host
  instant.entries[vm]!.host = instant.hosts[host]!.id
}

/** Members of a `together` rule stay where they are: going home one by one would part them. */
function goHome(instant: Instant): void {
  const { hosts, closed, rules, place, entries } = instant
  if (entries.every(({ home }) => home === null)) return
  const hostAt = new Map(hosts.map(({ id }, host) => [id, host]))
  const bound = new Set(rules.together.flat())
  entries.forEach((entry, vm) => {
    const home = entry.home === null ? undefined : hostAt.get(entry.home)
    if (home === undefined || closed[home] === 1) return
    entry.home = null
    if (bound.has(vm) || !hasRoomAt(instant, vm, home)) return
    const parted = rules.apart.some((group) => group.includes(vm) && group.some((other) => other !== vm && place[other] === home))
    if (!parted) stand(instant, vm, home)
  })
}

function hasRoomAt({ place, demand, capacity, dimensions }: Instant, vm: number, host: number): boolean {
  for (let d = 0; d < dimensions; d++) {
    let load = demand[vm * dimensions + d]!
    for (let other = 0; other < place.length; other++) if (other !== vm && place[other] === host) load += demand[other * dimensions + d]!
    if (load > capacity[host * dimensions + d]!) return false
  }
  return true
}
