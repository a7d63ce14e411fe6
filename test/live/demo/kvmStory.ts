import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SoakBed } from '../soak/bed.ts'
import { KvmStage } from './kvmStage.ts'
import { Program, newestRecord } from './program.ts'
import { type ShownHost, awaited, places } from './stage.ts'
import type { Scene, Story } from './story.ts'

/** Loads of guests, per cent of a core: so low that a shared machine can give them. */
const [BUSY, FAIR, QUIET] = ['30', '25', '3']
const VMS = ['vm1', 'vm2', 'vm3', 'vm4', 'vm5', 'vm6']
const [H1, H2, H3] = ['h1', 'h2', 'h3']

/** Marks and windows for a bed of guests that use little and a story of minutes; the rest is the policy as it is. */
const POLICY = {
  formatVersion: 1, name: 'demonstration', base: 'balanced', decisionIntervalMs: '5 s',
  evenDistribution: { utilizationHigh: 0.24, utilizationLow: 0.21, holdMs: '10 s' },
  powerSave: { utilizationLow: 0.1, holdMs: '10 s', poolUtilizationMin: 0.15, offWindowMs: '20 s', onWindowMs: '10 s', fillMax: 0.2, utilizationHigh: 0.23, reserveHosts: 0, hostsOnMin: 2, hostOnMinMs: 0, powerCyclesPerHostDayMax: 1000 },
  budgets: { vmCooldownMs: 0, migrationsPerHourMax: 1000 },
}

/** Three KVM hosts and six VMs, from an overloaded host to a new VM, by the loop alone in mode automatic. */
export class KvmStory implements Story {
  readonly title = 'Plimsoll on three KVM hosts'
  readonly cores = 2
  readonly stage: KvmStage
  readonly program: Program
  readonly stateFolder: string
  readonly #folder: string
  readonly #policy: string
  readonly #bed: SoakBed
  readonly #vms = [...VMS]
  #asleep = ''

