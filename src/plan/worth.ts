import type { Worth } from '../model/plan.ts'
import { HOUR_MS } from '../model/resources.ts'

/** What everything but energy is worth in watt-hours, so that benefits and costs compare. Settings, not physics, but for the first two. */
export interface Prices {
  /** Energy of both hosts and the network for memory sent, and for each migration whatever its size. Source: Liu et al., "Performance and energy modeling for live migration of virtual machines", HPDC 2011, section 5. */
  readonly joulePerMib: number
  readonly joulePerMigration: number
  /** Part of its work a VM loses while it migrates. Source: Voorsluys et al., "Cost of virtual machine live migration in clouds", CloudCom 2009. */
  readonly slowedRatio: number
  /** A VM standing still, or losing all its work, for an hour. */
  readonly whPerLostVmHour: number
  /** A core's worth of demand that is not met for an hour. */
  readonly whPerShortCoreHour: number
  /** How long what a plan brings is reckoned to last. */
  readonly horizonMs: number
}

export const DEFAULT_PRICES: Prices = { joulePerMib: 0.512, joulePerMigration: 20.165, slowedRatio: 0.1, whPerLostVmHour: 100, whPerShortCoreHour: 100, horizonMs: HOUR_MS }

/** What migrations take together. */
export interface MigrationAmounts {
  readonly migrations: number
  readonly sentMib: number
  /** Time of all migrations together: so long a VM each is slowed. */
  readonly slowedMs: number
  readonly downtimeMs: number
  /** Energy for switching hosts off and on again. */
  readonly switchingWh: number
}

/** The cost of migrations, and of switching hosts. */
export function costOf(amounts: MigrationAmounts, prices: Prices): Worth {
  const { migrations, sentMib, slowedMs, downtimeMs, switchingWh } = amounts
  const sendingWh = (prices.joulePerMib * sentMib + prices.joulePerMigration * migrations) / 3600
  const lostVmHours = (prices.slowedRatio * slowedMs + downtimeMs) / HOUR_MS
  return { totalWh: rounded(sendingWh + switchingWh + lostVmHours * prices.whPerLostVmHour), amounts: { migrations, sentMib: rounded(sentMib), slowedMs: Math.round(slowedMs), downtimeMs: Math.round(downtimeMs), switchingWh: rounded(switchingWh), sendingWh: rounded(sendingWh) } }
}

/** The benefit of `savedW` drawn less and `shortCores` of demand met that was not, as long as the horizon. */
export function benefitOf({ savedW, shortCores }: { readonly savedW: number; readonly shortCores: number }, prices: Prices): Worth {
  const hours = prices.horizonMs / HOUR_MS
  return { totalWh: rounded(hours * (savedW + shortCores * prices.whPerShortCoreHour)), amounts: { savedWh: rounded(hours * savedW), shortCoreHours: rounded(hours * shortCores) } }
}

/** So that sums in another order give the same bytes. */
const rounded = (value: number): number => Math.round(value * 1e6) / 1e6

/** Something optional that is done whole or not at all. */
export interface Priced {
  readonly mandatory: boolean
  readonly benefit: Worth
  readonly cost: Worth
}

/** Whether a group brings more than it takes. Mandatory ones always pay. */
export const pays = ({ mandatory, benefit, cost }: Priced): boolean => mandatory || benefit.totalWh > cost.totalWh

/**
 * Which groups to keep: all that pay, and those which others that are kept can't do without. `worksWithout` says whether the
 * rest still works without the groups left out (their room may be someone else's); it is asked once a group, the worst bargain first.
 */
export function worthDoing(groups: readonly Priced[], worksWithout: (left: ReadonlySet<number>) => boolean): { readonly kept: readonly number[]; readonly left: readonly number[] } {
  const bargain = ({ benefit, cost }: Priced): number => benefit.totalWh - cost.totalWh
  const candidates = groups.flatMap((group, number) => (pays(group) ? [] : [number])).sort((a, b) => bargain(groups[a]!) - bargain(groups[b]!) || a - b)
  const left = new Set<number>()
  for (const number of candidates) {
    left.add(number)
    if (!worksWithout(left)) left.delete(number)
  }
  return { kept: groups.map((_, number) => number).filter((number) => !left.has(number)), left: [...left].sort((a, b) => a - b) }
}
