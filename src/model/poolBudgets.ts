import type { PolicySettings } from './policy.ts'

/** Budgets of a whole pool, as they hold for its size. */
export interface PoolBudgets {
  readonly migrationsPerHourMax: number
  readonly poolMigrationsMax: number
  readonly hostsDrainedAtOnceMax: number
  readonly bootsAtOnceMax: number
}

/**
 * What a policy sets holds; what it leaves to the pool's size (null) grows with its hosts, from what suits up to some
 * hundred of them: 120 migrations an hour or one for each host, 8 at once or one for ten hosts, 1 host drained and 2
 * booting or one for fifty hosts.
 */
export function poolBudgets({ budgets, powerSave }: PolicySettings, hostCount: number): PoolBudgets {
  return {
    migrationsPerHourMax: budgets.migrationsPerHourMax ?? Math.max(120, hostCount),
    poolMigrationsMax: budgets.poolMigrationsMax ?? Math.max(8, Math.floor(hostCount / 10)),
    hostsDrainedAtOnceMax: powerSave.hostsDrainedAtOnceMax ?? Math.max(1, Math.floor(hostCount / 50)),
    bootsAtOnceMax: powerSave.bootsAtOnceMax ?? Math.max(2, Math.floor(hostCount / 50)),
  }
}
