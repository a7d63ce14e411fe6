import { poolBudgets } from '../../../model/poolBudgets.ts'
import { type Pool, VM, cpuForVmsMhz, memoryForVmsMib } from '../../../model/pool.ts'
import { reason } from '../../../model/result.ts'
import { counted, percent } from '../../../model/text.ts'
import type { RiskView } from '../../risk/riskMemory.ts'
import type { GoalAnswer, GoalView } from '../../wish.ts'
import { type Relied, emptyHosts } from './drills.ts'
import { sum, usable } from './hosts.ts'
import type { PowerMemory } from './memory.ts'
import { byWear, wattsPerMhz } from './order.ts'
import { savingOf } from './saving.ts'

/** Candidates beyond those wanted, for when the first can't be emptied. */
const FURTHER_CANDIDATES = 8

type Stay = (code: string, text: string, numbers?: Readonly<Record<string, number>>) => GoalAnswer<PowerMemory>

/**
 * Names hosts to empty as far as the others are likely to carry all VMs: in one go while much of the pool is not needed, later a few
 * at a time. Those with the least work per watt go first, then those whose VMs are the least trouble to move.
 */
export function consolidateByRisk(view: GoalView, risk: RiskView, serving: readonly number[], relied: Relied, memory: PowerMemory, stay: Stay): GoalAnswer<PowerMemory> {
  const { pool, policy } = view
  const saving = savingOf(view, memory)
  const paying = relied.hosts.filter((host) => saving.of(host) > 0)
  if (paying.length === 0) return stay('doesNotPay', `no host that may be emptied saves more ${saving.what} than emptying it takes`)
  const ordered = byTrouble(view, memory, paying, relied.drill)
  const surplus = surplusHosts(view, risk, serving, ordered)
  const isMass = surplus >= policy.powerSave.massSurplusMin * serving.length
  const emptyMax = isMass ? surplus : Math.min(surplus, poolBudgets(policy, pool.hosts.length).hostsDrainedAtOnceMax)
  const numbers = { serving: serving.length, surplus, deviations: risk.poolDeviations }
  if (emptyMax === 0) return stay('noSurplus', `${counted(serving.length, 'host serves', 'hosts serve')}, and none of those that may be emptied is more than demand is likely to need with the reserve`, numbers)
  const empty = ordered.slice(0, emptyMax + FURTHER_CANDIDATES)
  const why = reason('consolidate', `${surplus} of ${serving.length} hosts are more than demand is likely to need: hosts are to want more CPU than they have in at most ${percent(policy.powerSave.overloadMax)} of samples`, { ...numbers, [saving.number]: saving.of(empty[0]!) })
  return { ...emptyHosts(pool, why, relied, empty, emptyMax), memory }
}

/** How many of the candidates, whichever they are, the other serving hosts without the reserve would not miss by demand or memory. */
function surplusHosts(view: GoalView, risk: RiskView, serving: readonly number[], candidates: readonly number[]): number {
  const { pool, policy, load, memoryEnforced } = view
  const { reserveHosts, hostsOnMin, fillMax } = policy.powerSave
  const needMhz = Math.max(load.poolPeakMhz, likelyDemandMhz(pool, risk)) / fillMax
  const needMib = memoryEnforced ? sum(serving, (host) => pool.hostMemoryMib[host]!) : 0
  const largestFirst = [...candidates].sort((a, b) => cpuForVmsMhz(pool.hosts[b]!) - cpuForVmsMhz(pool.hosts[a]!) || memoryForVmsMib(pool.hosts[b]!) - memoryForVmsMib(pool.hosts[a]!) || a - b)
  const isEnoughWithout = (count: number): boolean => {
    const gone = new Set(largestFirst.slice(0, count))
    const left = serving.filter((host) => !gone.has(host))
    return usable(pool, left, reserveHosts, cpuForVmsMhz) >= needMhz && usable(pool, left, reserveHosts, memoryForVmsMib) >= needMib
  }
  let low = 0
  let high = Math.max(0, Math.min(candidates.length, serving.length - Math.max(1, hostsOnMin)))
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (isEnoughWithout(middle)) low = middle
    else high = middle - 1
  }
  return low
}

/** What all VMs together are likely to want at most. */
function likelyDemandMhz(pool: Pool, { meanMhz, varianceMhz2, deviations }: RiskView): number {
  let [mean, variance, most] = [0, 0, 0]
  for (let vm = 0; vm < pool.vms.length; vm++) {
    if (pool.vmState[vm] !== VM.running && pool.vmState[vm] !== VM.migrating) continue
    mean += meanMhz[vm]!
    variance += varianceMhz2[vm]!
    most = Math.max(most, deviations[vm]!)
  }
  return mean + most * Math.sqrt(variance)
}

/** Hosts to be drilled last; by work per watt and trouble; among equals the least worn where that counts. */
function byTrouble(view: GoalView, memory: PowerMemory, hosts: readonly number[], drill: readonly number[]): number[] {
  const { pool } = view
  const watts = wattsPerMhz(view)
  const worn = byWear(view, memory)
  const isDrilled = (host: number): number => (drill.includes(host) ? 1 : 0)
  return [...hosts].sort((a, b) => isDrilled(a) - isDrilled(b) || watts(b) - watts(a) || trouble(pool, a) - trouble(pool, b) || worn(a, b) || a - b)
}

/** Memory to be sent. */
const trouble = (pool: Pool, host: number): number => pool.hostMemoryMib[host]!
