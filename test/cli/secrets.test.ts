import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FakeRedfish, certificate, fakeRedfish } from '../drivers/power/fakeRedfish.ts'
import { type OwnPostgres, ownPostgres, postgresPrograms } from '../support/postgres.ts'

const PROGRAM = fileURLToPath(new URL('../../dist/plimsoll.js', import.meta.url))
const HAS_LIBVIRT = ['/usr/lib/x86_64-linux-gnu/libvirt.so.0', '/usr/lib/aarch64-linux-gnu/libvirt.so.0'].some((file) => existsSync(file))
const programs = postgresPrograms()
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-secrets-'))
const [config, state] = [join(folder, 'pool.yaml'), join(folder, 'state')]
const IPMI = 'canary-ipmi-5b1c'
const REDFISH = 'canary-redfish-8d2e'
const KEY = 'canary-key-c04f'

/** Everything that was seen, by where: what commands said, what they wrote, and which arguments processes had. */
const seen = new Map<string, string>()
const took = (where: string, text: string): void => void seen.set(where, (seen.get(where) ?? '') + text)

interface Ended {
  readonly code: number | null
  readonly said: string
}

/** Runs the program as a process; the arguments of it, and of all others, are read while it lives. */
async function run(args: readonly string[], until: (said: string) => boolean = () => false): Promise<Ended> {
  const child: ChildProcess = spawn(process.execPath, [PROGRAM, ...args, '--config', config], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}`, BMC_PASSWORD: IPMI } })
  let said = ''
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (text: Buffer) => void (said += text.toString()))
  const over = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  let asked = false
  while (child.exitCode === null && child.signalCode === null) {
    readArguments()
    if (!asked && until(said)) asked = child.kill('SIGTERM')
    await wait(50)
  }
  took(`what ${args[0]} ${args[1]} said`, said)
  return { code: await over, said }
}

function readArguments(): void {
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid))) {
    try {
      took('arguments of processes', `${readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ')}\n`)
    } catch {
      // It has ended since.
    }
  }
}

function readFiles(path: string): void {
  for (const name of readdirSync(path)) {
    const file = join(path, name)
    if (statSync(file).isDirectory()) readFiles(file)
    else if (statSync(file).isFile()) took(`file ${file.slice(folder.length)}`, readFileSync(file, 'latin1'))
  }
}

describe.skipIf(!HAS_LIBVIRT || !existsSync(PROGRAM) || programs === null)('secrets of a live pool (needs libvirt0, postgresql and npm run build)', () => {
  let redfish: FakeRedfish
  let database: OwnPostgres
  beforeAll(async () => {
    redfish = await fakeRedfish('admin', REDFISH)
    redfish.power = 'On'
    database = await ownPostgres(programs!)
    mkdirSync(join(folder, 'given'))
    const put = (name: string, text: string): string => {
      writeFileSync(join(folder, 'given', name), text, { mode: 0o600 })
      return join(folder, 'given', name)
    }
    // Stand where ipmitool and ssh would: they write down with what they were called. The password is wanted from the environment.
    for (const [name, rest] of [['ipmitool', `[ "$IPMI_PASSWORD" = ${IPMI} ] || exit 1\necho "Chassis Power is on"`], ['ssh', 'echo "Permission denied (publickey)" >&2\nexit 255']]) {
      writeFileSync(join(folder, name!), `#!/bin/sh\ntr '\\0' ' ' < /proc/$$/cmdline >> ${folder}/called-${name}\n${rest}\n`)
      chmodSync(join(folder, name!), 0o755)
    }
    const known = put('known_hosts', '')
    const key = put('key', `-----BEGIN OPENSSH PRIVATE KEY-----\n${KEY}\n-----END OPENSSH PRIVATE KEY-----\n`)
    const silent = { driver: 'qemu', transport: 'tcp', insecure: true, address: '127.0.0.1', port: 1 }
    const controller = { kind: 'redfish', address: '127.0.0.1', port: redfish.port, system: '/redfish/v1/Systems/1', user: 'admin', certificateFile: certificate('pinned') }
    writeFileSync(config, JSON.stringify({
      formatVersion: 1, name: 'lab', stateFolder: state, intervalMs: 1000, mode: 'automatic', lease: { postgresql: { url: { file: put('url', database.url) } } }, ssh: { user: 'root', keyFile: key, knownHostsFile: known },
      hosts: [
        { id: 'a', driver: 'test', bmc: { kind: 'ipmi', address: '127.0.0.1', user: 'admin', password: { environment: 'BMC_PASSWORD' } }, guard: { kind: 'ssh' } },
        { id: 'b', ...silent, bmc: { ...controller, password: { file: put('redfish', REDFISH) } } },
        { id: 'c', ...silent, port: 2, bmc: { ...controller, password: { file: put('wrong', `${REDFISH}-wrong`) } } },
        { id: 'd', ...silent, port: 3, bmc: { kind: 'ipmi', address: '127.0.0.1', user: 'admin', password: { environment: 'BMC_PASSWORD' } } },
      ],
    }))
  }, 60_000)
  afterAll(async () => {
    await redfish.close()
    await database.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it('are used, and are nowhere in what is said, written, or handed over as arguments', async () => {
    const status = await run(['power', 'status', '--json'])
    expect(status.code, status.said).toBe(3)
    expect(JSON.parse(status.said)).toMatchObject({ hosts: [{ host: 'a', power: 'on' }, { host: 'b', power: 'on' }, { power: null, failures: [expect.stringContaining('refuses the user or password')] }, { power: 'on' }] })
    await run(['power', 'status'])
    expect((await run(['run', '--json'], (said) => said.includes('lab runs in mode') && existsSync(join(folder, 'called-ssh')))).code).toBe(0)
    expect((await run(['power', 'drill', 'a', '--yes', '--json'])).code).not.toBe(0)
    expect((await run(['observe', '--out', join(folder, 'seen.json'), '--every', '1s'])).code).not.toBe(0)

    // Failures of each kind: a database that refuses the password, and a URL that is none.
    writeFileSync(join(folder, 'given/url'), database.url.replace(database.password, `${database.password}-wrong`))
    await run(['power', 'drill', 'a', '--yes', '--json'])
    writeFileSync(join(folder, 'given/url'), database.url.replace('postgresql://', 'ldap://'))
    await run(['power', 'drill', 'a', '--yes', '--json'])

    readFiles(state)
    for (const name of ['called-ipmitool', 'called-ssh']) took(name, readFileSync(join(folder, name), 'utf8'))
    const places = [...seen.keys()]
    for (const kind of ['file /state/journal', 'file /state/records', 'arguments', 'what power drill said']) expect(places.some((where) => where.startsWith(kind)), `${kind} among ${places.join(', ')}`).toBe(true)
    expect(seen.get('arguments of processes')).toContain('plimsoll.js run')
    expect(seen.get('called-ipmitool')).toContain('-U admin')

    const secrets = [IPMI, REDFISH, KEY, database.password, Buffer.from(`admin:${REDFISH}`).toString('base64').slice(0, 24)]
    const told = [...seen].flatMap(([where, text]) => secrets.filter((secret) => text.includes(secret)).map((secret) => `${secret} in ${where}`))
    expect(told).toEqual([])
  }, 90_000)
})
