import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../../src/cli/runProgram.ts'
import { parseInventory } from '../../src/config/inventory.ts'
import { parseSource } from '../../src/config/sourceDocument.ts'
import { openSource } from '../../src/store/bytes.ts'
import { seededRng } from '../../sim/random.ts'
import { readLoad } from '../../sim/workloads/formats.ts'
import { issueList } from '../../sim/workloads/reading/issueList.ts'
import type { Load } from '../../sim/workloads/load.ts'
import { recordedFromMetrics } from '../../sim/workloads/prometheus/recorder.ts'
import { readRecorded, type RecordedEvent } from '../../sim/workloads/prometheus/recorded.ts'
import type { MetricSamples } from '../../sim/workloads/prometheus/series.ts'
import { FROM_MS, HOUR, MINUTE, openMetrics, rendered, samples, type History } from '../sim/workloads/prometheus/history.ts'

const missing = ['prometheus', 'promtool'].filter((program) => spawnSync(program, ['--version']).error !== undefined)

const DAY: History = {
  durationMs: 30 * HOUR,
  hosts: [
    { name: 'kvm1', heard: null, bootedMs: () => -24 * HOUR },
    { name: 'kvm2', heard: [{ fromMs: -HOUR, toMs: 7 * HOUR }, { fromMs: 7.6 * HOUR, toMs: 99 * HOUR }], bootedMs: () => -24 * HOUR },
    { name: 'kvm3', heard: [{ fromMs: -HOUR, toMs: 5 * HOUR }, { fromMs: 20 * HOUR, toMs: 99 * HOUR }], bootedMs: (atMs) => (atMs < 10 * HOUR ? -24 * HOUR : 20 * HOUR - MINUTE) },
  ],
  vms: [
    { name: 'web', vcpus: 4, memoryMib: 8192, places: [{ host: 'kvm1', fromMs: -9 * HOUR, toMs: 3 * HOUR }, { host: 'kvm2', fromMs: 3 * HOUR, toMs: 99 * HOUR }], cores: (atMs) => 1 + Math.floor(atMs / HOUR) % 3, usedMib: (atMs) => 2000 + (atMs / MINUTE) % 500, delay: () => 0.1, bytesPerS: 500_000 },
    { name: 'db', vcpus: 8, memoryMib: 16_384, places: [{ host: 'kvm3', fromMs: -9 * HOUR, toMs: 4 * HOUR }, { host: 'kvm1', fromMs: 4 * HOUR, toMs: 99 * HOUR }], cores: () => 2.5, usedMib: () => 9000 },
    { name: 'job "nightly"', vcpus: 2, memoryMib: 2048, places: [{ host: 'kvm3', fromMs: 21 * HOUR, toMs: 23 * HOUR }], cores: () => 1.9 },
  ],
  scrapeMs: 30_000, jitterMs: 3000, incomingMs: 2 * MINUTE, withStates: true,
}

const INVENTORY = 'defaults: { coreMhz: "2.5 GHz", power: rack-2020 }\nhosts:\n- { name: kvm1, cores: 16, memoryMib: "128 GiB" }\n- { name: kvm2, instance: ["kvm2:9177", "kvm2:9100"], cores: 16, memoryMib: "128 GiB" }\n- { name: kvm3 }\n'

const WHEN = ['--from', '2026-03-02T00:00:00Z', '--to', '2026-03-03T06:00:00Z']

const node = (name: string, value: number, extra: Record<string, string> = {}): MetricSamples =>
  samples({ __name__: name, instance: 'kvm3:9100', ...extra }, Array.from({ length: 100 }, (_, minute) => [minute, value + minute] as const))

