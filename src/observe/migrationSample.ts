import type { VmId } from '../model/ids.ts'
import type { MigrationSample, RecordedMigration } from '../model/migrations.ts'

/** The migration that a line of a record tells; null where it tells too little of it. */
export function recordedMigrationOf(record: unknown): RecordedMigration | null {
  const { memoryMib, dirtyMibPerS, durationMs, downtimeMs, ok } = (record ?? {}) as Record<string, unknown>
  if (!isAmount(memoryMib) || !isAmount(durationMs)) return null
  return { memoryMib, dirtyMibPerS: isAmount(dirtyMibPerS) ? dirtyMibPerS : 0, durationMs, downtimeMs: isAmount(downtimeMs) ? downtimeMs : null, converged: ok === true }
}

/** What is learned from it: one that failed for another reason than the VM's own says nothing of the VM. */
export function migrationSampleOf(record: unknown): MigrationSample | null {
  const migration = recordedMigrationOf(record)
  const { vm, stalled } = (record ?? {}) as Record<string, unknown>
  return migration === null || typeof vm !== 'string' || (!migration.converged && stalled !== true) ? null : { ...migration, vm: vm as VmId }
}

const isAmount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0
