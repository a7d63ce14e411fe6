import fc from 'fast-check'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readPlanetlab } from '../../../sim/workloads/traces/planetlab.ts'
import { openSource } from '../../../src/store/bytes.ts'
import { bytesOf, cut, fileOf, folderOf, hasTraces, problemsOf, TRACES } from './support.ts'

const sample = (row: number, column: number): number => (row * 31 + column * 17) % 101
const rows = (columns: number, count = 288): string[] => Array.from({ length: count }, (_, row) => Array.from({ length: columns }, (_, column) => sample(row, column)).join(','))
const packed = (names: readonly string[], lines: readonly string[] = rows(names.length)): string => [names.join(','), ...lines, ''].join('\n')
const withLine = (line: number, text: string): string => packed(['a', 'b', 'c']).split('\n').with(line - 1, text).join('\n')

describe('the PlanetLab reader', () => {
  it('gives whole percent, 5 minutes apart, a column a VM', () => {
    const series = readPlanetlab(fileOf('day.csv', packed(['a', 'b', 'c'])))
    expect(series).toMatchObject({ names: ['a', 'b', 'c'], stepMs: 300_000, sampleCount: 288, divisor: 100 })
    expect(series.codes).toEqual(Float32Array.from({ length: 288 * 3 }, (_, cell) => sample(Math.floor(cell / 3), cell % 3)))
  })

  it('reads a folder of files as the packed table of the same day, in byte order of the names', () => {
    const names = ['b', 'A_ x', 'a', '10', '9']
    const files = new Map(names.map((name, column) => [name, Array.from({ length: 288 }, (_, row) => `${sample(row, column)}\n`).join('')]))
    const folder = readPlanetlab(folderOf('day', files))
    expect(folder.names).toEqual(['10', '9', 'A_ x', 'a', 'b'])
    expect(folder).toEqual(readPlanetlab(fileOf('day.csv', packed(names))))
    expect(folder.codes[4]).toBe(sample(0, 0))
  })

  it('tells a folder of packed days once a file', () => {
    const files = new Map([['20110303.csv', packed(['a', 'b'])], ['20110306.csv', packed(['a', 'b'])], ['README.md', '# Days\n']])
    const told = problemsOf(() => readPlanetlab(folderOf('days', files)))
    expect(told.filter((line) => line.startsWith('days/2011'))).toEqual(['20110303', '20110306'].map((day) => `days/${day}.csv:1: holds several VMs a line: in a folder each file is one VM; to read a packed day give the file itself`))
  })

  it('skips hidden files of a folder', () => {
    const vm = '1\n'.repeat(288)
    expect(readPlanetlab(folderOf('day', new Map([['.DS_Store', 'x'], ['vm', vm]]))).names).toEqual(['vm'])
  })

  it('gives the same wherever the chunks are cut, with either end of line, with or without the last one', () => {
    const text = packed(['a', 'b', 'c'])
    const whole = readPlanetlab(fileOf('day.csv', text))
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 40 }), fc.boolean(), fc.boolean(), (places, isWindows, isOpen) => {
        const ended = isOpen ? text.slice(0, -1) : text
        const bytes = bytesOf(isWindows ? ended.replaceAll('\n', '\r\n') : ended)
        expect(readPlanetlab({ path: 'day.csv', kind: 'file', names: ['day.csv'], open: () => cut(bytes, places) })).toEqual(whole)
      }),
    )
  })

  it.each([
    ['a negative sample', withLine(5, '1,-3,4'), ['day.csv:5: VM "b" (column 2): "-3" is negative; 0 to 100 percent was expected']],
    ['NaN', withLine(2, 'NaN,3,4'), ['day.csv:2: VM "a" (column 1): "NaN" is not a number; 0 to 100 percent was expected']],
    ['a text', withLine(289, '1,3,x'), ['day.csv:289: VM "c" (column 3): "x" is not a number; 0 to 100 percent was expected']],
    ['a sample above 100 percent', withLine(7, '1,101,4'), ['day.csv:7: VM "b" (column 2): 101 is too large; 0 to 100 percent was expected']],
    ['an empty cell', withLine(7, '1,,4'), ['day.csv:7: VM "b" (column 2): no value, and the format has no gaps; 0 to 100 percent was expected']],
    ['a half percent', withLine(7, '1,2.5,4'), ['day.csv:7: VM "b" (column 2): "2.5" is not a whole number; 0 to 100 percent was expected']],
    ['infinity', withLine(7, '1,1e999,4'), ['day.csv:7: VM "b" (column 2): "1e999" is too large for a number; 0 to 100 percent was expected']],
    ['a space', withLine(7, '1, 2,4'), ['day.csv:7: VM "b" (column 2): " 2" is not a number; 0 to 100 percent was expected']],
    ['a short row', withLine(9, '1,2'), ['day.csv:9: 2 columns, the header has 3']],
    ['a long row', withLine(9, '1,2,3,4'), ['day.csv:9: 4 columns, the header has 3']],
    ['an empty line', withLine(9, ''), ['day.csv:9: is an empty line between rows: remove it', 'day.csv: has 287 samples a VM, a PlanetLab day has 288: is it cut off?']],
    ['a name twice', packed(['a', 'b', 'a']), ['day.csv:1: column 3: the name "a" stands in column 1 already']],
    ['an empty name', packed(['a', '', 'c']), ['day.csv:1: column 2: "" is not a name: 1 to 255 printable ASCII characters without commas']],
    ['an empty file', '', ['day.csv: is empty: a header line with names was expected']],
    ['a header alone', 'a,b\n', ['day.csv: has a header but no samples']],
    ['a file that ends early', packed(['a', 'b'], rows(2, 100)), ['day.csv: has 100 samples a VM, a PlanetLab day has 288: is it cut off?']],
    ['a file that goes on', packed(['a', 'b'], rows(2, 289)), ['day.csv: has 289 samples a VM, a PlanetLab day has 288: is it cut off?']],
  ])('refuses %s, with line and VM', (_, text, problems) => {
    expect(problemsOf(() => readPlanetlab(fileOf('day.csv', text)))).toEqual(problems)
  })

  it('reports all problems of a file at once, and counts those past a hundred', () => {
    const bad = packed(['a', 'b', 'c'], Array.from({ length: 288 }, () => '-1,2,x'))
    const problems = problemsOf(() => readPlanetlab(fileOf('day.csv', bad)))
    expect(problems).toHaveLength(101)
    expect(problems.at(-1)).toBe('day.csv:51: and 476 more problems like these')
  })

  it('names the file and line of a problem in a folder, and the files that are too short', () => {
    const vm = '1\n'.repeat(288)
    const files = new Map([['a', vm.replace('1\n1\n', '1\n-1\n')], ['b', vm.slice(4)], ['c', ''], ['d', vm]])
    expect(problemsOf(() => readPlanetlab(folderOf('day', files)))).toEqual([
      'day/a:2: VM "a" (column 1): "-1" is negative; 0 to 100 percent was expected',
      'day/b: has 286 lines, a PlanetLab day has 288: is it cut off?',
      'day/c: is empty: samples were expected',
    ])
    expect(problemsOf(() => readPlanetlab(folderOf('day', new Map())))).toEqual(['day: holds no files: one file a VM was expected'])
  })
})

describe.skipIf(!hasTraces)('the shared PlanetLab days (skipped without PLIMSOLL_SHARED)', () => {
  it.each([
    ['20110303', 1052, 12.31, 17.09, 0.15],
    ['20110306', 898, 11.44, 16.83, 0.152],
    ['20110309', 1061, 10.7, 15.57, 0.182],
  ])('%s have the VM count, mean, deviation and share of zeros of their README', (day, vms, mean, deviation, zeros) => {
    const { codes, names } = readPlanetlab(openSource(join(TRACES, 'planetlab', `${day}.csv.gz`)))
    const found = codes.reduce((sum, code) => sum + code, 0) / codes.length
    expect(names).toHaveLength(vms)
    expect(found).toBeCloseTo(mean, 2)
    expect(Math.sqrt(codes.reduce((sum, code) => sum + (code - found) ** 2, 0) / codes.length)).toBeCloseTo(deviation, 1)
    expect(codes.filter((code) => code === 0).length / codes.length).toBeCloseTo(zeros, 3)
  })
})
