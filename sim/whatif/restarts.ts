import type { Effort } from '../../src/optimize/packingBins.ts'
import { fallingOrder, packGreedily } from '../../src/optimize/packingGreedy.ts'
import { type Layout, arrangementOf } from './arrangement.ts'

/** Where one failed host's VMs go, each alone: what the hosts they go to must take. */
interface Restart {
  readonly hosts: readonly number[]
  /** Per host of `hosts` and dimension. */
  readonly amounts: Float64Array
}

/** A quick, sufficient test of failures: it never claims room that is not there, but may miss some. */
export interface Restarts {
  /**
   * The hosts that take more when these hosts fail, with what they take in `taken`; null when this test does not find
   * room in `free` (as the instant's capacity). `taken` is valid until the next call.
   */
  readonly absorb: (failed: Int32Array, free: Float64Array) => readonly number[] | null
  readonly taken: Float64Array
}

/** Ways tried for each host, so that one avoids the other failed hosts. */
const WAYS_MAX = 2

/**
 * Finds for each host once where its VMs would go if it failed; a set of failed hosts is survived when these ways do not
 * lead to another failed host and fit together. VMs of two hosts never stand in each other's way by rules: hosts with
 * VMs that are in rules with others are only taken one at a time.
 */
export function restartsOf(layout: Layout, effort: Effort): Restarts {
  const { instant: { dimensions, hosts, rules, place }, loose } = layout
  const ways: (Restart | null)[][] = hosts.map(() => [])
  const taken = new Float64Array(hosts.length * dimensions)
  let touched: number[] = []
  const bound = new Uint8Array(hosts.length)
  for (const group of [...rules.apart, ...rules.together]) for (const vm of group) if (place[vm]! >= 0) bound[place[vm]!] = 1
  const wayOf = (host: number, failed: Int32Array): Restart | null => {
    for (let number = 0; number < WAYS_MAX; number++) {
      const known = ways[host]!
      if (known.length === number) known.push(restartOf(layout, host, known, effort))
      const way = known[number] ?? null
      if (way?.hosts.every((target) => !failed.includes(target))) return way
    }
    return null
  }
  const absorb = (failed: Int32Array, free: Float64Array): readonly number[] | null => {
    for (const host of touched) taken.fill(0, host * dimensions, (host + 1) * dimensions)
    touched = []
    if (loose.length > 0 || failed.reduce((sum, host) => sum + bound[host]!, 0) > 1) return null
    for (const host of failed) {
      const way = wayOf(host, failed)
      if (way === null) return null
      way.hosts.forEach((target, index) => {
        touched.push(target)
        for (let d = 0; d < dimensions; d++) taken[target * dimensions + d]! += way.amounts[index * dimensions + d]!
      })
    }
    const fits = touched.every((host) => {
      for (let d = 0; d < dimensions; d++) if (taken[host * dimensions + d]! > free[host * dimensions + d]!) return false
      return true
    })
    return fits ? [...new Set(touched)] : null
  }
  return { absorb, taken }
}

/** A way that avoids the hosts of the ways known before; null when none is found. */
function restartOf(layout: Layout, host: number, before: readonly (Restart | null)[], effort: Effort): Restart | null {
  const { dimensions, hosts, demand } = layout.instant
  const gone = new Uint8Array(hosts.length)
  gone[host] = 1
  for (const way of before) for (const used of way?.hosts ?? []) gone[used] = 1
  // A host that is only avoided keeps its VMs: it is taken out as a target, not as failed.
  const { packing, hostOfBin, vmsOfItem } = arrangementOf({ ...layout, staying: layout.staying.map((vms, index) => (index === host ? vms : [])) }, gone)
  const { filling, unpacked } = packGreedily(packing, fallingOrder(packing, 'largest'), 'spread', effort)
  if (unpacked.length > 0) return null
  const targets = [...new Set([...filling.binOf].map((bin) => hostOfBin[bin]!))].sort((a, b) => a - b)
  const amounts = new Float64Array(targets.length * dimensions)
  filling.binOf.forEach((bin, item) => {
    const index = targets.indexOf(hostOfBin[bin]!)
    for (const vm of vmsOfItem[item]!) for (let d = 0; d < dimensions; d++) amounts[index * dimensions + d]! += demand[vm * dimensions + d]!
  })
  return { hosts: targets, amounts }
}
