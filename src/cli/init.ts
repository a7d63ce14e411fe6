import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { BadInput } from '../model/result.ts'
import { writeFileAtomic } from '../store/atomic.ts'
import type { ExitCode } from './exitCode.ts'
import { EXAMPLE_FILES } from './exampleFiles.ts'
import type { CommonOptions } from './options.ts'
import type { Terminal } from './terminal.ts'

/** Writes a commented pool snapshot, policy and scenario to start from. Refuses to replace files. */
export function initCommand(given: string, options: CommonOptions, terminal: Terminal): ExitCode {
  const folder = resolve(terminal.workingDirectory, given)
  const names = [...EXAMPLE_FILES.keys()]
  const there = names.filter((name) => existsSync(join(folder, name)))
  if (there.length > 0) throw new BadInput(there.map((name) => ({ path: join(given, name), message: 'is there already: give another folder, or move it away' })))
  for (const [name, content] of EXAMPLE_FILES) writeFileAtomic(join(folder, name), content)
  if (options.json) terminal.out(`${JSON.stringify({ folder: given, files: names })}\n`)
  else terminal.out(`${names.map((name) => join(given, name)).join('\n')}\n\nTry: plimsoll compare ${given}\n`)
  return 0
}