  constructor(heard: (line: string) => void) {
    this.#folder = mkdtempSync(join(tmpdir(), 'plimsoll-demo-'))
    this.stateFolder = join(this.#folder, 'state')
    this.#bed = new SoakBed(this.#folder, 3, 2)
    this.stage = new KvmStage(this.#bed)
    const config = this.#bed.poolFile()
    this.#policy = join(this.#folder, 'demonstration.json')
    writeFileSync(this.#policy, JSON.stringify(POLICY))
    // They boot in seconds: so it pays to have one off for seconds.
    writeFileSync(config, `${readFileSync(config, 'utf8').replaceAll('reserveMemoryMib: 128', 'reserveMemoryMib: 128, power: {bootMs: 2 s, shutdownMs: 2 s}').replace('name: soak', 'name: demonstration')}policy: ${this.#policy}\nmode: automatic\n`)
    this.program = new Program(config, heard)
  }

  static readonly titles = ['Three hosts start; a drill proves that the empty one comes back after a wake', 'A loaded host is relieved by live migration', 'Load falls: VMs are gathered and a host is powered off', 'Load returns: the host is woken through its management controller and takes VMs', 'Maintenance empties a host, and its VMs come home afterwards', 'A new VM is defined where it is recommended', 'The record is turned again: the same decisions']

  readonly scenes: readonly Scene[] = [() => this.#up(), () => this.#relieve(), () => this.#save(), () => this.#wake(), () => this.#maintain(), () => this.#place(), () => this.#again()].map((play, at) => ({ title: KvmStory.titles[at]!, play }))

  async close(): Promise<void> {
    try {
      await this.program.end()
    } finally {
      await this.#bed.down()
      rmSync(this.#folder, { recursive: true, force: true })
    }
  }

  async #up(): Promise<string> {
    await this.#bed.up(0)
    await this.program.must('power', 'drill', H3, '--yes', '--quiet')
    for (const [at, vm] of VMS.entries()) {
      // The first host gets four of the six, so that it is the loaded one.
      const host = at < 4 ? H1 : H2
      await this.#bed.must('define', host.slice(1), vm, '64', QUIET)
      if ((await this.#bed.virsh(host, 'start', vm)).code !== 0) throw new Error(`${vm} does not start on ${host}`)
    }
    await this.program.begin()
    // A person's word for the two that hold VMs. The loop takes it once it has seen the pool.
    for (const host of [H1, H2]) await awaited('the loop takes a word', async () => ((await this.program.command('loop', 'clear', 'wakeProven', host, '--config', this.program.config)).code === 0 ? true : null))
    return `${H3} was off and on again; six VMs run on ${H1} and ${H2}`
  }

  async #relieve(): Promise<string> {
    await this.#load(BUSY, ['vm1', 'vm2'])
    return awaited(`a VM leaves ${H1}`, async () => {
      const left = ['vm1', 'vm2', 'vm3', 'vm4'].filter((vm) => hostOf(vm, this.#now) !== H1)
      await this.#see()
      return left.length === 0 ? null : `${left.join(' and ')} went from ${H1} to ${[...new Set(left.map((vm) => hostOf(vm, this.#now)))].join(' and ')}`
    })
  }

  async #save(): Promise<string> {
    await this.#load(QUIET, this.#vms)
    this.#asleep = await awaited('a host is powered off', async () => (await this.#see()).find(({ isOn }) => !isOn)?.host ?? null)
    await this.#settled()
    const others = this.stage.hosts.filter((host) => host !== this.#asleep)
    return `${this.#asleep} is off; the six VMs run on ${others.join(' and ')}`
  }

  async #wake(): Promise<string> {
    const before = this.stage.powerLog(this.#asleep).length
    await this.#load(FAIR, ['vm1', 'vm2', 'vm3', 'vm4', 'vm5'])
    await awaited(`${this.#asleep} is on and runs VMs again`, async () => ((await this.#see()).some(({ host, isOn, vms }) => host === this.#asleep && isOn && vms.size > 0) ? true : null))
    const told = this.stage.powerLog(this.#asleep).slice(before)
    if (!told.some((line) => line.includes('set power 1'))) throw new Error(`${this.#asleep} is on, but its management controller was not told so: ${told.join('; ')}`)
    return `${this.#asleep} was told to power on at ${told[0]!.split(' ')[0]!} and runs ${[...this.#now].filter(([, host]) => host === this.#asleep).map(([vm]) => vm).join(' and ')}`
  }

  async #maintain(): Promise<string> {
    // From here on without power save: the loop reads its policy anew.
    writeFileSync(this.#policy, JSON.stringify({ ...POLICY, powerSave: { ...POLICY.powerSave, enabled: false } }))
    this.program.reload()
    await this.#load(QUIET, this.#vms)
    const before = await this.#settled()
    const [host] = this.stage.hosts.map((one) => [one, [...before.values()].filter((other) => other === one).length] as const).sort((a, b) => b[1] - a[1])[0]!
    const guests = [...before].filter(([, other]) => other === host).map(([vm]) => vm)
    await this.program.must('maintenance', 'enter', host, '--quiet')
    await awaited(`${host} is empty`, async () => ((await this.#see()).some((shown) => shown.host === host && shown.vms.size > 0) ? null : true))
    await this.#settled()
    await this.program.must('maintenance', 'exit', host, '--quiet')
    await awaited(`${guests.join(', ')} are home on ${host}`, async () => {
      await this.#see()
      return guests.every((vm) => this.#now.get(vm) === host) ? true : null
    })
    return `${guests.join(', ')} left ${host} and came home`
  }

  async #place(): Promise<string> {
    const snapshot = join(this.#folder, 'pool.json')
    await this.program.must('observe', '--out', snapshot, '--quiet')
    const { code, out, err } = await this.program.command('place', snapshot, '--vm', 'name=vm7,vcpus=1,memory=64MiB', '--json')
    if (code !== 0) throw new Error(`no place for vm7: ${err}${out}`)
    const host = (JSON.parse(out) as { readonly placements: readonly { readonly host: string }[] }).placements[0]!.host
    await this.#bed.must('define', host.slice(1), 'vm7', '64', QUIET)
    if ((await this.#bed.virsh(host, 'start', 'vm7')).code !== 0) throw new Error(`vm7 does not start on ${host}`)
    this.#vms.push('vm7')
    await this.#settled()
    return `vm7 was recommended for ${host} and runs there`
  }

  async #again(): Promise<string> {
    await this.program.end()
    const { code, out } = await this.program.command('parity', newestRecord(this.stateFolder), '--json')
    const { inputs, equal, plans, starts } = JSON.parse(out) as { readonly inputs: number; readonly equal: number; readonly plans: number; readonly starts: number }
    if (code !== 0 || equal !== inputs) throw new Error(`${equal} of ${inputs} decisions are the same when turned again`)
    return `${equal} of ${inputs} decisions are the same (${plans} plans, ${starts} steps)`
  }

  async #load(percent: string, vms: readonly string[]): Promise<void> {
    for (const vm of vms) await awaited(`${vm} takes its load`, async () => ((await this.#bed.command('load', vm, percent)).code === 0 ? true : null), 60_000)
  }

  #now: ReadonlyMap<string, string> = new Map()

  /** A look while VMs may be on their way: hosts are not asked at one instant, so each VM's place is the last that was certain. */
  async #see(): Promise<readonly ShownHost[]> {
    const shown = await this.stage.look()
    const certain = new Map(this.#now)
    for (const vm of this.#vms) {
      const hosts = shown.filter(({ vms }) => vms.has(vm))
      if (hosts.length === 1) certain.set(vm, hosts[0]!.host)
    }
    this.#now = certain
    return shown
  }

  /** Nothing is under way any more, and every VM runs on exactly one host. */
  async #settled(): Promise<ReadonlyMap<string, string>> {
    await awaited('nothing is under way', async () => {
      const { status } = JSON.parse(await this.program.must('loop', 'status', '--json')) as { readonly status: { readonly openIntents: number; readonly waiting: number } }
      return status.openIntents === 0 && status.waiting === 0 ? true : null
    })
    this.#now = places(await this.stage.look(), this.#vms)
    return this.#now
  }
}

const hostOf = (vm: string, now: ReadonlyMap<string, string>): string => now.get(vm) ?? H1
