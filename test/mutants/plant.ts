import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mutant } from './mutants.ts'

export interface Planted {
  /** Whether the tests went red. Null: they could not be run at all. */
  readonly caught: boolean | null
  readonly output: string
}

const LIMIT_MS = 580_000
const WORKERS = 2

/**
 * Runs each mutant's tests with its bug planted, all in one start of vitest; nothing in the tree is changed. Answers come
 * in the order of the mutants; one whose text is not in its file exactly once is not run.
 */
export async function plantAll(mutants: readonly Mutant[]): Promise<Planted[]> {
  const current = mutants.filter(isCurrent)
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-mutants-'))
  try {
    writeFileSync(join(folder, 'plant.json'), JSON.stringify({ mutants: current, workers: WORKERS }))
    const output = await runVitest(join(folder, 'plant.json'), join(folder, 'caught.json'))
    const found = JSON.parse(readFileSync(join(folder, 'caught.json'), 'utf8')) as Record<string, Planted>
    return mutants.map((mutant) => (current.includes(mutant) ? (found[current.indexOf(mutant)] ?? { caught: null, output }) : { caught: null, output: `${mutant.file} does not hold its text exactly once: bring the mutant up to date` }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const isCurrent = ({ file, find }: Mutant): boolean => existsSync(file) && readFileSync(file, 'utf8').split(find).length === 2

function runVitest(plantFile: string, caughtFile: string): Promise<string> {
  return new Promise((done) => {
    const env = { ...process.env, PLIMSOLL_PLANT: plantFile, PLIMSOLL_CAUGHT: caughtFile, VITEST: undefined, VITEST_POOL_ID: undefined, VITEST_WORKER_ID: undefined, VITEST_MODE: undefined }
    const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/mutants/vitest.config.ts'], { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('close', () => {
      done(output.slice(-2000))
    })
  })
}
