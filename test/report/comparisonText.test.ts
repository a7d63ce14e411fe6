import { describe, expect, it } from 'vitest'
import { seededRng } from '../../sim/random.ts'
import { compareRuns } from '../../src/report/compare.ts'
import { comparisonCsv, csvCell } from '../../src/report/comparisonCsv.ts'
import { comparisonTable } from '../../src/report/comparisonTable.ts'
import { durationText, figureText, relativeText, signedText } from '../../src/report/figureText.ts'
import { day, summary } from './summaries.ts'

const days = (energyKwh: number, migrations: number): ReturnType<typeof day>[] => [0, 1, 2, 3, 4, 5, 6].map((index) => day({ energyKwh: energyKwh + (index % 3), migrations: migrations + (index % 2) }))
const comparison = compareRuns([summary('none', 7, days(100, 0)), summary('power-save', 7, days(60, 5).map((each, index) => ({ ...each, energyKwh: each.energyKwh + (index % 4) })))], { warmupMs: 0, rng: seededRng(1) })

describe('the comparison in a terminal', () => {
  const lines = comparisonTable(comparison).split('\n')

  it('has a row of figures for each policy', () => {
    expect(lines.find((line) => line.startsWith('none '))).toMatch(/^none\s+706\.0\s+70\s+0\.100\s+1\.00\s+5\.00\s+3\s+20\.0\s+14\s+0\s+0$/)
  })

  it('lists each difference with its interval and verdict', () => {
    expect(lines.find((line) => line.startsWith('energy, kWh'))).toMatch(/^energy, kWh {2}power-save\s+-271\.0\s+-38\.4 %\s+-2\d\d\.\d to -2\d\d\.\d {2}less$/)
  })

  it('leaves equal figures out of the differences and names what has no interval', () => {
    expect(lines.some((line) => line.startsWith('power cycles'))).toBe(false)
    expect(lines).toContain('No interval (one figure a run): p99 VM, worst VM, wake failures, unplaced at end.')
  })

  it('keeps within 132 columns and aligns them', () => {
    for (const line of lines.slice(0, 6)) expect(line.length).toBeLessThanOrEqual(132)
    expect(new Set(lines.slice(2, 6).map((line) => line.length)).size).toBeLessThanOrEqual(2)
  })

  it('of one run of one day has no table of differences but says why', () => {
    const text = comparisonTable(compareRuns([summary('none', 1), summary('save', 1)], { warmupMs: 0, rng: seededRng(1) }))
    expect(text).not.toContain('Differences')
    expect(text).toContain('No interval (one run): energy')
  })

  it('of one policy has no differences', () => {
    expect(comparisonTable(compareRuns([summary('none', 1)], { warmupMs: 0, rng: seededRng(1) }))).not.toContain('Difference')
  })
})

describe('the comparison as CSV', () => {
  const rows = comparisonCsv(comparison).trimEnd().split('\n')

  it('has a row for each metric and policy, all of one width', () => {
    expect(rows).toHaveLength(1 + 2 * 10)
    expect(new Set(rows.map((row) => row.split(',').length))).toEqual(new Set([15]))
  })

  it('gives ratios as ratios and leaves the base without a difference', () => {
    expect(rows.find((row) => row.startsWith('office,violationRatio,ratio,none'))).toBe('office,violationRatio,ratio,none,0.001,0.001,0.001,1,none,,,,,,')
  })

  it.each([['a,b', '"a,b"'], ['say "x"', '"say ""x"""'], ['=HYPERLINK(1)', "'=HYPERLINK(1)"], ['two\nlines', '"two\nlines"'], ['plain', 'plain']])('writes %j as %s', (text, cell) => {
    expect(csvCell(text)).toBe(cell)
  })
})

describe('figures for people', () => {
  it.each([
    [1234.56, 'kWh', 1, '1234.6'], [1234567, 'count', 0, '1 234 567'], [0.01234, 'ratio', 2, '1.23'], [-1e-12, 'count', 0, '0'], [0.0123, 'VM-minutes', 0, '0.012'], [2.34, 'count', 0, '2.3'], [7, 'count', 0, '7'], [0.00000317, 'ratio', 3, '0.00032'], [0, 'ratio', 3, '0.000'], [-12345.6, 'kWh', 1, '-12 345.6'],
  ] as const)('%d %s with %d digits is %s', (value, unit, digits, text) => {
    expect(figureText(value, { unit, digits })).toBe(text)
  })

  it('show a sign on what is more, and none on what rounds to nothing', () => {
    expect(signedText(3, { unit: 'count', digits: 0 })).toBe('+3')
    expect(signedText(1e-12, { unit: 'count', digits: 0 })).toBe('0')
  })

  it.each([[0.123, '+12.3 %'], [-0.5, '-50.0 %'], [0, null], [null, null], [72.6, null]])('relate %s as %s', (ratio, text) => {
    expect(relativeText(ratio)).toBe(text)
  })

  it.each([[0, '0 s'], [86_400_000, '1 day'], [172_800_000, '2 days'], [90_000, '1 min 30 s'], [604_830_000, '7 days 30 s'], [300_000, '5 min']])('%d ms is %s', (durationMs, text) => {
    expect(durationText(durationMs)).toBe(text)
  })
})
