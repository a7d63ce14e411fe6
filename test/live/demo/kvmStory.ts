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
  evenDistribution: { enabled: true, utilizationHigh: 0.24, utilizationLow: 0.21, holdMs: '10 s' },
  powerSave: { enabled: true, utilizationLow: 0.1, holdMs: '10 s', poolUtilizationMin: 0.15, offWindowMs: '20 s', onWindowMs: '10 s', fillMax: 0.2, utilizationHigh: 0.23, reserveHosts: 0, hostsOnMin: 2, hostOnMinMs: 0, powerCyclesPerHostDayMax: 1000 },
  budgets: { vmCooldownMs: 0, migrationsPerHourMax: 1000 },
}

const UP = 'Three hosts start; a drill proves that the empty one comes back after a wake'
const RELIEVE = 'A loaded host is relieved by live migration'
const SAVE = 'Load falls: VMs are gathered and a host is powered off'
const WAKE = 'Load returns: the host is woken through its management controller and takes VMs'
const MAINTAIN = 'Maintenance empties a host, and its VMs come home afterwards'
const AGAIN = 'The record is turned again: the same decisions'
const PLACE = 'A new VM is placed, defined and started where it is recommended'

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

  /** `rounds`: how often loads rise and fall and a host is maintained; `place` tells beds apart that stand at the same time. */
  constructor(heard: (line: string) => void, { rounds = 1, place = 2 }: { readonly rounds?: number; readonly place?: number } = {}) {
    this.#folder = mkdtempSync(join(tmpdir(), 'plimsoll-demo-'))
    this.stateFolder = join(this.#folder, 'state')
    this.#bed = new SoakBed(this.#folder, 3, place)
    this.stage = new KvmStage(this.#bed)
    const config = this.#bed.poolFile()
    this.#policy = join(this.#folder, 'demonstration.json')
    writeFileSync(this.#policy, JSON.stringify(POLICY))
    // They boot in seconds: so it pays to have one off for seconds.
    writeFileSync(config, `${readFileSync(config, 'utf8').replaceAll('reserveMemoryMib: 128', 'reserveMemoryMib: 128, power: {idleW: 100, fullW: 200, bootMs: 2 s, shutdownMs: 2 s}').replace('name: soak', 'name: demonstration')}policy: ${this.#policy}\nmode: automatic\n`)
    this.program = new Program(config, heard)
    const [up, again, place7] = [{ title: UP, play: () => this.#up() }, { title: AGAIN, play: () => this.#again() }, { title: PLACE, play: () => this.#place() }]
    const round: readonly Scene[] = [{ title: RELIEVE, play: () => this.#relieve() }, { title: SAVE, play: () => this.#save() }, { title: WAKE, play: () => this.#wake() }, { title: MAINTAIN, play: () => this.#maintain() }]
    this.scenes = [up, ...Array.from({ length: rounds }, () => round).flat(), again, place7]
  }

  static readonly titles = [UP, RELIEVE, SAVE, WAKE, MAINTAIN, AGAIN, PLACE]

  readonly scenes: readonly Scene[]

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
    await this.#follow(POLICY)
    const before = await this.#settled()
    const crowded = crowdedOf(before)
    const guests = guestsOf(before, crowded)
    await this.#load(BUSY, guests.slice(0, 2))
    return awaited(`a VM leaves ${crowded}`, async () => {
      await this.#see()
      const left = guests.filter((vm) => this.#now.get(vm) !== crowded)
      return left.length === 0 ? null : `${left.join(' and ')} went from ${crowded} to ${[...new Set(left.map((vm) => this.#now.get(vm)!))].join(' and ')}`
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
    // From here on nothing but maintenance moves VMs: the loop reads its policy anew.
    await this.#follow({ ...POLICY, name: 'calm', evenDistribution: { ...POLICY.evenDistribution, enabled: false }, powerSave: { ...POLICY.powerSave, enabled: false } })
    await this.#load(QUIET, this.#vms)
    const before = await this.#settled()
    const host = crowdedOf(before)
    const guests = guestsOf(before, host)
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

  async #again(): Promise<string> {
    await this.program.end()
    const { code, out } = await this.program.command('parity', newestRecord(this.stateFolder), '--json')
    const { inputs, equal, plans, starts } = JSON.parse(out) as { readonly inputs: number; readonly equal: number; readonly plans: number; readonly starts: number }
    if (code !== 0 || equal !== inputs) throw new Error(`${equal} of ${inputs} decisions are the same when turned again`)
    return `${equal} of ${inputs} decisions are the same (${plans} plans, ${starts} steps)`
  }

  async #place(): Promise<string> {
    const file = join(this.#folder, 'vm7.yaml')
    const disk = { file: join(this.#folder, 'bed', 'shared', 'vm1.img'), format: 'raw', readOnly: true }
    writeFileSync(file, JSON.stringify({ formatVersion: 1, name: 'vm7', vcpus: 1, memoryMib: 64, virtualization: 'qemu', disks: [disk] }))
    const { host: placed } = JSON.parse(await this.program.must('provision', '--vm', file, '--yes', '--json', '--quiet')) as { readonly host: string }
    this.#vms.push('vm7')
    const host = places(await this.stage.look(), this.#vms).get('vm7')
    if (host !== placed) throw new Error(`vm7 was to be placed on ${placed} and runs on ${host ?? 'no host'}`)
    return `vm7 was recommended for ${placed} and runs there`
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

  /** The loop reads its policy anew, where another one holds. */
  async #follow(policy: typeof POLICY): Promise<void> {
    if ((await this.#status()).policy === policy.name) return
    writeFileSync(this.#policy, JSON.stringify(policy))
    this.program.reload()
    await awaited(`policy ${policy.name} holds`, async () => ((await this.#status()).policy === policy.name ? true : null))
  }

  async #status(): Promise<{ readonly policy: string; readonly openIntents: number; readonly waiting: number }> {
    return (JSON.parse(await this.program.must('loop', 'status', '--json')) as { readonly status: { readonly policy: string; readonly openIntents: number; readonly waiting: number } }).status
  }

  /** Nothing is under way any more, and every VM runs on exactly one host. */
  async #settled(): Promise<ReadonlyMap<string, string>> {
    await awaited('nothing is under way', async () => {
      const { openIntents, waiting } = await this.#status()
      return openIntents === 0 && waiting === 0 ? true : null
    })
    this.#now = places(await this.stage.look(), this.#vms)
    return this.#now
  }
}

const guestsOf = (places: ReadonlyMap<string, string>, host: string): string[] => [...places].filter(([, other]) => other === host).map(([vm]) => vm).sort()
/** The host with most VMs, the first of equals. */
const crowdedOf = (places: ReadonlyMap<string, string>): string => [...new Set(places.values())].sort().reduce((most, host) => (guestsOf(places, host).length > guestsOf(places, most).length ? host : most))
