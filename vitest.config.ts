import { defineConfig } from 'vitest/config'
import LiveFirst from './test/support/liveFirst.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', './test/support/liveResults.ts', './test/support/closingLine.ts'],
    pool: 'forks',
    // Nothing keeps state between files, so modules are loaded once a worker; one worker more than CI has cores, for those that wait for hosts.
    isolate: false,
    maxWorkers: 3,
    maxConcurrency: 2,
    sequence: { sequencer: LiveFirst },
  },
})
