import { unknownWord } from '../config/nearest.ts'
import type { ExitCode } from './exitCode.ts'
import { SNAPSHOT_FORMATS, importSnapshotCommand, type ImportSnapshotOptions } from './importSnapshot.ts'
import { IMPORT_FORMATS, importCommand, type ImportOptions } from './importTrace.ts'
import { bad } from './options.ts'
import type { Terminal } from './terminal.ts'

/** Imports a load or a pool, whichever the format is; the last path is the destination. */
export async function importAnyCommand(format: string, paths: readonly string[], options: ImportOptions & ImportSnapshotOptions, terminal: Terminal): Promise<ExitCode> {
  const formats = [...IMPORT_FORMATS.map(({ name }) => name), ...SNAPSHOT_FORMATS]
  if (!formats.includes(format)) throw bad('FORMAT', unknownWord('format', format, formats))
  const sources = paths.slice(0, -1)
  const destination = paths.at(-1)!
  if (sources.length === 0) throw bad('DESTINATION', `is missing: plimsoll import ${format} ${paths[0]!} DESTINATION`)
  const pool = SNAPSHOT_FORMATS.find((name) => name === format)
  if (pool !== undefined) return importSnapshotCommand(pool, sources, destination, options, terminal)
  if (sources.length > 1) throw bad('SOURCE', `${sources.length} sources were given, ${format} has one: plimsoll import ${format} SOURCE DESTINATION`)
  if (options.util !== undefined) throw bad('--util', `has no meaning for ${format}: only ganeti has loads of their own`)
  return importCommand(format, sources[0]!, destination, options, terminal)
}
