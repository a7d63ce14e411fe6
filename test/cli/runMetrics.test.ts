import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { runProgram } from '../../src/cli/runProgram.ts'

const PROGRAM = fileURLToPath(new URL('../../dist/plimsoll.js', import.meta.url))
const HAS_LIBVIRT = ['/usr/lib/x86_64-linux-gnu/libvirt.so.0', '/usr/lib/aarch64-linux-gnu/libvirt.so.0'].some((file) => existsSync(file))
const CANARY = 'canary-3f9c1d7e5b'
const root = mkdtempSync(join(tmpdir(), 'plimsoll-run-metrics-'))
const children: ChildProcess[] = []
const servers: Server[] = []
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  for (const server of servers) server.close()
  rmSync(root, { recursive: true, force: true })
})

/** Answers as Prometheus does: the VM of libvirt's test driver uses two cores. */
async function prometheus(status: () => number): Promise<{ readonly url: string; readonly seen: { token: string | undefined } }> {
  const seen: { token: string | undefined } = { token: undefined }
  const server = createServer((request, response) => {
    seen.token = request.headers.authorization
    const url = new URL(request.url!, 'http://x')
    const [name, atS] = [/^\w+/.exec(url.searchParams.get('query') ?? '')![0], Number(url.searchParams.get('time'))]
    const labels: Record<string, string> = { instance: 'a:9177', ...(name.startsWith('libvirt') ? { domain: 'test' } : {}) }
    const values = (name === 'libvirt_domain_info_cpu_time_seconds_total' ? 2 : name === 'node_pressure_cpu_waiting_seconds_total' ? 0.25 : null)
    const samples = values === null ? [] : [60, 45, 30, 15, 0].map((ago) => [atS - ago, String((atS - ago) * values)])
    response.writeHead(status(), { 'content-type': 'application/json' })
    response.end(status() === 200 ? JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: samples.length === 0 ? [] : [{ metric: { __name__: name, ...labels }, values: samples }] } }) : `{"status":"error","error":"no ${CANARY}"}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

function configIn(name: string, metrics: object): { readonly folder: string; readonly config: string } {
  const folder = join(root, name)
  mkdirSync(folder)
  const config = join(folder, 'pool.yaml')
  writeFileSync(config, JSON.stringify({ formatVersion: 1, name: 'lab', stateFolder: join(folder, 'state'), intervalMs: 1000, metrics, hosts: [{ id: 'a', driver: 'test' }] }))
  return { folder, config }
}

async function program(folder: string, ...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let [out, err] = ['', '']
  const code = await runProgram(args, { out: (text) => void (out += text), err: (text) => void (err += text), isInteractive: false, columns: 80, workingDirectory: folder })
  return { code, out, err }
}

interface Metrics {
  readonly failure: string | null
  readonly missing: readonly string[]
  readonly unknownVms: readonly string[]
  readonly hosts: readonly { readonly host: string; readonly ageMs: number | null; readonly pressureCpuRatio: number | null; readonly arcReclaimableMib: number | null }[]
}

describe.skipIf(!HAS_LIBVIRT || !existsSync(PROGRAM))('plimsoll run with loads from Prometheus (needs libvirt0 and npm run build)', () => {
  it('tells ages and what is missing, decides on them, says when the server fails, and lets no token out', async () => {
    let status = 200
    const { url, seen } = await prometheus(() => status)
    const { folder, config } = configIn('told', { prometheus: url, token: { environment: 'METRICS_TOKEN' } })
    const child = spawn(process.execPath, [PROGRAM, 'run', '--config', config], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, METRICS_TOKEN: CANARY } })
    children.push(child)
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => void (said += text.toString()))
    const metrics = async (): Promise<Metrics | null> => {
      const { code, out } = await program(folder, 'loop', 'status', '--config', config, '--json')
      return code === 0 ? (JSON.parse(out) as { status: { metrics: Metrics } }).status.metrics : null
    }
    const until = async (what: string, isSo: (now: Metrics) => boolean): Promise<Metrics> => {
      for (let tries = 0; tries < 200; tries++) {
        const now = await metrics()
        if (now !== null && isSo(now)) return now
        await wait(100)
      }
      throw new Error(`${what}: not within 20 s; ${said}`)
    }
    const now = await until('answered', ({ failure }) => failure === null)
    expect(now.hosts).toMatchObject([{ host: 'a', arcReclaimableMib: null }])
    expect(now.hosts[0]!.pressureCpuRatio).toBeCloseTo(0.25, 3)
    expect(now.hosts[0]!.ageMs).toBeLessThan(5000)
    expect(now.missing).toContain('node_zfs_arc_size')
    expect(now.missing).not.toContain('libvirt_domain_info_cpu_time_seconds_total')
    expect(now.unknownVms).toEqual([])
    expect(seen.token).toBe(`Bearer ${CANARY}`)
    const folders = join(folder, 'state', 'records')
    // A record's folder is there a moment before its file.
    const inputs = (): string => readdirSync(folders).map((one) => join(folders, one, 'inputs.ndjson')).filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8')).join('')
    for (let tries = 0; tries < 100 && !/"samples":\[\{"takenAtMs"/.test(inputs()); tries++) await wait(100)
    // Two cores of the 1,400 MHz that libvirt's test driver says, and a quarter of a core that waited.
    const [, mhz] = /"vmCpuMhz":\{"f64":\[([\d.]+)\]/.exec(inputs())!
    expect(Number(mhz)).toBeCloseTo(2800, 0)
    status = 403
    expect((await until('failed', ({ failure }) => failure !== null)).failure).toContain('refuses access (403)')
    expect(said).toContain('loads are not known')
    child.kill('SIGTERM')
    await new Promise((resolve) => child.once('exit', resolve))
    const files = (at: string): string[] => readdirSync(at).flatMap((name) => (statSync(join(at, name)).isDirectory() ? files(join(at, name)) : statSync(join(at, name)).size < 2 ** 24 && statSync(join(at, name)).isFile() ? [join(at, name)] : []))
    for (const file of files(folder)) expect(readFileSync(file, 'utf8').includes(CANARY), file).toBe(false)
    expect(said).not.toContain(CANARY)
  }, 60_000)
})

describe('a pool file with a metrics server', () => {
  it.each([
    ['user and password', `http://user:${CANARY}@prometheus:9090`], ['a query', `http://prometheus:9090/?token=${CANARY}`], ['another protocol', 'file:///etc/shadow'], ['no address', '-x'], ['a fragment', 'https://prometheus#x'], ['a line feed', 'http://p\nx'], ['no host', 'http:///x'],
  ])('refuses an address with %s, without repeating secrets', async (name, prometheus) => {
    const { folder, config } = configIn(`bad-${name.replaceAll(' ', '-')}`, { prometheus })
    const { code, out, err } = await program(folder, 'run', '--config', config)
    expect([code, err.includes('metrics.prometheus'), `${out}${err}`.includes(CANARY)]).toEqual([2, true, false])
  })
  it('refuses a token that is not there, before it takes the pool', async () => {
    const { folder, config } = configIn('no-token', { prometheus: 'https://prometheus:9090', token: { file: join(root, 'nowhere') } })
    expect(await program(folder, 'run', '--config', config)).toMatchObject({ code: 2, err: expect.stringContaining('metrics.token') as string })
    expect(existsSync(join(folder, 'state'))).toBe(false)
  })
})
