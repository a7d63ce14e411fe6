import type * as z from 'zod'
import { BadInput, type Issue } from '../model/result.ts'
import { shown } from './fields.ts'
import { unknownWord } from './nearest.ts'
import { prune, related, shifted, type Pruned } from './prune.ts'
import { fieldText, type FieldPath } from './sourceDocument.ts'
import { UNION_MESSAGE, resolveUnions } from './unionIssues.ts'

/** Where a field came from, for the head of a message: a file and line, or an option of the command line. */
export interface Origin {
  placeOf(path: FieldPath): string
}

/** Collects everything that is wrong with one input. */
export interface Problems {
  readonly issues: readonly Issue[]
  add(path: FieldPath, message: string): void
  /** Takes over a fault of another file, with that file's place. */
  addIssue(issue: Issue): void
}

export function problemsOf(origin: Origin): Problems {
  const issues: Issue[] = []
  return { issues, add: (path, message) => issues.push({ path: issuePath(origin, path), message }), addIssue: (issue) => issues.push(issue) }
}

/** `scenario.yaml:12 policies[0].powerSave.holdMs`. */
export const issuePath = (origin: Origin, path: FieldPath): string => `${origin.placeOf(path)} ${fieldText(path)}`.trim()

/** Throws what was found, if anything. */
export function refuseIssues(issues: readonly Issue[]): void {
  if (issues.length > 0) throw new BadInput(issues)
}

/** A value that fits its schema, perhaps only after its faulty parts were left out. */
export interface Fitted<Value> {
  readonly value: Value
  /** Whether something at, under or around the field was left out, so that nothing can be concluded from it. */
  readonly isLost: (path: FieldPath) => boolean
  /** What was left out, as it was written. */
  readonly lost: readonly FieldPath[]
  /** For further faults of the fitted value: list indices are those of the value as written. */
  readonly problems: Problems
}

/**
 * Checks a value against a schema. Everything wrong goes to `problems`; what is right is still returned, so that checks
 * between fields can report their faults at the same time. Null when too little is left.
 */
export function fit<Schema extends z.ZodType>(schema: Schema, value: unknown, path: FieldPath, problems: Problems): Fitted<z.output<Schema>> | null {
  const result = schema.safeParse(value)
  if (result.success) return { value: result.data, isLost: () => false, lost: [], problems: under(problems, path, [], []) }
  let issues = resolveUnions(result.error.issues)
  for (const issue of issues) report(issue, value, path, problems)
  let pruned: Pruned = { value, lost: [], removed: [] }
  // What is left out may leave something around it wanting, seldom more than once.
  for (let round = 0; round < PRUNE_ROUNDS_MAX; round++) {
    pruned = prune(pruned, issues)
    const retry = schema.safeParse(pruned.value)
    if (retry.success) {
      const { lost, removed } = pruned
      return { value: retry.data, lost, isLost: (field) => lost.some((one) => related(one, shifted(field, removed))), problems: under(problems, path, removed, lost) }
    }
    issues = resolveUnions(retry.error.issues)
  }
  return null
}

const PRUNE_ROUNDS_MAX = 4

/** Paths are of the fitted value; they are shifted to those of the file. What was told of a field that was left out is not told again as missing. */
const under = (problems: Problems, base: FieldPath, removed: readonly FieldPath[], lost: readonly FieldPath[]): Problems => ({
  issues: problems.issues,
  add: (path, message) => {
    const written = shifted(path, removed)
    if (!lost.some((one) => one.length === written.length && related(one, written))) problems.add([...base, ...written], message)
  },
  addIssue: (issue) => problems.addIssue(issue),
})

type ZodIssue = z.core.$ZodIssue

function report(issue: ZodIssue, root: unknown, base: FieldPath, problems: Problems): void {
  const path = [...base, ...(issue.path as FieldPath)]
  if (issue.code === 'unrecognized_keys') {
    const lines = issue.message.split('\n')
    issue.keys.forEach((key, index) => problems.add([...path, key], lines[index] ?? 'unknown key'))
    return
  }
  problems.add(path, messageOf(issue, at(root, issue.path as FieldPath)))
}

function messageOf(issue: ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return value === undefined ? `is missing: expected ${kindText(issue.expected)}` : `is ${shown(value)}, expected ${kindText(issue.expected)}`
    case 'invalid_value': {
      return typeof value === 'string' && issue.values.length > 1 ? unknownWord('value', value, issue.values.map(String)) : `is ${shown(value)}, expected ${issue.values.map((one) => JSON.stringify(one)).join(' or ')}`
    }
    case 'too_small':
      return `is ${sizeText(value, issue.origin)}, expected at least ${issue.minimum}`
    case 'too_big':
      return `is ${sizeText(value, issue.origin)}, expected at most ${issue.maximum}`
    case 'invalid_format':
      return issue.format === 'regex' ? `is ${shown(value)}: use letters, digits, ".", "_" and "-", at most 64, not beginning with "-"` : issue.message
    case 'invalid_union':
      return issue.message === UNION_MESSAGE ? `is ${shown(value)}, expected ${expectedOf(issue)}` : issue.message
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return issue.message
  }
}

const sizeText = (value: unknown, origin: string): string => (origin === 'array' && Array.isArray(value) ? (value.length === 0 ? 'empty' : `a list of ${value.length}`) : shown(value))

function expectedOf(issue: Extract<ZodIssue, { code: 'invalid_union' }>): string {
  const kinds = issue.errors.flatMap((branch) => branch.filter((inner) => inner.path.length === 0).map((inner) => (inner.code === 'invalid_type' ? kindText(inner.expected) : inner.code === 'invalid_value' ? inner.values.map((one) => JSON.stringify(one)).join(' or ') : '')))
  return [...new Set(kinds.filter((kind) => kind !== ''))].join(' or ') || 'another value'
}

function kindText(expected: string): string {
  switch (expected) {
    case 'int':
      return 'a whole number'
    case 'object':
    case 'record':
      return 'a group of keys'
    case 'array':
      return 'a list'
    case 'string':
      return 'a text'
    case 'boolean':
      return 'true or false'
    default:
      return `a ${expected}`
  }
}

function at(root: unknown, path: FieldPath): unknown {
  let value = root
  for (const key of path) value = typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string | number, unknown>)[key] : undefined
  return value
}
