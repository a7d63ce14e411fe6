import { join, resolve } from 'node:path'
import { writeFileAtomic } from '../store/atomic.ts'
import type { CompareOptions } from './compare.ts'
import type { ExitCode } from './exitCode.ts'
import { bad } from './options.ts'
import { runSuite } from './suite.ts'
import { scenarioTable, suiteCsv, suiteText } from './suiteText.ts'
import type { Terminal } from './terminal.ts'

/** Compares policies over a folder of scenarios: who keeps what is expected. Exit code 0 exactly when the scenarios' own policies all do. */
export async function compareSuite(folders: readonly string[], options: CompareOptions, terminal: Terminal): Promise<ExitCode> {
  if (options.base !== undefined) throw bad('--base', 'compares figures of one scenario: leave it out for a folder of scenarios')
  const results = await runSuite(folders, options, terminal)
  if (options.json) terminal.out(`${JSON.stringify({ results })}\n`)
  else terminal.out(`${options.csv ? suiteCsv(results) : suiteText(results)}\n`)
  if (options.out !== undefined) {
    const out = resolve(terminal.workingDirectory, options.out)
    writeFileAtomic(join(out, 'results.json'), `${JSON.stringify({ results }, null, 1)}\n`)
    for (const scenario of new Set(results.map((one) => one.scenario))) writeFileAtomic(join(out, `${scenario}.md`), `${scenarioTable(results.filter((one) => one.scenario === scenario))}\n`)
  }
  return results.every(({ ours, passed }) => passed || !ours) ? 0 : 1
}
