import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { issueList } from '../../../sim/workloads/reading/issueList.ts'
import { readTable, type Table, type TableFormat } from '../../../sim/workloads/reading/table.ts'
import { bytesOf, cut, problemsOf } from './support.ts'

const GAPPY: TableFormat = { time: { name: 't', unitMs: 1000 }, stepMs: 60_000, whole: false, gaps: true, scale: 1, cellMax: 1000, clipAt: null, expected: '0 to 1000', rowsExpected: 2 }
const STRICT: TableFormat = { ...GAPPY, time: null, gaps: false }

function table(text: string, format: TableFormat = GAPPY, places: readonly number[] = []): Table {
  const issues = issueList()
  const read = readTable('t.csv', cut(bytesOf(text), places), format, issues)
  issues.throwIfAny()
  return read
}
const problems = (text: string, format: TableFormat = GAPPY): string[] => problemsOf(() => table(text, format))

/** The slow, obvious reading of a table without problems. */
function cellsOf(text: string): number[] {
  return text.trimEnd().split('\n').slice(1).flatMap((line) => line.split(',').slice(1).map((cell) => (cell === '' ? Number.NaN : Math.fround(Number(cell)))))
}

const cell = fc.oneof(
  fc.nat(1000).map(String),
  fc.double({ min: 0, max: 1000, noNaN: true }).map((value) => String(value === 0 ? 0 : value)),
  fc.nat(99_999).map((value) => (value / 100).toFixed(2)),
  fc.constantFrom('', '0', '007', '0.5', '1e2', '2.50E-1', '0.123456789', '123.4567890123456789', '1000', '00000000000000000000012'),
)

describe('a table of samples', () => {
  it('is read as by splitting lines at commas, wherever the chunks are cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }).chain((columns) => fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 8 })), fc.array(fc.nat(), { maxLength: 12 }), (rows, places) => {
        const names = rows[0]!.map((_, column) => `vm${column}`)
        const text = [`t,${names.join(',')}`, ...rows.map((row, index) => `${7 + index * 60},${row.join(',')}`), ''].join('\n')
        const read = table(text, GAPPY, places)
        expect(read).toMatchObject({ names, rowCount: rows.length, firstMs: 7000 })
        expect([...read.codes]).toEqual(cellsOf(text))
      }),
      { numRuns: 300 },
    )
  })

  it('has NaN, never zero, where a cell is empty or a row is missing', () => {
    const { codes, rowCount } = table('t,a,b\n0,1,\n60,,2\n240,3,4\n')
    expect(rowCount).toBe(5)
    expect([...codes]).toEqual([1, NaN, NaN, 2, NaN, NaN, NaN, NaN, 3, 4])
  })

  it('keeps decimals exactly as whole codes when scaled', () => {
    expect([...table('a,b,c\n6.76,0.29,100\n', { ...STRICT, scale: 100, cellMax: 100 }).codes]).toEqual([676, 29, 10_000])
  })

  it('clips where the format says so, and counts how often', () => {
    expect(table('a,b,c\n101,100,1e2\n99,250.5,3\n', { ...STRICT, clipAt: 100 })).toMatchObject({ codes: Float32Array.of(100, 100, 100, 99, 100, 3), clippedCount: 2 })
  })

  it('may begin with a byte order mark and end in blank lines', () => {
    expect(table('\ufeffa,b\r\n1,2\r\n\r\n\n', STRICT)).toMatchObject({ names: ['a', 'b'], rowCount: 1 })
  })

  it.each([
    ['a time twice', 't,a\n0,1\n60,2\n60,3\n', ['t.csv:4: time 60 is repeated: each row is 60 after the one before']],
    ['a time that falls', 't,a\n0,1\n120,2\n60,3\n180,4\n', ['t.csv:4: time 60 is before the row above: times must rise by 60']],
    ['a time between steps', 't,a\n0,1\n90,2\n', ['t.csv:3: time 90 is not a multiple of 60 after the row above']],
    ['a time that is no number', 't,a\n0,1\nx,2\n', ['t.csv:3: "x" is not a time: a whole number was expected']],
    ['a time past all bounds', 't,a\n0,1\n9999999999999999,2\n', ['t.csv:3: "9999999999999999" is not a time: a whole number was expected']],
    ['another first column', 'time,a\n0,1\n', ['t.csv:1: the header begins with "time", "t" was expected']],
    ['no VM', 't\n0\n', ['t.csv:1: the header names no VM']],
    ['a row of the time alone', 't,a,b\n0\n', ['t.csv:2: 1 columns, the header has 3']],
    ['a lone point', 't,a\n0,.\n', ['t.csv:2: VM "a" (column 2): "." is not a number; 0 to 1000 was expected']],
    ['a number without its first digit', 't,a\n0,.5\n', ['t.csv:2: VM "a" (column 2): ".5" is not a number; 0 to 1000 was expected']],
    ['a number without its decimals', 't,a\n0,5.\n', ['t.csv:2: VM "a" (column 2): "5." is not a number; 0 to 1000 was expected']],
    ['two points', 't,a\n0,1.2.3\n', ['t.csv:2: VM "a" (column 2): "1.2.3" is not a number; 0 to 1000 was expected']],
    ['a letter among digits', 't,a\n0,1O0\n', ['t.csv:2: VM "a" (column 2): "1O0" is not a number; 0 to 1000 was expected']],
    ['a decimal above the limit', 't,a\n0,1000.01\n', ['t.csv:2: VM "a" (column 2): 1000.01 is too large; 0 to 1000 was expected']],
    ['control characters, which are escaped', 't,a\n0,\u001b[31m\n', ['t.csv:2: VM "a" (column 2): "\\u001b[31m" is not a number; 0 to 1000 was expected']],
  ])('refuses %s', (_, text, expected) => {
    expect(problems(text)).toEqual(expected)
  })

  it('refuses a step in time that would ask for more samples than can be read, without making room for them', () => {
    expect(problems('t,a,b\n0,1,2\n54000000000,1,2\n')).toEqual(['t.csv:3: 900000000 rows of 2 columns are more than 600000000 samples, the most that is read: split the trace'])
  })

  it('gives up on a file of nothing but problems', () => {
    expect(problems(`a\n${'x\n'.repeat(200_000)}`, STRICT).at(-1)).toBe('t.csv:101: and 99901 more problems like these')
  })
})
