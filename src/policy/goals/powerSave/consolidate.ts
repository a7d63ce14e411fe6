import { poolBudgets } from '../../../model/poolBudgets.ts'
import { type Pool, cpuForVmsMhz, memoryForVmsMib } from '../../../model/pool.ts'
import { MINUTE_MS } from '../../../model/resources.ts'
import { reason } from '../../../model/result.ts'
import { counted, percent } from '../../../model/text.ts'
import { isServing } from '../../../model/transition.ts'
import type { GoalAnswer, GoalView } from '../../wish.ts'
import { cpuForHost, hasRoleOn, hostsWhere, sum } from './hosts.ts'
import type { PowerMemory } from './memory.ts'
import { consolidateByRisk } from './consolidateByRisk.ts'
import { emptyHosts, reliedOn } from './drills.ts'
import { byWear, wattsPerMhz } from './order.ts'
import { savingOf } from './saving.ts'

/** Candidates beyond those wanted, for when the first can't be emptied. */
const FURTHER_CANDIDATES = 8
/** Hosts that a note names. */
const KEPT_NAMED = 5

const minutes = (durationMs: number): string => `${Math.round((10 * durationMs) / MINUTE_MS) / 10} min`

/** Names hosts to empty when demand was low for long enough, or says what keeps them on. */
export function consolidate(view: GoalView, memory: PowerMemory): GoalAnswer<PowerMemory> {
  const { pool, load, policy } = view
  const settings = policy.powerSave
  const stay = (code: string, text: string, numbers: Readonly<Record<string, number>> = {}): GoalAnswer<PowerMemory> => ({ wishes: [], note: reason(code, text, numbers), memory: { ...memory, draining: [] } })
  if (load.historyMs < Math.max(1, settings.offWindowMs)) return stay('historyShort', `power-off looks at ${minutes(settings.offWindowMs)} of demand, ${Math.round(load.historyMs / MINUTE_MS)} min are known`)
  if (pool.hostReachable.subarray(0, pool.hosts.length).includes(0)) return stay('poolUnknown', 'a host does not answer: no host is powered off until all do')
  const serving = hostsWhere(pool, (host) => isServing(pool, host))
  if (serving.length <= Math.max(1, settings.hostsOnMin)) return stay('hostsOnMin', `${counted(serving.length, 'host serves', 'hosts serve')}, ${settings.hostsOnMin} must stay on`, { serving: serving.length, hostsOnMin: settings.hostsOnMin })
  const poolLow = poolIsLow(view, serving)
  const candidates = memory.draining.concat(order(view, memory, serving).filter((host) => !memory.draining.includes(host))).filter((host) => mayDrain(view, memory, host, poolLow))
  const relied = reliedOn(view, memory, candidates)
  if (relied.note !== null) return stay(relied.note.code, relied.note.text, relied.note.numbers)
  if (view.risk !== null) return consolidateByRisk(view, view.risk, serving, relied, memory, stay)
  if (candidates.length === 0) return stay('noHostLow', `no host was below ${percent(settings.utilizationLow)} of CPU for the hold time and free to be switched off${keptOn(view, memory, serving)}`, { utilizationLow: settings.utilizationLow })
  const saving = savingOf(view, memory)
  const paying = relied.hosts.filter((host) => saving.of(host) > 0)
  if (paying.length === 0) return stay('doesNotPay', `emptying ${pool.hosts[relied.hosts[0]!]!.id} and booting it again costs more ${saving.what} than ${minutes(saving.number === 'netSavingWh' && settings.offExpectedMs === null && !settings.offLearned ? settings.offWindowMs : saving.offMs)} off would save`, { [saving.number]: saving.of(relied.hosts[0]!) })
  const carries = restCarries(view, serving)
  const { hostsDrainedAtOnceMax } = poolBudgets(policy, pool.hosts.length)
  const spare = paying.filter(carries).slice(0, hostsDrainedAtOnceMax + FURTHER_CANDIDATES)
  if (spare.length === 0) return stay('demandTooHigh', `without one more host, demand of the last ${minutes(settings.offWindowMs)} would fill the rest beyond ${percent(settings.fillMax)} or its memory`, { poolPeakMhz: load.poolPeakMhz })
  const why = reason('consolidate', `demand of the last ${minutes(settings.offWindowMs)} fits fewer hosts, filled to ${percent(settings.fillMax)}`, { serving: serving.length, poolPeakMhz: load.poolPeakMhz, fillMax: settings.fillMax, [saving.number]: saving.of(spare[0]!) })
  return { ...emptyHosts(pool, why, relied, spare, hostsDrainedAtOnceMax), memory }
}

