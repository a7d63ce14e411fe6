import type { Draw } from './smallPool.ts'

/** Answers by trying everything; shares no code with what it checks. Amounts are memory MiB, CPU MHz and vCPUs. */
const SLACK = 1e-6

/** Peak demand over all samples, times the growth so far. */
const demandOf = ({ memoryMib, cpuMhz, vcpus, percents }: Draw['vms'][number], scale: number): number[] => [memoryMib, (Math.max(...percents) / 100) * cpuMhz * scale, vcpus]
const capacityOf = (draw: Draw, { memoryMib, reserveMib, cpuMhz, cores }: Draw['hosts'][number]): number[] =>
  [draw.memoryMax * (memoryMib - reserveMib), draw.utilizationMax * cpuMhz, draw.vcpusPerCoreMax === null ? 1e12 : draw.vcpusPerCoreMax * cores]

/** All ways to choose `size` of 0 .. count - 1. */
export function subsets(count: number, size: number): number[][] {
  if (size === 0) return [[]]
  return Array.from({ length: count }, (_, last) => last).flatMap((last) => subsets(last, size - 1).map((rest) => [...rest, last]))
}

function keepsRules(draw: Draw, places: readonly number[]): boolean {
  return draw.rules.every(({ kind, vms, hosts }) => {
    const used = vms.map((member) => places[member]!)
    switch (kind) {
      case 'together':
        return used.every((place) => place === used[0])
      case 'apart':
        return used.every((place, index) => used.indexOf(place) === index)
      case 'runOn':
        return used.every((place) => hosts.includes(place))
      case 'keepOff':
        return used.every((place) => !hosts.includes(place))
    }
  })
}

/** What is left on each host with these places, or null when a limit breaks. */
function roomLeft(draw: Draw, places: readonly number[], scale: number): number[][] | null {
  const left = draw.hosts.map((one) => capacityOf(draw, one))
  draw.vms.forEach((one, index) => demandOf(one, scale).forEach((amount, d) => (left[places[index]!]![d]! -= amount)))
  return left.every((room) => room.every((amount) => amount >= -SLACK)) ? left : null
}

/** Every way to place the VMs of which `choices` gives the hosts each may be on. */
function* placements(choices: readonly (readonly number[])[]): Generator<number[]> {
  if (choices.length === 0) {
    yield []
    return
  }
  for (const rest of placements(choices.slice(0, -1))) for (const last of choices.at(-1)!) yield [...rest, last]
}

function copiesIn(room: readonly number[], candidate: Draw['candidate']): number {
  const size = [candidate.memoryMib, candidate.cpuMhz, candidate.vcpus]
  for (let copies = 0; ; copies++) if (size.some((amount, d) => amount * (copies + 1) > room[d]! + SLACK)) return copies
}

export type BruteFreedom = 'asPlaced' | 'repacked'

interface Case {
  readonly draw: Draw
  readonly freedom: BruteFreedom
  readonly scale: number
  /** Hosts of the pool that take part. */
  readonly kept: readonly number[]
}

/** What each VM may do when these hosts have failed: stay, or go to any that is left. */
function choicesOf({ draw, freedom, kept }: Case, failed: readonly number[], waiting: boolean): number[][] {
  const left = kept.filter((one) => !failed.includes(one))
  return draw.vms.map(({ host, movable }) => (!waiting && left.includes(host) && (freedom === 'asPlaced' || !movable) ? [host] : [...left]))
}

/** Most copies of the candidate on the hosts left, over all placements; null when not even the VMs fit. */
function mostCopies(of: Case, failed: readonly number[], waiting: boolean): number | null {
  let most: number | null = null
  for (const places of placements(choicesOf(of, failed, waiting))) {
    const left = keepsRules(of.draw, places) ? roomLeft(of.draw, places, of.scale) : null
    if (left === null) continue
    const open = of.kept.filter((one) => !failed.includes(one))
    most = Math.max(most ?? 0, open.reduce((sum, one) => sum + copiesIn(left[one]!, of.draw.candidate), 0))
  }
  return most
}

const failuresOf = ({ draw, kept }: Case): number[][] => [[], ...subsets(kept.length, Math.min(draw.failoverHosts, kept.length)).map((chosen) => chosen.map((index) => kept[index]!))]

const everything = (draw: Draw): number[] => draw.hosts.map((_, index) => index)

export function bruteFits(draw: Draw, freedom: BruteFreedom, scale = 1, waiting = false, kept = everything(draw)): boolean {
  const of = { draw, freedom, scale, kept }
  return failuresOf(of).every((failed) => mostCopies(of, failed, waiting) !== null)
}

/** How many more with every VM free to move: the least over all failures. */
export function bruteMoreRepacked(draw: Draw, scale = 1, waiting = false): number {
  const of: Case = { draw, freedom: 'repacked', scale, kept: everything(draw) }
  return Math.min(...failuresOf(of).map((failed) => mostCopies(of, failed, waiting) ?? 0))
}

/** How many more with every VM staying: the best over all ways to spread new ones, each of which must survive every failure. */
export function bruteMoreAsPlaced(draw: Draw, scale = 1): number {
  if (!bruteFits(draw, 'asPlaced', scale)) return 0
  const of: Case = { draw, freedom: 'asPlaced', scale, kept: everything(draw) }
  const room = roomLeft(draw, draw.vms.map(({ host }) => host), scale)!
  let best = 0
  for (const spread of placements(room.map((left) => Array.from({ length: copiesIn(left, draw.candidate) + 1 }, (_, count) => count)))) {
    const total = spread.reduce((sum, count) => sum + count, 0)
    if (total > best && failuresOf(of).every((failed) => survives(of, spread, failed))) best = total
  }
  return best
}

function survives(of: Case, spread: readonly number[], failed: readonly number[]): boolean {
  const { draw, scale } = of
  const displaced = failed.reduce((sum, one) => sum + spread[one]!, 0)
  for (const places of placements(choicesOf(of, failed, false))) {
    const left = keepsRules(draw, places) ? roomLeft(draw, places, scale) : null
    if (left === null) continue
    const after = left.map((room, one) => [draw.candidate.memoryMib, draw.candidate.cpuMhz, draw.candidate.vcpus].map((amount, d) => room[d]! - amount * spread[one]!))
    const open = of.kept.filter((one) => !failed.includes(one))
    if (open.some((one) => after[one]!.some((amount) => amount < -SLACK))) continue
    if (open.reduce((sum, one) => sum + copiesIn(after[one]!, draw.candidate), 0) >= displaced) return true
  }
  return false
}

/** Fewest hosts that carry everything; VMs that may not move keep their host. Null when all do not. */
export function bruteHostsMin(draw: Draw, scale = 1, waiting = false): number | null {
  const needed = waiting ? [] : draw.vms.filter(({ movable }) => !movable).map(({ host }) => host)
  for (let size = 0; size <= draw.hosts.length; size++) {
    for (const kept of subsets(draw.hosts.length, size)) {
      if (needed.every((one) => kept.includes(one)) && bruteFits(draw, 'repacked', scale, waiting, kept)) return size
    }
  }
  return null
}
