import { parse } from 'yaml'
import { BadInput, type Issue } from '../model/result.ts'
import { parseFieldPath } from './fieldPath.ts'
import type { Origin } from './problems.ts'
import { fieldText, parseSource, type FieldPath, type SourceDocument } from './sourceDocument.ts'

/** Runs that one scenario may stand for: more is a mistake, or a job for a queue. */
const VARIANTS_MAX = 10_000

/** One combination of a scenario's axes, not yet checked. */
export interface ScenarioVariant extends Origin {
  readonly value: unknown
  /** Settings that tell this variant from the others, `hosts[0].count=20`; empty without axes. */
  readonly label: string
  /** Whether the value came from the command line: its paths are relative to the working directory. */
  readonly isFromCommandLine: (path: FieldPath) => boolean
}

interface Edit {
  readonly path: FieldPath
  readonly value: unknown
  /** As it is shown where a message needs the field's place. */
  readonly place: string
  readonly isFromCommandLine: boolean
}

/** What the command line changes about a scenario. */
export interface Overrides {
  /** `path=value`, the value as YAML. */
  readonly settings: readonly string[]
  /** Names or files that replace the axis of policies; empty: those of the scenario. */
  readonly policies: readonly string[]
  /** Replaces the axis of seeds: so many from the first on (null: the scenario's own first). */
  readonly seeds: { readonly first: number | null; readonly count: number } | null
}

export const NO_OVERRIDES: Overrides = { settings: [], policies: [], seeds: null }

/**
 * Reads a scenario's text, applies the command line's settings (`path=value`, the value as YAML) and takes the axes
 * apart: every combination of their values is one variant. Throws BadInput for faults of syntax and unknown places.
 */
export function readVariants(file: string, text: string, overrides: Overrides = NO_OVERRIDES): ScenarioVariant[] {
  const document = parseSource(file, text)
  const issues: Issue[] = []
  const settings = overrides.settings.flatMap((setting) => parseSetting(setting, issues))
  const base = document.value === null ? {} : structuredClone(document.value)
  for (const edit of settings) setAt(base, edit, issues)
  const axisEdits = axisOverrides(base, overrides)
  for (const edit of axisEdits) setAt(base, edit, issues)
  const edits = [...axisEdits, ...settings]
  const combinations = combine(axesOf(base, document, edits, issues), file, issues)
  const variants = combinations.map((chosen) => variantOf(document, base, edits, chosen, issues))
  if (issues.length > 0) throw new BadInput(uniqueIssues(issues))
  return variants
}

function axisOverrides(base: unknown, { policies, seeds }: Overrides): Edit[] {
  const edits: Edit[] = []
  if (policies.length > 0) edits.push({ path: ['policies'], value: policies, place: '--policy', isFromCommandLine: true })
  if (seeds !== null) edits.push({ path: ['seeds'], value: { first: seeds.first ?? firstSeed(base), count: seeds.count }, place: '--seed', isFromCommandLine: true })
  return edits
}

/** The first seed that a scenario names itself, whatever form it is written in. */
function firstSeed(base: unknown): number {
  const written = typeof base === 'object' && base !== null && 'seeds' in base ? base.seeds : undefined
  const first: unknown = Array.isArray(written) ? written[0] : typeof written === 'object' && written !== null && 'first' in written ? written.first : written
  return typeof first === 'number' ? first : 1
}

/** Variants share most of their fields, and so their faults. */
export function uniqueIssues(issues: readonly Issue[]): Issue[] {
  return [...new Map(issues.map((issue) => [`${issue.path}\n${issue.message}`, issue])).values()]
}

function parseSetting(setting: string, issues: Issue[]): Edit[] {
  const split = setting.indexOf('=')
  const place = `--set ${split < 0 ? setting : setting.slice(0, split)}`
  if (split <= 0) {
    issues.push({ path: place, message: 'is not path=value, such as workload.path=trace.csv' })
    return []
  }
  const path = parseFieldPath(setting.slice(0, split))
  if (!path.ok) {
    issues.push({ path: place, message: path.refusal.message })
    return []
  }
  try {
    return [{ path: path.value, value: parse(setting.slice(split + 1), { maxAliasCount: 0 }) as unknown, place: '--set', isFromCommandLine: true }]
  } catch (error) {
    issues.push({ path: place, message: `the value is not YAML: ${error instanceof Error ? error.message.split('\n', 1)[0]! : String(error)}` })
    return []
  }
}

