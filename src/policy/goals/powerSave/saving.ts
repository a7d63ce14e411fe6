import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../model/resources.ts'
import { type Tariff, priceOfPower, priceOfTraffic } from '../../../model/tariff.ts'
import type { Window } from '../../../model/policy.ts'
import { isServing } from '../../../model/transition.ts'
import { inForce } from '../../windows.ts'
import type { GoalView } from '../../wish.ts'
import { cpuForHost, hostsWhere, usable } from './hosts.ts'
import type { PowerMemory } from './memory.ts'
import { stayedLowMs } from './offTime.ts'

/** What emptying a host brings: `net` in the unit, and under which name it stands among a reason's numbers. */
export interface Saving {
  readonly of: (host: number) => number
  readonly number: 'netSavingWh' | 'netSavingPrice'
  /** "energy", or "by its tariff in EUR", for notes. */
  readonly what: string
  readonly offMs: number
}

/** How hosts are weighed: by energy, or where the policy says so and knows a tariff, by price. */
export function savingOf(view: GoalView, memory: PowerMemory): Saving {
  const { tariff, powerSave } = view.policy
  const offMs = expectedOffMs(view, memory)
  if (powerSave.weigh === 'energy' || tariff === null) return { of: (host) => netSavingWh(view, host, offMs), number: 'netSavingWh', what: 'energy', offMs }
  return { of: (host) => netSavingPrice(view, tariff, host, offMs), number: 'netSavingPrice', what: `by the tariff (${tariff.currency})`, offMs }
}

/**
 * Benefit less cost of emptying a host: its idle power saved for as long as it is expected to stay off, less the boot, the shutdown and
 * one core busy at both ends while its VMs are sent at the link's rate.
 */
function netSavingWh(view: GoalView, host: number, offMs: number): number {
  const { power } = view.pool.hosts[host]!
  const { idleW, coreW, sendMs } = wattsOf(view, host)
  const costWms = power.bootW * power.bootMs + power.shutdownW * power.shutdownMs + 2 * coreW * sendMs
  return ((idleW - power.offW) * offMs - costWms) / HOUR_MS
}

/** The same in money: each part at the prices of its own time, with carbon, wear and traffic. */
function netSavingPrice(view: GoalView, tariff: Tariff, host: number, offMs: number): number {
  const { power } = view.pool.hosts[host]!
  const { idleW, coreW, sendMs } = wattsOf(view, host)
  const { unixMs } = view
  const priceOf = (powerW: number, fromMs: number, durationMs: number): number => priceOfPower(tariff, powerW, unixMs + fromMs, unixMs + Math.round(fromMs + durationMs))
  const energy = priceOf(2 * coreW, 0, sendMs) + priceOf(power.shutdownW, 0, power.shutdownMs) + priceOf(power.bootW, offMs, power.bootMs)
  return priceOf(idleW - power.offW, 0, offMs) - energy - tariff.pricePerPowerCycle - priceOfTraffic(tariff, view.pool.hostMemoryMib[host]!)
}

function wattsOf({ pool }: GoalView, host: number): { readonly idleW: number; readonly coreW: number; readonly sendMs: number } {
  const { power, cores, migrationLinkMibPerS } = pool.hosts[host]!
  const idleW = power.curveW[0]!
  return { idleW, coreW: (power.curveW.at(-1)! - idleW) / cores, sendMs: (1000 * pool.hostMemoryMib[host]!) / migrationLinkMibPerS }
}

/** Windows that shut at all have done so by then: they come anew each week, and a clock change moves them by an hour. */
const WINDOW_LOOK_MS = 8 * DAY_MS

/** At least one off-window, and as long as a host would have to stay up; or what was learned, else what the policy expects, up to the end of its window. */
function expectedOffMs(view: GoalView, memory: PowerMemory): number {
  const { offExpectedMs, offWindowMs, hostOnMinMs, windows } = view.policy.powerSave
  const expectedMs = learnedOffMs(view, memory) ?? offExpectedMs
  return expectedMs === null ? Math.max(offWindowMs, hostOnMinMs) : untilWindowEnd(windows, view.unixMs, expectedMs)
}

/** How long the serving hosts without the reserve would do with one less, by the days before; null: not known, or not asked. */
function learnedOffMs({ pool, policy, unixMs }: GoalView, { demandDays }: PowerMemory): number | null {
  const { offLearned, reserveHosts, utilizationHigh } = policy.powerSave
  if (!offLearned) return null
  const serving = hostsWhere(pool, (host) => isServing(pool, host))
  return stayedLowMs(demandDays, unixMs, utilizationHigh * usable(pool, serving, reserveHosts + 1, cpuForHost))
}

function untilWindowEnd(windows: readonly Window[], unixMs: number, offExpectedMs: number): number {
  if (windows.length === 0) return offExpectedMs
  for (let aheadMs = MINUTE_MS; aheadMs < Math.min(offExpectedMs, WINDOW_LOOK_MS); aheadMs += MINUTE_MS) if (!inForce(windows, unixMs + aheadMs)) return aheadMs
  return offExpectedMs
}
