import { BadInput, type Issue } from '../../model/result.ts'
import type { Snapshot } from '../../model/snapshot.ts'
import { snapshotFrom } from '../snapshotFile.ts'
import type { FieldPath } from '../sourceDocument.ts'

/** A text with the name that messages give it. */
export interface NamedText {
  readonly file: string
  readonly text: string
}

/** A snapshot that another tool's files tell, as it would be written, and what of them it does not carry over. */
export interface Imported {
  readonly fields: object
  readonly snapshot: Snapshot
  readonly notes: readonly string[]
}

/** A host, VM or rule under construction, with the place (`file:line`) that it was read from. Keys that are undefined are left out of the file. */
export interface Entry {
  readonly fields: Readonly<Record<string, unknown>>
  readonly place: string
  /** Places of keys that came from elsewhere than the rest. */
  readonly placeOf?: Readonly<Record<string, string>>
}

export interface Entries {
  readonly hosts: readonly Entry[]
  readonly vms: readonly Entry[]
  readonly rules: readonly Entry[]
}

/**
 * The snapshot of what was read. Throws BadInput with all faults at once, each with the file and line it came from: those
 * of the reading, and what a snapshot may not be (unless whole hosts could not be read: then it would say nothing). `head`:
 * further keys of the snapshot.
 */
export function importedSnapshot(file: string, entries: Entries, faults: readonly Issue[], hostsLost: boolean, notes: readonly string[], head: object = {}): Imported {
  if (hostsLost) throw new BadInput(faults)
  const fieldsOf = (list: readonly Entry[]): object[] => list.map(({ fields }) => without(fields))
  const { hosts, vms, rules } = entries
  const fields = { formatVersion: 1, ...head, hosts: fieldsOf(hosts), vms: fieldsOf(vms), rules: fieldsOf(rules) }
  const placeOf = ([list, index, key]: FieldPath): string => {
    const entry = typeof index === 'number' && (list === 'hosts' || list === 'vms' || list === 'rules') ? entries[list][index] : undefined
    return entry?.placeOf?.[String(key)] ?? entry?.place ?? file
  }
  try {
    const snapshot = snapshotFrom(fields, { placeOf })
    if (faults.length > 0) throw new BadInput([])
    return { fields, snapshot, notes }
  } catch (error) {
    throw error instanceof BadInput ? new BadInput([...faults, ...error.issues]) : error
  }
}

/** A number where the text is one; else the text, for the snapshot's own check to say what is wrong with it. */
export const numberOr = (text: string): number | string => (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : text)

/** Fields without some keys, and without those that have no value. */
export function without(fields: object, ...keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([key, value]) => value !== undefined && !keys.includes(key)))
}

/** What another tool calls something, as a name of ours that is not taken: other characters become "-". */
export function nameFrom(text: string, taken: Set<string>): string {
  const plain = text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^-+/, '').slice(0, 56) || 'unnamed'
  let name = plain
  for (let number = 2; taken.has(name); number++) name = `${plain}-${number}`
  taken.add(name)
  return name
}