type Holder = Record<string | number, unknown>

/** Sets a field in place; groups of keys on the way are made, lists are not grown by more than one. */
function setAt(root: unknown, { path, value, place }: Edit, issues: Issue[]): void {
  const fail = (message: string): number => issues.push({ path: `${place} ${fieldText(path)}`, message })
  let node = root
  for (const [depth, key] of path.entries()) {
    if (typeof node !== 'object' || node === null) {
      fail(`${fieldText(path.slice(0, depth)) || 'the file'} holds a single value: it has no ${fieldText([key])}`)
      return
    }
    if (Array.isArray(node) && (typeof key !== 'number' || key > node.length)) {
      fail(`${fieldText(path.slice(0, depth))} is a list of ${node.length}: there is no ${fieldText([key])} in it`)
      return
    }
    const holder = node as Holder
    if (depth === path.length - 1) holder[key] = structuredClone(value)
    else if (!Object.hasOwn(holder, key) || holder[key] === null) holder[key] = {}
    node = holder[key]
  }
}

interface Axis {
  readonly key: string
  readonly path: FieldPath
  readonly values: readonly unknown[]
  readonly place: string
  readonly isFromCommandLine: boolean
}

/** Takes the axes out of the value. Their keys are paths in the scenario. */
function axesOf(base: unknown, document: SourceDocument, edits: readonly Edit[], issues: Issue[]): Axis[] {
  if (typeof base !== 'object' || base === null || !Object.hasOwn(base, 'axes')) return []
  const written = (base as { axes: unknown }).axes
  Reflect.deleteProperty(base, 'axes')
  const place = `${document.file}:${document.lineOf(['axes'])} axes`
  if (typeof written !== 'object' || written === null || Array.isArray(written)) {
    issues.push({ path: place, message: 'is not a group of keys: write paths with lists of values, such as "hosts[0].count": [20, 30]' })
    return []
  }
  return Object.entries(written).flatMap(([key, values]: [string, unknown]) => {
    const isFromCommandLine = edits.some((edit) => edit.path[0] === 'axes')
    const at = `${document.file}:${document.lineOf(['axes', key])} axes[${JSON.stringify(key)}]`
    const path = parseFieldPath(key)
    if (!path.ok) issues.push({ path: at, message: path.refusal.message })
    else if (path.value.length === 1 && ['policies', 'seeds', 'axes'].includes(String(path.value[0]))) issues.push({ path: at, message: `${key} is an axis by itself: write its list under ${key}` })
    else if (!Array.isArray(values) || values.length === 0) issues.push({ path: at, message: 'is not a list of values' })
    else return [{ key, path: path.value, values: values as unknown[], place: at, isFromCommandLine }]
    return []
  })
}

type Choice = readonly { readonly axis: Axis; readonly value: unknown }[]

function combine(axes: readonly Axis[], file: string, issues: Issue[]): Choice[] {
  const total = axes.reduce((product, axis) => product * axis.values.length, 1)
  if (total > VARIANTS_MAX) {
    issues.push({ path: `${file} axes`, message: `stand for ${total} variants, at most ${VARIANTS_MAX} are run: shorten the lists` })
    return []
  }
  return axes.reduce<Choice[]>((choices, axis) => choices.flatMap((choice) => axis.values.map((value) => [...choice, { axis, value }])), [[]])
}

function variantOf(document: SourceDocument, base: unknown, edits: readonly Edit[], choice: Choice, issues: Issue[]): ScenarioVariant {
  const value = choice.length === 0 ? base : structuredClone(base)
  const chosen = choice.map(({ axis, value: one }): Edit => ({ path: axis.path, value: one, place: axis.place, isFromCommandLine: axis.isFromCommandLine }))
  for (const edit of chosen) setAt(value, edit, issues)
  const all = [...chosen, ...edits]
  const editOf = (path: FieldPath): Edit | undefined => all.find((edit) => edit.path.every((key, index) => path[index] === key))
  return {
    value, label: choice.map(({ axis, value: one }) => `${axis.key}=${typeof one === 'string' ? one : JSON.stringify(one)}`).join(' '),
    placeOf: (path) => editOf(path)?.place ?? `${document.file}:${document.lineOf(path)}`,
    isFromCommandLine: (path) => editOf(path)?.isFromCommandLine ?? false,
  }
}
