import { sha256 } from '../../model/sha256.ts'
import type { JournalRecord } from './records.ts'

export const JOURNAL_FORMAT = 'plimsoll-journal'
export const JOURNAL_VERSION = 1

/** Hash before the first line. */
export const CHAIN_START = '0'.repeat(64)

/** First line of each segment: what follows, and what came before. */
export interface SegmentHeader {
  readonly format: typeof JOURNAL_FORMAT
  readonly formatVersion: typeof JOURNAL_VERSION
  /** Number of the segment, from 1. */
  readonly segment: number
  /** Hash of the last line of the segment before; CHAIN_START in the first. */
  readonly previousHash: string
}

export const segmentHeader = (segment: number, previousHash: string): SegmentHeader => ({ format: JOURNAL_FORMAT, formatVersion: JOURNAL_VERSION, segment, previousHash })

export interface Sealed {
  /** One line with its line feed. */
  readonly line: string
  readonly hash: string
}

const HASH_PREFIX = '{"hash":"'
const BODY_FROM = HASH_PREFIX.length + 64 + 2
const LINE_FEED = 10
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** One line of the chain: its hash covers the hash before and every byte of the line that follows the hash. */
export function seal(previousHash: string, value: SegmentHeader | JournalRecord): Sealed {
  const rest = JSON.stringify(value).slice(1)
  const hash = sha256(encoder.encode(previousHash + rest))
  return { line: `${HASH_PREFIX}${hash}",${rest}\n`, hash }
}

export interface Recovered {
  readonly header: SegmentHeader | null
  readonly records: readonly JournalRecord[]
  /** Hash of the last good line: what the next is chained to. */
  readonly hash: string
  /** Bytes up to the end of the last good line; what follows a torn append is to be cut off there. */
  readonly goodBytes: number
  readonly tornBytes: number
  /** Anything but a torn last line: then nothing may be done but look, and the file is kept for people. */
  readonly damage: { readonly line: number; readonly message: string } | null
}

/**
 * Reads one segment. A last line without its line feed is an append that a crash tore: it is left out, its effect was
 * never begun. Every other line whose hash does not fit is damage. A header says itself what it is chained to.
 */
export function recover(bytes: Uint8Array): Recovered {
  const records: JournalRecord[] = []
  let header: SegmentHeader | null = null
  let hash: string | null = null
  let from = 0
  let line = 0
  const ended = (damage: string | null): Recovered => ({
    header, records, hash: hash ?? CHAIN_START, goodBytes: from, tornBytes: damage === null ? bytes.length - from : 0, damage: damage === null ? null : { line, message: damage },
  })
  while (from < bytes.length) {
    line++
    const end = bytes.indexOf(LINE_FEED, from)
    if (end < 0) return ended(isWholeLine(bytes.subarray(from, -1), hash) ? 'the line feed at the end of the last record is something else' : null)
    const read = readLine(bytes.subarray(from, end), hash)
    if (typeof read === 'string') return ended(read)
    const fault = whyOutOfOrder(read.value, line, records.at(-1))
    if (fault !== null) return ended(fault)
    if (line === 1) header = read.value as SegmentHeader
    else records.push(read.value as JournalRecord)
    hash = read.hash
    from = end + 1
  }
  return ended(null)
}

const isWholeLine = (bytes: Uint8Array, hash: string | null): boolean => bytes.length > BODY_FROM && typeof readLine(bytes, hash) !== 'string'

/** What the line holds, or what is wrong with it. */
function readLine(bytes: Uint8Array, previous: string | null): { readonly value: SegmentHeader | JournalRecord; readonly hash: string } | string {
  const text = decoder.decode(bytes)
  const hash = text.slice(HASH_PREFIX.length, HASH_PREFIX.length + 64)
  if (!text.startsWith(HASH_PREFIX) || text.slice(BODY_FROM - 2, BODY_FROM) !== '",') return 'the line does not begin with its hash'
  const value = parsed(`{${text.slice(BODY_FROM)}`)
  if (value === null) return 'the line is not JSON'
  const chainedTo = previous ?? ('previousHash' in value ? value.previousHash : CHAIN_START)
  return sha256(joined(chainedTo, bytes.subarray(BODY_FROM))) === hash ? { value, hash } : 'the hash does not fit the line and those before it'
}

function parsed(text: string): SegmentHeader | JournalRecord | null {
  try {
    return JSON.parse(text) as SegmentHeader | JournalRecord
  } catch {
    return null
  }
}

function joined(hash: string, rest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(hash.length + rest.length)
  bytes.set(encoder.encode(hash))
  bytes.set(rest, hash.length)
  return bytes
}

function whyOutOfOrder(value: SegmentHeader | JournalRecord, line: number, last: JournalRecord | undefined): string | null {
  if (line === 1) {
    if (!('format' in value) || (value.format as string) !== JOURNAL_FORMAT) return 'the first line is no header of a journal'
    return (value.formatVersion as number) > JOURNAL_VERSION ? `the journal has format version ${value.formatVersion}, this program reads up to ${JOURNAL_VERSION}: use the newer program` : null
  }
  if ('format' in value) return 'a second header'
  if (last === undefined) return null
  if (value.sequence !== last.sequence + 1) return `record ${value.sequence} follows ${last.sequence}`
  return value.epoch < last.epoch ? `record ${value.sequence} is of epoch ${value.epoch}, after ${last.epoch}` : null
}
