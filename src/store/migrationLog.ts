import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from './atomic.ts'

const FILE = 'migrations.ndjson'
/** Lines that are read; the file is cut to them when it has twice as many. */
const LINES_KEPT = 2000

/** Every migration of a pool, whoever carried it out, as one line each in its state folder: what is learned from outlives restarts. */
export interface MigrationLog {
  /** The latest as they were when it was opened, oldest first; lines that are no JSON are left out. */
  readonly found: readonly unknown[]
  add(record: object): void
}

export function openMigrationLog(stateFolder: string): MigrationLog {
  const path = join(stateFolder, FILE)
  const lines = linesOf(path)
  const kept = lines.slice(-LINES_KEPT)
  // A line that was cut off in the middle must not take the next one with it.
  if (lines.length > 2 * LINES_KEPT || !endsWhole(path)) writeFileAtomic(path, kept.map((line) => `${line}\n`).join(''))
  return { found: kept.flatMap(parsed), add: (record) => appendFileSync(path, `${JSON.stringify(record)}\n`, { mode: 0o600 }) }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

const endsWhole = (path: string): boolean => /(^|\n)$/.test(textOf(path))
const linesOf = (path: string): string[] => textOf(path).split('\n').slice(0, -1).filter((line) => line !== '')

function parsed(line: string): unknown[] {
  try {
    return [JSON.parse(line)]
  } catch {
    return []
  }
}
