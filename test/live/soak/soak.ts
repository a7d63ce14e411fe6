import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { hostId, stepId, vmId } from '../../../src/model/ids.ts'
import type { Plan } from '../../../src/model/plan.ts'
import { reason } from '../../../src/model/result.ts'
import { seededRng } from '../../../src/model/seededRng.ts'
import { planHash } from '../../../src/plan/hash.ts'
import { SoakBed, later, run } from './bed.ts'
import { FAULTS, type Aim, type Fault } from './faults.ts'
import { JournalWatch, type TriedMigration } from './journal.ts'

export interface SoakOptions {
  readonly seed: number
  /** Goes on until so many migrations were tried, controllers killed, and every fault has struck. */
  readonly migrationsMin: number
  readonly killsMin: number
  /** Names of faults, one a round and nothing else; absent: drawn. */
  readonly faults?: readonly string[]
  readonly hosts: number
  readonly vmsPerHost: number
  readonly say: (text: string) => void
}

export interface SoakResult {
  readonly seed: number
  readonly rounds: number
  readonly kills: number
  readonly migrations: readonly TriedMigration[]
  /** Fault of each round. */
  readonly faults: readonly string[]
  /** VMs that died with their host, and were started again by hand. */
  readonly diedWithHost: number
  /** VMs that libvirt itself resumed on a source that was cut off while the target had started them, that were told as such, and whose copy was ended by hand. */
  readonly doubledByCut: number
  /** What must never be: a VM lost, stopped or doubled, an intent that stays open, a failure called something else than it is. */
  readonly violations: readonly string[]
}

