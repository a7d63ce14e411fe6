import { LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument, type Document, type YAMLError } from 'yaml'
import { BadInput, type Issue } from '../model/result.ts'

export type FieldPath = readonly (string | number)[]

/** A file's content as plain values, with the way back to its lines. */
export interface SourceDocument {
  /** As the person gave it; for messages. */
  readonly file: string
  readonly value: unknown
  /** Line (from 1) on which the field, or else the nearest field around it, begins. */
  lineOf(path: FieldPath): number
}

const KEYS_REFUSED = new Set(['__proto__', 'constructor', 'prototype'])
const DEPTH_MAX = 40
const SYNTAX_ISSUES_MAX = 20
const MESSAGE_LENGTH_MAX = 200
/** Largest text of each kind that is parsed: YAML's parser needs about a hundred times the text in memory. */
const YAML_LENGTH_MAX = 4_000_000
const JSON_LENGTH_MAX = 256_000_000

/**
 * Parses YAML, or JSON when the text begins as JSON does. Throws BadInput with all syntax errors, each with its line,
 * and for keys that would reach into the language (`__proto__`), for values nested too deep and texts too long.
 */
export function parseSource(file: string, text: string): SourceDocument {
  const json = text.length > 0 && /^\s*[{[]/.test(text.slice(0, 100)) ? parseJson(text) : undefined
  const document = json === undefined ? parseYaml(file, text) : { file, value: json, lineOf: lazyLines(text) }
  const issues: Issue[] = []
  refuseKeys(document, document.value, [], issues)
  if (issues.length > 0) throw new BadInput(issues)
  return document
}

/** JSON's own parser is much faster; a text that it does not take goes to YAML, which says where it is wrong. */
function parseJson(text: string): unknown {
  if (text.length > JSON_LENGTH_MAX) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function parseYaml(file: string, text: string): SourceDocument {
  if (text.length > YAML_LENGTH_MAX) throw new BadInput([{ path: file, message: `has ${text.length} characters, at most ${YAML_LENGTH_MAX} are read as YAML: write large files as JSON` }])
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, stringKeys: true })
  const issues = new Map<string, Issue>()
  for (const error of document.errors) {
    const issue = { path: `${file}:${lines.linePos(error.pos[0]).line}`, message: syntaxMessage(error) }
    issues.set(`${issue.path} ${issue.message}`, issue)
  }
  if (issues.size > 0) throw new BadInput(shortened(file, [...issues.values()]))
  return { file, value: plainValue(file, document), lineOf: (path) => lineOf(document, lines, path) }
}

/** Aliases are legal; a bomb of them is not. */
function plainValue(file: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown
  } catch (error) {
    throw new BadInput([{ path: file, message: `cannot be read: ${error instanceof Error ? firstLine(error.message) : String(error)}` }])
  }
}

/** What follows from one slip is not told a thousand times. */
function shortened(file: string, issues: readonly Issue[]): Issue[] {
  if (issues.length <= SYNTAX_ISSUES_MAX) return [...issues]
  return [...issues.slice(0, SYNTAX_ISSUES_MAX), { path: file, message: `has ${issues.length - SYNTAX_ISSUES_MAX} more such errors: is it the right file?` }]
}

/** The parser's words, short, and ours where its words speak to programmers. */
function syntaxMessage({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'a second document begins with "---": put it into a file of its own'
  if (message.includes('call stack')) return `is nested deeper than ${DEPTH_MAX} levels`
  const text = firstLine(message)
  return text.length > MESSAGE_LENGTH_MAX ? `${text.slice(0, MESSAGE_LENGTH_MAX)}...` : text
}

const firstLine = (text: string): string => text.split('\n', 1)[0]!

/** Lines of a JSON text are wanted only when something is wrong with it. */
function lazyLines(text: string): (path: FieldPath) => number {
  let found: ((path: FieldPath) => number) | null = null
  return (path) => {
    if (text.length > YAML_LENGTH_MAX) return 1
    if (found === null) {
      const lines = new LineCounter()
      const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false })
      found = (inner) => lineOf(document, lines, inner)
    }
    return found(path)
  }
}

function lineOf(document: Document, lines: LineCounter, path: FieldPath): number {
  let node: unknown = document.contents
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
      if (pair === undefined) break
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(key)]
      if (!isNode(node)) break
      offset = node.range?.[0] ?? offset
    } else break
  }
  return lines.linePos(offset).line
}

function refuseKeys(document: SourceDocument, value: unknown, path: FieldPath, issues: Issue[]): void {
  if (typeof value !== 'object' || value === null) return
  const at = (inner: FieldPath): string => `${document.file}:${document.lineOf(inner)} ${fieldText(inner)}`
  if (path.length > DEPTH_MAX) {
    issues.push({ path: at(path), message: `is nested deeper than ${DEPTH_MAX} levels` })
    return
  }
  for (const [key, inner] of Object.entries(value)) {
    const innerPath = [...path, Array.isArray(value) ? Number(key) : key]
    if (KEYS_REFUSED.has(key)) issues.push({ path: at(innerPath), message: `${key} is not allowed as a key: rename it` })
    else if (typeof inner === 'object' && inner !== null) refuseKeys(document, inner, innerPath, issues)
  }
}

/** `policies[0].powerSave.holdMs`. */
export function fieldText(path: FieldPath): string {
  let text = ''
  for (const key of path) text += typeof key === 'number' ? `[${key}]` : /^[A-Za-z0-9_-]+$/.test(key) ? (text === '' ? key : `.${key}`) : `[${JSON.stringify(key)}]`
  return text
}
