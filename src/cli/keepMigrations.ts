import type { MigrationRecord } from '../drivers/libvirt/reach.ts'
import type { MigrationLog } from '../store/migrationLog.ts'

/** Keeps what later plans learn from; where that fails the migration itself is none the worse. */
export const keepingIn = (log: MigrationLog, say: (text: string) => void) => (record: MigrationRecord): void => {
  try {
    log.add(record)
  } catch (error) {
    say(`what the migration of ${record.vm} took is not kept: ${error instanceof Error ? error.message : String(error)}`)
  }
}
