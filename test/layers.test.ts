import { readFileSync, readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CORE_FOLDERS, CORE_FORBIDDEN, EXCEPTIONS, LAYERS } from './support/layerRules.ts'
import { layerOf, violationsIn } from './support/layerViolations.ts'

const ROOT = join(import.meta.dirname, '..')

const sources = ['src', 'sim', 'viz'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort())

/** One violation, without where it is. */
const only = (path: string, text: string): string => {
  const found = violationsIn({ path, text })
  expect(found).toHaveLength(1)
  return found[0]!
}

describe('the tree', () => {
  it('keeps its layers: every import is one that the table allows, and core folders touch no clock, timer, chance or I/O', () => {
    const found = sources.flatMap((path) => violationsIn({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
    expect(found.length === 0 ? '' : `${found.length} violations:\n${found.join('\n')}`).toBe('')
  })

  it('is looked at as a whole', () => {
    expect(sources.length).toBeGreaterThan(150)
    for (const path of ['src/model/pool.ts', 'src/control/turn.ts', 'sim/run.ts', 'sim/world/world.ts', 'src/cli/main.ts', 'viz/page.ts']) expect(sources).toContain(path)
  })

  it('has one file for each solver of linear programs', () => {
    for (const [name, path] of [['glpk.js', 'src/optimize/exact/glpk.ts'], ['highs', 'src/optimize/exact/highs.ts']] as const) {
      const importing = sources.filter((source) => new RegExp(`(from|import\\() ?'${name}(/[a-z]+)?'`).test(readFileSync(join(ROOT, source), 'utf8')))
      expect(importing).toEqual([path])
    }
  })

  it('has one file for TensorFlow.js', () => {
    const importing = sources.filter((source) => /(from|import\() ?'@tensorflow\//.test(readFileSync(join(ROOT, source), 'utf8')))
    expect(importing).toEqual(['src/forecast/neural/tensorflow.ts'])
  })

  it('has no exception without need', () => {
    for (const [path, names] of EXCEPTIONS) for (const name of names) expect(readFileSync(join(ROOT, path), 'utf8')).toContain(name)
  })
})

describe('an import that goes up or sideways is found', () => {
  it.each([
    ['model imports nothing', 'src/model/pool.ts', `import { turn } from '../control/turn.ts'`],
    ['types count in model too', 'src/model/pool.ts', `import type { Wish } from '../policy/wish.ts'`],
    ['optimize knows no policy', 'src/optimize/greedy.ts', `import { arbitrate } from '../policy/arbitrate.ts'`],
    ['sim is only for cli', 'src/control/turn.ts', `import { simulate } from '../../sim/run.ts'`],
    ['sim is not for the API', 'src/api/app.ts', `import { simulate } from '../../sim/run.ts'`],
    ['config does not know the simulator', 'src/config/scenario.ts', `import type { World } from '../../sim/world/world.ts'`],
    ['sim has no effects', 'sim/run.ts', `import { openRun } from '../src/store/run.ts'`],
    ['store and api are apart', 'src/store/run.ts', `import { app } from '../api/app.ts'`],
    ['drivers and store are apart', 'src/drivers/loop.ts', `import { append } from '../store/journal.ts'`],
    ['nobody below imports cli', 'src/api/app.ts', `import { VERSION } from '../cli/build.ts'`],
    ['viz sees the run, not the pool', 'viz/page.ts', `import { POWER } from '../src/model/pool.ts'`],
    ['viz sees no simulator', 'viz/page.ts', `import { simulate } from '../sim/run.ts'`],
    ['a test is nobody’s library', 'sim/run.ts', `import { fakeRun } from '../test/support/fakeRun.ts'`],
    ['a detour is resolved', 'src/model/pool.ts', `import { turn } from './../model/../control/turn.ts'`],
    ['exports are imports', 'src/model/pool.ts', `export { turn } from '../control/turn.ts'`],
    ['exports of everything are imports', 'src/model/pool.ts', `export * from '../control/turn.ts'`],
    ['dynamic imports are imports', 'src/api/app.ts', `const late = await import('../../sim/run.ts')`],
    ['imported types are imports', 'src/model/pool.ts', `let state: import('../control/state.ts').ControllerState`],
    ['side effects are imports', 'src/plan/order.ts', `import '../drivers/loop.ts'`],
  ])('%s', (_, path, text) => {
    expect(only(path, text)).toMatch(new RegExp(`^${path}:1: imports .+: (move|have|.*hand)`))
  })

  it('types only means types only', () => {
    expect(violationsIn({ path: 'src/control/state.ts', text: `import type { Solver } from '../optimize/packing.ts'` })).toEqual([])
    expect(violationsIn({ path: 'src/control/state.ts', text: `import { type Solver, type Packing } from '../optimize/packing.ts'` })).toEqual([])
    expect(only('src/control/state.ts', `import { greedySolver } from '../optimize/greedy.ts'`)).toContain('types of optimize only')
    expect(only('src/control/state.ts', `import { type Solver, greedySolver } from '../optimize/greedy.ts'`)).toContain('types of optimize only')
    expect(only('src/report/compare.ts', `export { checkPlan } from '../plan/check.ts'`)).toContain('types of plan only')
  })

  it('packages belong to the folders that are made for them', () => {
    expect(violationsIn({ path: 'src/config/fields.ts', text: `import * as z from 'zod'\nimport { parse } from 'yaml'` })).toEqual([])
    expect(violationsIn({ path: 'src/cli/program.ts', text: `import { Command } from 'commander'` })).toEqual([])
    for (const [path, name] of [['sim/run.ts', 'yaml'], ['src/plan/order.ts', 'zod'], ['src/config/fields.ts', 'commander'], ['src/control/turn.ts', 'express'], ['src/model/pool.ts', '@scope/name']]) {
      expect(only(path!, `import { x } from '${name!}'`)).toContain(`the package ${name!}`)
    }
  })

  it('the machine’s modules are for effects', () => {
    expect(violationsIn({ path: 'src/store/run.ts', text: `import { readFileSync } from 'node:fs'` })).toEqual([])
    for (const path of ['sim/run.ts', 'src/config/fields.ts', 'src/report/compare.ts', 'viz/page.ts']) expect(only(path, `import { readFileSync } from 'node:fs'`)).toContain('does no I/O')
    expect(only('src/plan/order.ts', `import { readFileSync } from 'fs'`)).toContain('the package fs')
  })

  it('a path that is worked out at run time is refused everywhere', () => {
    expect(only('src/cli/main.ts', 'const part = await import(name)')).toContain('write the path as a literal')
  })

  it('a file in no layer is refused', () => {
    expect(only('src/helpers/words.ts', '')).toContain('no known layer')
    expect(only('src/words.ts', '')).toContain('no known layer')
  })
})

describe('what depends on the machine is found in core folders', () => {
  it.each([
    ['Date', 'const now = Date.now()'],
    ['Date', 'const now = new Date()'],
    ['Date', 'function at(when: Date): void {}'],
    ['performance', 'const begin = performance.now()'],
    ['setTimeout', 'setTimeout(() => {}, 10)'],
    ['setInterval', 'const timer = { start: setInterval }'],
    ['setImmediate', 'setImmediate(next)'],
    ['queueMicrotask', 'queueMicrotask(next)'],
    ['Math.random', 'const chance = Math.random()'],
    ['Math.random', `const chance = Math['random']()`],
    ['Math', 'const { random } = Math'],
    ['Math', 'const member = Math[name]'],
    ['crypto', 'const id = crypto.randomUUID()'],
    ['process', 'const seed = process.env.SEED'],
    ['console', 'console.log(1)'],
    ['fetch', `const page = fetch('http://localhost')`],
    ['globalThis', 'const now = globalThis.Date.now()'],
    ['Intl', 'const format = new Intl.NumberFormat()'],
    ['import.meta', 'const here = import.meta.url'],
    ['eval', `const now = eval('1')`],
  ])('%s in `%s`', (name, text) => {
    for (const folder of CORE_FOLDERS) expect(only(folder === 'sim' ? 'sim/run.ts' : `src/${folder}/file.ts`, text)).toContain(`:1: ${name === 'Math' ? 'takes Math' : `mentions ${name}`}`)
  })

  it('`require` is refused as a name and as an import', () => {
    expect(violationsIn({ path: 'sim/run.ts', text: `const fs = require('node:fs')` }).join()).toMatch(/does no I\/O.*mentions require/)
  })

  it('a shorthand key is a mention, other keys and members are not', () => {
    expect(only('sim/run.ts', 'const clocks = { Date }')).toContain('mentions Date')
    expect(violationsIn({ path: 'sim/run.ts', text: 'interface Row { Date: number; process(): void }\nconst row = { Date: 1, console: 2 }\nconst day = row.Date + row.console\n/** Date. */\nconst text = "Date.now()"' })).toEqual([])
  })

  it('ordinary arithmetic is not chance', () => {
    expect(violationsIn({ path: 'sim/run.ts', text: `const most = Math.max(1, Math.PI)` })).toEqual([])
  })

  it('effects may use them', () => {
    for (const path of ['src/drivers/loop.ts', 'src/cli/main.ts', 'src/store/journal.ts', 'src/api/app.ts']) expect(violationsIn({ path, text: 'console.log(Date.now(), Math.random(), process.pid)' })).toEqual([])
  })

  it('an exception is for one file and one name', () => {
    expect(violationsIn({ path: 'src/config/zone.ts', text: 'new Intl.DateTimeFormat()' })).toEqual([])
    expect(violationsIn({ path: 'src/config/zone.ts', text: 'Date.now()' })).toHaveLength(1)
    expect(violationsIn({ path: 'src/config/instant.ts', text: 'new Intl.DateTimeFormat()' })).toHaveLength(1)
  })

  it('the line is named', () => {
    expect(violationsIn({ path: 'sim/run.ts', text: 'const a = 1\n\n// Why.\nconst b = Date.now()\nconst c = process.pid' }).map((line) => line.split(': ')[0])).toEqual(['sim/run.ts:4', 'sim/run.ts:5'])
  })
})

describe('the table itself', () => {
  it('has no way round: who may import whom holds no cycle', () => {
    const below = (name: string): string[] => Object.keys(LAYERS[name]!.folders)
    const visit = (name: string, path: readonly string[]): void => {
      expect(path).not.toContain(name)
      for (const next of below(name)) visit(next, [...path, name])
    }
    for (const name of Object.keys(LAYERS)) visit(name, [])
  })

  it('forbids what is named with a reason that says what to do', () => {
    for (const [name, why] of CORE_FORBIDDEN) expect(`${name} ${why}`).toMatch(/: .+/)
  })

  it('knows the layer of a path', () => {
    expect(['src/model/pool.ts', 'sim/world/world.ts', 'viz/page.ts', 'src/words.ts', 'test/layers.test.ts', 'bench/main.ts'].map(layerOf)).toEqual(['model', 'sim', 'viz', null, null, null])
  })
})
