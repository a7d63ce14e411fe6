import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { SoakBed, later, run } from '../soak/bed.ts'
import { until, whyNoBed } from '../support/beds.ts'

const why = whyNoBed('kvm')
const PROGRAM = resolve('dist/plimsoll.js')

interface Intent {
  readonly epoch: number
  readonly sequence: number
  readonly vm: string
}

/** Migrations that were begun, as the lines of the journal say, oldest first. */
function begun(folder: string): Intent[] {
  const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n')).filter((line) => line.includes('"kind":"intent"'))
  const records = lines.map((line) => JSON.parse(line) as { readonly epoch: number; readonly sequence: number; readonly body: { readonly action: { readonly kind: string; readonly step?: { readonly kind: string; readonly vm: string } } } })
  return records.flatMap(({ epoch, sequence, body: { action } }) => (action.step?.kind === 'migrate' ? [{ epoch, sequence, vm: action.step.vm }] : [])).sort((a, b) => a.sequence - b.sequence)
}

describe.skipIf(why !== null)(`two loops for one pool of KVM hosts${why === null ? '' : ` (${why})`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-two-'))
  const bed = new SoakBed(folder, 2, 3)
  const children: ChildProcess[] = []
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL')
    await bed.down()
    rmSync(folder, { recursive: true, force: true })
  }, 120_000)

  const begin = (config: string): { readonly child: ChildProcess; said(): string } => {
    let said = ''
    const child = spawn(process.execPath, [PROGRAM, 'run', '--config', config], { stdio: ['ignore', 'ignore', 'pipe'] })
    children.push(child)
    child.stderr.on('data', (text: Buffer) => void (said += text.toString()))
    return { child, said: () => said }
  }

  it('one acts; stopped in the middle of an evacuation and woken after its lease, it begins nothing more, and the other carries it to its end', async () => {
    await bed.up(2)
    const config = bed.poolFile()
    appendFileSync(config, 'mode: automatic\npolicy: none\n')
    const journal = join(folder, 'state', 'journal')
    const first = begin(config)
    await until('h1 may be emptied', async () => ((await run(process.execPath, [PROGRAM, 'maintenance', 'enter', 'h1', '--config', config], 60_000)).code === 0 ? true : null), 120_000)
    const second = begin(config)
    await until('the first migration is begun', () => Promise.resolve(begun(journal).length > 0 ? true : null), 120_000)
    first.child.kill('SIGSTOP')
    const before = begun(journal)
    expect(before.map(({ epoch }) => epoch)).toEqual([before[0]!.epoch])
    await until('the other takes over', () => Promise.resolve(second.said().includes('runs in mode automatic') ? true : null), 120_000)
    const ended = new Promise((done) => void first.child.once('exit', done))
    first.child.kill('SIGCONT')
    await until('h1 is empty', async () => ([...(await bed.running()).values()].flat().includes('h1') ? null : true), 240_000)

    // The one that woke had a VM left to move, and time enough to do it.
    expect(await Promise.race([ended, later(120_000)])).toBe(3)
    expect(first.said()).toContain('ALARM fenced')
    expect((await run(process.execPath, [PROGRAM, 'loop', 'status', '--config', config], 60_000)).code).toBe(0)
    const after = begun(journal)
    expect(after.filter(({ epoch }) => epoch === before[0]!.epoch)).toEqual(before)
    expect(after.filter(({ epoch }) => epoch > before[0]!.epoch).map(({ vm }) => vm)).toContain(['vm1-1', 'vm1-2'].find((vm) => vm !== before[0]!.vm))
    expect(new Map([...(await bed.running())].sort())).toEqual(new Map(['vm1-1', 'vm1-2', 'vm2-1', 'vm2-2'].map((vm) => [vm, ['h2']])))
  }, 700_000)
})
