import { closeSync, fstatSync, openSync, readSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { BadInput } from '../model/result.ts'

const MIB = 1024 * 1024
const PIECE_BYTES = MIB

/** How much of a file may be read. Reaching a limit is an error that names it, never a shorter file. */
export interface ByteLimits {
  /** Bytes of a file as it lies on disk. */
  readonly fileBytesMax: number
  /** Bytes after unpacking; a packed file is unpacked in memory. */
  readonly unpackedBytesMax: number
  /** Unpacked / packed size above which a file counts as a decompression bomb, looked at from `bombBytesMin` on. */
  readonly unpackedRatioMax: number
  readonly bombBytesMin: number
}

export const DEFAULT_BYTE_LIMITS: ByteLimits = { fileBytesMax: 4096 * MIB, unpackedBytesMax: 512 * MIB, unpackedRatioMax: 250, bombBytesMin: 64 * MIB }

/** A file, or a folder of files, opened by name. */
export interface ByteSource {
  /** As the person gave it; for messages. */
  readonly path: string
  readonly kind: 'file' | 'folder'
  /** Files in the folder in byte order of their names, or the one file's own name. */
  readonly names: readonly string[]
  /** Chunks of the named file, unpacked. Throws BadInput when it can't be read whole. */
  open(name: string): Iterable<Uint8Array>
}

/** Opens a path that may be a file or a folder. Throws BadInput when there is neither. */
export function openSource(path: string, limits: ByteLimits = DEFAULT_BYTE_LIMITS): ByteSource {
  if (isFolder(path)) return { path, kind: 'folder', names: listFiles(path), open: (name) => readChunks(join(path, name), limits) }
  return { path, kind: 'file', names: [basename(path)], open: () => readChunks(path, limits) }
}

/**
 * Bytes of a file in chunks, unpacked when it begins as gzip does. A plain file is streamed in pieces, each valid only
 * until the next is taken; a packed one comes as one chunk. Throws BadInput with the path when it is missing, not a
 * file, truncated, corrupt or over a limit.
 */
export function* readChunks(path: string, limits: ByteLimits = DEFAULT_BYTE_LIMITS): Generator<Uint8Array, void, undefined> {
  const { handle, size } = openFile(path)
  try {
    refuseOver(path, size, limits.fileBytesMax)
    if (size <= PIECE_BYTES || isPacked(handle)) {
      yield unpacked(path, readPiece(path, handle, new Uint8Array(size)), limits)
      return
    }
    const piece = new Uint8Array(PIECE_BYTES)
    let total = 0
    for (let got = readPiece(path, handle, piece); got.length > 0; got = readPiece(path, handle, piece)) {
      total += got.length
      refuseOver(path, total, limits.fileBytesMax)
      yield got
    }
  } finally {
    closeSync(handle)
  }
}

/** A small file at once, unpacked when it is gzip. Throws BadInput as `readChunks` does. */
export function readWholeFile(path: string, bytesMax: number): Uint8Array {
  const { handle, size } = openFile(path)
  try {
    refuseOver(path, size, bytesMax)
    return unpacked(path, readPiece(path, handle, new Uint8Array(size)), { ...DEFAULT_BYTE_LIMITS, fileBytesMax: bytesMax, unpackedBytesMax: bytesMax })
  } finally {
    closeSync(handle)
  }
}

/** Names of the files directly in a folder, in byte order; links are followed. Throws BadInput when it is no folder. */
export function listFiles(path: string): string[] {
  if (!isFolder(path)) throw problem(path, 'is a file, a folder was expected: give the folder that holds it')
  const names = readdirSync(path, { encoding: 'buffer' }).sort((left, right) => left.compare(right))
  return names.map((name) => name.toString('utf8')).filter((name) => statSync(join(path, name), { throwIfNoEntry: false })?.isFile() === true)
}

/** Whether the path is a folder. Throws BadInput when nothing is there. */
export function isFolder(path: string): boolean {
  return outside(path, () => statSync(path)).isDirectory()
}

function openFile(path: string): { readonly handle: number; readonly size: number } {
  // A pipe would block in open() for ever, so the kind is looked at first.
  const found = outside(path, () => statSync(path))
  if (found.isDirectory()) throw problem(path, 'is a folder, a file was expected: give a file in it')
  if (!found.isFile()) throw problem(path, 'is not a regular file: copy it to one')
  const handle = outside(path, () => openSync(path, 'r'))
  return { handle, size: fstatSync(handle).size }
}

function readPiece(path: string, handle: number, into: Uint8Array): Uint8Array {
  let filled = 0
  while (filled < into.length) {
    const got = outside(path, () => readSync(handle, into, filled, into.length - filled, null))
    if (got === 0) break
    filled += got
  }
  return into.subarray(0, filled)
}

function isPacked(handle: number): boolean {
  const magic = new Uint8Array(2)
  readSync(handle, magic, 0, 2, 0)
  return beginsAsGzip(magic)
}

const beginsAsGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

function unpacked(path: string, bytes: Uint8Array, limits: ByteLimits): Uint8Array {
  if (!beginsAsGzip(bytes)) return bytes
  const bytesMax = Math.min(limits.unpackedBytesMax, Math.max(limits.bombBytesMin, Math.floor(bytes.length * limits.unpackedRatioMax)))
  try {
    // One output buffer of the stated size when that is right: nothing is joined.
    return gunzipSync(bytes, { maxOutputLength: bytesMax, chunkSize: Math.min(Math.max(statedSize(bytes) + 64, 64 * 1024), 16 * MIB) })
  } catch (error) {
    throw unpackProblem(path, error, bytes.length, bytesMax)
  }
}

/** Unpacked size modulo 2^32 of the last member: the last 4 bytes, little-endian (RFC 1952). A hint: a cut-off file ends in anything. */
function statedSize(bytes: Uint8Array): number {
  return bytes.length < 18 ? 0 : new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true)
}

function unpackProblem(path: string, error: unknown, packedBytes: number, bytesMax: number): unknown {
  switch (codeOf(error)) {
    case 'ERR_BUFFER_TOO_LARGE':
      return bomb(path, packedBytes, bytesMax)
    case 'Z_BUF_ERROR':
      return problem(path, 'is a truncated gzip file: it ends in the middle; fetch or copy it again')
    case 'Z_DATA_ERROR':
      return problem(path, `is a corrupt gzip file (${(error as Error).message}): fetch or copy it again`)
    default:
      return error
  }
}

const bomb = (path: string, packedBytes: number, bytesMax: number): BadInput =>
  problem(path, `unpacks from ${packedBytes} bytes to more than ${bytesMax} bytes, the limit for a file of its size: a decompression bomb, or unpack it first if it is sound`)

function refuseOver(path: string, bytes: number, bytesMax: number): void {
  if (bytes > bytesMax) throw problem(path, `has ${bytes} bytes, at most ${bytesMax} are read: split it or check that it is the right file`)
}

/** Runs one file system call; what a person can mend becomes BadInput. */
function outside<T>(path: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    switch (codeOf(error)) {
      case 'ENOENT':
        throw problem(path, 'does not exist: check the path')
      case 'ENOTDIR':
        throw problem(path, 'does not exist, a part of the path is a file: check the path')
      case 'EACCES':
      case 'EPERM':
        throw problem(path, 'may not be read: check its permissions')
      case 'ELOOP':
        throw problem(path, 'is a circle of links: check the path')
      case 'ENAMETOOLONG':
        throw problem(path, 'is longer than a path may be')
      default:
        throw error
    }
  }
}

const problem = (path: string, message: string): BadInput => new BadInput([{ path, message }])
const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : null)
