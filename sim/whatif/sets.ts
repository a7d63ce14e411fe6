import type { Instant } from './instant.ts'

/** Sets of hosts that matter, and whether they are all of them. */
export interface HostSets {
  readonly sets: readonly Int32Array[]
  readonly complete: boolean
}

const STEPS_MAX = 2_000_000

/** Every set of `size` hosts out of `hosts`, in the order given, up to `max` of them. */
export function allSets(hosts: Int32Array, size: number, max: number): HostSets {
  return chooseSets(hosts, [], size, max)
}

/**
 * Sets of `size` hosts that stand for all others when VMs may be arranged at will: a host is only in one when every host
 * that is at least as good (and interchangeable under the rules) is. Losing such a set is the worst that can happen,
 * keeping it the best: swap a host for a better one, and what fitted still fits. `always` hosts are in every set.
 */
export function dominantSets(instant: Instant, hosts: Int32Array, always: readonly number[], size: number, max: number): HostSets {
  const others = hosts.filter((host) => !always.includes(host))
  const { order, betters } = dominance(instant, others)
  const chosen = chooseSets(order, betters, size - always.length, max)
  return { sets: chosen.sets.map((set) => Int32Array.from([...always, ...set]).sort()), complete: chosen.complete }
}

/** Depth first, taking before leaving. `betters[i]` are positions in `order`, all before i, that must be in the set for i to be. */
function chooseSets(order: Int32Array, betters: readonly (readonly number[])[], size: number, max: number): HostSets {
  const sets: Int32Array[] = []
  const chosen = new Uint8Array(order.length)
  let complete = true
  let steps = 0
  const descend = (from: number, left: number): void => {
    if (left === 0) {
      if (sets.length < max) sets.push(order.filter((_, position) => chosen[position] === 1))
      else complete = false
      return
    }
    for (let position = from; position <= order.length - left && complete; position++) {
      if (++steps > STEPS_MAX) complete = false
      if (betters[position]?.some((better) => chosen[better] === 0)) continue
      chosen[position] = 1
      descend(position + 1, left - 1)
      chosen[position] = 0
    }
  }
  if (size >= 0 && size <= order.length) descend(0, size)
  return { sets, complete }
}

/** Hosts by falling capacity, and for each the positions of those at least as good in all dimensions. */
function dominance(instant: Instant, hosts: Int32Array): { order: Int32Array; betters: number[][] } {
  const { dimensions, capacity } = instant
  const largest = new Float64Array(dimensions)
  for (const host of hosts) for (let d = 0; d < dimensions; d++) largest[d] = Math.max(largest[d]!, capacity[host * dimensions + d]!)
  const weight = new Map([...hosts].map((host) => {
    let sum = 0
    for (let d = 0; d < dimensions; d++) sum += largest[d] === 0 ? 0 : capacity[host * dimensions + d]! / largest[d]!
    return [host, sum] as const
  }))
  const order = hosts.slice().sort((a, b) => weight.get(b)! - weight.get(a)! || a - b)
  const kind = ruleKinds(instant)
  const asGood = (a: number, b: number): boolean => {
    if (kind[a] !== kind[b]) return false
    for (let d = 0; d < dimensions; d++) if (capacity[a * dimensions + d]! < capacity[b * dimensions + d]!) return false
    return true
  }
  const betters = [...order].map((host, position) => [...order.subarray(0, position).keys()].filter((before) => asGood(order[before]!, host)))
  return { order, betters }
}

/** Hosts of one number are interchangeable under the rules; one that keeps VMs in any case is like no other. */
function ruleKinds(instant: Instant): Int32Array {
  const { hosts, vms, closed, fixed, place, rules } = instant
  const holding = new Set([...place].filter((_, vm) => fixed[vm] === 1))
  const known = new Map<string, number>()
  return Int32Array.from(hosts.keys(), (host) => {
    const forbidden = rules.allowed === null ? [] : [...vms.keys()].filter((vm) => rules.allowed![vm * hosts.length + host] === 0)
    const key = holding.has(host) || closed[host] === 1 ? `only ${host}` : forbidden.join(' ')
    if (!known.has(key)) known.set(key, known.size)
    return known.get(key)!
  })
}
