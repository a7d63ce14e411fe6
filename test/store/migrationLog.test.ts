import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openMigrationLog } from '../../src/store/migrationLog.ts'

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-migrations-'))
const file = join(folder, 'migrations.ndjson')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the log of migrations', () => {
  it('is empty at first and has everything when it is opened again, torn and damaged lines aside', () => {
    const first = openMigrationLog(folder)
    expect(first.found).toEqual([])
    first.add({ vm: 'a' })
    first.add({ vm: 'b' })
    writeFileSync(file, `${readFileSync(file, 'utf8')}not json\n{"vm":"torn`)
    const second = openMigrationLog(folder)
    expect(second.found).toEqual([{ vm: 'a' }, { vm: 'b' }])
    second.add({ vm: 'c' })
    expect(openMigrationLog(folder).found).toEqual([{ vm: 'a' }, { vm: 'b' }, { vm: 'c' }])
  })

  it('keeps the latest and does not grow for ever', () => {
    writeFileSync(file, Array.from({ length: 4001 }, (_, at) => `{"at":${at}}\n`).join(''))
    const { found } = openMigrationLog(folder)
    expect([found.length, found[0], found.at(-1)]).toEqual([2000, { at: 2001 }, { at: 4000 }])
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(2001)
  })
})
