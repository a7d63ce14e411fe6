import type { Effect, SeenHost } from '../../src/execute/protocol/effects.ts'
import type { Intent, JournalRecord } from '../../src/execute/protocol/records.ts'
import type { Step } from '../../src/model/plan.ts'
import { type World, type WorldHost, arrivingAt, vmsOn } from './world.ts'

/** Names of RELIABILITY's invariants that this machine checks, in its order. */
export const INVARIANTS = [
  'vm.single', 'vm.noharm', 'host.off.empty', 'capacity', 'rules', 'maintenance', 'minOn', 'concurrency', 'wal', 'replay', 'fence', 'unknown', 'wake', 'quiescence', 'churn', 'home', 'determinism', 'late', 'audit',
] as const
export type InvariantName = (typeof INVARIANTS)[number]

export interface Violation {
  readonly invariant: InvariantName
  readonly atMs: number
  readonly message: string
}

export interface CheckedLimits {
  readonly hostMigrationsMax: number
  readonly poolMigrationsMax: number
  readonly hostsOnMin: number
  /** Looks older than that may not be acted on. */
  readonly lookFreshMs: number
  readonly retryMs: number
  readonly retryMaxMs: number
}

interface Noted {
  readonly intent: Intent
  readonly sequence: number
  readonly atMs: number
}

/**
 * Watches the world, the journal and what controllers are told, and says what is broken. It shares no rule with the executor:
 * it reads the journal by itself and knows the hosts as they really are.
 */
export class Checks {
  readonly violations: Violation[] = []
  readonly #open = new Map<string, Noted>()
  readonly #all = new Map<string, Noted>()
  readonly #closed = new Set<string>()
  readonly #taken = new Set<string>()
  readonly #modes = new Map<string, { readonly mode: string; readonly sequence: number }>()
  readonly #wakes = new Map<string, boolean>()
  readonly #failures = new Map<string, { readonly count: number; readonly atMs: number }>()
  readonly #toldToStop = new Set<string>()
  readonly #doubles = new Map<string, { readonly sinceMs: number; knownMs: number | null }>()
  readonly #world: World
  readonly #limits: CheckedLimits
  readonly #nowMs: () => number
  /** VMs that rules keep apart. */
  readonly #apart: readonly (readonly [string, string])[]

  constructor(world: World, limits: CheckedLimits, nowMs: () => number, apart: readonly (readonly [string, string])[]) {
    this.#world = world
    this.#limits = limits
    this.#nowMs = nowMs
    this.#apart = apart
  }

