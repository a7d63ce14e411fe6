import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const BED = resolve('test/live/beds/kvm-testbed')
/** Slow enough that faults strike while a VM is on its way. */
const LINK = '120mbit'

export interface Answer {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export function run(program: string, args: readonly string[], timeoutMs: number, environment: NodeJS.ProcessEnv = {}): Promise<Answer> {
  return new Promise((done) => {
    execFile(program, [...args], { env: { ...process.env, ...environment }, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 2 ** 24 }, (error, out, err) => done({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : null, out, err }))
  })
}

/** A daemon that begins anew on a crowded machine may take minutes. */
const ANSWER_MS = 300_000

/** Real KVM hosts of the soak's own, beside any other bed. What it tells comes from virsh and from the machine's processes, never from Plimsoll. */
export class SoakBed {
  readonly hosts: readonly string[]
  readonly folder: string
  readonly #settings: NodeJS.ProcessEnv
  readonly #net: string
  readonly #bmcPort: number
  readonly #bridge: string

  /** `place` tells beds apart that stand at the same time. */
  constructor(folder: string, hostCount: number, place = 0) {
    this.folder = folder
    this.#net = `10.213.${88 + place}`
    this.#bmcPort = 18_230 + 100 * place
    this.#bridge = `kvmsoak${String.fromCharCode(97 + place)}`
    this.hosts = Array.from({ length: hostCount }, (_, index) => `h${index + 1}`)
    this.#settings = { KVMTB_DIR: join(folder, 'bed'), KVMTB_NET: this.#net, KVMTB_BMC_PORT: String(this.#bmcPort), KVMTB_BRIDGE: this.#bridge, KVMTB_DIRTY_MIB: '44' }
  }

  command(...args: readonly string[]): Promise<Answer> {
    return run(BED, args, 120_000, this.#settings)
  }

  async must(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await this.command(...args)
    if (code !== 0) throw new Error(`kvm-testbed ${args.join(' ')}: ${err.slice(-1000)}`)
    return out
  }

  async up(vmsPerHost: number): Promise<readonly string[]> {
    await this.must('down')
    await this.must('up', String(this.hosts.length), String(vmsPerHost))
    for (const host of this.hosts) await this.slowLink(host)
    const vms = this.hosts.flatMap((_, index) => Array.from({ length: vmsPerHost }, (__, at) => `vm${index + 1}-${at + 1}`))
    for (const vm of vms) await this.fill(vm)
    return vms
  }

  async down(): Promise<void> {
    await this.must('down')
  }

  /** Fills the guest's memory, so that there is something to copy, and lets it rest again: it would outrun the slow link. */
  async fill(vm: string): Promise<void> {
    await this.command('load', vm, '90')
    await this.command('load', vm, 'dirty')
    await later(1_500)
    await this.command('load', vm, '5')
    // A busy guest may miss a key.
    for (let times = 0; times < 3; times++) {
      await later(250)
      await this.command('load', vm, 'clean')
    }
  }

  async slowLink(host: string): Promise<void> {
    await run('tc', ['qdisc', 'replace', 'dev', `${this.#bridge}${this.#index(host)}`, 'root', 'tbf', 'rate', LINK, 'burst', '512kb', 'latency', '400ms'], 10_000)
  }

  virsh(host: string, ...args: readonly string[]): Promise<Answer> {
    return run('virsh', ['-q', '-c', `qemu+tcp://${this.#address(host)}/system`, ...args], 20_000)
  }

  async power(host: string, what: 'off' | 'on'): Promise<void> {
    await this.must('power', this.#index(host), what)
    if (what === 'off') return
    await this.slowLink(host)
    await this.answers(host)
  }

  async daemon(host: string, what: 'kill' | 'start'): Promise<void> {
    await this.command('daemon', this.#index(host), what)
    if (what === 'start') await this.answers(host)
  }

  async link(host: string, what: 'down' | 'up'): Promise<void> {
    await this.must('link', this.#index(host), what)
    if (what === 'up') await this.answers(host)
  }

  /** Bounds the address space of the host's daemon and of what it starts from now on. The soft limit alone: who lowers the hard one may not raise it again there. */
  async memoryLimit(host: string, bytes: number | null): Promise<void> {
    await this.must('exec', this.#index(host), 'sh', '-c', `prlimit --pid "$(cat /run/libvirt/libvirtd.pid)" --as=${bytes ?? 'unlimited'}:unlimited`)
  }

  async answers(host: string): Promise<void> {
    const endMs = Date.now() + ANSWER_MS
    while ((await this.virsh(host, 'hostname')).code !== 0) {
      if (Date.now() > endMs) throw new Error(`${host} does not answer any more`)
      await later(300)
    }
  }

  /** Where each VM runs, by each host's own word: a list of hosts by name of VM. Paused copies that a migration fills are none. */
  async running(): Promise<ReadonlyMap<string, readonly string[]>> {
    return this.#listed('--state-running')
  }

  /** Where each VM is defined, running or not. */
  async defined(): Promise<ReadonlyMap<string, readonly string[]>> {
    return this.#listed('--persistent', '--all')
  }

  /** Whether a job runs, or a copy waits, anywhere. */
  async isBusy(): Promise<boolean> {
    for (const host of this.hosts) {
      const paused = await this.virsh(host, 'list', '--state-paused', '--name')
      if (paused.code !== 0 || paused.out.trim() !== '') return true
      for (const vm of names((await this.virsh(host, 'list', '--name')).out)) if (!/^Job type:\s*None/m.test((await this.virsh(host, 'domjobinfo', vm)).out)) return true
    }
    return false
  }

  /** A pool file for these hosts. */
  poolFile(): string {
    const secret = join(this.folder, 'bmc')
    const guard = join(this.folder, 'guard')
    mkdirSync(this.folder, { recursive: true })
    writeFileSync(secret, 'secret\n', { mode: 0o600 })
    const settings = Object.entries(this.#settings).map(([name, value]) => `export ${name}='${value}'\n`).join('')
    writeFileSync(guard, `#!/bin/sh\n${settings}exec ${BED} guard "$@"\n`, { mode: 0o755 })
    const lines = this.hosts.map((host) => `  - {id: ${host}, address: ${this.#address(host)}, transport: tcp, insecure: true, reserveMemoryMib: 128, bmc: {kind: ipmi, address: 127.0.0.1, port: ${this.#bmcPort + Number(this.#index(host))}, user: admin, password: {file: ${secret}}}, guard: {kind: command, run: [${guard}, '${this.#index(host)}']}}\n`)
    const path = join(this.folder, 'pool.yaml')
    writeFileSync(path, `formatVersion: 1\nname: soak\nstateFolder: ${join(this.folder, 'state')}\nintervalMs: 5 s\nhosts:\n${lines.join('')}`)
    return path
  }

  async #listed(...flags: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const places = new Map<string, string[]>()
    for (const host of this.hosts) {
      const { code, out, err } = await this.virsh(host, 'list', '--name', ...flags)
      if (code !== 0) throw new Error(`${host} can't be asked: ${err}`)
      for (const vm of names(out)) places.set(vm, [...(places.get(vm) ?? []), host])
    }
    return places
  }

  #index = (host: string): string => host.slice(1)
  #address = (host: string): string => `${this.#net}.${10 + Number(this.#index(host))}`
}

const names = (out: string): string[] => out.split('\n').map((line) => line.trim()).filter((line) => line !== '')

export const later = (durationMs: number): Promise<void> => new Promise((done) => void setTimeout(done, durationMs))
