import type * as z from 'zod'
import type { FieldPath } from './sourceDocument.ts'

export interface Pruned {
  readonly value: unknown
  /** Fields, as they were written, that were left out and are not simply unknown keys. */
  readonly lost: readonly FieldPath[]
  /** Elements, as they were written, that were taken out of lists: what follows them has moved up. Outer lists come last, and later elements first. */
  readonly removed: readonly FieldPath[]
}

/** The value without the parts that a schema complains about. */
export function prune(before: Pruned, issues: readonly z.core.$ZodIssue[]): Pruned {
  const copy = structuredClone(before.value)
  const lost = [...before.lost]
  const removed = new Map<string, FieldPath>()
  for (const issue of issues) {
    const path = issue.path as FieldPath
    if (issue.code === 'unrecognized_keys') {
      const holder = nodeAt(copy, path)
      if (isHolder(holder)) for (const key of issue.keys) Reflect.deleteProperty(holder, key)
      continue
    }
    const element = elementToRemove(before.value, path)
    lost.push(shifted(element ?? path, before.removed))
    if (element !== null) removed.set(JSON.stringify(element), element)
    else if (path.length > 0) deleteAt(copy, path)
  }
  const order = [...removed.values()].sort(outerLast)
  for (const path of order) {
    const list = nodeAt(copy, path.slice(0, -1))
    if (Array.isArray(list)) list.splice(Number(path.at(-1)), 1)
  }
  return { value: copy, lost, removed: [...before.removed, ...order.map((path) => shifted(path, before.removed))].sort(outerLast) }
}

/** From the inside and from the back, so that the places of the others still hold. */
const outerLast = (a: FieldPath, b: FieldPath): number => b.length - a.length || Number(b.at(-1)) - Number(a.at(-1))

/** A path of the shortened value as one of the value as written. */
export function shifted(path: FieldPath, removed: readonly FieldPath[]): FieldPath {
  const result = [...path]
  for (const element of [...removed].reverse()) {
    const place = element.length - 1
    const index = result[place]
    if (typeof index !== 'number' || !startsWith(result, element.slice(0, -1))) continue
    if (index >= Number(element[place])) result[place] = index + 1
  }
  return result
}

/** Whether one path is around the other. */
export const related = (a: FieldPath, b: FieldPath): boolean => startsWith(a, b) || startsWith(b, a)

const startsWith = (path: FieldPath, head: FieldPath): boolean => head.every((key, index) => path[index] === key)

/** Faulty elements of lists go whole; so do elements that miss a key they need. */
function elementToRemove(value: unknown, path: FieldPath): FieldPath | null {
  const isMissing = nodeAt(value, path) === undefined
  if (typeof path.at(-1) === 'number') return path
  if (!isMissing) return null
  const place = path.findLastIndex((key) => typeof key === 'number')
  return place < 0 ? null : path.slice(0, place + 1)
}

type Holder = Record<string | number, unknown>
const isHolder = (value: unknown): value is Holder => typeof value === 'object' && value !== null

function nodeAt(root: unknown, path: FieldPath): unknown {
  let node = root
  for (const key of path) node = isHolder(node) && Object.hasOwn(node, key) ? node[key] : undefined
  return node
}

function deleteAt(root: unknown, path: FieldPath): void {
  const holder = nodeAt(root, path.slice(0, -1))
  if (isHolder(holder)) Reflect.deleteProperty(holder, path.at(-1)!)
}
