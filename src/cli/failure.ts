import { BadInput, type Issue } from '../model/result.ts'
import type { ExitCode } from './exitCode.ts'
import type { Terminal } from './terminal.ts'

/** Says what went wrong, one line a problem, and what that means for the exit code. With `json` the same goes to standard output. */
export function reportFailure(error: unknown, json: boolean, terminal: Terminal): ExitCode {
  if (error instanceof BadInput) {
    for (const { path, message } of error.issues) terminal.err(`${lineOf({ path, message })}\n`)
    if (json) terminal.out(`${JSON.stringify({ error: { code: 'badInput', issues: error.issues } })}\n`)
    return 2
  }
  const message = messageOf(error)
  terminal.err(`${message}\n`)
  if (json) terminal.out(`${JSON.stringify({ error: { code: 'outsideFailed', message } })}\n`)
  return 3
}

const lineOf = ({ path, message }: Issue): string => `${path}: ${message}`

/** Failures of files and networks in a line; faults of the program itself with their trace, since they are to be reported. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isOutside = 'code' in error || error.name === 'OutsideFailure'
  return isOutside ? error.message : (error.stack ?? error.message)
}
