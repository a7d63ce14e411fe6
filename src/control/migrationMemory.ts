import type { LearnedMigrations, MigrationSample } from '../model/migrations.ts'
import { type Reason, reason } from '../model/result.ts'
import { SAMPLES_KEPT, learnMigrations } from '../plan/learnMigrations.ts'
import type { ControllerState } from './state.ts'

/** Migrations that were carried out, oldest first, and what they show; null: too few, or nothing is to be learned. */
export interface MigrationMemory {
  readonly samples: readonly MigrationSample[]
  readonly learned: LearnedMigrations | null
}

export const NO_MIGRATIONS: MigrationMemory = { samples: [], learned: null }

/** The memory with these migrations too; `said` when what plans reckon with has changed its ground. */
export function rememberMigrations({ migrations: before, policy }: Pick<ControllerState, 'migrations' | 'policy'>, samples: readonly MigrationSample[]): { readonly migrations: MigrationMemory; readonly said: Reason | null } {
  const kept = [...before.samples, ...samples].slice(-SAMPLES_KEPT)
  const { migrationSamplesMin } = policy.budgets
  const learned = migrationSamplesMin === null ? null : learnMigrations(kept, migrationSamplesMin)
  return { migrations: { samples: kept, learned }, said: learned !== null && before.learned === null ? learnedReason(learned) : null }
}

function learnedReason({ count, linkMibPerS, overheadMs, downtimeMs }: LearnedMigrations): Reason {
  return reason('migrationsLearned', `from here on plans reckon with what ${count} migrations took: ${linkMibPerS.toFixed(0)} MiB/s, ${(overheadMs / 1000).toFixed(1)} s besides copying, ${downtimeMs.toFixed(0)} ms of downtime`, { migrations: count, linkMibPerS, overheadMs, downtimeMs })
}
