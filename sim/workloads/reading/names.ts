import { vmId, NAME_PATTERN, type VmId } from '../../../src/model/ids.ts'
import type { IssueList } from './issueList.ts'

const RESERVED = new Set(['__proto__', 'constructor', 'prototype'])
const TRACE_NAME = /^[\x20-\x2b\x2d-\x7e]{1,255}$/

/** Why a text can't be a name of ours (host, VM, class), or null. */
export function nameFault(name: string): string | null {
  if (RESERVED.has(name)) return `"${name}" is a reserved word: rename it`
  return NAME_PATTERN.test(name) ? null : `${quoted(name)} is not a name: 1 to 64 of A-Z a-z 0-9 . _ -, not beginning with -`
}

/** Checks the names of a trace's columns: printable, none twice. `firstColumn` is the 1-based column of the first name. */
export function checkTraceNames(file: string, line: number, names: readonly string[], firstColumn: number, issues: IssueList): void {
  const columnOf = new Map<string, number>()
  for (const [index, name] of names.entries()) {
    const column = index + firstColumn
    const before = columnOf.get(name)
    if (before !== undefined) issues.add(file, line, () => `column ${column}: the name ${quoted(name)} stands in column ${before} already`)
    else if (!TRACE_NAME.test(name)) issues.add(file, line, () => `column ${column}: ${quoted(name)} is not a name: 1 to 255 printable ASCII characters without commas`)
    columnOf.set(name, column)
  }
}

/**
 * VM ids for a trace's names: characters that ids can't have become `_`, longer ones are cut at 64, and an id that is
 * taken gets `.2`, `.3`, ... in the order of the names.
 */
export function vmIdsOf(names: readonly string[]): VmId[] {
  const taken = new Set<string>()
  return names.map((name) => {
    const base = name.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^-/, '_').slice(0, 64)
    let id = RESERVED.has(base) ? `${base}_` : base
    for (let count = 2; taken.has(id); count++) id = `${base.slice(0, 57)}.${count}`
    taken.add(id)
    return vmId(id)
  })
}

/** Text from outside, safe in a message: no control characters, cut when long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text)
}

/** Order of the names as bytes. Names are ASCII, where code units are bytes. */
export const byteOrder = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)
