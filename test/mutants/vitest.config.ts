import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type TestProjectInlineConfiguration, defineConfig } from 'vitest/config'
import type { Mutant } from './mutants.ts'

/** One vitest project a mutant, all in one start: its file is changed as it is read, the tree stays as it is. */
const { mutants, workers } = JSON.parse(readFileSync(process.env.PLIMSOLL_PLANT!, 'utf8')) as { readonly mutants: readonly Mutant[]; readonly workers: number }
const root = resolve(import.meta.dirname, '../..')

export default defineConfig({
  root,
  test: {
    pool: 'forks', maxWorkers: workers, fileParallelism: workers > 1, testTimeout: 60_000, hookTimeout: 60_000, reporters: [resolve(import.meta.dirname, 'caughtReporter.ts')],
    projects: mutants.map((mutant, number): TestProjectInlineConfiguration => ({
      root,
      plugins: [{ name: 'planted-bug', enforce: 'pre', transform: (text, id) => (id.split('?')[0] === resolve(root, mutant.file) ? text.replace(mutant.find, () => mutant.replace) : null) }],
      test: { name: String(number), include: [...mutant.tests], setupFiles: [resolve(import.meta.dirname, 'stopAtFirst.ts')], testTimeout: 60_000, hookTimeout: 60_000, pool: 'forks', ...(mutant.claim === undefined ? {} : { testNamePattern: new RegExp(mutant.claim) }) },
    })),
  },
})
