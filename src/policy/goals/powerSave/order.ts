import type { GoalView } from '../../wish.ts'
import type { PowerMemory } from './memory.ts'

type Order = (a: number, b: number) => number

/** Power at full load for each MHz: lower does more work per watt. */
export function wattsPerMhz({ pool }: GoalView): (host: number) => number {
  return (host) => pool.hosts[host]!.power.curveW.at(-1)! / pool.hosts[host]!.capacity.cpuMhz
}

/** Where the policy spreads wear: hosts that were switched off the fewest times first, then the one for which that is longest ago; else nobody first. */
export function byWear({ policy }: GoalView, { wear }: PowerMemory): Order {
  if (policy.powerSave.order === 'efficiency') return () => 0
  const of = new Map(wear.map((entry) => [entry.host, entry] as const))
  const times = (host: number): number => of.get(host)?.times ?? 0
  const lastMs = (host: number): number => of.get(host)?.lastMs ?? 0
  return (a, b) => times(a) - times(b) || lastMs(a) - lastMs(b)
}
