import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BadInput } from '../../../src/model/result.ts'
import type { LoadSource } from '../../../sim/workloads/reading/source.ts'

export const SHARED = process.env.PLIMSOLL_SHARED ?? '../shared'
export const TRACES = join(SHARED, 'traces')
export const hasTraces = existsSync(TRACES)

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

export const fileOf = (path: string, text: string): LoadSource => ({ path, kind: 'file', names: [path], open: () => bytesOf(text) })

/** Files by name; the names are listed in the order given. */
export function folderOf(path: string, files: ReadonlyMap<string, string>): LoadSource {
  return { path, kind: 'folder', names: [...files.keys()], open: (name) => bytesOf(files.get(name)!) }
}

/** The bytes cut at these places (each modulo the length), every piece in a buffer that is overwritten afterwards. */
export function* cut(bytes: Uint8Array, places: readonly number[]): Generator<Uint8Array, void, undefined> {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((left, right) => left - right)
  let from = 0
  for (const end of [...ends, bytes.length]) {
    const piece = bytes.slice(from, end)
    yield piece
    piece.fill(55)
    from = end
  }
}

/** Lines of the problems that reading finds. */
export function problemsOf(read: () => unknown): string[] {
  try {
    read()
  } catch (error) {
    if (error instanceof BadInput) return error.issues.map((issue) => `${issue.path}: ${issue.message}`)
    throw error
  }
  return []
}
