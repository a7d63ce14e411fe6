import { appendFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BadInput } from '../../src/model/result.ts'
import type { Run } from '../../src/model/run.ts'
import { readRun, readRunSummary, writeRun } from '../../src/store/run.ts'
import { fakeRun } from '../support/fakeRun.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-run-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A made-up run with the offsets that its columns really have in the file. */
function example(): Run {
  const run = fakeRun({ policy: 'power-save', seed: 3, hosts: 4, days: 1, savesPower: true, evens: false, migrationsPerHour: 4 })
  let offset = 0
  const series = run.header.series.map((column) => {
    const placed = { ...column, offset }
    offset += column.width * run.header.rowCount
    return placed
  })
  return { ...run, header: { ...run.header, series } }
}

const issues = (action: () => unknown): string => {
  try {
    action()
    return ''
  } catch (error) {
    if (error instanceof BadInput) return error.message
    throw error
  }
}

describe('the folder of a run', () => {
  it('gives back the run that was written, gaps in the series included', () => {
    const run = example()
    run.columns.hostUtilization[1] = NaN
    writeRun(join(folder, 'run'), run)
    expect(readRun(join(folder, 'run'))).toEqual(run)
    expect(readRunSummary(join(folder, 'run'))).toEqual({ header: run.header, summary: run.summary })
  })

  it('has the four files of the format and nothing half-written beside it', () => {
    writeRun(join(folder, 'run'), example())
    expect(readdirSync(join(folder, 'run')).sort()).toEqual(['events.ndjson', 'header.json', 'series.bin', 'summary.json'])
    expect(readdirSync(folder)).toEqual(['run'])
  })

  it('takes the place of an older run', () => {
    writeRun(join(folder, 'run'), example())
    const newer = { ...example(), events: [] }
    writeRun(join(folder, 'run'), newer)
    expect(readRun(join(folder, 'run')).events).toEqual([])
  })

  it('does not take the place of anything else', () => {
    writeFileSync(join(folder, 'notes.txt'), 'mine')
    expect(issues(() => writeRun(folder, example()))).toMatch(/holds other files/)
    expect(readdirSync(folder)).toEqual(['notes.txt'])
  })

  it('stays as it was when writing fails half-way', () => {
    writeRun(join(folder, 'run'), example())
    const before = readFileSync(join(folder, 'run', 'events.ndjson'), 'utf8')
    const broken = example()
    const events = new Proxy(broken.events, { get: (target, key) => (key === Symbol.iterator ? () => { throw new Error('disk on fire') } : Reflect.get(target, key) as unknown) })
    expect(() => writeRun(join(folder, 'run'), { ...broken, events })).toThrow('disk on fire')
    expect(readFileSync(join(folder, 'run', 'events.ndjson'), 'utf8')).toBe(before)
    expect(readdirSync(folder)).toEqual(['run'])
  })

  it.each<[string, (run: string) => void, RegExp]>([
    ['a header that is no JSON', (run) => writeFileSync(join(run, 'header.json'), '{"formatVersion": 1,'), /header.json:1: /],
    ['an unknown key in the header', (run) => writeFileSync(join(run, 'header.json'), readFileSync(join(run, 'header.json'), 'utf8').replace('"seed"', '"sede"')), /header.json:\d+ sede: unknown key "sede": did you mean "seed"/],
    ['a later format', (run) => writeFileSync(join(run, 'header.json'), readFileSync(join(run, 'header.json'), 'utf8').replace('"formatVersion": 1', '"formatVersion": 2')), /formatVersion: is 2, expected 1/],
    ['a figure that is no number', (run) => writeFileSync(join(run, 'summary.json'), readFileSync(join(run, 'summary.json'), 'utf8').replace(/"energyKwh": [\d.]+/, '"energyKwh": null')), /summary.json:\d+ energyKwh: is null/],
    ['series that are cut off', (run) => truncateSync(join(run, 'series.bin'), 100), /series.bin: has 100 bytes/],
    ['series that are too long', (run) => appendFileSync(join(run, 'series.bin'), 'abcd'), /cut off or of another run/],
    ['events that are cut off', (run) => writeFileSync(join(run, 'events.ndjson'), readFileSync(join(run, 'events.ndjson'), 'utf8').slice(0, -20)), /events.ndjson: does not end with a line feed/],
    ['an event that is none', (run) => appendFileSync(join(run, 'events.ndjson'), '{"kind":"dance","atMs":1}\n'), /events.ndjson:\d+: is not an event/],
    ['a file that is missing', (run) => rmSync(join(run, 'events.ndjson')), /events.ndjson: does not exist/],
  ])('with %s is refused, saying which', (_, harm, message) => {
    const run = join(folder, 'run')
    writeRun(run, example())
    harm(run)
    expect(issues(() => readRun(run))).toMatch(message)
  })

  it('that is not there is refused', () => {
    expect(issues(() => readRun(join(folder, 'none')))).toMatch(/header.json: does not exist/)
    expect(existsSync(join(folder, 'none'))).toBe(false)
  })
})
