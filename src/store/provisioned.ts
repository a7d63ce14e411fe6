import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from './atomic.ts'

/** What is known of a VM that was to be made: written before anything is defined, so that a crash leaves no VM that nobody knows. */
export interface Provisioned {
  readonly vm: string
  readonly host: string
  /** Hash of what it was made from. */
  readonly definitionHash: string
  readonly atUnixMs: number
}

const fileOf = (stateFolder: string, vm: string): string => join(stateFolder, 'provisioned', `${vm}.json`)

export function readProvisioned(stateFolder: string, vm: string): Provisioned | null {
  try {
    return JSON.parse(readFileSync(fileOf(stateFolder, vm), 'utf8')) as Provisioned
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Durable when it returns. */
export function writeProvisioned(stateFolder: string, record: Provisioned): void {
  mkdirSync(join(stateFolder, 'provisioned'), { recursive: true, mode: 0o700 })
  writeFileAtomic(fileOf(stateFolder, record.vm), `${JSON.stringify(record)}\n`)
}

export function forgetProvisioned(stateFolder: string, vm: string): void {
  rmSync(fileOf(stateFolder, vm), { force: true })
}
