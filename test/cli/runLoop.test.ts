import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { runProgram } from '../../src/cli/runProgram.ts'

const PROGRAM = fileURLToPath(new URL('../../dist/plimsoll.js', import.meta.url))
const HAS_LIBVIRT = ['/usr/lib/x86_64-linux-gnu/libvirt.so.0', '/usr/lib/aarch64-linux-gnu/libvirt.so.0'].some((file) => existsSync(file))
const root = mkdtempSync(join(tmpdir(), 'plimsoll-run-loop-'))
const children: ChildProcess[] = []
afterEach(() => { for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL') })
afterAll(() => rmSync(root, { recursive: true, force: true }))

interface Pool {
  readonly folder: string
  readonly config: string
  readonly policy: string
}

/** A pool of one host, which is libvirt's test driver, with a state folder of its own. */
function poolIn(name: string): Pool {
  const folder = join(root, name)
  mkdirSync(folder)
  const [config, policy] = [join(folder, 'pool.yaml'), join(folder, 'policy.yaml')]
  writeFileSync(policy, JSON.stringify({ formatVersion: 1, name: 'first' }))
  writeFileSync(config, JSON.stringify({ formatVersion: 1, name: 'lab', stateFolder: join(folder, 'state'), policy: './policy.yaml', intervalMs: 1000, hosts: [{ id: 'a', driver: 'test' }] }))
  // Stands where systemd's own would: writes down what it is told.
  writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\necho "$@" >> ${join(folder, 'notified')}\n`)
  chmodSync(join(folder, 'systemd-notify'), 0o755)
  return { folder, config, policy }
}

interface Running {
  readonly child: ChildProcess
  said(): string
  ended(): Promise<number | null>
}

function begin({ folder, config }: Pool, ...more: string[]): Running {
  let said = ''
  const child = spawn(process.execPath, [PROGRAM, 'run', '--config', config, ...more], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}`, NOTIFY_SOCKET: '/nowhere', WATCHDOG_USEC: '1500000' } })
  children.push(child)
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => void (said += text.toString()))
  const over = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  return { child, said: () => said, ended: () => over }
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await isSo()) return
    await wait(100)
  }
  throw new Error(`${what}: not within 30 s`)
}

async function tell(pool: Pool, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await runProgram([...args, '--config', pool.config], { out: (text) => void (out += text), err: (text) => void (err += text), isInteractive: false, columns: 80, workingDirectory: pool.folder })
  return { code, out, err }
}

const statusOf = async (pool: Pool): Promise<Record<string, unknown>> => (JSON.parse((await tell(pool, 'loop', 'status', '--json')).out) as { status: Record<string, unknown> }).status

describe.skipIf(!HAS_LIBVIRT || !existsSync(PROGRAM))('plimsoll run on libvirt’s test driver (needs libvirt0 and npm run build)', () => {
  it('looks, is steered by people, reads its policy anew, ends on SIGTERM, and begins again as it was left', async () => {
    const pool = poolIn('steered')
    const first = begin(pool)
    await until('seen', async () => (await tell(pool, 'loop', 'status')).code === 0 && (await tell(pool, 'loop', 'mode', 'observe')).code === 0)
    expect(await statusOf(pool)).toMatchObject({ mode: 'observe', policy: 'first', openIntents: 0 })
    expect(await tell(pool, 'maintenance', 'enter', 'a')).toMatchObject({ code: 1, err: expect.stringContaining('the mode is observe') as string })
    expect((await tell(pool, 'loop', 'approve', '0'.repeat(64))).code).toBe(1)
    expect((await tell(pool, 'loop', 'mode', 'recommend')).code).toBe(0)

    writeFileSync(pool.policy, JSON.stringify({ formatVersion: 1, name: 'second' }))
    first.child.kill('SIGHUP')
    await until('read anew', async () => (await statusOf(pool))['policy'] === 'second')
    writeFileSync(pool.policy, '{ "formatVersion": 1, "budgets": 7 }')
    first.child.kill('SIGHUP')
    await until('refused', () => first.said().includes('the policy stays as it was'))
    expect(await statusOf(pool)).toMatchObject({ policy: 'second', mode: 'recommend' })
    writeFileSync(pool.policy, JSON.stringify({ formatVersion: 1, name: 'second' }))

    expect((await tell(pool, 'loop', 'halt', 'a try')).code).toBe(0)
    await until('the watchdog is fed', () => readFileSync(join(pool.folder, 'notified'), 'utf8').includes('WATCHDOG=1'))
    first.child.kill('SIGTERM')
    expect(await first.ended()).toBe(0)
    expect(readFileSync(join(pool.folder, 'notified'), 'utf8')).toMatch(/--ready[^]*--stopping/)
    expect((await tell(pool, 'loop', 'status')).code).toBe(3)

    begin(pool)
    await until('seen again', async () => (await tell(pool, 'loop', 'status')).code === 0)
    await until('halted', async () => String((await statusOf(pool))['observing']).includes('a try'))
    expect(await statusOf(pool)).toMatchObject({ mode: 'recommend' })
    // What it did can be turned again.
    const records = join(pool.folder, 'state', 'records')
    expect((await runParity(join(records, readdirSync(records).sort()[0]!))).code).toBe(0)
  }, 60_000)

  it('reckons with what migrations took before it was started, and tells it', async () => {
    const pool = poolIn('learned')
    mkdirSync(join(pool.folder, 'state'))
    const line = (vm: string, memoryMib: number, more: object = {}): string => `${JSON.stringify({ vm, memoryMib, dirtyMibPerS: 0, durationMs: 3000 + 10 * memoryMib, downtimeMs: 70, ok: true, ...more })}\n`
    // The last one was cut off when the machine went down.
    writeFileSync(join(pool.folder, 'state', 'migrations.ndjson'), `${[256, 512, 1024, 2048].map((mib) => line('web', mib)).join('')}${line('db', 4096)}${line('db', 4096, { ok: false, stalled: true })}${line('db', 4096).slice(0, 40)}`)
    const first = begin(pool)
    type Learned = { readonly count: number; readonly linkMibPerS: number; readonly overheadMs: number; readonly vms: readonly { readonly vm: string }[] } | null
    const learned = async (): Promise<Learned> => (await statusOf(pool))['migrations'] as Learned
    await until('learned', async () => (await tell(pool, 'loop', 'status')).code === 0 && (await learned()) !== null)
    const { count, linkMibPerS, overheadMs, vms } = (await learned())!
    expect(count).toBe(5)
    expect(linkMibPerS).toBeGreaterThan(90)
    expect(linkMibPerS).toBeLessThan(111)
    expect(Math.abs(overheadMs - 3000)).toBeLessThan(600)
    expect(vms.map(({ vm }) => vm)).toEqual(['web'])
    first.child.kill('SIGTERM')
    await first.ended()
    const records = join(pool.folder, 'state', 'records')
    expect((await runParity(join(records, readdirSync(records)[0]!))).code).toBe(0)

    writeFileSync(pool.config, JSON.stringify({ ...(JSON.parse(readFileSync(pool.config, 'utf8')) as object), learnMigrations: false }))
    begin(pool)
    await until('seen', async () => (await tell(pool, 'loop', 'mode', 'observe')).code === 0)
    expect(await learned()).toBeNull()
  }, 60_000)

  it('lets one of two act: the other waits, and goes on when the first is killed', async () => {
    const pool = poolIn('two')
    const first = begin(pool)
    await until('seen', async () => (await tell(pool, 'loop', 'status')).code === 0)
    const second = begin(pool)
    await until('waits', () => second.said().includes('another loop holds lab'))
    first.child.kill('SIGKILL')
    await until('goes on', () => second.said().includes('lab runs in mode observe'))
    second.child.kill('SIGINT')
    expect(await second.ended()).toBe(0)
  }, 60_000)
})

