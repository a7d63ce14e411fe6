import { readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const CALL = /\b(?:reason|refuse|no|lacks)\('([a-z][A-Za-z]+)'/g
const LIMIT = /'((?:host|pool)[A-Z][A-Za-z]+Max)'/g
const COLUMN = /\bcode: '([a-z][A-Za-z]+)'/g

describe('the list of reason codes', () => {
  it('has every code that plans, transitions and what hosts must have give', () => {
    const listed = new Set([...readFileSync(join(ROOT, 'docs/reasons.md'), 'utf8').matchAll(/`([A-Za-z]+)`/g)].map(([, code]) => code))
    const files = [...readdirSync(join(ROOT, 'src/plan')).map((name) => join('src/plan', name)), 'src/model/transition.ts', 'src/model/compat.ts', 'src/execute/walk.ts']
    const given = files.flatMap((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8')
      return [...text.matchAll(CALL), ...text.matchAll(LIMIT), ...text.matchAll(COLUMN)].map(([, code]) => code!)
    })
    expect(given.length).toBeGreaterThan(40)
    expect([...new Set(given)].filter((code) => !listed.has(code)).sort()).toEqual([])
  })
})
