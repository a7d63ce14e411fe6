import type { VmId } from './ids.ts'

/** A live migration that was carried out, with what was known before it. */
export interface RecordedMigration {
  readonly memoryMib: number
  readonly dirtyMibPerS: number
  readonly durationMs: number
  /** Null: the driver did not tell. */
  readonly downtimeMs: number | null
  /** Whether it came to its end; others say nothing of times. */
  readonly converged: boolean
}

/** The same, of a VM. */
export interface MigrationSample extends RecordedMigration {
  readonly vm: VmId
}

/** What a VM's own migrations showed. */
export interface LearnedVm {
  /** Migrations of it that these figures rest on; 0: it has too few of its own. */
  readonly count: number
  /** Its times over those that the pool's figures foretell; 1 where it has too few. */
  readonly timeRatio: number
  /** Null: too few, or not told. */
  readonly dirtyMibPerS: number | null
  readonly downtimeMs: number | null
  /** Migrations that it takes until one comes to its end. */
  readonly triesPerMove: number
}

/** What migrations take in this pool, learned from those that were carried out. */
export interface LearnedMigrations {
  /** Migrations that came to their end and were learned from. */
  readonly count: number
  /** What one stream gets, and the time for setting up and handing over. */
  readonly linkMibPerS: number
  readonly overheadMs: number
  readonly downtimeMs: number
  readonly vms: ReadonlyMap<VmId, LearnedVm>
}
