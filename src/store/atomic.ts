import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { BadInput } from '../model/result.ts'
import { isFolder } from './bytes.ts'

/** What a file is made of. */
export type Content = string | Uint8Array | Iterable<string | Uint8Array>

const FLUSH_BYTES = 256 * 1024
const TRIES = 100

/** Temporary files and folders that are not in place yet. */
const unfinished = new Set<string>()

/** Removes what was begun and not committed. For the handler of a signal: nothing half-written stays behind. */
export function abortAllWrites(): void {
  for (const path of unfinished) rmSync(path, { recursive: true, force: true })
  unfinished.clear()
}

/** Writes a file so that a reader sees the old bytes or the new ones, also after a crash. Folders above are made. */
export function writeFileAtomic(given: string, content: Content): void {
  const path = resolve(given)
  if (existsSync(path) && isFolder(path)) throw problem(path, 'is a folder, a file is to be written there: pick another name')
  makeFolder(dirname(path))
  const folder = begin(path)
  try {
    const temporary = join(folder, basename(path))
    writeDurably(temporary, content)
    renameSync(temporary, path)
    syncFolder(dirname(path))
  } finally {
    end(folder)
  }
}

/** A folder that is being written beside its place and is moved there at once. */
export interface AtomicFolder {
  /** Where to write until then. */
  readonly temporaryPath: string
  writeFile(name: string, content: Content): void
  /** Puts the folder in its place; what was there is gone then. */
  commit(): void
  /** Removes what was written; what was in its place stays. */
  abort(): void
}

/**
 * Begins a folder that takes the place of the given one when committed. Throws BadInput when something else is there: a file,
 * or a folder that is neither empty nor holds `marker`, the file by which folders of this kind are known.
 */
export function beginFolder(given: string, marker: string): AtomicFolder {
  const path = resolve(given)
  recover(path)
  if (existsSync(path)) checkReplaceable(path, marker)
  makeFolder(dirname(path))
  const temporaryPath = begin(path)
  return {
    temporaryPath,
    writeFile: (name, content) => writeDurably(join(temporaryPath, name), content),
    commit: () => {
      syncFolder(temporaryPath)
      replace(path, temporaryPath)
      unfinished.delete(temporaryPath)
    },
    abort: () => end(temporaryPath),
  }
}

/** Writes a whole folder as `beginFolder` does. When a file's content throws, nothing is changed. */
export function writeFolderAtomic(path: string, marker: string, files: ReadonlyMap<string, Content>): void {
  const folder = beginFolder(path, marker)
  try {
    for (const [name, content] of files) folder.writeFile(name, content)
    folder.commit()
  } catch (error) {
    folder.abort()
    throw error
  }
}

/** Where the old folder waits while the new one takes its place. */
const previousPath = (path: string): string => join(dirname(path), `.${basename(path)}.previous`)

function replace(path: string, temporaryPath: string): void {
  const previous = previousPath(path)
  rmSync(previous, { recursive: true, force: true })
  // There is no exchange of folders in one step: a crash between these two leaves the old one where `recover` finds it.
  if (existsSync(path)) renameSync(path, previous)
  renameSync(temporaryPath, path)
  syncFolder(dirname(path))
  rmSync(previous, { recursive: true, force: true })
}

function recover(path: string): void {
  if (!existsSync(path) && existsSync(previousPath(path))) renameSync(previousPath(path), path)
}

function checkReplaceable(path: string, marker: string): void {
  if (!isFolder(path)) throw problem(path, 'is a file, a folder is to be written there: pick another name')
  const names = readdirSync(path)
  if (names.length > 0 && !names.includes(marker)) throw problem(path, `holds other files and no ${marker}, so it is not replaced: pick another name or empty it`)
}

function begin(path: string): string {
  // Not mkdtemp: its folders are closed to others, and this one will not stay temporary.
  const free = Array.from({ length: TRIES }, (_, attempt) => join(dirname(path), `.${basename(path)}.${process.pid}-${attempt}`)).find((name) => !existsSync(name))
  if (free === undefined) throw problem(dirname(path), `holds ${TRIES} temporary folders named .${basename(path)}.*: remove them`)
  mkdirSync(free)
  unfinished.add(free)
  return free
}

function end(temporary: string): void {
  rmSync(temporary, { recursive: true, force: true })
  unfinished.delete(temporary)
}

/** One level at a time: Node's recursive mkdir never ends where a folder can't be made in one that is there, as in /proc. */
function makeFolder(path: string): void {
  if (existsSync(path) && isFolder(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    if (error.code === 'ENOTDIR' || (error.code === 'EEXIST' && !isFolder(path))) throw problem(path, 'can not be a folder: a part of the path is a file')
    // Somebody else may have made it in between.
    if (error.code !== 'EEXIST') throw error
  }
}

function writeDurably(path: string, content: Content): void {
  const handle = openSync(path, 'wx')
  try {
    if (typeof content === 'string' || content instanceof Uint8Array) writeWhole(handle, content)
    else writePieces(handle, content)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Joins small texts before writing: one call a line would cost more than making it. */
function writePieces(handle: number, pieces: Iterable<string | Uint8Array>): void {
  let texts: string[] = []
  let length = 0
  const flush = (): void => {
    if (length > 0) writeWhole(handle, texts.join(''))
    texts = []
    length = 0
  }
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      texts.push(piece)
      length += piece.length
      if (length >= FLUSH_BYTES) flush()
    } else {
      flush()
      writeWhole(handle, piece)
    }
  }
  flush()
}

function writeWhole(handle: number, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at)
}

function syncFolder(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

const problem = (path: string, message: string): BadInput => new BadInput([{ path, message }])
