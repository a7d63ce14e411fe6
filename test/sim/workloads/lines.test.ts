import fc from 'fast-check'
import { expect, it } from 'vitest'
import { asciiText, eachBlock } from '../../../sim/workloads/reading/lines.ts'
import { bytesOf, cut } from './support.ts'

it('blocks hold whole lines and join to the text, wherever the chunks are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'bc', '\n', '\n\n', ','), { maxLength: 30 }).map((parts) => parts.join('')), fc.array(fc.nat(), { maxLength: 12 }), (text, places) => {
      const blocks: string[] = []
      eachBlock('file', cut(bytesOf(text), places), (bytes, from, to) => blocks.push(asciiText(bytes, from, to)))
      expect(blocks.every((block) => block.endsWith('\n'))).toBe(true)
      expect(blocks.join('')).toBe(text === '' || text.endsWith('\n') ? text : `${text}\n`)
    }),
  )
})

it('long texts come out whole', () => {
  const text = 'name,'.repeat(20_000)
  expect(asciiText(bytesOf(text), 5, text.length)).toBe(text.slice(5))
})
