import { createHash } from 'node:crypto'
import { poolOfSnapshot, usedCpuOf, type UsedCpu } from '../config/snapshotPool.ts'
import { parseSnapshot } from '../config/snapshotFile.ts'
import { parseSource } from '../config/sourceDocument.ts'
import { DEFAULT_START_UNIX_MS } from '../config/scenarioDefaults.ts'
import type { Pool } from '../model/pool.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { percent } from '../model/text.ts'
import { readText } from './openFile.ts'

/** A pool snapshot as commands work on it. */
export interface PoolFile {
  readonly file: string
  /** SHA-256 of the file's bytes (unpacked): what a plan says it was made from. */
  readonly hash: string
  readonly snapshot: Snapshot
  readonly pool: Pool
  readonly used: UsedCpu
  /** On the calendar, for windows of policies. */
  readonly unixMs: number
}

/** Reads a pool snapshot. Throws BadInput with everything that is wrong with it. */
export function readPool(file: string): PoolFile {
  const text = readText(file)
  const snapshot = parseSnapshot(parseSource(file, text))
  return { file, hash: createHash('sha256').update(text).digest('hex'), snapshot, pool: poolOfSnapshot(snapshot), used: usedCpuOf(snapshot), unixMs: snapshot.takenAtMs ?? DEFAULT_START_UNIX_MS }
}

/** What was assumed because a snapshot shows one instant only. */
export function assumptionsOf({ snapshot, used: { unknownCount, assumedRatio } }: PoolFile, hasHoldTimes: boolean): string[] {
  return [
    'Loads are what the VMs used when the snapshot was taken.',
    ...(unknownCount === 0 ? [] : [`${unknownCount} of ${snapshot.vms.length} VMs tell no usage: they are taken to use ${percent(assumedRatio)} of their size.`]),
    ...(hasHoldTimes ? ['Hold times count as held: a snapshot has no history.'] : []),
  ]
}
