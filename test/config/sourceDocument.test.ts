import { describe, expect, it } from 'vitest'
import { parseSource } from '../../src/config/sourceDocument.ts'
import { issuesOf } from './support.ts'

const faults = (text: string): string[] => issuesOf(() => parseSource('p.yaml', text))

describe('syntax errors', () => {
  it('of a text nested without end are told once, in our words', () => {
    const told = faults('['.repeat(5000))
    expect(new Set(told).size).toBe(told.length)
    expect(told.length).toBeLessThan(5)
    expect(told.join()).not.toMatch(/call stack/)
  })

  it('are cut off in a file of another kind', () => {
    const told = faults(Array.from({ length: 100 }, (_, line) => `a${line}: "`.repeat(3)).join('\n'))
    expect(told.length).toBeLessThanOrEqual(21)
    expect(told.at(-1)).toMatch(/^p.yaml: has \d+ more such errors: is it the right file\?$/)
    expect(Math.max(...told.map((line) => line.length))).toBeLessThan(250)
  })

  it('name a second document as what it is', () => {
    expect(faults('name: a\n---\nname: b\n')).toEqual(['p.yaml:2: a second document begins with "---": put it into a file of its own'])
  })
})
