import { existsSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import type { FileReference, OpenFile } from '../config/scenario.ts'
import { parseSource, type SourceDocument } from '../config/sourceDocument.ts'
import { readWholeFile } from '../store/bytes.ts'
import { withSeries } from '../config/seriesCsv.ts'
import { BadInput, type Issue } from '../model/result.ts'
import { bad } from './options.ts'

/** No policy, snapshot or scenario is larger. */
const TEXT_BYTES_MAX = 256 * 1024 * 1024

export function readText(path: string): string {
  const bytes = readWholeFile(path, TEXT_BYTES_MAX)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw bad(path, 'is not UTF-8 text')
  }
}

/** A document with the CSV files that its tariffs name, relative to it. */
export function readDocument(path: string): SourceDocument {
  const text = readText(path)
  const document = parseSource(path, text)
  // Most files name none, and some are large.
  return !text.includes('csv') ? document : { ...document, value: withSeriesOf(document.value, path, dirname(path)) }
}

/** Puts the series in that tariffs name as CSV files; throws BadInput with all that is wrong in them. */
export function withSeriesOf(value: unknown, namedIn: string, workingDirectory: string): unknown {
  const faults: Issue[] = []
  const whole = withSeries(value, (path) => {
    const file = locate({ path, relativeTo: 'file' }, namedIn, workingDirectory)
    return { file, text: readText(file) }
  }, faults)
  if (faults.length > 0) throw new BadInput(faults)
  return whole
}

/** Opens files that a scenario names, each once. */
export function fileOpener(scenarioFile: string, workingDirectory: string): OpenFile {
  const opened = new Map<string, SourceDocument>()
  return (reference) => {
    const path = locate(reference, scenarioFile, workingDirectory)
    const known = opened.get(path)
    if (known !== undefined) return known
    const document = readDocument(path)
    opened.set(path, document)
    return document
  }
}

/** Where a named file is; kept relative where it was, so that messages show what people know. */
export function locate({ path, relativeTo }: FileReference, scenarioFile: string, workingDirectory: string): string {
  if (isAbsolute(path)) return path
  return relativeTo === 'file' ? join(dirname(scenarioFile), path) : relative(process.cwd(), resolve(workingDirectory, path)) || '.'
}

/** The scenario's file, given it or its folder. */
export function scenarioFileOf(given: string, workingDirectory: string): string {
  const path = resolve(workingDirectory, given)
  if (!existsSync(path)) throw bad(given, 'does not exist: give a scenario file, or a folder with scenario.yaml')
  if (!statSync(path).isDirectory()) return given
  const inside = join(given, 'scenario.yaml')
  if (!existsSync(resolve(workingDirectory, inside))) throw bad(given, 'is a folder without scenario.yaml: give a scenario file, or a folder with one')
  return inside
}
