import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BadInput } from '../../src/model/result.ts'
import { DEFAULT_BYTE_LIMITS, listFiles, openSource, readChunks, readWholeFile } from '../../src/store/bytes.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-bytes-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}
const all = (chunks: Iterable<Uint8Array>): Buffer => Buffer.concat([...chunks].map((chunk) => Buffer.from(chunk)))
const streamed = (path: string): Buffer => {
  const pieces: Buffer[] = []
  for (const chunk of readChunks(path)) pieces.push(Buffer.from(chunk))
  return Buffer.concat(pieces)
}
/** Bytes that hardly pack. */
const noise = (length: number): Buffer => {
  let state = 1
  return Buffer.from(Array.from({ length }, () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 24))
}
const text = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, index) => 48 + ((index * index) % 10)))

function problemOf(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    if (error instanceof BadInput) return error.message
    throw error
  }
  throw new Error('nothing was refused')
}

describe('bytes of a file', () => {
  it.each([0, 1, 17, 1024 * 1024, 1024 * 1024 + 1, 3_500_000])('come back whole, plain or packed, for %i bytes', (length) => {
    const bytes = text(length)
    expect(streamed(file('plain', bytes)).equals(bytes)).toBe(true)
    expect(streamed(file('packed', gzipSync(bytes))).equals(bytes)).toBe(true)
    expect(Buffer.from(readWholeFile(file('packed', gzipSync(bytes)), 4_000_000)).equals(bytes)).toBe(true)
  })

  it('are unpacked by what the file begins with, not by its name', () => {
    expect(all(readChunks(file('day.csv', gzipSync('a,b\n')))).toString()).toBe('a,b\n')
    expect(all(readChunks(file('day.csv.gz', 'a,b\n'))).toString()).toBe('a,b\n')
  })

  it('of several gzip members are joined', () => {
    expect(all(readChunks(file('members', Buffer.concat([gzipSync('a,b\n'), gzipSync('1,2\n')])))).toString()).toBe('a,b\n1,2\n')
  })

  it.each([11, 30, 500, 4])('of a gzip file that lost its last %i bytes are refused as truncated', (lost) => {
    const packed = gzipSync(noise(5000))
    const path = file('short.gz', packed.subarray(0, packed.length - lost))
    expect(problemOf(() => all(readChunks(path)))).toMatch(/short\.gz: is a truncated gzip file/)
    expect(problemOf(() => readWholeFile(path, 1e6))).toMatch(/truncated/)
  })

  it('of a gzip file with a flipped bit are refused as corrupt', () => {
    const packed = gzipSync(noise(5000))
    packed[2000]! ^= 4
    expect(problemOf(() => all(readChunks(file('flipped.gz', packed))))).toMatch(/flipped\.gz: is a corrupt gzip file/)
  })

  it('of a decompression bomb are refused with the limit', () => {
    const zeros = gzipSync(Buffer.alloc(70 * 1024 * 1024))
    expect(problemOf(() => all(readChunks(file('bomb.gz', zeros))))).toMatch(/bomb\.gz: unpacks from \d+ bytes to more than 67108864 bytes.*bomb/)
  })

  it('of a bomb that lies about its size are refused', () => {
    const zeros = gzipSync(Buffer.alloc(70 * 1024 * 1024))
    zeros.writeUInt32LE(1000, zeros.length - 4)
    expect(problemOf(() => all(readChunks(file('liar.gz', zeros))))).toMatch(/liar\.gz: unpacks .* more than 67108864 bytes/)
  })

  it('over a limit are refused with size and limit', () => {
    expect(problemOf(() => readWholeFile(file('large', text(2000)), 1000))).toMatch(/large: has 2000 bytes, at most 1000 are read/)
    expect(problemOf(() => readWholeFile(file('large.gz', gzipSync(text(2000))), 1000))).toMatch(/more than 1000 bytes/)
    expect(problemOf(() => all(readChunks(file('large', text(2000)), { ...DEFAULT_BYTE_LIMITS, fileBytesMax: 1999 })))).toMatch(/at most 1999/)
  })
})

describe('a path', () => {
  it('that leads nowhere, to a folder, or through a file is refused by its name', () => {
    expect(problemOf(() => all(readChunks(join(folder, 'none.csv'))))).toMatch(/none\.csv: does not exist/)
    expect(problemOf(() => openSource(join(folder, 'none.csv')))).toMatch(/none\.csv: does not exist/)
    expect(problemOf(() => all(readChunks(folder)))).toMatch(/is a folder, a file was expected/)
    expect(problemOf(() => readWholeFile(folder, 10))).toMatch(/is a folder, a file was expected/)
    expect(problemOf(() => listFiles(file('plain', 'x')))).toMatch(/is a file, a folder was expected/)
    expect(problemOf(() => readWholeFile(join(file('plain', 'x'), 'inner'), 10))).toMatch(/a part of the path is a file/)
    expect(problemOf(() => readWholeFile('/dev/null', 10))).toMatch(/is not a regular file/)
  })

  it('that is a circle of links is refused', () => {
    symlinkSync(join(folder, 'ring'), join(folder, 'ring'))
    expect(problemOf(() => readWholeFile(join(folder, 'ring'), 10))).toMatch(/circle of links/)
  })

  it('to a folder lists its files, not its folders, in byte order', () => {
    const inner = join(folder, 'day')
    mkdirSync(join(inner, 'sub'), { recursive: true })
    for (const name of ['b', 'a-1', 'a_1', 'B', 'ä', '10', '9']) writeFileSync(join(inner, name), name)
    const source = openSource(inner)
    expect(source.names).toEqual(['10', '9', 'B', 'a-1', 'a_1', 'b', 'ä'])
    expect(all(source.open('a_1')).toString()).toBe('a_1')
  })
})
