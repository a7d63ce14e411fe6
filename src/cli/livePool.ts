import { isAbsolute, join, dirname, resolve } from 'node:path'
import { parseLivePool } from '../config/livePoolFile.ts'
import type { HostId } from '../model/ids.ts'
import type { LiveHost, LivePool } from '../model/livePool.ts'
import type { PolicySettings } from '../model/policy.ts'
import { listNames } from '../model/text.ts'
import { readDocument } from './openFile.ts'
import { type CommonOptions, bad } from './options.ts'
import { policyFrom } from './policyOption.ts'
import type { Terminal } from './terminal.ts'

export interface LiveOptions extends CommonOptions {
  readonly config?: string
}

/** The live pool that `--config` names. */
export function livePoolFrom({ config }: LiveOptions, terminal: Terminal): { readonly pool: LivePool; readonly file: string } {
  if (config === undefined) throw bad('--config', 'is missing: name the file of the pool (docs/formats/pool.md)')
  const file = resolve(terminal.workingDirectory, config)
  return { pool: parseLivePool(readDocument(file)), file }
}

/** A live pool's plans reckon with its migrations from so many on. */
const MIGRATION_SAMPLES_MIN = 5

/** The pool's policy, a built-in one or a file beside the pool's, held to the limits that the pool's file sets. */
export function policyOfPool({ policy: named, limits, learnMigrations }: LivePool, file: string, atUnixMs: number): PolicySettings {
  const policy = policyFrom(/[./]/.test(named) && !isAbsolute(named) ? join(dirname(file), named) : named, [], atUnixMs)
  const { migrationsPerHourMax, poolMigrationsMax, hostsOnMin } = limits
  const least = (own: number | null, limit: number | null): number | null => (limit === null ? own : own === null ? limit : Math.min(own, limit))
  return {
    ...policy,
    budgets: { ...policy.budgets, migrationsPerHourMax: least(policy.budgets.migrationsPerHourMax, migrationsPerHourMax), poolMigrationsMax: least(policy.budgets.poolMigrationsMax, poolMigrationsMax), migrationSamplesMin: learnMigrations ? (policy.budgets.migrationSamplesMin ?? MIGRATION_SAMPLES_MIN) : null },
    powerSave: { ...policy.powerSave, hostsOnMin: Math.max(policy.powerSave.hostsOnMin, hostsOnMin ?? 0) },
  }
}

/** Hosts by name; all of them without names. Refuses names that the pool does not have. */
export function hostsNamed({ hosts }: LivePool, names: readonly string[]): readonly LiveHost[] {
  const unknown = names.filter((name) => !hosts.some(({ id }) => id === (name as HostId)))
  if (unknown.length > 0) throw bad('host', `${listNames(unknown)} is not in the pool: it has ${listNames(hosts.map(({ id }) => id))}`)
  return names.length === 0 ? hosts : hosts.filter(({ id }) => names.includes(id))
}
