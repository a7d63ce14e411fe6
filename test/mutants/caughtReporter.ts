import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'
import type { Planted } from './plant.ts'

/** Writes, by project, whether a test of it went red, to the file named by PLIMSOLL_CAUGHT. */
export default class CaughtReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const found: Record<string, Planted> = {}
    for (const module of modules) {
      const { caught, output } = plantedOf(module)
      const before = found[module.project.name]
      found[module.project.name] = { caught: before?.caught === true || caught === true ? true : caught, output: `${before?.output ?? ''}${output}` }
    }
    writeFileSync(process.env.PLIMSOLL_CAUGHT!, JSON.stringify(found))
  }
}

/** A file that can't be read or holds no test says nothing. */
function plantedOf(module: TestModule): Planted {
  const tests = [...module.children.allTests()]
  const red = tests.filter((test) => test.result().state === 'failed')
  const output = [...module.errors(), ...red.flatMap((test) => test.result().errors ?? [])].map(({ message }) => message.slice(0, 500)).join('\n')
  const ran = tests.some((test) => test.result().state === 'passed' || test.result().state === 'failed')
  return { caught: ran ? red.length > 0 : null, output: `${module.relativeModuleId}: ${output}\n` }
}
