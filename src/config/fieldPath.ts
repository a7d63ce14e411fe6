import { type Result, done, refuse } from '../model/result.ts'
import type { FieldPath } from './sourceDocument.ts'

const SEGMENT = /^(?:\.?([A-Za-z_][A-Za-z0-9_-]*)|\.(\d{1,7})(?=[.[]|$)|\[(\d{1,7})\]|\["([^"\]]{1,100})"\])/

/** Reads `hosts[0].count` or `hosts.0.count`. Refuses what is no path, and keys that reach into the language. */
export function parseFieldPath(text: string): Result<FieldPath> {
  const path: (string | number)[] = []
  for (let rest = text; rest !== ''; ) {
    const match = SEGMENT.exec(rest)
    if (match === null || (path.length === 0 && rest.startsWith('.'))) return refuse('noPath', `${JSON.stringify(text.slice(0, 80))} is no path: write keys with dots and list places in brackets, such as hosts[0].count`)
    const key = match[1] ?? match[4]
    if (key !== undefined && ['__proto__', 'constructor', 'prototype'].includes(key)) return refuse('noPath', `${key} is not allowed as a key`)
    path.push(key ?? Number(match[2] ?? match[3]))
    rest = rest.slice(match[0].length)
  }
  return path.length === 0 ? refuse('noPath', 'the path is empty: write keys with dots, such as workload.path') : done(path)
}
