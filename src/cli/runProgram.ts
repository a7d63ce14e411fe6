import type { ExitCode } from './exitCode.ts'
import { reportFailure } from './failure.ts'
import { Interrupted } from './interrupt.ts'
import { buildProgram, isCommandLineFault } from './program.ts'
import { processTerminal, type Terminal } from './terminal.ts'

/** Runs one command and returns its exit code; every failure ends here. */
export async function runProgram(args: readonly string[], terminal: Terminal = processTerminal()): Promise<ExitCode> {
  let code: ExitCode = 0
  const program = buildProgram(terminal, (given) => {
    code = given
  })
  const json = args.includes('--json')
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode
    if (!isCommandLineFault(error)) return reportFailure(error, json, terminal)
    if (error.exitCode === 0) return 0
    // Its text has been printed already.
    if (json) terminal.out(`${JSON.stringify({ error: { code: 'badInput', issues: [{ path: 'command line', message: error.message.replace(/^error: /, '').replace(/\s+/g, ' ') }] } })}\n`)
    return 2
  }
}
