import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonSchemas } from '../src/config/jsonSchemas.ts'
import { parseQuantity, type QuantityKind } from '../src/config/quantity.ts'
import { DEFAULT_POLICY } from '../src/model/policy.ts'
import { codeBlocks, headings, links, tableRows, textOf } from './support/markdown.ts'

const ROOT = resolve(import.meta.dirname, '..')
const PROGRAM = join(ROOT, 'dist/plimsoll.js')

const documents = ['README.md', ...markdownIn('docs'), ...markdownIn('scenarios')]
const readme = read('README.md')

function markdownIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort()
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

describe('the README’s two commands', () => {
  const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts
  const commands = codeBlocks(readme).filter(({ language }) => language === 'sh').map(({ code }) => code.trim())

  it('are npm ci && npm start, and npm ci && npm test', () => {
    expect(commands.slice(0, 2)).toEqual(['npm ci && npm start', 'npm ci && npm test'])
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['start', 'test']))
  })

  it('build by themselves, since install scripts may be off', () => {
    expect(scripts.prestart).toContain('scripts/build.mjs')
    expect(read('scripts/test.sh')).toContain('scripts/build.mjs')
  })

  it('begin with a comparison that is bundled', () => {
    const scenario = /compare (\S+)/.exec(scripts.start!)?.[1]
    expect(existsSync(join(ROOT, scenario!, 'scenario.yaml'))).toBe(true)
  })

  it('are what the continuous check runs', () => {
    expect(read('.ci/run').split('\n')).toContain('npm ci && npm test')
  })
})

describe('links', () => {
  it.each(documents)('of %s lead to files and headings that are there', (path) => {
    const broken = links(read(path)).filter((link) => !/^[a-z]+:/.test(link)).filter((link) => {
      const [file, heading] = link.split('#')
      const target = file === '' ? join(ROOT, path) : resolve(ROOT, dirname(path), file!)
      if (!existsSync(target)) return true
      return heading !== undefined && (statSync(target).isDirectory() || !headings(readFileSync(target, 'utf8')).includes(heading))
    })
    expect(broken).toEqual([])
  })

  it('of the documents lead to each of them from the README', () => {
    const reached = new Set<string>()
    const follow = (path: string): void => {
      if (reached.has(path)) return
      reached.add(path)
      for (const link of links(read(path))) {
        const target = relative(ROOT, resolve(ROOT, dirname(path), link.split('#')[0]!))
        if (documents.includes(target)) follow(target)
        else if (target !== '' && target.startsWith('docs') && existsSync(join(ROOT, target)) && statSync(join(ROOT, target)).isDirectory()) documents.filter((other) => dirname(other) === target).forEach(follow)
      }
    }
    follow('README.md')
    expect(documents.filter((path) => path.startsWith('docs') && !reached.has(path))).toEqual([])
  })
})

describe('paths', () => {
  // Decisions are never edited, so their paths may be of their day.
  it.each(documents.filter((path) => !path.startsWith('docs/adr')))('that %s names in the tree are there', (path) => {
    const named = [...textOf(read(path)).matchAll(/`((?:src|sim|viz|test|bench|scripts|scenarios|docs)\/[A-Za-z0-9_./-]*)`/g)].map((match) => match[1]!)
    expect(named.filter((name) => !existsSync(join(ROOT, name)))).toEqual([])
  })
})

