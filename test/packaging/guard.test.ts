import { spawn, spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const GUARD = 'packaging/plimsoll-guard'
const HOOK = 'packaging/hooks/plimsoll-hook'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-guard-'))
  const put = (name: string, text: string): void => {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), 0o755)
  }
  // Stands for the host's virsh: lists what the file `guests` holds, fails without it.
  put('virsh', `#!/bin/sh\n[ -e ${folder}/guests ] || exit 1\ncat ${folder}/guests\n`)
  put('off', `#!/bin/sh\n[ ! -e ${folder}/broken ] || exit 1\ntouch ${folder}/switchedOff\n`)
  writeFileSync(join(folder, 'conf'), `STATE=${folder}/state\nRUN=${folder}/run\nURI=test:///default\nPOWEROFF=${folder}/off\nPROC=${folder}/proc\nSHUTDOWN_MAX_S=0.1\n`)
  writeFileSync(join(folder, 'guests'), '')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const environment = (): NodeJS.ProcessEnv => ({ PATH: `${folder}:${process.env['PATH']}`, PLIMSOLL_GUARD_CONF: join(folder, 'conf') })
const run = (script: string, ...args: string[]): { code: number | null; out: string; error: string } => {
  const { status, stdout, stderr } = spawnSync(script, args, { env: environment(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  return { code: status, out: stdout.trim(), error: stderr.trim() }
}
const later = (): string => String(Math.floor(Date.now() / 1000) + 3600)
const powerOff = (notAfter = later(), id = 'e-1'): { code: number | null; out: string } => run(GUARD, 'power-off', '--not-after', notAfter, '--id', id)
const isOff = (): boolean => existsSync(join(folder, 'switchedOff'))

/** Cordoned long enough ago that every start that was under way shows. */
function cordonedLong(): void {
  expect(run(GUARD, 'cordon', 'e-0').code).toBe(0)
  utimesSync(join(folder, 'state/cordoned'), 1, 1)
}

describe('plimsoll-guard power-off', () => {
  it('switches a host off that is cordoned and empty', () => {
    cordonedLong()
    expect(powerOff()).toMatchObject({ code: 0, out: 'powering off' })
    expect(isOff()).toBe(true)
  })
  it.each([
    ['a guest is active', 10, () => writeFileSync(join(folder, 'guests'), '\nweb-1\n')],
    ['the guests can’t be listed', 14, () => rmSync(join(folder, 'guests'))],
    ['it is not cordoned', 11, () => run(GUARD, 'uncordon')],
    ['it was cordoned only just now', 11, () => utimesSync(join(folder, 'state/cordoned'), Date.now() / 1000, Date.now() / 1000)],
    ['switching off fails', 14, () => writeFileSync(join(folder, 'broken'), '')],
  ])('refuses when %s', (_, code, spoil) => {
    cordonedLong()
    spoil()
    expect(powerOff().code).toBe(code)
    expect(isOff()).toBe(false)
  })
  it('refuses a command that comes too late', () => {
    cordonedLong()
    expect(powerOff(String(Math.floor(Date.now() / 1000) - 1)).code).toBe(12)
    expect(isOff()).toBe(false)
  })
  it('refuses while a guest’s program runs that libvirt does not list', () => {
    cordonedLong()
    mkdirSync(join(folder, 'proc/4711'), { recursive: true })
    writeFileSync(join(folder, 'proc/4711/comm'), 'qemu-system-x86\n')
    expect(powerOff().code).toBe(10)
    expect(isOff()).toBe(false)
  })
  it('does not count the privileged domain of Xen as a guest', () => {
    cordonedLong()
    writeFileSync(join(folder, 'guests'), 'Domain-0\n')
    expect(powerOff().code).toBe(0)
  })
  it.each([[['power-off']], [['power-off', '--not-after', 'soon', '--id', 'a']], [['power-off', '--not-after', '9999999999', '--id', 'a;b']], [['cordon', '$(x)']], [['reboot']], [[]]])('refuses wrong use: %j', (args) => {
    expect(run(GUARD, ...args).code).toBe(2)
    expect(isOff()).toBe(false)
  })
  it('and a start can’t both have the host: the one that comes second is refused', async () => {
    cordonedLong()
    const holder = spawn('flock', ['-s', join(folder, 'run/start.lock'), 'sh', '-c', 'echo held; read line'], { stdio: ['pipe', 'pipe', 'ignore'] })
    await new Promise((resolve) => holder.stdout.once('data', resolve))
    expect(powerOff().code).toBe(13)
    const ended = new Promise((resolve) => holder.once('close', resolve))
    holder.stdin.end()
    await ended
    run(GUARD, 'uncordon')
    const alone = spawn('flock', ['-x', join(folder, 'run/start.lock'), 'sh', '-c', 'echo held; read line'], { stdio: ['pipe', 'pipe', 'ignore'] })
    await new Promise((resolve) => alone.stdout.once('data', resolve))
    expect(run(HOOK, 'web-1', 'prepare', 'begin', '-')).toMatchObject({ code: 1, out: '' })
    const over = new Promise((resolve) => alone.once('close', resolve))
    alone.stdin.end()
    await over
    expect(run(HOOK, 'web-1', 'prepare', 'begin', '-').code).toBe(0)
  })
})

describe('a host that is going off', () => {
  /** Of this test alone, so that its process is found again. */
  const limit = `30.${process.pid}`
  const holders = (): number[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `sleep\0${limit}\0`
    } catch {
      return false
    }
  })
  beforeEach(() => appendFileSync(join(folder, 'conf'), `SHUTDOWN_MAX_S=${limit}\n`))
  afterEach(() => {
    for (const pid of holders()) process.kill(pid)
  })

  it('takes no start any more, nor with its cordon taken off', () => {
    cordonedLong()
    expect(powerOff().code).toBe(0)
    run(GUARD, 'uncordon')
    expect(run(HOOK, 'web-1', 'prepare', 'begin', '-')).toMatchObject({ code: 1, error: 'plimsoll: this host is being switched off' })
    expect(holders()).toHaveLength(1)
  })

  it('takes them again when switching off has failed', () => {
    cordonedLong()
    writeFileSync(join(folder, 'broken'), '')
    expect(powerOff().code).toBe(14)
    run(GUARD, 'uncordon')
    expect(run(HOOK, 'web-1', 'prepare', 'begin', '-').code).toBe(0)
  })
})

describe('plimsoll-hook', () => {
  it('refuses starts and incoming migrations of a cordoned host, and nothing else', () => {
    const ends = (): (number | null)[] => ['prepare', 'migrate', 'start', 'started', 'stopped', 'release', 'reconnect'].map((operation) => run(HOOK, 'web-1', operation, 'begin', '-').code)
    expect(ends()).toEqual([0, 0, 0, 0, 0, 0, 0])
    run(GUARD, 'cordon', 'e-0')
    expect(ends()).toEqual([1, 1, 0, 0, 0, 0, 0])
    expect(run(HOOK, 'web-1', 'migrate', 'begin', '-')).toEqual({ code: 1, out: '', error: 'plimsoll: this host is cordoned' })
    run(GUARD, 'uncordon')
    expect(ends()).toEqual([0, 0, 0, 0, 0, 0, 0])
  })
})

describe('plimsoll-guard cordon', () => {
  it('is kept, with who asked and since when, however often it is asked again', () => {
    cordonedLong()
    expect(run(GUARD, 'cordon', 'e-9').out).toBe('cordoned')
    expect(readFileSync(join(folder, 'state/cordoned'), 'utf8')).toBe('e-0\n')
    expect(run(GUARD, 'status').out).toMatch(/^cordoned 0 guests at \d{13}$/)
    expect(run(GUARD, 'uncordon').out).toBe('open')
    expect(run(GUARD, 'status').out).toMatch(/^open 0 guests at \d{13}$/)
  })
})