/** Least utilized first; among equals the least worn where that counts, then the one with least work per watt. */
function order(view: GoalView, memory: PowerMemory, serving: readonly number[]): number[] {
  const { hostShort } = view.load
  const watts = wattsPerMhz(view)
  const worn = byWear(view, memory)
  return [...serving].sort((a, b) => hostShort[a]! - hostShort[b]! || worn(a, b) || watts(b) - watts(a) || a - b)
}

function poolIsLow({ pool, load, policy }: GoalView, serving: readonly number[]): boolean {
  return load.poolPeakMhz < policy.powerSave.poolUtilizationMin * sum(serving, (host) => cpuForVmsMhz(pool.hosts[host]!))
}

const mayDrain = (view: GoalView, memory: PowerMemory, host: number, poolLow: boolean): boolean =>
  (poolLow || view.atMs - memory.lowSinceMs[host]! >= view.policy.powerSave.holdMs) && view.load.hostKnown[host] === 1 && view.pool.hostIncoming[host] === 0 && keptOnBy(view, memory, host) === null

/** What keeps a host on however little it is used, in words, or null. */
function keptOnBy({ pool, policy, atMs }: GoalView, memory: PowerMemory, host: number): string | null {
  const settings = policy.powerSave
  const { powerManaged, traits } = pool.hosts[host]!
  if (!powerManaged) return 'it is left out of power management'
  if (hasRoleOn(pool.hosts[host]!, settings.rolesOn)) return `its role (${(traits?.roles ?? []).join(', ')})`
  const cycles = memory.cycles.filter((cycle) => cycle.host === host).length
  if (cycles >= settings.powerCyclesPerHostDayMax) return `it was switched off ${cycles} times within a day, which is the most`
  const upMs = atMs - memory.upSinceMs[host]!
  return upMs < settings.hostOnMinMs ? `it came up ${Math.floor(upMs / MINUTE_MS)} min ago and stays at least ${settings.hostOnMinMs / MINUTE_MS} min` : null
}

/** The hosts that are kept on by more than their load, for a note. */
function keptOn(view: GoalView, memory: PowerMemory, serving: readonly number[]): string {
  const named = serving.flatMap((host) => { const why = keptOnBy(view, memory, host); return why === null ? [] : [`${view.pool.hosts[host]!.id}: ${why}`] })
  return named.length === 0 ? '' : `; kept on for other reasons: ${named.slice(0, KEPT_NAMED).join('; ')}${named.length > KEPT_NAMED ? `; and ${named.length - KEPT_NAMED} more` : ''}`
}

/** Whether the other serving hosts, less the reserve, carry the long window's peak and all memory without one host. */
function restCarries({ pool, load, policy, memoryEnforced }: GoalView, serving: readonly number[]): (without: number) => boolean {
  const { fillMax, reserveHosts } = policy.powerSave
  const memoryMib = sum(serving, (host) => pool.hostMemoryMib[host]!)
  const cpuLeftMhz = usableWithout(pool, serving, reserveHosts, cpuForHost)
  const memoryLeftMib = usableWithout(pool, serving, reserveHosts, memoryForVmsMib)
  return (host) => load.poolPeakMhz <= fillMax * cpuLeftMhz(host) && (!memoryEnforced || memoryMib <= memoryLeftMib(host))
}

/** The same with one more host left out, for many such hosts. */
function usableWithout(pool: Pool, hosts: readonly number[], reserve: number, capacity: (host: Pool['hosts'][number]) => number): (without: number) => number {
  const total = sum(hosts, (host) => capacity(pool.hosts[host]!))
  const largest = hosts.map((host) => capacity(pool.hosts[host]!)).sort((a, b) => b - a).slice(0, reserve + 1)
  const reserved = largest.slice(0, reserve).reduce((a, b) => a + b, 0)
  const next = largest[reserve] ?? 0
  return (without) => {
    const own = capacity(pool.hosts[without]!)
    const inReserve = reserve > 0 && own >= largest[Math.min(reserve, largest.length) - 1]!
    return inReserve ? total - reserved - next : total - own - reserved
  }
}
