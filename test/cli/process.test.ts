import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readRun } from '../../src/store/run.ts'
import { SMALL } from './support.ts'

const PROGRAM = resolve(import.meta.dirname, '../../dist/plimsoll.js')
let folder = ''
const children: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-process-'))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

function start(...args: string[]): ChildProcess & { readonly ended: Promise<{ code: number | null; signal: string | null }>; readonly text: { out: string } } {
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  const text = { out: '' }
  child.stdout.on('data', (part: Buffer) => (text.out += part.toString()))
  const ended = new Promise<{ code: number | null; signal: string | null }>((done) => child.on('exit', (code, signal) => done({ code, signal })))
  return Object.assign(child, { ended, text })
}

/** Waits for something that another process does; gives up after a minute. */
async function until(what: string, holds: () => boolean): Promise<void> {
  const giveUpMs = Date.now() + 60_000
  while (!holds()) {
    if (Date.now() > giveUpMs) throw new Error(`${what} did not happen within a minute`)
    await new Promise((turn) => setImmediate(turn))
  }
}

// npm test builds before it tests; by hand: npm run build.
describe.skipIf(!existsSync(PROGRAM))('the built program', () => {
  it('prints the version of its package', () => {
    const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string }
    expect(spawnSync(process.execPath, [PROGRAM, '--version'], { encoding: 'utf8' })).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' })
  })

  it('loads nothing of the simulator for its help', () => {
    const { status, stdout } = spawnSync(process.execPath, [PROGRAM], { encoding: 'utf8' })
    expect(status).toBe(0)
    for (const command of ['simulate', 'compare', 'whatif', 'import', 'check', 'policies', 'init', 'serve']) expect(stdout).toContain(`  ${command} `)
  })

  it('gives its exit code to the shell', () => {
    writeFileSync(join(folder, 'bad.yaml'), 'hosts: []\n')
    expect(spawnSync(process.execPath, [PROGRAM, 'simulate', 'bad.yaml'], { cwd: folder }).status).toBe(2)
  })

  it('survives a reader that goes away', () => {
    const { status, stderr } = spawnSync('bash', ['-c', `set -o pipefail; "${process.execPath}" "${PROGRAM}" policies --json | head -c 1 >/dev/null`], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
  })

  it('leaves whole runs and nothing else when Ctrl-C ends it', async () => {
    writeFileSync(join(folder, 'small.yaml'), SMALL)
    const child = start('simulate', 'small.yaml', '--out', 'runs', '--quiet', '--set', 'seeds={count: 5000}')
    const runs = (): string[] => (existsSync(join(folder, 'runs')) ? readdirSync(join(folder, 'runs')) : [])
    await until('three runs', () => runs().filter((name) => !name.startsWith('.')).length >= 3)
    child.kill('SIGINT')
    expect(await child.ended).toEqual({ code: 130, signal: null })
    expect(runs().length).toBeGreaterThanOrEqual(3)
    for (const name of runs()) expect(readRun(join(folder, 'runs', name)).summary.scenario).toBe('small')
  })

  it.each([['Ctrl-C', 'SIGINT', 130], ['a polite kill', 'SIGTERM', 143]] as const)('%s in the middle of a run answers as shells expect and writes nothing of it', async (_, signal, code) => {
    writeFileSync(join(folder, 'small.yaml'), SMALL)
    const child = start('simulate', 'small.yaml', '--policy', 'none', '--quiet', '--set', 'durationMs=3000 d', '--set', 'policy.decisionIntervalMs=10 s', '--set', 'workload.synthetic.stepMs=1 h')
    // By then it has long begun: fields 14 and 15 are the ticks, a hundredth of a second each, that it has computed.
    const ticks = (): number => readFileSync(`/proc/${child.pid!}/stat`, 'utf8').split(' ').slice(13, 15).reduce((sum, field) => sum + Number(field), 0)
    await until('computing for a while', () => ticks() > 150)
    child.kill(signal)
    expect(await child.ended).toEqual({ code, signal: null })
    expect(readdirSync(folder)).toEqual(['small.yaml'])
  })

  it('shows a folder of runs to a browser until Ctrl-C', async () => {
    writeFileSync(join(folder, 'small.yaml'), SMALL)
    expect(spawnSync(process.execPath, [PROGRAM, 'simulate', 'small.yaml'], { cwd: folder }).status).toBe(0)
    const child = start('serve', 'runs', '--port', '0', '--json')
    await until('an address', () => child.text.out.includes('\n'))
    const { address } = JSON.parse(child.text.out) as { address: string }
    const index = await (await fetch(address)).text()
    expect(index).toContain('power-save')
    const listed = (await (await fetch(new URL('api/runs', address))).json()) as { runs: { id: string }[] }
    expect(listed.runs.map(({ id }) => id).sort()).toEqual(['small/none-seed1', 'small/power-save-seed1'])
    const report = await fetch(new URL(`runs/${encodeURIComponent('small/power-save-seed1')}/report`, address))
    expect([report.status, (await report.text()).slice(0, 15)]).toEqual([200, '<!doctype html>'])
    child.kill('SIGINT')
    expect(await child.ended).toEqual({ code: 0, signal: null })
  })
})
