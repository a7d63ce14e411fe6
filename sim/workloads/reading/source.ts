import type { IssueList } from './issueList.ts'

/** A trace as the caller opened it: one file, or a folder of files. Readers do no I/O of their own. */
export interface LoadSource {
  /** As the person gave it; for messages. */
  readonly path: string
  readonly kind: 'file' | 'folder'
  /** Files in the folder in byte order of their names, or the one file's own name. */
  readonly names: readonly string[]
  /** Bytes of the named file, unpacked. Throws BadInput when it can't be read. */
  open(name: string): Uint8Array | Iterable<Uint8Array>
}

/** Chunks of a named file; a chunk need only be valid until the next is taken. */
export function chunksOf(source: LoadSource, name: string): Iterable<Uint8Array> {
  const opened = source.open(name)
  return opened instanceof Uint8Array ? [opened] : opened
}

/** The path of a file of the source, for messages. */
export function pathOf(source: LoadSource, name: string): string {
  return source.kind === 'file' ? source.path : `${source.path.replace(/\/+$/, '')}/${name}`
}

/** The file of that name, or its packed form `name.gz`; null when the source has neither. */
export function findFile(source: LoadSource, name: string): string | null {
  return [name, `${name}.gz`].find((candidate) => source.names.includes(candidate)) ?? null
}

/** Like `findFile`, and adds an issue when there is none. */
export function needFile(source: LoadSource, name: string, issues: IssueList): string | null {
  const found = findFile(source, name)
  if (found === null) issues.add(pathOf(source, name), null, () => `does not exist: ${source.kind === 'file' ? 'give the folder that holds it' : 'the format needs this file (or it packed, .gz)'}`)
  return found
}
