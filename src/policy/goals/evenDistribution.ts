import { percent } from '../../model/text.ts'
import { isServing } from '../../model/transition.ts'
import { type Reason, reason } from '../../model/result.ts'
import { inForce } from '../windows.ts'
import type { GoalAnswer, GoalView, Wish } from '../wish.ts'

/** Hysteresis of even distribution: since when each host is above the threshold (NaN: it is not), and which hosts are being relieved. */
export interface EvenMemory {
  readonly loadedSinceMs: Float64Array
  readonly relieving: readonly number[]
  readonly balancing: boolean
}

export const noEvenMemory = (): EvenMemory => ({ loadedSinceMs: new Float64Array(0), relieving: [], balancing: false })

/**
 * A host above the high threshold for the hold time is loaded: it is to come below the low-water mark, and stays on the
 * list until it is there. With `balancePool`, receiving hosts are brought nearer to each other when none is loaded.
 */
export function evenDistributionGoal(view: GoalView, memory: EvenMemory, packing: boolean): GoalAnswer<EvenMemory> {
  const settings = view.policy.evenDistribution
  if (!settings.enabled) return { wishes: [], note: reason('evenOff', 'Even distribution is switched off.'), memory: noEvenMemory() }
  const loadedSinceMs = holdSince(view, memory.loadedSinceMs)
  if (!inForce(settings.windows, view.unixMs)) return { wishes: [], note: reason('evenOutsideWindow', 'Outside the windows of even distribution.'), memory: { loadedSinceMs, relieving: [], balancing: false } }
  const relieving = loadedHosts(view, loadedSinceMs, memory.relieving)
  const gap = gapOf(view)
  const balancing = settings.balancePool && !packing && relieving.length === 0 && gap > (memory.balancing ? settings.spreadMax / 2 : settings.spreadMax)
  const wishes: Wish[] = []
  if (relieving.length > 0) wishes.push({ goal: 'overload', reason: loadedReason(view, relieving), relieve: relieving, relieveTo: settings.utilizationLow })
  if (balancing) wishes.push({ goal: 'evenness', reason: reason('poolUneven', `hosts differ by ${percent(gap)} of CPU, allowed are ${percent(settings.spreadMax)}`, { gap, spreadMax: settings.spreadMax }), spreadMax: settings.spreadMax / 2 })
  const note = wishes[0]?.reason ?? reason('noHostLoaded', `No host was above ${percent(settings.utilizationHigh)} of CPU for the hold time.`, { utilizationHigh: settings.utilizationHigh })
  return { wishes, note, memory: { loadedSinceMs, relieving, balancing } }
}

/** A host's mean over the short window already covers that window, so the hold time counts from its beginning. */
function holdSince({ pool, load, policy, atMs }: GoalView, before: Float64Array): Float64Array {
  const since = new Float64Array(pool.hosts.length).fill(NaN)
  const coveredMs = Math.min(policy.powerSave.onWindowMs, load.historyMs)
  for (let host = 0; host < since.length; host++) {
    if (load.hostKnown[host] === 0 || load.hostMeasured[host]! <= policy.evenDistribution.utilizationHigh) continue
    const old = before[host] ?? NaN
    since[host] = Number.isNaN(old) ? atMs - coveredMs : old
  }
  return since
}

function loadedHosts({ pool, load, policy, atMs }: GoalView, sinceMs: Float64Array, relieving: readonly number[]): number[] {
  const { utilizationLow, holdMs } = policy.evenDistribution
  const hosts: number[] = []
  for (let host = 0; host < pool.hosts.length; host++) {
    if (!isServing(pool, host) || load.hostKnown[host] === 0) continue
    const stillHigh = relieving.includes(host) && load.hostMeasured[host]! > utilizationLow
    if (stillHigh || atMs - sinceMs[host]! >= holdMs) hosts.push(host)
  }
  return hosts
}

function loadedReason({ pool, load, policy }: GoalView, loaded: readonly number[]): Reason {
  const worst = loaded.reduce((a, b) => (load.hostMeasured[b]! > load.hostMeasured[a]! ? b : a))
  const { utilizationHigh, utilizationLow } = policy.evenDistribution
  const others = loaded.length > 1 ? ` and ${loaded.length - 1} more hosts are` : ' is'
  return reason('hostLoaded', `${pool.hosts[worst]!.id} at ${percent(load.hostMeasured[worst]!)} of CPU${others} above ${percent(utilizationHigh)}: relieve to ${percent(utilizationLow)}`, {
    hosts: loaded.length, utilization: load.hostMeasured[worst]!, utilizationHigh, utilizationLow,
  })
}

/** Difference between the most and the least utilized serving host, at least: VMs without samples count as nothing on the one, as assumed on the other. */
function gapOf({ pool, load }: GoalView): number {
  let high = -Infinity
  let low = Infinity
  for (let host = 0; host < pool.hosts.length; host++) {
    if (!isServing(pool, host) || load.hostKnown[host] === 0) continue
    high = Math.max(high, load.hostMeasured[host]!)
    low = Math.min(low, load.hostShort[host]!)
  }
  return high > low ? high - low : 0
}
