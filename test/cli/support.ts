import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { runProgram } from '../../src/cli/runProgram.ts'

export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A fresh folder for each test, and commands that run in it. */
export function inFolder(): { readonly path: () => string; readonly run: (...args: string[]) => Promise<Outcome>; readonly write: (name: string, text: string) => void; readonly files: () => string[] } {
  let folder = ''
  let before = ''
  beforeEach(() => {
    before = process.cwd()
    folder = mkdtempSync(join(tmpdir(), 'plimsoll-cli-'))
    process.chdir(folder)
  })
  afterEach(() => {
    process.chdir(before)
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    path: () => folder,
    run: async (...args) => {
      const text = { out: '', err: '' }
      const code = await runProgram(args, {
        out: (part) => (text.out += part), err: (part) => (text.err += part), isInteractive: false, columns: 80, workingDirectory: folder,
      })
      return { code, ...text }
    },
    write: (name, content) => {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), content)
    },
    files: () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort(),
  }
}

/** Two hosts, five VMs, a day: runs in a moment. */
export const SMALL = `name: small
hosts: [{id: host, count: 3, model: rack-2020}]
workload: {synthetic: {vmCount: 5, flavors: [{vcpus: 2, memoryMib: 4 GiB, weight: 1}]}}
durationMs: 4 h
warmupMs: 10 min
policies: [none, power-save]
`