  broken(invariant: InvariantName, message: string): void {
    this.violations.push({ invariant, atMs: this.#nowMs(), message })
  }

  /** Whether an intent is open that was written before then. */
  hasOpenSince(beforeMs: number): boolean {
    return [...this.#open.values()].some(({ atMs }) => atMs < beforeMs)
  }

  /** A record has become durable. `looks` are the last that its writer was given. */
  recorded(record: JournalRecord, journalEpoch: number, looks: ReadonlyMap<string, SeenHost>, isWriterAlive: boolean): void {
    if (record.epoch !== journalEpoch) this.broken('fence', `record ${record.sequence} of epoch ${record.epoch} was taken in epoch ${journalEpoch}`)
    if (record.kind === 'intent') this.#intended(record, isWriterAlive ? looks : null)
    if (record.kind === 'outcome') this.#concluded(record)
    if (record.kind === 'cordon') this.#modes.set(record.body.host, { mode: record.body.mode, sequence: record.sequence })
    if (record.kind === 'clear' && record.body.what.kind === 'wakeProven') this.#wakes.set(record.body.what.host, true)
    if (record.kind === 'clear' && record.body.what.kind === 'vm') this.#failures.delete(record.body.what.vm)
  }

  #intended(record: JournalRecord & { kind: 'intent' }, looks: ReadonlyMap<string, SeenHost> | null): void {
    const intent = record.body
    if (intent.who === '' || intent.why === '' || intent.precondition === '') this.broken('audit', `${intent.id} says not who, why or on what`)
    if (this.#all.has(intent.id)) this.broken('wal', `${intent.id} is used twice`)
    const subject = subjectOf(intent)
    for (const other of this.#open.values()) if (subject !== null && subjectOf(other.intent) === subject) this.broken('wal', `${intent.id} and ${other.intent.id} are open for ${subject}`)
    const noted = { intent, sequence: record.sequence, atMs: this.#nowMs() }
    this.#open.set(intent.id, noted)
    this.#all.set(intent.id, noted)
    if (intent.action.kind !== 'step') return
    if (looks !== null) this.#checkSight(intent.action.step, record.epoch, record.atUnixMs, looks)
    if (intent.action.step.kind === 'migrate') this.#checkBackOff(intent.action.step.vm)
    if (intent.action.step.kind === 'powerOff' && this.#wakes.get(intent.action.step.host) !== true) this.broken('wake', `${intent.action.step.host} is to go off and was never proven to wake`)
  }

  /** Nothing is begun on what is unknown or too old, and nothing on hosts with a VM that is seen to run twice. */
  #checkSight(step: Step, epoch: number, atUnixMs: number, looks: ReadonlyMap<string, SeenHost>): void {
    const needed = this.#lookedAt(step)
    for (const host of needed) {
      const look = looks.get(host)
      if (look === undefined || !(look.reachable || look.power === 'off')) this.broken('unknown', `${step.kind} begins while ${host} is unknown`)
      else if (atUnixMs - look.seenUnixMs > this.#limits.lookFreshMs) this.broken('unknown', `${step.kind} begins on a look at ${host} that is ${atUnixMs - look.seenUnixMs} ms old`)
    }
    for (const vm of this.#world.vms) {
      const touches = 'vm' in step && vm.places.some((place) => ('source' in step && step.source === place.id) || ('target' in step && step.target === place.id))
      if (touches && vm.doubledMs !== null && vm.places.length > 1 && (this.#doubles.get(`${vm.id} ${vm.doubledMs} ${epoch}`)?.knownMs ?? Number.MAX_SAFE_INTEGER) < atUnixMs) this.broken('vm.single', `${step.id} touches a host on which ${vm.id} was seen to run twice`)
    }
  }

  /** A process of that epoch was given looks: from the second that shows a VM twice on, its hosts are to be left alone. */
  looked(epoch: number, looks: ReadonlyMap<string, SeenHost>, clockMs: number): void {
    for (const vm of this.#world.vms) {
      if (vm.doubledMs === null || vm.places.length < 2) continue
      const shown = vm.places.map((place) => looks.get(place.id)).filter((look) => look?.vms.some((other) => other.vm === vm.id && other.state !== 'shutOff' && other.state !== 'incoming') === true)
      if (shown.length < vm.places.length) continue
      const key = `${vm.id} ${vm.doubledMs} ${epoch}`
      const before = this.#doubles.get(key)
      if (before === undefined) this.#doubles.set(key, { sinceMs: clockMs, knownMs: null })
      else if (shown.every((look) => look!.seenUnixMs > before.sinceMs)) before.knownMs ??= clockMs
    }
  }

  #lookedAt(step: Step): readonly string[] {
    switch (step.kind) {
      case 'migrate':
        return [step.source, step.target]
      case 'shutdownVm':
      case 'suspendVm':
        return [step.source]
      case 'powerOn':
        return []
      case 'startVm':
      case 'resumeVm':
      case 'powerOff':
        return this.#world.hosts.map(({ id }) => id)
    }
  }

  #checkBackOff(vm: string): void {
    const failed = this.#failures.get(vm)
    if (failed === undefined) return
    const backOffMs = Math.min(this.#limits.retryMaxMs, this.#limits.retryMs * 2 ** (failed.count - 1))
    // Records are dated when they are decided, and may be written seconds later.
    if (this.#nowMs() - failed.atMs < backOffMs - 10_000) this.broken('churn', `${vm} failed ${failed.count} times and is tried again after ${this.#nowMs() - failed.atMs} ms`)
  }

  #concluded({ body }: JournalRecord & { kind: 'outcome' }): void {
    const noted = this.#open.get(body.id)
    if (noted === undefined) return this.broken('wal', `${body.id} ends and is not open`)
    this.#open.delete(body.id)
    this.#closed.add(body.id)
    const { action } = noted.intent
    if (action.kind !== 'step') return
    if (action.step.kind === 'powerOn') this.#wakes.set(action.step.host, body.settled === 'done')
    if (action.step.kind !== 'migrate') return
    if (body.settled === 'done') this.#failures.delete(action.step.vm)
    else this.#failures.set(action.step.vm, { count: (this.#failures.get(action.step.vm)?.count ?? 0) + 1, atMs: this.#nowMs() })
  }

  issued(effect: Effect, leaseUntilMs: number): void {
    if (!this.#all.has(effect.id)) this.broken('wal', `${effect.id} is issued before its intent is durable`)
    if (this.#nowMs() >= leaseUntilMs) this.broken('fence', `${effect.id} is issued ${this.#nowMs() - leaseUntilMs} ms after the end of the lease`)
  }

  takesEffect(effect: Effect): void {
    const noted = this.#all.get(effect.id)
    if (noted === undefined) return this.broken('wal', `${effect.id} takes effect and has no intent`)
    if (this.#taken.has(effect.id)) this.broken('wal', `${effect.id} takes effect twice`)
    this.#taken.add(effect.id)
    if (this.#nowMs() > effect.deadlineUnixMs) this.broken('late', `${effect.id} takes effect ${this.#nowMs() - effect.deadlineUnixMs} ms after its deadline`)
    if (this.#closed.has(effect.id)) this.broken('late', `${effect.id} takes effect after it was settled`)
    if (effect.action.kind === 'step') this.#stepTakesEffect(effect.action.step, noted)
  }

  #stepTakesEffect(step: Step, noted: Noted): void {
    if (step.kind === 'powerOff') this.#goesOff(this.#host(step.host), noted)
    if (step.kind === 'shutdownVm' || step.kind === 'suspendVm') this.#toldToStop.add(step.vm)
    if (step.kind === 'startVm' || step.kind === 'resumeVm') this.#toldToStop.delete(step.vm)
    if (step.kind === 'migrate' || step.kind === 'startVm' || step.kind === 'resumeVm') this.#comesTo(this.#host(step.target), step.vm, noted)
    if (step.kind === 'migrate') this.#checkConcurrency(this.#host(step.source), this.#host(step.target))
  }

  #host(id: string): WorldHost {
    return this.#world.hosts.find((host) => host.id === id)!
  }

  #isOutOfService(host: string, before: number): boolean {
    const mode = this.#modes.get(host)
    return mode !== undefined && mode.mode !== 'available' && mode.sequence < before
  }

  #goesOff(host: WorldHost, noted: Noted): void {
    const held = vmsOn(this.#world, host).length
    const arriving = arrivingAt(this.#world, host).length
    if (held + arriving > 0 || !host.cordoned) this.broken('host.off.empty', `${host.id} goes off with ${held} VMs, ${arriving} on their way to it, ${host.cordoned ? '' : 'not '}cordoned`)
    if (this.#isOutOfService(host.id, noted.sequence)) this.broken('maintenance', `${host.id} goes off in maintenance`)
    const staying = this.#world.hosts.filter((other) => other !== host && !this.#isOutOfService(other.id, noted.sequence) && (other.power === 'on' || other.lostMs >= noted.atMs - this.#limits.lookFreshMs)).length
    if (staying < Math.max(1, this.#limits.hostsOnMin)) this.broken('minOn', `${host.id} goes off and ${staying} stay on`)
    if (this.#world.hosts.some((other) => other.power === 'stopping')) this.broken('minOn', `${host.id} goes off while another does`)
  }

  #comesTo(target: WorldHost, vm: string, noted: Noted): void {
    const inside = [...vmsOn(this.#world, target), ...arrivingAt(this.#world, target)]
    const needMib = this.#world.vms.find(({ id }) => id === vm)!.memoryMib
    const heldMib = inside.reduce((sum, { memoryMib }) => sum + memoryMib, 0)
    // What people bring in after the last look is not ours to foresee.
    if (heldMib + needMib > target.memoryMib && target.peopleMs < noted.atMs - this.#limits.lookFreshMs) this.broken('capacity', `${target.id} holds ${heldMib} MiB and gets ${needMib} more, of ${target.memoryMib}`)
    for (const [a, b] of this.#apart) {
      const other = vm === a ? b : vm === b ? a : null
      const isThere = other !== null && inside.some(({ id }) => id === other)
      if (isThere && target.peopleMs < noted.atMs - 60_000) this.broken('rules', `${a} and ${b} are to be apart and meet on ${target.id}`)
    }
    if (target.cordoned) this.broken('maintenance', `${vm} goes to ${target.id}, which is cordoned`)
    if (this.#isOutOfService(target.id, noted.sequence)) this.broken('maintenance', `${vm} goes to ${target.id}, which is in maintenance`)
    const other = this.#world.vms.find(({ id }) => id === vm)!
    if (noted.intent.action.kind === 'step' && noted.intent.action.step.kind !== 'migrate' && other.places.length > 0) this.broken('vm.single', `${vm} is started on ${target.id} and runs already`)
  }

  #checkConcurrency(from: WorldHost, to: WorldHost): void {
    const ours = this.#world.vms.flatMap(({ migration }) => (migration !== null && migration.id !== null ? [migration] : []))
    const sending = ours.filter((migration) => migration.from === from).length
    const receiving = ours.filter((migration) => migration.to === to).length
    if (sending >= this.#limits.hostMigrationsMax || receiving >= this.#limits.hostMigrationsMax || ours.length >= this.#limits.poolMigrationsMax) this.broken('concurrency', `${from.id} sends ${sending}, ${to.id} receives ${receiving}, the pool ${ours.length} of ours, and one more begins`)
  }

  /** After every change in the world. */
  mutated(): void {
    for (const vm of this.#world.vms) {
      if (vm.places.length > 1 && vm.doubledMs === null) this.broken('vm.single', `${vm.id} runs on ${vm.places.map(({ id }) => id).join(' and ')}`)
      if (vm.state !== 'running' && !vm.excused && !this.#toldToStop.has(vm.id)) this.broken('vm.noharm', `${vm.id} is ${vm.state} and nobody asked for it`)
    }
  }

  /** Long after the last fault: nothing of ours is open, cordons are as wanted. */
  quiet(): void {
    if (this.#open.size > 0) this.broken('quiescence', `${[...this.#open.keys()].join(', ')} are still open`)
    for (const host of this.#world.hosts) {
      const wanted = this.#isOutOfService(host.id, Number.MAX_SAFE_INTEGER)
      if (host.power === 'on' && host.cordoned !== wanted) this.broken('quiescence', `${host.id} is ${host.cordoned ? '' : 'not '}cordoned`)
    }
  }
}

/** Aborts belong to the intent that they end. */
function subjectOf({ action }: Intent): string | null {
  if (action.kind === 'abort') return null
  if (action.kind === 'cordon') return `host ${action.host}`
  return 'vm' in action.step ? `VM ${action.step.vm}` : `host ${action.step.host}`
}
