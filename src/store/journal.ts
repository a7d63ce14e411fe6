import { constants } from 'node:fs'
import { type FileHandle, chmod, mkdir, open, readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CHAIN_START, type Recovered, recover, seal, segmentHeader } from '../execute/protocol/journal.ts'
import { EMPTY_LEDGER, type Ledger, replay } from '../execute/protocol/ledger.ts'
import type { JournalRecord } from '../execute/protocol/records.ts'
import type { RetryTimes } from '../execute/protocol/trouble.ts'
import { syncFolder } from './syncFolder.ts'

/** Kept free, so that a full disk still takes the records that bring what is under way to an end. */
export const RESERVE_BYTES = 64 * 1024 * 1024
const RESERVE = 'reserve'

export type AppendResult = { readonly ok: true } | { readonly ok: false; readonly why: 'fenced' | 'full' | 'broken'; readonly message: string }

/** What the journal tells when it is opened. */
export interface JournalFound {
  readonly ledger: Ledger
  /** Records read, since the last snapshot. */
  readonly records: number
  /** Bytes of an append that a crash tore; its effect was never begun. */
  readonly tornBytes: number
  /** Null where everything but a torn end is whole; else nothing may be done but look (see execute/protocol/journal.ts). */
  readonly damage: string | null
}

/** Where records go. Files on one machine; a table with the same condition on its epoch would do as well. */
export interface Journal {
  readonly found: JournalFound
  /** Makes all records durable, in their order, or none. Refuses records of an epoch that is not the current one any more. One call at a time. */
  append(records: readonly JournalRecord[]): Promise<AppendResult>
  close(): Promise<void>
}

/** What may be written is what the lease says, and the disk takes. */
export interface JournalOptions {
  /** Asked before and after every write. */
  readonly currentEpoch: () => number
  readonly reserveBytes?: number
}

/**
 * Opens the journal in a folder; makes the folder where there is none. Nothing that is there is ever changed: every holder of
 * the lease begins a segment of its own, with a snapshot first, so that a late write of an older one spoils nothing, and a
 * damaged segment stays for people to look at. Whoever opens it gives it the records of `resume` first.
 */
export async function openJournal(folder: string, times: RetryTimes, options: JournalOptions): Promise<Journal> {
  await mkdir(folder, { recursive: true })
  await keepReserve(folder, options.reserveBytes ?? RESERVE_BYTES)
  const numbers = await segmentsIn(folder)
  const { found, hash } = await lastTold(folder, numbers, times)
  return new FileJournal(folder, options, found, numbers.at(-1) ?? 0, hash)
}

/** What the journal tells, read and left as it is: also while its holder goes on writing. A folder that is not there tells nothing. */
export async function readJournal(folder: string, times: RetryTimes): Promise<JournalFound> {
  try {
    return (await lastTold(folder, await segmentsIn(folder), times)).found
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ledger: EMPTY_LEDGER, records: 0, tornBytes: 0, damage: null }
    throw error
  }
}

const nameOf = (number: number): string => `journal-${String(number).padStart(6, '0')}.ndjson`

async function segmentsIn(folder: string): Promise<number[]> {
  const names = await readdir(folder)
  return names.flatMap((name) => {
    const number = /^journal-(\d{6})\.ndjson$/.exec(name)?.[1]
    return number === undefined ? [] : [Number(number)]
  }).sort((a, b) => a - b)
}

/** The last segment that has a record. One without was begun as a crash came, and the one before it still counts. */
async function lastTold(folder: string, numbers: readonly number[], times: RetryTimes): Promise<{ readonly found: JournalFound; readonly hash: string }> {
  for (const number of numbers.toReversed()) {
    const path = join(folder, nameOf(number))
    const read = recover(await readFile(path))
    if (read.damage === null && read.records.length === 0) continue
    return { found: foundIn(path, read, times), hash: read.hash }
  }
  return { found: { ledger: EMPTY_LEDGER, records: 0, tornBytes: 0, damage: null }, hash: CHAIN_START }
}

function foundIn(path: string, read: Recovered, times: RetryTimes): JournalFound {
  const isWhole = read.records[0]?.kind === 'snapshot'
  const damage = read.damage !== null ? `${path}, line ${read.damage.line}: ${read.damage.message}` : isWhole ? null : `${path} does not begin with a snapshot`
  return { ledger: isWhole ? replay(read.records, times) : EMPTY_LEDGER, records: read.records.length, tornBytes: read.tornBytes, damage }
}

interface Segment {
  readonly handle: FileHandle
  readonly number: number
  readonly bytes: number
  readonly hash: string
}

class FileJournal implements Journal {
  readonly found: JournalFound
  readonly #folder: string
  readonly #options: JournalOptions
  #segment: Segment | null = null
  #number: number
  #hash: string
  #sequence: number
  #isBroken = false