describe('code blocks that are marked to run', () => {
  let folder = ''
  beforeAll(() => {
    if (!existsSync(PROGRAM)) throw new Error('dist/plimsoll.js is missing: npm run build makes it')
    folder = mkdtempSync(join(tmpdir(), 'plimsoll-docs-'))
    symlinkSync(join(ROOT, 'scenarios'), join(folder, 'scenarios'))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  const runnable = documents.map((path) => ({ path, blocks: codeBlocks(read(path)).filter(({ marks }) => marks.some((mark) => mark === 'run' || mark.startsWith('file='))) })).filter(({ blocks }) => blocks.length > 0)

  it('are there at all', () => {
    expect(runnable.map(({ path }) => path)).toEqual(expect.arrayContaining(['README.md', 'docs/policies.md']))
  })

  it.each(runnable)('do in $path', ({ blocks }) => {
    for (const { code, marks } of blocks) {
      const file = marks.find((mark) => mark.startsWith('file='))?.slice('file='.length)
      if (file !== undefined) writeFileSync(join(folder, file), code)
      else for (const line of code.split('\n').filter((text) => text.startsWith('plimsoll '))) {
        const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...wordsOf(line).slice(1), '--quiet'], { cwd: folder, encoding: 'utf8' })
        // 1 is an answer too: "it does not fit".
        expect([0, 1], `${line}\n${stderr}`).toContain(status)
        expect(stderr).not.toMatch(/^ {4}at /m)
      }
    }
  })

  it('hold only commands of the program', () => {
    const other = runnable.flatMap(({ path, blocks }) => blocks.filter(({ marks }) => marks.includes('run')).flatMap(({ code }) => code.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('plimsoll ')).map((line) => `${path}: ${line}`)))
    expect(other).toEqual([])
  })
})

/** Words of a command line without quotes that hold spaces; what follows # is a comment. */
const wordsOf = (line: string): string[] => line.replace(/\s#.*$/, '').trim().split(/\s+/).map((word) => word.replace(/^'(.*)'$/, '$1'))

describe('the settings in docs/policies.md', () => {
  const rows = tableRows(read('docs/policies.md')).filter((cells) => cells.length === 5 && cells[0]!.startsWith('`'))
  const shown = new Map(rows.map(([name, unit, standard, range]) => [name!.slice(1, -1), { unit: unit!, standard: standard!, range: range! }]))
  const settings = flat(DEFAULT_POLICY).filter(([path]) => !['name', 'description', 'baseline', 'peer'].includes(path))

  it('are all that there are', () => {
    expect([...shown.keys()].sort()).toEqual(settings.map(([path]) => path).sort())
  })

  it.each(settings)('%s has the default that it has', (path, value) => {
    const { standard, unit } = shown.get(path)!
    expect(valueOf(standard, unit)).toEqual(value)
  })

  it.each(settings.filter(([, value]) => typeof value === 'number'))('%s has the range that is accepted', (path) => {
    const { range, unit } = shown.get(path)!
    const [from, to] = range.replace(/^from /, '').split(' to ')
    const limits = limitsOf(path)
    expect(valueOf(from!, unit)).toBe(limits.minimum)
    if (to !== undefined) expect(valueOf(to, unit)).toBe(limits.maximum)
    else expect(limits.maximum).toBeGreaterThanOrEqual(1_000_000)
  })
})

function flat(settings: object, prefix = ''): [string, unknown][] {
  return Object.entries(settings).flatMap(([key, value]: [string, unknown]): [string, unknown][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? flat(value, `${prefix}${key}.`) : [[`${prefix}${key}`, value]])
}

/** A default or limit as it is written for people. */
function valueOf(text: string, unit: string): unknown {
  if (text === 'on' || text === 'off') return text === 'on'
  if (text === 'none') return []
  if (text === 'by size' || text === 'not set') return null
  if (/^`.*`$/.test(text)) return text.slice(1, -1)
  const kinds: Readonly<Record<string, QuantityKind>> = { time: 'duration', ratio: 'ratio' }
  const kind = kinds[unit]
  if (kind === undefined || /^[\d.]+$/.test(text)) return Number(text)
  const quantity = parseQuantity(text, kind)
  return quantity.ok ? quantity.value : text
}

interface Limits {
  readonly minimum: number
  readonly maximum: number
}

/** Limits of a number in the JSON Schema of policies; quantities are a number or a text with a unit. */
function limitsOf(path: string): Limits {
  type Schema = Partial<Limits> & { readonly properties?: Readonly<Record<string, Schema>>; readonly anyOf?: readonly Schema[] }
  const found = path.split('.').reduce<Schema | undefined>((schema, key) => schema?.properties?.[key], jsonSchemas().get('policy.json') as Schema)
  const choices = (schema: Schema | undefined): readonly (Schema | undefined)[] => [schema, ...(schema?.anyOf ?? []).flatMap(choices)]
  const limits = choices(found).find((schema) => schema?.minimum !== undefined)
  return { minimum: limits?.minimum ?? NaN, maximum: limits?.maximum ?? NaN }
}
