import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Files of a live record, in a folder of its own. Lines are only ever added. */
export const LIVE_FILES = { header: 'header.json', events: 'events.ndjson', inputs: 'inputs.ndjson', decisions: 'decisions.ndjson', plans: 'plans.ndjson', migrations: 'migrations.ndjson', alarms: 'alarms.ndjson' } as const
export type LiveFile = Exclude<keyof typeof LIVE_FILES, 'header'>

/** What a loop did, as it does it: everything that reached the controller, and what came of it. */
export interface LiveRecord {
  readonly folder: string
  add(file: LiveFile, value: unknown): void
}

/** Begins a record under `folder`, named by the instant; throws where one of that name is. */
export function beginLiveRecord(folder: string, startUnixMs: number, header: object): LiveRecord {
  const path = join(folder, new Date(startUnixMs).toISOString().replaceAll(/[:.]/g, '-'))
  mkdirSync(folder, { recursive: true })
  mkdirSync(path)
  writeFileSync(join(path, LIVE_FILES.header), `${JSON.stringify(header, null, 1)}\n`)
  return { folder: path, add: (file, value) => appendFileSync(join(path, LIVE_FILES[file]), `${typeof value === 'string' ? value : JSON.stringify(value)}\n`) }
}

/** Lines of a file of a record; of one that was cut off in the middle of a line, the whole ones. None where there is no such file. */
export function liveLines(folder: string, file: LiveFile): string[] {
  try {
    const text = readFileSync(join(folder, LIVE_FILES[file]), 'utf8')
    return text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter((line) => line !== '')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

export const liveHeader = (folder: string): unknown => JSON.parse(readFileSync(join(folder, LIVE_FILES.header), 'utf8'))