  constructor(folder: string, options: JournalOptions, found: JournalFound, number: number, hash: string) {
    this.#folder = folder
    this.#options = options
    this.found = found
    this.#number = number
    this.#hash = hash
    this.#sequence = found.ledger.sequence
  }

  async append(records: readonly JournalRecord[]): Promise<AppendResult> {
    const refused = this.#fenced(records)
    if (refused !== null) return refused
    if (this.#isBroken) return { ok: false, why: 'broken', message: 'an append could not be taken back: restart the controller' }
    if (records[0]?.sequence !== this.#sequence + 1) return { ok: false, why: 'broken', message: `record ${records[0]?.sequence ?? 0} does not follow ${this.#sequence}` }
    try {
      await this.#write(records)
    } catch (error) {
      return this.#takeBack(error)
    }
    this.#sequence = records.at(-1)!.sequence
    // Whoever stood still between the question and the write finds out here, before any effect.
    return this.#fenced(records) ?? { ok: true }
  }

  #fenced(records: readonly JournalRecord[]): AppendResult | null {
    const epoch = this.#options.currentEpoch()
    const late = records.find((record) => record.epoch !== epoch)
    return late === undefined ? null : { ok: false, why: 'fenced', message: `record ${late.sequence} is of epoch ${late.epoch}, the journal is in epoch ${epoch}` }
  }

  async #write(records: readonly JournalRecord[]): Promise<void> {
    const segment = this.#segment !== null && records[0]!.kind !== 'snapshot' ? this.#segment : await this.#begin()
    let { hash } = segment
    let text = ''
    for (const record of records) {
      const sealed = seal(hash, record)
      text += sealed.line
      hash = sealed.hash
    }
    await writeWhole(segment.handle, text, segment.bytes)
    await segment.handle.datasync()
    this.#segment = { ...segment, hash, bytes: segment.bytes + Buffer.byteLength(text) }
    this.#hash = hash
  }

  /** A new segment, chained to the last line of the one before, which nobody writes to any more. */
  async #begin(): Promise<Segment> {
    const number = this.#number + 1
    const path = join(this.#folder, nameOf(number))
    const handle = await open(path, 'wx', 0o640)
    const { line, hash } = seal(this.#hash, segmentHeader(number, this.#hash))
    try {
      await writeWhole(handle, line, 0)
      await handle.sync()
      await syncFolder(this.#folder)
    } catch (error) {
      await handle.close()
      await rm(path, { force: true })
      throw error
    }
    if (this.#segment !== null) await this.#finish(this.#segment)
    this.#number = number
    this.#segment = { handle, number, bytes: Buffer.byteLength(line), hash }
    return this.#segment
  }

  async #finish({ handle, number }: Segment): Promise<void> {
    await handle.close()
    await chmod(join(this.#folder, nameOf(number)), 0o440)
  }

  /** What could not be written whole is cut off again; where even that fails nothing more is appended. */
  async #takeBack(error: unknown): Promise<AppendResult> {
    const code = error instanceof Error && 'code' in error ? error.code : null
    const message = error instanceof Error ? error.message : String(error)
    // Somebody else has begun the segment that was to be ours.
    if (code === 'EEXIST') return { ok: false, why: 'fenced', message }
    const isFull = code === 'ENOSPC' || code === 'EDQUOT'
    try {
      await this.#segment?.handle.truncate(this.#segment.bytes)
      await this.#segment?.handle.datasync()
    } catch {
      this.#isBroken = true
    }
    if (isFull) await rm(join(this.#folder, RESERVE), { force: true })
    else this.#isBroken = true
    return { ok: false, why: isFull ? 'full' : 'broken', message }
  }

  async close(): Promise<void> {
    const segment = this.#segment
    this.#segment = null
    this.#isBroken = true
    await segment?.handle.close()
  }
}

/** A file that is given up when the disk is full: what is under way can then still be written to its end. */
async function keepReserve(folder: string, bytes: number): Promise<void> {
  const path = join(folder, RESERVE)
  const handle = await open(path, constants.O_CREAT | constants.O_RDWR, 0o640)
  try {
    const { size } = await handle.stat()
    const block = Buffer.alloc(Math.min(Math.max(1, bytes), 1024 * 1024))
    for (let at = size; at < bytes; at += block.length) await writeWhole(handle, block, at)
  } catch {
    // Too little room for a reserve: the journal itself may still have some.
    await rm(path, { force: true })
  } finally {
    await handle.close()
  }
}

async function writeWhole(handle: FileHandle, content: string | Uint8Array, position: number): Promise<void> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at, bytes.length - at, position + at)).bytesWritten
}
