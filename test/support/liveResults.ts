import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

const FILE = 'test-results.json'

/** Writes what became of the live suites, with the reason where one was skipped (it stands in the suite's name). */
export default class LiveResults implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const live = modules.filter(({ moduleId }) => /[\\/]test[\\/](live|contract[\\/]hostDriver)/.test(moduleId))
    if (live.length > 0) writeFileSync(FILE, `${JSON.stringify(live.map(resultOf), null, 2)}\n`)
  }
}

function resultOf(module: TestModule): object {
  const tests = [...module.children.allTests()]
  const count = (wanted: string): number => tests.filter((test) => test.result().state === wanted).length
  const skipped = tests.filter((test) => test.result().state === 'skipped')
  const reason = skipped[0]?.fullName.split(' > ')[0] ?? null
  return { suite: module.moduleId.replace(/^.*[\\/](test[\\/])/, '$1'), passed: count('passed'), failed: count('failed') + module.errors().length, skipped: skipped.length, reason }
}
