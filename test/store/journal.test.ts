import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CHAIN_START, seal, segmentHeader } from '../../src/execute/protocol/journal.ts'
import { EMPTY_LEDGER, toValue } from '../../src/execute/protocol/ledger.ts'
import type { JournalRecord, RecordBody } from '../../src/execute/protocol/records.ts'
import { hostId } from '../../src/model/ids.ts'
import { type Journal, openJournal } from '../../src/store/journal.ts'

const TIMES = { retryMs: 20_000, retryMaxMs: 1_800_000 }
let folder = ''
let epoch = 1
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-journal-'))
  epoch = 1
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = (reserveBytes = 0): Promise<Journal> => openJournal(folder, TIMES, { currentEpoch: () => epoch, reserveBytes })
const record = (sequence: number, body: RecordBody, of = epoch): JournalRecord => ({ sequence, epoch: of, atUnixMs: sequence * 1000, ...body })
const snapshot = (sequence: number): JournalRecord => record(sequence, { kind: 'snapshot', body: toValue(EMPTY_LEDGER) })
const cordon = (sequence: number, host: string): JournalRecord => record(sequence, { kind: 'cordon', body: { host: hostId(host), mode: 'maintenance', who: 'ann' } })
const segments = (): string[] => readdirSync(folder).filter((name) => name.startsWith('journal-')).sort()

async function written(): Promise<string> {
  const journal = await open()
  expect(await journal.append([snapshot(1), cordon(2, 'a'), cordon(3, 'b')])).toEqual({ ok: true })
  await journal.close()
  return join(folder, segments().at(-1)!)
}

describe('the journal on disk', () => {
  it('tells after a restart what was appended', async () => {
    await written()
    const { found } = await open()
    expect(found).toMatchObject({ records: 3, tornBytes: 0, damage: null })
    expect([...found.ledger.modes.keys()]).toEqual(['a', 'b'])
  })

  it('leaves a torn last record out at every point of truncation, and calls none of them damage', async () => {
    const path = await written()
    const bytes = readFileSync(path)
    for (let length = 0; length < bytes.length; length += 3) {
      writeFileSync(path, bytes.subarray(0, length))
      const { found } = await open()
      const whole = bytes.subarray(0, length).toString().split('\n').length - 1
      expect([length, found.damage, found.ledger.modes.size]).toEqual([length, null, Math.max(0, whole - 2)])
    }
  })

  it('finds every flipped bit', async () => {
    const path = await written()
    const bytes = readFileSync(path)
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Buffer.from(bytes)
      flipped[at]! ^= 1 << (at % 8)
      writeFileSync(path, flipped)
      expect([at, (await open()).found.damage === null]).toEqual([at, false])
    }
  })

  it('refuses records of an epoch that is over, also when it ends during the write', async () => {
    const journal = await open()
    await journal.append([snapshot(1)])
    const late = cordon(2, 'a')
    epoch = 2
    expect(await journal.append([late])).toMatchObject({ ok: false, why: 'fenced' })
    let asked = 0
    const racing = await openJournal(folder, TIMES, { currentEpoch: () => (asked++ === 0 ? 2 : 3), reserveBytes: 0 })
    expect(await racing.append([snapshot(2)])).toMatchObject({ ok: false, why: 'fenced' })
  })

  it('lets nobody write into a segment of another: two that open at once can not both begin', async () => {
    const [first, second] = [await open(), await open()]
    expect(await first.append([snapshot(1)])).toEqual({ ok: true })
    expect(await second.append([snapshot(1)])).toMatchObject({ ok: false, why: 'fenced' })
  })

  it('begins a segment with each snapshot, chained to the one before, which is then read-only', async () => {
    const journal = await open()
    await journal.append([snapshot(1), cordon(2, 'a')])
    await journal.append([record(3, { kind: 'snapshot', body: { ...toValue(EMPTY_LEDGER), halted: 'wait' } })])
    await journal.close()
    expect(segments()).toEqual(['journal-000001.ndjson', 'journal-000002.ndjson'])
    expect(statSync(join(folder, 'journal-000001.ndjson')).mode & 0o222).toBe(0)
    const [first, second] = segments().map((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as { hash: string; previousHash?: string }))
    expect(second![0]!.previousHash).toBe(first!.at(-1)!.hash)
    expect((await open()).found.ledger.halted).toBe('wait')
  })

  it('falls back on the segment before where a crash came between a segment and its snapshot', async () => {
    const path = await written()
    writeFileSync(join(folder, 'journal-000002.ndjson'), readFileSync(path).subarray(0, 40))
    const { found } = await open()
    expect(found).toMatchObject({ records: 3, damage: null })
  })

  it('keeps a damaged segment and goes on in another', async () => {
    const path = await written()
    const bytes = readFileSync(path)
    bytes[bytes.length - 20]! ^= 1
    writeFileSync(path, bytes)
    const journal = await open()
    expect(journal.found.damage).toMatch(/line 4: the hash does not fit/)
    expect(await journal.append([snapshot(journal.found.ledger.sequence + 1)])).toEqual({ ok: true })
    expect(readFileSync(path)).toEqual(bytes)
    await journal.close()
    expect((await open()).found.damage).toBeNull()
  })

  it('says so when a newer program has written it', async () => {
    writeFileSync(join(folder, 'journal-000001.ndjson'), seal(CHAIN_START, { ...segmentHeader(1, CHAIN_START), formatVersion: 2 as never }).line)
    expect((await open()).found.damage).toMatch(/format version 2.*use the newer program/)
  })

  it('refuses what does not follow, and stays as it was', async () => {
    const journal = await open()
    await journal.append([snapshot(1)])
    expect(await journal.append([cordon(3, 'b')])).toMatchObject({ ok: false, why: 'broken' })
    expect(await journal.append([cordon(2, 'a')])).toEqual({ ok: true })
  })

  const isRoot = process.getuid?.() === 0
  it.skipIf(!isRoot)('takes nothing and loses nothing where the disk is full (on a small tmpfs, as root), and goes on when there is room', async ({ skip }) => {
    const small = join(folder, 'small')
    execFileSync('mkdir', [small])
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small], { stdio: 'pipe' })
    } catch {
      skip('this container may not mount a tmpfs, so there is no small disk to fill')
    }
    try {
      const journal = await openJournal(small, TIMES, { currentEpoch: () => epoch, reserveBytes: 16_384 })
      let sequence = 1
      expect(await journal.append([snapshot(sequence)])).toEqual({ ok: true })
      let result = await journal.append([cordon(++sequence, 'a')])
      while (result.ok) result = await journal.append([cordon(++sequence, 'a')])
      expect(result).toMatchObject({ why: 'full' })
      // The reserve has been given up: what was refused fits now.
      expect(await journal.append([cordon(sequence, 'b')])).toEqual({ ok: true })
      await journal.close()
      const { found } = await openJournal(small, TIMES, { currentEpoch: () => epoch, reserveBytes: 0 })
      expect(found).toMatchObject({ damage: null, tornBytes: 0, records: sequence })
    } finally {
      execFileSync('umount', [small])
    }
  })

  it('keeps a reserve beside the journal', async () => {
    await open(1 << 20)
    expect(statSync(join(folder, 'reserve')).size).toBe(1 << 20)
  })
})
