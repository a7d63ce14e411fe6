import { closeSync, fdatasyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { StepOutcome } from '../model/plan.ts'
import { writeFileAtomic } from './atomic.ts'

/** What one application of a plan says of itself, line by line. `start` stands there before the step's intent, `end` before its outcome. */
export type AppliedLine =
  | { readonly kind: 'begin'; readonly atUnixMs: number; readonly who: string }
  | { readonly kind: 'start'; readonly atUnixMs: number; readonly step: string }
  | { readonly kind: 'end'; readonly atUnixMs: number; readonly step: string; readonly outcome: StepOutcome; readonly code: string; readonly message: string }
  | { readonly kind: 'over'; readonly atUnixMs: number; readonly complete: boolean }

/** What is known of a plan that was applied before, and not brought to its end. */
export interface AppliedBefore {
  /** Steps that ended well. */
  readonly done: ReadonlySet<string>
  /** Steps that were begun, and whose end is not written down: the journal or the hosts tell it. */
  readonly begun: ReadonlySet<string>
  /** When the plan was last carried out to its end, null: never. */
  readonly completedUnixMs: number | null
  /** Whether there is an application to go on with. */
  readonly isOpen: boolean
}

/** The record of a plan's application. Lines are durable before `add` returns; what a crash tore is left out. */
export interface AppliedRecord {
  readonly before: AppliedBefore
  add(line: AppliedLine): void
  close(): void
}

const folderOf = (stateFolder: string, hash: string): string => join(stateFolder, 'applied', hash)

/** Opens it for writing; `planText` is kept beside it, so that it can be seen later what was applied. */
export function openApplied(stateFolder: string, hash: string, planText: string): AppliedRecord {
  const folder = folderOf(stateFolder, hash)
  const before = readApplied(stateFolder, hash)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileAtomic(join(folder, 'plan.json'), planText)
  const handle = openSync(join(folder, 'steps.ndjson'), 'a', 0o600)
  // A line that a crash tore is ended, so that the next one stands by itself.
  writeSync(handle, '\n')
  return {
    before,
    add: (line) => {
      writeSync(handle, `${JSON.stringify(line)}\n`)
      fdatasyncSync(handle)
    },
    close: () => closeSync(handle),
  }
}

/** Reads it and changes nothing. */
export function readApplied(stateFolder: string, hash: string): AppliedBefore {
  let before: AppliedBefore = { done: new Set(), begun: new Set(), completedUnixMs: null, isOpen: false }
  for (const line of linesOf(join(folderOf(stateFolder, hash), 'steps.ndjson'))) before = after(before, line)
  return before
}

function after(before: AppliedBefore, line: AppliedLine): AppliedBefore {
  const { done, begun } = before
  switch (line.kind) {
    case 'begin':
      return { ...before, isOpen: true }
    case 'start':
      return { ...before, begun: new Set([...begun, line.step]) }
    case 'end':
      return { ...before, begun: new Set([...begun].filter((step) => step !== line.step)), done: line.outcome === 'done' ? new Set([...done, line.step]) : done }
    case 'over':
      // A plan that is through may be wanted once more later: it then begins anew.
      return line.complete ? { done: new Set(), begun: new Set(), completedUnixMs: line.atUnixMs, isOpen: false } : before
  }
}

function linesOf(path: string): AppliedLine[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as AppliedLine]
    } catch {
      return []
    }
  })
}
