import type { WhatIfBounds } from '../../src/model/whatif.ts'
import type { Effort } from '../../src/optimize/packingBins.ts'

/** Splits `count` over hosts in proportion to what each could take; what is left over goes to the largest fractions. */
export function evenShares(caps: readonly number[], count: number): number[] {
  const room = caps.reduce((sum, cap) => sum + cap, 0)
  if (room === 0) return caps.map(() => 0)
  const exact = caps.map((cap) => (cap * count) / room)
  const shares = exact.map(Math.floor)
  const byFraction = [...exact.keys()].sort((a, b) => exact[b]! - shares[b]! - (exact[a]! - shares[a]!) || a - b)
  let left = count - shares.reduce((sum, share) => sum + share, 0)
  for (const host of byFraction) {
    if (left === 0) break
    if (shares[host]! >= caps[host]!) continue
    shares[host]!++
    left--
  }
  return shares
}

/**
 * Fills the hosts with least room first, so that what is left is in few places and large enough for a failed host's VMs;
 * hosts that VMs with few choices depend on (`dependents` of them) come last.
 */
export function concentratedShares(caps: readonly number[], dependents: readonly number[], count: number): number[] {
  const shares = caps.map(() => 0)
  let left = count
  for (const host of [...caps.keys()].sort((a, b) => dependents[a]! - dependents[b]! || caps[a]! - caps[b]! || a - b)) {
    shares[host] = Math.min(left, caps[host]!)
    left -= shares[host]
  }
  return shares
}

/**
 * Splits `count` so that all hosts end about equally full: a host at level l that could take c more is taken to rise by
 * (1 - l) / c with each. Found by bisection on the common level.
 */
export function levelShares(caps: readonly number[], level: readonly number[], count: number): number[] {
  const upTo = (common: number): number[] => caps.map((cap, host) => (level[host]! >= 1 ? 0 : Math.min(cap, Math.max(0, Math.floor(((common - level[host]!) / (1 - level[host]!)) * cap)))))
  let low = 0
  let high = 1
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2
    if (total(upTo(middle)) <= count) low = middle
    else high = middle
  }
  const shares = upTo(low)
  let left = count - total(shares)
  for (let host = 0; host < caps.length && left > 0; host++) {
    const more = Math.min(left, caps[host]! - shares[host]!)
    shares[host]! += more
    left -= more
  }
  return shares
}

const total = (shares: readonly number[]): number => shares.reduce((sum, share) => sum + share, 0)

/** Hosts up to which all ways of spreading new VMs are searched. */
export const SEARCHED_HOSTS_MAX = 8
const SEARCH_PROBES_MAX = 3_000_000

/**
 * Closes the gap between `low` (known to survive) and `high` by trying every way of spreading one more. Taking a VM away
 * never breaks anything, so the first number that no way of spreading survives ends the search.
 */
export function sharesSearch(caps: readonly number[], low: number, high: number, survives: (shares: readonly number[]) => boolean | null, effort: Effort): WhatIfBounds {
  if (caps.length > SEARCHED_HOSTS_MAX) return { atLeast: low, atMost: high, proven: low === high }
  const search = { caps, survives, effort, stopAt: Math.max(0, effort.left - SEARCH_PROBES_MAX), open: false, shares: caps.map(() => 0) }
  for (let found = low; found < high; found++) {
    if (descend(search, 0, found + 1)) continue
    return search.open ? { atLeast: found, atMost: high, proven: false } : { atLeast: found, atMost: found, proven: true }
  }
  return { atLeast: high, atMost: high, proven: true }
}

interface ShareSearch {
  readonly caps: readonly number[]
  readonly survives: (shares: readonly number[]) => boolean | null
  readonly effort: Effort
  readonly stopAt: number
  /** Whether some way of spreading was not decided, or not looked at. */
  open: boolean
  readonly shares: number[]
}

/** Whether some way of splitting `left` over the hosts from `host` on survives. */
function descend(search: ShareSearch, host: number, left: number): boolean {
  const { caps, shares, effort } = search
  effort.left -= caps.length
  if (effort.left <= search.stopAt) {
    search.open = true
    return false
  }
  if (host === caps.length) {
    if (left > 0) return false
    const holds = search.survives(shares)
    if (holds === null) search.open = true
    return holds === true
  }
  const restCaps = caps.slice(host + 1).reduce((sum, cap) => sum + cap, 0)
  for (let share = Math.min(left, caps[host]!); share >= Math.max(0, left - restCaps); share--) {
    shares[host] = share
    if (descend(search, host + 1, left - share)) return true
    if (effort.left <= search.stopAt) return false
  }
  return false
}
