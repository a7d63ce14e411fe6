import { BadInput } from '../../../src/model/result.ts'
import { quoted } from '../reading/names.ts'
import type { IssueList } from '../reading/issueList.ts'

export const SERIES_KINDS = ['cpu', 'memory', 'network', 'disk'] as const
export type SeriesKind = (typeof SERIES_KINDS)[number]

/** What `load.json` says of one table of samples. */
export interface SeriesManifest {
  readonly stepMs: number
  readonly divisor: number
  readonly sampleCount: number
}

/** `load.json`: what makes a folder a load folder. */
export interface LoadManifest {
  readonly formatVersion: 1
  readonly startUnixMs: number
  /** Where the load is from, for people. */
  readonly description: string
  readonly series: Readonly<Partial<Record<SeriesKind, SeriesManifest>>>
}

/** Most a ratio may be: CPU may pass the VM's size a little (turbo), and a forgotten divisor should not pass. */
export const RATIO_MAX: Readonly<Record<SeriesKind, number>> = { cpu: 10, memory: 1, network: 1e7, disk: 1e7 }

const DIVISOR_MAX = 1e9

/** Reads `load.json`. Adds every problem with its field and returns null when there is any. */
export function parseManifest(file: string, text: string, issues: IssueList): LoadManifest | null {
  const before = issues.count
  const add = (field: string, message: string): void => issues.add(`${file} ${field}`.trim(), null, () => message)
  const root = fieldsOf(parseJson(file, text), '', ['formatVersion', 'startUnixMs', 'description', 'series'], add)
  if (root === null) return null
  if (root.get('formatVersion') !== 1) add('formatVersion', 'must be 1')
  const startUnixMs = wholeField(root, '', 'startUnixMs', 0, 8.64e15, add)
  const description = root.get('description') ?? ''
  const isText = typeof description === 'string'
  if (!isText) add('description', 'must be a text')
  const series: Partial<Record<SeriesKind, SeriesManifest>> = {}
  const listed = fieldsOf(root.get('series'), 'series', SERIES_KINDS, add)
  for (const kind of SERIES_KINDS) {
    if (listed?.has(kind)) series[kind] = seriesManifest(listed.get(kind), `series.${kind}`, add)
  }
  return issues.count === before ? { formatVersion: 1, startUnixMs, description: isText ? description : '', series } : null
}

export type AddFieldIssue = (field: string, message: string) => void

function seriesManifest(value: unknown, path: string, add: AddFieldIssue): SeriesManifest {
  const fields = fieldsOf(value, path, ['stepMs', 'divisor', 'sampleCount'], add) ?? new Map<string, unknown>()
  return {
    stepMs: wholeField(fields, path, 'stepMs', 1, 86_400_000, add),
    divisor: numberField(fields, path, 'divisor', 1e-9, DIVISOR_MAX, add),
    sampleCount: wholeField(fields, path, 'sampleCount', 1, 1e9, add),
  }
}

/** Throws BadInput when the text is no JSON. */
export function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new BadInput([{ path: file, message: `is not JSON: ${(error as Error).message}` }])
  }
}

/** Fields of a JSON object by name; adds issues for unknown ones, and null when it is no object. */
export function fieldsOf(value: unknown, path: string, known: readonly string[], add: AddFieldIssue): Map<string, unknown> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    add(path, 'must be a group of keys')
    return null
  }
  const fields = new Map(Object.entries(value))
  for (const key of fields.keys()) if (!known.includes(key)) add(path, `has the unknown key ${quoted(key)}: ${known.join(', ')} are known`)
  return fields
}

export function numberField(fields: ReadonlyMap<string, unknown>, path: string, key: string, min: number, max: number, add: AddFieldIssue): number {
  const value = fields.get(key)
  if (typeof value === 'number' && value >= min && value <= max) return value
  add(path === '' ? key : `${path}.${key}`, `must be a number from ${min} to ${max}`)
  return Number.NaN
}

export function wholeField(fields: ReadonlyMap<string, unknown>, path: string, key: string, min: number, max: number, add: AddFieldIssue): number {
  const value = fields.get(key)
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  add(path === '' ? key : `${path}.${key}`, `must be a whole number from ${min} to ${max}`)
  return Number.NaN
}
