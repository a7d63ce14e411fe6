import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const missing = spawnSync('systemd-analyze', ['--version']).error !== undefined
const UNIT = 'packaging/plimsoll@.service'
/** Where the program stands in a test, so that systemd finds something that can be run. */
const runnable = readFileSync(UNIT, 'utf8').replace('ExecStart=/usr/bin/plimsoll ', 'ExecStart=/bin/true ')
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-unit-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function said(name: string, text: string): string {
  const file = join(folder, `plimsoll@${name}.service`)
  writeFileSync(file, text)
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', file], { encoding: 'utf8' })
  return status === 0 ? stdout + stderr : `${status}: ${stdout}${stderr}`
}

describe.skipIf(missing)('the unit for systemd (needs systemd-analyze)', () => {
  it('has nothing that systemd does not know', () => {
    expect(runnable).toContain('/bin/true run --config /etc/plimsoll/%i.yaml')
    expect(said('lab', runnable)).toBe('')
    expect(said('odd', runnable.replace('UMask=', 'Umaske='))).toContain('Umaske')
  })
  it('leaves the program little of the machine', () => {
    const file = join(folder, 'plimsoll@shut.service')
    writeFileSync(file, runnable)
    const text = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', file], { encoding: 'utf8' })
    expect(Number(/exposure level for [^:]*: (\d+\.\d)/.exec(text)![1])).toBeLessThan(2.5)
  })
})
