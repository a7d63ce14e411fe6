import { type Reason, reason } from '../../src/model/result.ts'
import type { WhatIfBreak } from '../../src/model/whatif.ts'
import type { Effort } from '../../src/optimize/packingBins.ts'
import { decidePacking } from '../../src/optimize/packingDecide.ts'
import { type Freedom, type Layout, arrangementOf, layoutOf } from './arrangement.ts'
import { proofBreak, ruleBreak, searchBreak } from './breaks.ts'
import type { Instant } from './instant.ts'
import { brokenByPlaced } from './placedRules.ts'
import { restartsOf } from './restarts.ts'
import { type HostSets, allSets, dominantSets } from './sets.ts'

export type Judgement =
  | { readonly verdict: 'fits' }
  | { readonly verdict: 'doesNotFit'; readonly broken: WhatIfBreak }
  | { readonly verdict: 'unknown'; readonly reason: Reason }

/** Sets of failed hosts looked at, at most; with more, "fits" is not claimed. */
export const FAILURE_SETS_MAX = 5_000

/** Sets of hosts whose failure must be survived: all of them, or the dominant ones that stand for all. */
export function failureSets(instant: Instant, freedom: Freedom, failoverHosts: number, among: Int32Array = Int32Array.from(instant.hosts.keys())): HostSets {
  const size = Math.min(failoverHosts, among.length)
  if (size === 0) return { sets: [], complete: true }
  return freedom === 'asPlaced' ? allSets(byFallingLoad(instant, among), size, FAILURE_SETS_MAX) : dominantSets(instant, among, [], size, FAILURE_SETS_MAX)
}

/** The hosts that hold most first: their failure is likeliest to break something. */
function byFallingLoad({ demand, dimensions, capacity, place, hosts }: Instant, among: Int32Array): Int32Array {
  const total = new Float64Array(dimensions)
  capacity.forEach((room, at) => (total[at % dimensions]! += room))
  const load = new Float64Array(hosts.length)
  place.forEach((host, vm) => {
    if (host >= 0) for (let d = 0; d < dimensions; d++) load[host]! += demand[vm * dimensions + d]! / Math.max(1, total[d]!)
  })
  return among.slice().sort((a, b) => load[b]! - load[a]! || a - b)
}

/** What laying out one arrangement costs, beside the search in it. */
export const SETUP_PROBES = 5_000

/** Whether everything fits at an instant, with no host failed and with each set of `failoverHosts` of them. */
export function judge(instant: Instant, freedom: Freedom, failoverHosts: number, effort: Effort): Judgement {
  const layout = layoutOf(instant, freedom)
  const rule = brokenByPlaced(instant, (vm) => layout.stays[vm] === 1)
  if (rule !== null) return { verdict: 'doesNotFit', broken: ruleBreak(instant, rule) }
  const { sets, complete } = failureSets(instant, freedom, failoverHosts)
  const present = new Uint8Array(instant.hosts.length)
  const restarts = freedom === 'asPlaced' ? restartsOf(layout, effort) : null
  let open: Reason | null = null
  for (const failed of [new Int32Array(0), ...sets]) {
    effort.left -= instant.dimensions
    if (failed.length > 0 && open === null && restarts !== null && restarts.absorb(failed, layout.free) !== null) continue
    const judged = judgeFailure(layout, failed, present, effort)
    if (judged.verdict === 'doesNotFit') return judged
    if (judged.verdict === 'unknown') open ??= judged.reason
  }
  if (open === null && !complete) open = reason('tooManyFailures', `${sets.length} sets of ${failoverHosts} failed hosts were tried and none breaks a limit; there are more, so it is not proven`, { tried: sets.length })
  return open === null ? { verdict: 'fits' } : { verdict: 'unknown', reason: open }
}

/** Whether everything fits on the hosts that are neither `absent` nor in `failed`. */
export function judgeFailure(layout: Layout, failed: Int32Array, absent: Uint8Array, effort: Effort): Judgement {
  const { instant } = layout
  const gone = absent.slice()
  for (const host of failed) gone[host] = 1
  const arrangement = arrangementOf(layout, gone)
  if (effort.left <= 0) return { verdict: 'unknown', reason: reason('effortSpent', 'the search limit of this question was reached before this stretch was decided') }
  effort.left -= SETUP_PROBES
  const decision = decidePacking(arrangement.packing, effort)
  switch (decision.kind) {
    case 'packed':
      return { verdict: 'fits' }
    case 'impossible':
      return { verdict: 'doesNotFit', broken: decision.proof === null ? searchBreak(instant, arrangement, failed, decision.leftover) : proofBreak(instant, arrangement, failed, decision.proof) }
    case 'undecided': {
      const { reason: nearest } = searchBreak(instant, arrangement, failed, decision.leftover)
      return { verdict: 'unknown', reason: reason('undecided', `no arrangement was found, and none is ruled out: ${nearest.text.replace('; every other arrangement was tried too', '')}`, nearest.numbers) }
    }
  }
}