describe.skipIf(!HAS_LIBVIRT || !existsSync(PROGRAM))('plimsoll run with several pools (needs libvirt0 and npm run build)', () => {
  /** A pool of its own name, so that what is said can be told apart. */
  const named = (name: string): Pool => {
    const pool = poolIn(name)
    writeFileSync(pool.config, readFileSync(pool.config, 'utf8').replace('"lab"', `"${name}"`))
    return pool
  }

  it('runs them side by side: each is steered for itself, and one signal ends all', async () => {
    const [left, right] = [named('left'), named('right')]
    const both = begin(left, '--config', right.config, '--json')
    await until('both are seen', async () => (await tell(left, 'loop', 'mode', 'observe')).code === 0 && (await tell(right, 'loop', 'mode', 'recommend')).code === 0)
    expect(await statusOf(left)).toMatchObject({ mode: 'observe' })
    expect(await statusOf(right)).toMatchObject({ mode: 'recommend' })
    for (const { policy } of [left, right]) writeFileSync(policy, JSON.stringify({ formatVersion: 1, name: 'second' }))
    both.child.kill('SIGHUP')
    await until('both read anew', async () => (await statusOf(left))['policy'] === 'second' && (await statusOf(right))['policy'] === 'second')
    both.child.kill('SIGTERM')
    expect(await both.ended()).toBe(0)
    const told = JSON.parse(both.said().split('\n').find((line) => line.startsWith('{'))!) as { pools: { pool: string; status: { mode: string } }[] }
    expect(told.pools.map(({ pool, status }) => [pool, status.mode])).toEqual([['left', 'observe'], ['right', 'recommend']])
    expect(both.said()).toMatch(/Z right: right runs in mode observe/)
  }, 60_000)

  it('ends all, and says that it failed, when one of them can’t go on', async () => {
    const [whole, broken] = [named('whole'), named('broken')]
    mkdirSync(join(broken.folder, 'state'))
    // A journal that is no folder can't be opened.
    writeFileSync(join(broken.folder, 'state', 'journal'), '')
    const both = begin(whole, '--config', broken.config)
    expect(await both.ended(), both.said()).not.toBe(0)
    expect((await tell(whole, 'loop', 'status')).code).toBe(3)
  }, 60_000)

  it('refuses pools that share a name, a state folder or a host', async () => {
    const pool = named('once')
    const other = join(pool.folder, 'other.yaml')
    const host = { id: 'h', transport: 'tcp', insecure: true, address: '10.0.0.7' }
    writeFileSync(pool.config, JSON.stringify({ formatVersion: 1, name: 'once', stateFolder: join(pool.folder, 'state'), hosts: [host] }))
    writeFileSync(other, JSON.stringify({ formatVersion: 1, name: 'once', stateFolder: join(pool.folder, 'state'), hosts: [{ ...host, id: 'k', transport: 'tls' }] }))
    writeFileSync(other, readFileSync(other, 'utf8').replace('"insecure":true,', '').replace('"hosts"', '"tls":{"folder":"/etc/pki"},"hosts"'))
    const { code, err } = await tell(pool, 'run', '--config', other)
    expect(code, err).toBe(2)
    for (const what of ['is called once', 'keeps its state in', 'has the host at 10.0.0.7']) expect(err).toContain(what)
  })
})

async function runParity(record: string): Promise<{ code: number; out: string }> {
  let out = ''
  const code = await runProgram(['parity', record, '--json'], { out: (text) => void (out += text), err: () => undefined, isInteractive: false, columns: 80, workingDirectory: root })
  return { code, out }
}