/** Migrations by real plans on real hosts while things go wrong. Everything is drawn from the seed but how long things take. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-soak-'))
  const bed = new SoakBed(folder, options.hosts)
  try {
    const vms = await bed.up(options.vmsPerHost)
    return await new Soak(options, bed, vms).run()
  } finally {
    await bed.down()
    rmSync(folder, { recursive: true, force: true })
  }
}

class Soak {
  readonly #options: SoakOptions
  readonly #bed: SoakBed
  readonly #vms: readonly string[]
  readonly #config: string
  readonly #rng: ReturnType<typeof seededRng>
  readonly #journal = new JournalWatch()
  readonly #faults: string[] = []
  readonly #violations: string[] = []
  /** When each VM last failed to move: it rests, by the protocol's own rule. */
  readonly #failedMs = new Map<string, number>()
  #kills = 0
  #died = 0
  #doubled = 0

  constructor(options: SoakOptions, bed: SoakBed, vms: readonly string[]) {
    this.#options = options
    this.#bed = bed
    this.#vms = vms
    this.#config = bed.poolFile()
    this.#rng = seededRng(options.seed)
  }

  async run(): Promise<SoakResult> {
    while (!this.#isEnough() && this.#violations.length === 0) {
      // What was seen until the bed itself broke is told all the same.
      await this.#round(this.#drawFault()).catch((error: unknown) => void this.#violations.push(`round ${this.#faults.length}: ${error instanceof Error ? error.message : String(error)}`))
    }
    return { seed: this.#options.seed, rounds: this.#faults.length, kills: this.#kills, migrations: [...this.#journal.migrations.values()], faults: this.#faults, diedWithHost: this.#died, doubledByCut: this.#doubled, violations: this.#violations }
  }

  #isEnough(): boolean {
    const { migrationsMin, killsMin, faults } = this.#options
    if (faults !== undefined) return this.#faults.length >= faults.length
    return this.#journal.migrations.size >= migrationsMin && this.#kills >= killsMin
  }

  /** Each fault once, in drawn order; then by weight. */
  #drawFault(): Fault {
    const named = this.#options.faults?.[this.#faults.length]
    if (named !== undefined) return FAULTS.find(({ name }) => name === named)!
    const fresh = FAULTS.filter(({ name }) => !this.#faults.includes(name))
    const from = fresh.length > 0 && this.#rng.below(3) > 0 ? fresh : FAULTS
    let at = this.#rng.next() * from.reduce((sum, { weight }) => sum + weight, 0)
    return from.find(({ weight }) => (at -= weight) < 0) ?? from[0]!
  }

  async #round(fault: Fault): Promise<void> {
    const round = this.#faults.push(fault.name) - 1
    const places = await this.#bed.running()
    const moves = this.#drawMoves(places, fault)
    const aim: Aim = { bed: this.#bed, ...moves[0]!, draw: () => this.#rng.next() }
    const plan = this.#write(moves, round)
    await fault.prepare?.(aim)
    if (fault.killsController === true) await this.#killing(plan)
    else await this.#striking(plan, fault, aim)
    if (fault.strike === undefined) await fault.mend?.(aim)
    await this.#settled(plan)
    await this.#check(round, fault.kills?.(aim) ?? null)
    const tried = [...this.#journal.migrations.values()].filter((migration) => migration.round === round)
    for (const migration of tried) if (migration.settled !== 'done') this.#failed(migration, fault)
    this.#options.say(`${round + 1}. ${fault.name}: ${tried.map(({ vm, source, target, settled, class: kind, said }) => `${vm} ${source}>${target} ${settled}${kind === null ? '' : ` ${kind} ${said}`}`).join(', ') || 'nothing begun'} (${this.#journal.migrations.size} migrations, ${this.#kills} kills)`)
  }

  #failed({ id, vm, settled, class: kind, said, text, round }: TriedMigration, fault: Fault): void {
    this.#failedMs.set(vm, Date.now())
    if (settled !== null && !fault.ends.includes(`${settled} ${kind}`)) this.#violations.push(`round ${round + 1}: ${id} (${fault.name}) is called ${settled} ${kind}, on ${said} ${text}`)
  }

  /** Moves of one or a few VMs, rested ones first. */
  #drawMoves(places: ReadonlyMap<string, readonly string[]>, fault: Fault): { vm: string; source: string; target: string }[] {
    const count = fault.strike === undefined && fault.prepare === undefined ? 1 + this.#rng.below(4) : 1
    const drawn = this.#vms.map((vm) => ({ vm, restedMs: this.#failedMs.get(vm) ?? 0, order: this.#rng.next() })).sort((a, b) => a.restedMs - b.restedMs || a.order - b.order)
    return drawn.slice(0, count).map(({ vm }) => {
      const source = places.get(vm)![0]!
      const others = this.#bed.hosts.filter((host) => host !== source)
      return { vm, source, target: others[this.#rng.below(others.length)]! }
    })
  }

  #write(moves: readonly { vm: string; source: string; target: string }[], round: number): string {
    const steps = moves.map(({ vm, source, target }, at) => ({ id: stepId(`r${round}.${at}`), kind: 'migrate' as const, vm: vmId(vm), source: hostId(source), target: hostId(target), after: [], estimateMs: 5_000, reason: reason('soak', 'drawn') }))
    const rest: Omit<Plan, 'hash'> = { formatVersion: 1, baseRevision: 0, baseHash: null, goal: 'soak', reason: reason('soak', 'drawn'), complete: true, unmet: [], notDone: [], objective: { before: 1, after: 0, lowerBound: null }, estimate: { beginMs: steps.map(() => 0), endMs: steps.map(() => 5_000), makespanMs: 5_000, makespanBoundMs: 0, sentMib: 0, downtimeMs: 0 }, groups: [], steps }
    const path = join(this.#bed.folder, `plan-${round}.json`)
    mkdirSync(this.#bed.folder, { recursive: true })
    writeFileSync(path, JSON.stringify({ ...rest, hash: planHash(rest) }))
    return path
  }

  #begin(plan: string): { readonly child: ChildProcess; readonly ended: Promise<number | null> } {
    const child = spawn(process.execPath, [resolve('dist/plimsoll.js'), 'apply', plan, '--config', this.#config, '--yes', '--json', '--quiet'], { stdio: ['ignore', 'ignore', 'ignore'] })
    return { child, ended: new Promise((done) => void child.once('exit', (code) => done(code))) }
  }

  async #killing(plan: string): Promise<void> {
    do {
      const { child, ended } = this.#begin(plan)
      const outcome = await Promise.race([ended, later(400 + this.#rng.next() * 5_000).then(() => 'running' as const)])
      if (outcome !== 'running') return
      child.kill('SIGKILL')
      await ended
      this.#kills++
    } while (this.#rng.below(10) < 6)
  }

  async #striking(plan: string, fault: Fault, aim: Aim): Promise<void> {
    const { ended } = this.#begin(plan)
    if (fault.strike !== undefined) {
      await Promise.race([ended, this.#isOnItsWay(aim)])
      await later(this.#rng.next() * 1_500)
      await fault.strike(aim)
      await Promise.race([ended, later(1_000 + this.#rng.next() * 9_000)])
      await fault.mend?.(aim)
    }
    await ended
  }

  async #isOnItsWay({ bed, target, vm }: Aim): Promise<void> {
    for (let tries = 0; tries < 60; tries++) {
      if ((await bed.virsh(target, 'list', '--all', '--name')).out.split('\n').includes(vm)) return
      await later(100)
    }
  }

  /** Applies the same plan until nothing of it is open: it may end well, or be refused as one that no longer fits. */
  async #settled(plan: string): Promise<void> {
    for (let tries = 0; tries < 6; tries++) {
      this.#read()
      if (this.#journal.open.size === 0) return
      await this.#begin(plan).ended
    }
  }

  #read(): void {
    this.#journal.read(join(this.#bed.folder, 'state', 'journal'), this.#faults.length - 1)
  }

  /** What the hosts themselves say, once nothing is under way any more. */
  async #check(round: number, cutHost: string | null): Promise<void> {
    for (let tries = 0; tries < 120 && (await this.#bed.isBusy()); tries++) await later(500)
    this.#read()
    for (const id of this.#journal.open) this.#violations.push(`round ${round + 1}: ${id} is not settled`)
    const [running, defined] = [await this.#bed.running(), await this.#bed.defined()]
    for (const vm of this.#vms) {
      const [hosts, homes] = [running.get(vm) ?? [], defined.get(vm) ?? []]
      if (hosts.length === 1) await this.#tidy(vm, homes.filter((host) => host !== hosts[0]))
      else if (hosts.length > 1 && this.#isToldAsDouble(vm, round)) await this.#endDouble(vm, round)
      else if (hosts.length > 1) this.#violations.push(`round ${round + 1}: ${vm} runs on ${hosts.join(' and ')}`)
      else if (cutHost !== null && homes.includes(cutHost)) await this.#startAgain(vm, cutHost)
      else this.#violations.push(`round ${round + 1}: ${vm} ${homes.length === 0 ? 'is gone' : `does not run on ${homes.join(' or ')}`}`)
    }
  }

  #isToldAsDouble = (vm: string, round: number): boolean => [...this.#journal.migrations.values()].some((migration) => migration.round === round && migration.vm === vm && migration.settled === 'doubled')

  /** The copy that was left behind ends by hand, as an operator who was told would do. */
  async #endDouble(vm: string, round: number): Promise<void> {
    this.#doubled++
    const { source } = [...this.#journal.migrations.values()].find((migration) => migration.round === round && migration.vm === vm)!
    await this.#bed.virsh(source, 'destroy', vm)
    await this.#bed.virsh(source, 'undefine', vm)
    await this.#clear(vm)
  }

  /** Somebody who has looked at it says so: until then it is not moved. */
  async #clear(vm: string): Promise<void> {
    await run(process.execPath, [resolve('dist/plimsoll.js'), 'loop', 'clear', 'vm', vm, '--config', this.#config], 60_000)
  }

  /** What a cut in the last moment of a migration may leave: a definition on a host that does not run the VM. People remove it. */
  async #tidy(vm: string, hosts: readonly string[]): Promise<void> {
    for (const host of hosts) await this.#bed.virsh(host, 'undefine', vm)
  }

  async #startAgain(vm: string, host: string): Promise<void> {
    this.#died++
    await this.#bed.virsh(host, 'start', vm)
    await later(1_500)
    await this.#clear(vm)
    await this.#bed.fill(vm)
  }
}

/** What one version of everything says of itself. */
export const versions = async (): Promise<string> => (await run('virsh', ['--version'], 10_000)).out.trim()
