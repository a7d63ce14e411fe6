import { percent } from '../../model/text.ts'
import { isServing } from '../../model/transition.ts'
import { type Reason, reason } from '../../model/result.ts'
import type { EvenDistributionSettings } from '../../model/policy.ts'
import { VM, type Pool } from '../../model/pool.ts'
import { weightedLoad, weightedUtilization } from '../weightedLoad.ts'
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
  const starving = relieving.length > 0 ? [] : starvingHosts(view, loadedSinceMs)
  const gap = gapOf(view)
  const spreadMax = spreadMaxOf(settings)
  const balancing = settings.balancePool && spreadMax !== null && !packing && relieving.length + starving.length === 0 && gap > (memory.balancing ? spreadMax / 2 : spreadMax)
  const wishes: Wish[] = []
  if (relieving.length > 0) wishes.push({ goal: 'overload', reason: loadedReason(view, relieving), relieve: relieving, relieveTo: settings.utilizationLow })
  if (starving.length > 0) wishes.push(starvingWish(view, starving))
  if (balancing) wishes.push({ goal: 'evenness', reason: reason('poolUneven', `hosts differ by ${percent(gap)}${weightedLoad(view) === null ? ' of CPU' : ''}, allowed are ${percent(spreadMax)}`, { gap, spreadMax }), spreadMax: spreadMax / 2 })
  const note = wishes[0]?.reason ?? reason('noHostLoaded', `No host was above ${percent(settings.utilizationHigh)} of CPU for the hold time.`, { utilizationHigh: settings.utilizationHigh })
  return { wishes, note, memory: { loadedSinceMs, relieving, balancing } }
}

/** How far hosts may differ at each level of aggressiveness, from 1 on; null: no balance. */
const SPREAD_OF_LEVEL = [null, 0.45, 0.3, 0.2, 0.1] as const

export const spreadMaxOf = ({ aggressiveness, spreadMax }: EvenDistributionSettings): number | null => (aggressiveness === null ? spreadMax : SPREAD_OF_LEVEL[aggressiveness - 1]!)

/** 1 for hosts on which a VM gets less than its due. */
function starvedHosts({ pool, load, policy }: GoalView): Uint8Array {
  const { happinessMin } = policy.evenDistribution
  const starved = new Uint8Array(pool.hosts.length)
  if (happinessMin === null) return starved
  for (let vm = 0; vm < pool.vms.length; vm++) if (isServed(pool, vm) && load.vmServedRatio[vm]! < happinessMin) starved[pool.vmHost[vm]!] = 1
  return starved
}

const isServed = (pool: Pool, vm: number): boolean => pool.vmState[vm] === VM.running && pool.vmHost[vm]! >= 0

/** Hosts on which a VM got too little for the hold time, though the host is not loaded. */
function starvingHosts(view: GoalView, sinceMs: Float64Array): number[] {
  const { pool, load, policy, atMs } = view
  const starved = starvedHosts(view)
  return pool.hosts.flatMap((_, host) => (starved[host] === 1 && isServing(pool, host) && load.hostKnown[host] === 1 && atMs - sinceMs[host]! >= policy.evenDistribution.holdMs ? [host] : []))
}

/** A host below the low-water mark on which a VM starves all the same gives this part of its load away. */
const STARVING_SHARE = 0.1

function starvingWish({ pool, load, policy }: GoalView, hosts: readonly number[]): Wish {
  const { happinessMin, utilizationLow } = policy.evenDistribution
  const relieveTo = Math.min(utilizationLow, ...hosts.map((host) => (1 - STARVING_SHARE) * load.hostMeasured[host]!))
  return { goal: 'overload', reason: reason('vmStarves', `VMs on ${pool.hosts[hosts[0]!]!.id}${hosts.length > 1 ? ` and ${hosts.length - 1} more hosts` : ''} get less than ${percent(happinessMin!)} of the CPU they want: relieve to ${percent(relieveTo)}`, { hosts: hosts.length, happinessMin: happinessMin! }), relieve: hosts, relieveTo }
}

/** A host's mean over the short window already covers that window, so the hold time counts from its beginning. */
function holdSince(view: GoalView, before: Float64Array): Float64Array {
  const { pool, load, policy, atMs } = view
  const since = new Float64Array(pool.hosts.length).fill(NaN)
  const coveredMs = Math.min(policy.powerSave.onWindowMs, load.historyMs)
  const starved = starvedHosts(view)
  for (let host = 0; host < since.length; host++) {
    if (load.hostKnown[host] === 0 || (load.hostMeasured[host]! <= policy.evenDistribution.utilizationHigh && starved[host] === 0)) continue
    const old = before[host] ?? NaN
    since[host] = Number.isNaN(old) ? atMs - coveredMs : old
  }
  return since
}

function loadedHosts({ pool, load, policy, atMs }: GoalView, sinceMs: Float64Array, relieving: readonly number[]): number[] {
  const { utilizationHigh, utilizationLow, holdMs } = policy.evenDistribution
  const hosts: number[] = []
  for (let host = 0; host < pool.hosts.length; host++) {
    if (!isServing(pool, host) || load.hostKnown[host] === 0) continue
    const stillHigh = relieving.includes(host) && load.hostMeasured[host]! > utilizationLow
    if (stillHigh || (load.hostMeasured[host]! > utilizationHigh && atMs - sinceMs[host]! >= holdMs)) hosts.push(host)
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
function gapOf(view: GoalView): number {
  const { pool, load } = view
  const weighted = weightedLoad(view)
  const utilization = weighted === null ? null : weightedUtilization(pool, weighted)
  let high = -Infinity
  let low = Infinity
  for (let host = 0; host < pool.hosts.length; host++) {
    if (!isServing(pool, host) || load.hostKnown[host] === 0) continue
    high = Math.max(high, (utilization ?? load.hostMeasured)[host]!)
    low = Math.min(low, (utilization ?? load.hostShort)[host]!)
  }
  return high > low ? high - low : 0
}
