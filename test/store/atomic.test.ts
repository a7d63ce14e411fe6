import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { abortAllWrites, beginFolder, writeFileAtomic, writeFolderAtomic } from '../../src/store/atomic.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'plimsoll-atomic-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const read = (...names: string[]): string => readFileSync(join(root, ...names), 'utf8')
const files = (...entries: [string, string][]): Map<string, string[]> => new Map(entries.map(([name, text]) => [name, [text]]))
function* breaking(): Generator<string, void, undefined> {
  yield 'half'
  throw new Error('the disk is full')
}

describe('a file written atomically', () => {
  it('replaces what was there, and makes the folders above', () => {
    writeFileAtomic(join(root, 'a', 'b', 'report.html'), 'one')
    writeFileAtomic(join(root, 'a', 'b', 'report.html'), ['t', new Uint8Array([119]), 'o'])
    expect(read('a', 'b', 'report.html')).toBe('two')
    expect(readdirSync(join(root, 'a', 'b'))).toEqual(['report.html'])
  })

  it('leaves the old one, and nothing else, when its content breaks off', () => {
    writeFileAtomic(join(root, 'plan.json'), 'old')
    expect(() => writeFileAtomic(join(root, 'plan.json'), breaking())).toThrow('the disk is full')
    expect(read('plan.json')).toBe('old')
    expect(readdirSync(root)).toEqual(['plan.json'])
  })

  it('never takes the place of a folder, and no folder that of a file', () => {
    mkdirSync(join(root, 'runs'))
    writeFileSync(join(root, 'file'), '')
    expect(() => writeFileAtomic(join(root, 'runs'), 'x')).toThrow(/runs: is a folder/)
    expect(() => writeFileAtomic(join(root, 'file', 'inner'), 'x')).toThrow(/a part of the path is a file/)
    expect(() => beginFolder(join(root, 'file'), 'load.json')).toThrow(/file: is a file, a folder is to be written/)
  })

  it('holds long content in order', () => {
    const lines = Array.from({ length: 50_000 }, (_, line) => `${line},äöü\n`)
    writeFileAtomic(join(root, 'long'), lines)
    expect(read('long')).toBe(lines.join(''))
  })
})

describe('a folder written atomically', () => {
  it('replaces a folder of its kind whole: files of the old one do not stay', () => {
    writeFolderAtomic(join(root, 'load'), 'load.json', files(['load.json', '1'], ['memory.csv', 'm']))
    writeFolderAtomic(join(root, 'load'), 'load.json', files(['load.json', '2']))
    expect(readdirSync(join(root, 'load'))).toEqual(['load.json'])
    expect(read('load', 'load.json')).toBe('2')
    expect(readdirSync(root)).toEqual(['load'])
  })

  it('leaves the old one, and nothing else, when a file breaks off', () => {
    writeFolderAtomic(join(root, 'load'), 'load.json', files(['load.json', 'old']))
    expect(() => writeFolderAtomic(join(root, 'load'), 'load.json', new Map<string, Iterable<string>>([['load.json', ['new']], ['cpu.csv', breaking()]]))).toThrow('the disk is full')
    expect(read('load', 'load.json')).toBe('old')
    expect(readdirSync(root)).toEqual(['load'])
  })

  it('never replaces a folder of other files', () => {
    mkdirSync(join(root, 'home'))
    writeFileSync(join(root, 'home', 'thesis.txt'), 'years of work')
    expect(() => writeFolderAtomic(join(root, 'home'), 'load.json', files(['load.json', '1']))).toThrow(/home: holds other files and no load\.json/)
    expect(read('home', 'thesis.txt')).toBe('years of work')
  })

  it('may be read by whom any new folder may be read by', () => {
    mkdirSync(join(root, 'usual'))
    writeFolderAtomic(join(root, 'load'), 'load.json', files(['load.json', '1']))
    expect(statSync(join(root, 'load')).mode).toBe(statSync(join(root, 'usual')).mode)
  })

  it('takes an empty folder', () => {
    mkdirSync(join(root, 'load'))
    writeFolderAtomic(join(root, 'load'), 'load.json', files(['load.json', '1']))
    expect(read('load', 'load.json')).toBe('1')
  })

  it('that was begun is gone after an interruption, and the old one is still there', () => {
    writeFolderAtomic(join(root, 'run'), 'header.json', files(['header.json', 'old']))
    beginFolder(join(root, 'run'), 'header.json').writeFile('header.json', 'new')
    abortAllWrites()
    expect(readdirSync(root)).toEqual(['run'])
    expect(read('run', 'header.json')).toBe('old')
  })

  it('finds the old one again after a crash between the two renames', () => {
    writeFolderAtomic(join(root, 'run'), 'header.json', files(['header.json', 'old']))
    renameSync(join(root, 'run'), join(root, '.run.previous'))
    beginFolder(join(root, 'run'), 'header.json').abort()
    expect(read('run', 'header.json')).toBe('old')
  })
})
