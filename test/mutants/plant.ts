import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Mutant } from './mutants.ts'

export interface Planted {
  /** Whether the tests went red. Null: they could not be run at all. */
  readonly caught: boolean | null
  readonly output: string
}

/** Runs the mutant's tests on a copy of the tree with the bug in it. Throws when its text is not there exactly once. */
export async function plant({ file, find, replace, tests, name }: Mutant): Promise<Planted> {
  const copy = mkdtempSync(join(tmpdir(), 'plimsoll-mutant-'))
  try {
    for (const part of ['src', 'sim', 'viz', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts']) cpSync(part, join(copy, part), { recursive: true })
    symlinkSync(resolve('node_modules'), join(copy, 'node_modules'))
    const text = readFileSync(join(copy, file), 'utf8')
    if (text.split(find).length !== 2) throw new Error(`${name}: ${file} does not hold its text exactly once: bring the mutant up to date`)
    writeFileSync(join(copy, file), text.replace(find, () => replace))
    return await runTests(copy, tests)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function runTests(folder: string, tests: readonly string[]): Promise<Planted> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [join(folder, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder, '--bail', '1', ...tests], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('close', (code) => {
      const failed = /^\d+ passed, (\d+) failed/m.exec(output)
      done({ caught: failed === null ? null : code !== 0 && Number(failed[1]) > 0, output: output.slice(-2000) })
    })
  })
}