describe.skipIf(missing.length > 0)(missing.length > 0 ? `a real Prometheus (not run: Debian package prometheus is missing: ${missing.join(', ')})` : 'a real Prometheus', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-prometheus-'))
  const path = (name: string): string => join(folder, name)
  const all = [
    ...rendered(DAY, seededRng(11)), node('node_memory_MemTotal_bytes', 64 * 2 ** 30),
    ...[0, 1, 2, 3].flatMap((cpu) => ['idle', 'user'].map((mode) => node('node_cpu_seconds_total', cpu, { cpu: String(cpu), mode }))),
    // Of no interest, and of another pool.
    node('node_load1', 0), samples({ __name__: 'libvirt_domain_info_cpu_time_seconds_total', instance: 'elsewhere:9177', domain: 'web' }, [[1, 1], [2, 2]]),
  ]
  let server: ChildProcess | null = null
  let url = ''

  beforeAll(async () => {
    writeFileSync(path('metrics.txt'), openMetrics(all))
    writeFileSync(path('hosts.yaml'), INVENTORY)
    writeFileSync(path('prometheus.yml'), 'global: {}\n')
    execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', path('metrics.txt'), path('data')], { stdio: 'pipe' })
    // promtool dumps a data folder that a server has used only: blocks alone have no write-ahead log.
    mkdirSync(path('data/wal'))
    const dump = openSync(path('dump.txt'), 'w')
    execFileSync('promtool', ['tsdb', 'dump', path('data')], { stdio: ['ignore', dump, 'pipe'] })
    writeFileSync(path('dump.txt.gz'), gzipSync(readFileSync(path('dump.txt'))))
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    // Old samples are not thrown away.
    server = spawn('prometheus', [`--config.file=${path('prometheus.yml')}`, `--storage.tsdb.path=${path('data')}`, `--web.listen-address=127.0.0.1:${port}`, '--storage.tsdb.retention.time=100y', '--query.max-samples=200000'], { stdio: 'ignore' })
    await ready(url)
  })

  afterAll(async () => {
    if (server !== null && server.exitCode === null) {
      const ended = new Promise((resolve) => server!.once('exit', resolve))
      server.kill('SIGTERM')
      await ended
    }
    rmSync(folder, { recursive: true, force: true })
  })

  interface Imported {
    readonly load: Load
    readonly recorded: readonly RecordedEvent[]
    readonly said: string
  }

  /** Runs the command, and reads the folder that it wrote. */
  async function imported(source: string): Promise<Imported> {
    const said = await command(['import', 'prometheus', source, path('base'), ...WHEN, '--inventory', path('hosts.yaml')], 0)
    const load = readLoad('load', openSource(path('base')))
    const known = (names: readonly string[]): ReadonlySet<string> => new Set(names)
    const recorded = readRecorded('recorded.csv', openSource(path('base/recorded.csv')).open(''), known(load.workload.vms.map(({ vm }) => vm.id)), known(load.hosts!.map(({ host }) => host.id)), issueList())
    return { load, recorded, said }
  }

  async function command(args: readonly string[], exitCode: number): Promise<string> {
    let said = ''
    const take = (text: string): void => void (said += text)
    const code = await runProgram(args, { out: take, err: take, isInteractive: false, columns: 80, workingDirectory: folder })
    expect(code, said).toBe(exitCode)
    return said
  }

  it('gives over HTTP, from a dump, packed or not, and from OpenMetrics exactly what was put in', async () => {
    const expected = recordedFromMetrics(all, parseInventory(parseSource('hosts.yaml', INVENTORY)), { fromMs: FROM_MS, toMs: FROM_MS + DAY.durationMs, stepMs: 5 * MINUTE })
    for (const source of [url, path('dump.txt'), path('dump.txt.gz'), path('metrics.txt')]) {
      const { load, recorded } = await imported(source)
      expect(load.workload, source).toEqual(expected.workload)
      expect(load.hosts, source).toEqual(expected.hosts)
      expect(load.startUnixMs, source).toBe(FROM_MS)
      expect(recorded, source).toEqual(expected.recorded)
    }
  })

  it('shows what happened', async () => {
    const { load, recorded, said } = await imported(url)
    expect(recorded.map(({ kind, vm, host, atMs }) => `${(atMs / HOUR).toFixed(0)} ${kind} ${vm ?? ''} ${host}`)).toEqual([
      '3 migrate web kvm2', '4 migrate db kvm1', '5 powerOff  kvm3', '20 powerOn  kvm3', '21 arrive job__nightly_ kvm3', '23 depart job__nightly_ kvm3',
    ])
    expect(load.hosts!.map(({ host, power }) => [host.id, host.cores, host.capacity.memoryMib, power])).toEqual([['kvm1', 16, 131_072, 'on'], ['kvm2', 16, 131_072, 'on'], ['kvm3', 4, 65_536, 'on']])
    expect(said).toMatch(/kvm2 was silent for 3[67] min/)
    const web = load.workload.vms.findIndex(({ vm }) => vm.id === 'web')
    const cpu = load.workload.cpu!
    const at = (hour: number): number => cpu.codes[hour * 12 * cpu.names.length + web]! / cpu.divisor
    expect([at(0.5), at(1.5), at(2.5)].map((ratio) => ratio.toFixed(3))).toEqual(['0.275', '0.525', '0.775'])
    expect(at(7.25)).toBeNaN()
  })

  it('is a base on which policies are compared with what happened', async () => {
    await imported(url)
    writeFileSync(path('scenario.yaml'), 'formatVersion: 1\nname: recorded\nrecorded: base\npolicies: [as-recorded, none]\n')
    const said = await command(['compare', path('scenario.yaml'), '--out', path('runs'), '--json'], 0)
    expect(said).toContain('as-recorded')
  })

  it('without an inventory names the hosts whose size no metric shows, with exit code 2', async () => {
    expect(await command(['import', 'prometheus', url, path('other'), ...WHEN], 2)).toMatch(/metrics of host kvm1: its cores are neither/)
  })

  it('that holds nothing for the time is told, with exit code 2, and one that is gone with 3', async () => {
    const early = ['--from', '2025-01-01', '--to', '2025-01-02']
    expect(await command(['import', 'prometheus', url, path('other'), ...early], 2)).toContain('no series of libvirt-exporter')
    expect(await command(['import', 'prometheus', `http://127.0.0.1:${await freePort()}`, path('other'), ...WHEN], 3)).toContain('nothing listens there')
  })
})

async function freePort(): Promise<number> {
  const listener = createServer()
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  await new Promise((resolve) => listener.close(resolve))
  return port
}

async function ready(url: string): Promise<void> {
  const giveUp = performance.now() + 60_000
  while (performance.now() < giveUp) {
    const answer = await fetch(`${url}/-/ready`).catch(() => null)
    await answer?.text()
    if (answer?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('Prometheus was not ready within 60 s')
}
