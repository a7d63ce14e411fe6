import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { EXAMPLE_FILES } from '../../src/cli/exampleFiles.ts'
import { jsonSchemas } from '../../src/config/jsonSchemas.ts'
import { DEFAULT_POLICY } from '../../src/model/policy.ts'
import { policyChangesSchema } from '../../src/config/policySchema.ts'

const FOLDER = new URL('../../docs/schema/', import.meta.url)
const schemas = jsonSchemas()
const validator = (name: string) => new Ajv2020({ strict: false, allErrors: true }).compile(schemas.get(name)!)

describe('JSON Schemas of the file formats', () => {
  // UPDATE_SCHEMAS=1 npx vitest run test/config/schemas.test.ts writes them anew.
  it.each([...schemas])('docs/schema/%s is what the program accepts', (name, schema) => {
    const written = `${JSON.stringify(schema, null, 1)}\n`
    if (process.env.UPDATE_SCHEMAS === '1') {
      mkdirSync(FOLDER, { recursive: true })
      writeFileSync(new URL(name, FOLDER), written)
    }
    expect(readFileSync(new URL(name, FOLDER), 'utf8')).toBe(written)
  })

  it.each([...EXAMPLE_FILES])('%s as init writes it is valid', (file, text) => {
    const validate = validator(`${file.replace('.yaml', '')}.json`)
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true)
  })

  it.each(['office-week', 'growth', 'host-failure', 'maintenance', 'night-power-save', 'steady-1000'])('scenarios/%s is valid', (name) => {
    const validate = validator('scenario.json')
    expect(validate(parse(readFileSync(new URL(`../../scenarios/${name}/scenario.yaml`, import.meta.url), 'utf8'))), JSON.stringify(validate.errors)).toBe(true)
  })

  it('refuse unknown keys and wrong kinds of values', () => {
    const validate = validator('policy.json')
    expect(validate({ polices: 1 })).toBe(false)
    expect(validate({ powerSave: { holdMs: [] } })).toBe(false)
    expect(validate({ powerSave: { holdMs: '5 min', utilizationLow: 0.1 } })).toBe(true)
  })

  it('policy files can set every setting that a policy has', () => {
    const sections = policyChangesSchema.shape as unknown as Record<string, { unwrap(): { shape?: Record<string, unknown>; unwrap?(): { shape?: Record<string, unknown> } } }>
    for (const [section, settings] of Object.entries(DEFAULT_POLICY)) {
      if (section === 'name' || section === 'description') continue
      expect(Object.keys(sections), section).toContain(section)
      if (typeof settings !== 'object' || settings === null) continue
      const inner = sections[section]!.unwrap()
      expect(Object.keys(inner.shape ?? {}).sort(), section).toEqual(Object.keys(settings as object).sort())
    }
  })
})
