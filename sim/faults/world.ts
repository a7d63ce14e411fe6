import type { Action, Effect, FailureClass, Reply, SeenHost, SeenVm } from '../../src/execute/protocol/effects.ts'
import { type HostId, type VmId, hostId, vmId } from '../../src/model/ids.ts'
import type { Step } from '../../src/model/plan.ts'

/** What the hosts themselves refuse. A planted bug may take a defence away. */
export interface Defences {
  /** Power-off only when cordoned and empty, at that instant. */
  readonly guard: boolean
  /** A cordoned host refuses what arrives. */
  readonly hook: boolean
  readonly deadline: boolean
  /** A command is carried out once. */
  readonly once: boolean
}

export const ALL_DEFENCES: Defences = { guard: true, hook: true, deadline: true, once: true }

export interface WorldHost {
  readonly index: number
  readonly id: HostId
  readonly xen: boolean
  readonly memoryMib: number
  power: 'on' | 'off' | 'booting' | 'stopping'
  cordoned: boolean
  controllerAnswers: boolean
  /** From which controllers it is cut off. */
  readonly cut: boolean[]
  readonly seenIds: Set<string>
  /** When something other than we last took it out of service. */
  lostMs: number
  /** When people last brought a VM here. */
  peopleMs: number
}

export interface Migration {
  readonly vm: WorldVm
  readonly from: WorldHost
  readonly to: WorldHost
  /** Of the effect; null when people began it. */
  readonly id: string | null
  ended: boolean
}

export interface WorldVm {
  readonly id: VmId
  readonly memoryMib: number
  /** Hosts it runs on: one, unless something went wrong. */
  places: WorldHost[]
  /** Where it lies while it does not run. */
  home: WorldHost | null
  state: 'running' | 'off' | 'saved'
  migration: Migration | null
  /** Xen says wrongly that it is paused. */
  falseState: boolean
  /** Stopped or lost by people or by a dead host. */
  excused: boolean
  /** When people started a second copy of it; null = they did not. */
  doubledMs: number | null
}

/** What the machine around the world does when something takes effect. */
export interface WorldEvents {
  readonly nowMs: () => number
  /** A command of ours takes effect now: before anything has changed. */
  readonly takesEffect: (effect: Effect) => void
  readonly after: (delayMs: number, run: () => void) => void
  readonly draw: () => number
  readonly odds: () => { readonly migrationFails: number; readonly migrationSticks: number; readonly abortRefused: number; readonly wakeFails: number }
  readonly fault: (effect: Effect, name: string) => void
  readonly mutated: (what: string) => void
}

export interface World {
  readonly hosts: WorldHost[]
  readonly vms: WorldVm[]
  readonly defences: Defences
  readonly events: WorldEvents
}

export function makeWorld(hosts: number, vms: number, xen: (host: number) => boolean, defences: Defences, events: WorldEvents): World {
  const world: World = {
    hosts: Array.from({ length: hosts }, (_, index) => ({
      index, id: hostId(`h${index}`), xen: xen(index), memoryMib: 5120, power: 'on', cordoned: false, controllerAnswers: true, cut: [false, false], seenIds: new Set(), lostMs: -1e9, peopleMs: -1e9,
    })),
    vms: [], defences, events,
  }
  for (let index = 0; index < vms; index++) addVm(world, `v${index}`, world.hosts[index % hosts]!)
  return world
}

export function addVm(world: World, name: string, host: WorldHost): WorldVm {
  const vm: WorldVm = { id: vmId(name), memoryMib: 1024, places: [host], home: null, state: 'running', migration: null, falseState: false, excused: false, doubledMs: null }
  world.vms.push(vm)
  return vm
}

export const vmsOn = (world: World, host: WorldHost): WorldVm[] => world.vms.filter((vm) => vm.places.includes(host))
export const arrivingAt = (world: World, host: WorldHost): WorldVm[] => world.vms.filter((vm) => vm.migration?.to === host)
const leaving = (world: World, host: WorldHost): WorldVm[] => world.vms.filter((vm) => vm.migration?.from === host)

/** What a controller that looks now would see. */
export function seeHost(world: World, host: WorldHost, controller: number, clockMs: number): SeenHost {
  const reachable = host.power === 'on' && !host.cut[controller]!
  const power = host.controllerAnswers ? (host.power === 'off' ? 'off' : 'on') : null
  return {
    host: host.id, seenUnixMs: clockMs, reachable, power, cordoned: reachable && host.cordoned, vms: reachable ? seenVms(world, host) : [],
    incoming: reachable ? arrivingAt(world, host).length : 0, outgoing: reachable ? leaving(world, host).length : 0, clockUnixMs: world.events.nowMs(), memoryForVmsMib: host.memoryMib,
  }
}

function seenVms(world: World, host: WorldHost): SeenVm[] {
  const seen: SeenVm[] = []
  for (const vm of world.vms) {
    const { id, memoryMib, migration } = vm
    const show = (state: SeenVm['state'], hasJob = false): void => void seen.push({ vm: id, uuid: id, state, hasJob, memoryMib })
    if (vm.places.includes(host)) show(vm.falseState && host.xen ? 'unsure' : 'running', migration?.from === host)
    // Xen shows the copy as a VM that is shut off; the driver can't tell it from a definition.
    else if (migration?.to === host) show(host.xen ? 'shutOff' : 'incoming')
    else if (vm.home === host && vm.state !== 'running') show(vm.state === 'saved' ? 'saved' : 'shutOff')
  }
  return seen
}

type Answer = (reply: Reply) => void

/** A command has reached the host that is to carry it out (for a wake: its management controller). It answers when the call ends, if it can. */
export function carryOut(world: World, effect: Effect, controller: number, answer: Answer): void {
  const { events, defences } = world
  const host = executing(world, effect.action)
  const refuse = (kind: FailureClass, text: string): void => answer({ id: effect.id, ok: false, failure: { class: kind, code: 1, domain: 10, text } })
  const isWake = effect.action.kind === 'step' && effect.action.step.kind === 'powerOn'
  // Nobody answers for a host that is off or cut off.
  if (isWake ? !host.controllerAnswers : host.power !== 'on' || host.cut[controller]!) return events.fault(effect, 'cutOff')
  if (defences.deadline && events.nowMs() > effect.deadlineUnixMs) return refuse('sameLater', 'past its deadline')
  if (defences.once && host.seenIds.has(effect.id)) return
  host.seenIds.add(effect.id)
  const { action } = effect
  if (action.kind === 'cordon') {
    events.takesEffect(effect)
    host.cordoned = action.cordoned
    events.mutated(`${host.id} cordoned ${action.cordoned}`)
    return answer({ id: effect.id, ok: true, failure: null })
  }
  if (action.kind === 'abort') return abort(world, effect, action.vm, answer, refuse)
  carryOutStep(world, effect, action.step, host, answer, refuse)
}

function executing(world: World, action: Action): WorldHost {
  const id = action.kind !== 'step' ? action.host : 'host' in action.step ? action.step.host : 'source' in action.step ? action.step.source : action.step.target
  return world.hosts.find((host) => host.id === id)!
}

type Refuse = (kind: FailureClass, text: string) => void

function carryOutStep(world: World, effect: Effect, step: Step, host: WorldHost, answer: Answer, refuse: Refuse): void {
  switch (step.kind) {
    case 'migrate':
      return migrate(world, effect, step, answer, refuse)
    case 'startVm':
    case 'resumeVm':
      return startVm(world, effect, step.vm, host, answer, refuse)
    case 'shutdownVm':
    case 'suspendVm':
      return stopVm(world, effect, step, host, answer, refuse)
    case 'powerOn':
      return powerOn(world, effect, host, answer)
    case 'powerOff':
      return powerOff(world, effect, host, answer, refuse)
  }
}

const ok = (effect: Effect): Reply => ({ id: effect.id, ok: true, failure: null })

function migrate(world: World, effect: Effect, step: Step & { kind: 'migrate' }, answer: Answer, refuse: Refuse): void {
  const { events } = world
  const vm = world.vms.find((other) => other.id === step.vm)
  const from = world.hosts.find((host) => host.id === step.source)!
  const to = world.hosts.find((host) => host.id === step.target)!
  if (vm === undefined || !vm.places.includes(from)) return refuse('sameLater', 'Domain not found')
  if (vm.migration !== null) return refuse('sameLater', 'another migration job is already running')
  if (to.power !== 'on') return refuse('otherHost', 'No route to host')
  // A refusal in the prepare phase leaves Xen saying that the VM is paused.
  if (world.defences.hook && to.cordoned) {
    vm.falseState = from.xen
    return refuse('otherHost', 'Hook script execution failed')
  }
  if (vm.places.includes(to) || (vm.home === to && vm.state !== 'running')) return refuse('otherHost', 'domain already exists')
  events.takesEffect(effect)
  beginMigration(world, vm, from, to, effect, () => answer(ok(effect)), () => refuse('sameLater', 'migration failed'))
}

/** Starts copying; ends it some time later, well or not, or never. */
export function beginMigration(world: World, vm: WorldVm, from: WorldHost, to: WorldHost, effect: Effect | null, well: () => void, badly: () => void): void {
  const { events } = world
  const migration: Migration = { vm, from, to, id: effect?.id ?? null, ended: false }
  vm.migration = migration
  events.mutated(`${vm.id} copies ${from.id} to ${to.id}`)
  const { migrationFails, migrationSticks } = events.odds()
  const fate = events.draw()
  const failsNow = fate < migrationFails
  const sticks = !failsNow && fate < migrationFails + migrationSticks
  if (effect !== null && (failsNow || sticks)) events.fault(effect, failsNow ? 'fails' : 'sticks')
  const durationMs = sticks ? 150_000 + Math.round(events.draw() * 150_000) : 3_000 + Math.round(events.draw() * 27_000)
  events.after(durationMs, () => {
    if (migration.ended) return
    endMigration(world, migration, !failsNow && !sticks && to.power === 'on')
    if (from.power !== 'on') return
    if (failsNow || sticks) badly()
    else well()
  })
}

export function endMigration(world: World, migration: Migration, arrives: boolean): void {
  const { vm, from, to } = migration
  migration.ended = true
  if (vm.migration === migration) vm.migration = null
  if (arrives) {
    vm.places = [...vm.places.filter((place) => place !== from), to]
    vm.falseState = false
  }
  world.events.mutated(`${vm.id} ${arrives ? 'arrives at' : 'does not reach'} ${to.id}`)
}

function abort(world: World, effect: Effect, id: VmId, answer: Answer, refuse: Refuse): void {
  const vm = world.vms.find((other) => other.id === id)
  if (vm?.migration == null || vm.migration.from.xen) return refuse('sameLater', 'this function is not supported')
  if (world.events.draw() < world.events.odds().abortRefused) {
    world.events.fault(effect, 'fails')
    return refuse('sameLater', 'cannot abort migration')
  }
  world.events.takesEffect(effect)
  endMigration(world, vm.migration, false)
  answer(ok(effect))
}

function startVm(world: World, effect: Effect, id: VmId, host: WorldHost, answer: Answer, refuse: Refuse): void {
  const vm = world.vms.find((other) => other.id === id)
  if (vm === undefined || vm.places.includes(host)) return refuse('sameLater', 'domain is already running')
  if (world.defences.hook && host.cordoned) return refuse('otherHost', 'Hook script execution failed')
  world.events.takesEffect(effect)
  vm.places = [...vm.places, host]
  vm.home = null
  vm.state = 'running'
  vm.excused = false
  world.events.mutated(`${vm.id} starts on ${host.id}`)
  answer(ok(effect))
}

function stopVm(world: World, effect: Effect, step: Step & { kind: 'shutdownVm' | 'suspendVm' }, host: WorldHost, answer: Answer, refuse: Refuse): void {
  const vm = world.vms.find((other) => other.id === step.vm)
  if (!vm?.places.includes(host)) return refuse('sameLater', 'domain is not running')
  if (vm.migration !== null) return refuse('sameLater', 'cannot acquire state change lock')
  world.events.takesEffect(effect)
  answer(ok(effect))
  // Guests take their time, and some never listen.
  if (step.kind === 'shutdownVm' && world.events.draw() < 0.1) return
  world.events.after(2_000 + Math.round(world.events.draw() * 10_000), () => {
    if (vm.places.length !== 1 || vm.places[0] !== host || vm.migration !== null) return
    vm.places = []
    vm.home = host
    vm.state = step.kind === 'suspendVm' ? 'saved' : 'off'
    world.events.mutated(`${vm.id} stops on ${host.id}`)
  })
}

function powerOn(world: World, effect: Effect, host: WorldHost, answer: Answer): void {
  const { events } = world
  events.takesEffect(effect)
  answer(ok(effect))
  if (host.power !== 'off') return
  if (events.draw() < events.odds().wakeFails) return events.fault(effect, 'fails')
  bootHost(world, host)
}

export function bootHost(world: World, host: WorldHost): void {
  host.power = 'booting'
  world.events.mutated(`${host.id} boots`)
  world.events.after(10_000 + Math.round(world.events.draw() * 30_000), () => {
    if (host.power !== 'booting') return
    host.power = 'on'
    world.events.mutated(`${host.id} is on`)
  })
}

function powerOff(world: World, effect: Effect, host: WorldHost, answer: Answer, refuse: Refuse): void {
  const isHeld = vmsOn(world, host).length + arrivingAt(world, host).length > 0
  if (world.defences.guard && (!host.cordoned || isHeld)) return refuse('sameLater', host.cordoned ? 'not empty' : 'not cordoned')
  world.events.takesEffect(effect)
  answer(ok(effect))
  host.power = 'stopping'
  world.events.mutated(`${host.id} goes off`)
  world.events.after(3_000 + Math.round(world.events.draw() * 12_000), () => {
    if (host.power !== 'stopping') return
    host.power = 'off'
    killVms(world, host)
    world.events.mutated(`${host.id} is off`)
  })
}

/** The host is gone from one instant to the next, and what it ran with it. */
export function cutPower(world: World, host: WorldHost, atMs: number): void {
  for (const vm of vmsOn(world, host)) vm.excused = true
  host.power = 'off'
  host.lostMs = atMs
  killVms(world, host)
  world.events.mutated(`${host.id} dies`)
}

function killVms(world: World, host: WorldHost): void {
  for (const vm of world.vms) {
    if (vm.migration !== null && (vm.migration.from === host || vm.migration.to === host)) endMigration(world, vm.migration, false)
    if (!vm.places.includes(host)) continue
    vm.places = vm.places.filter((place) => place !== host)
    if (vm.places.length > 0) continue
    vm.state = 'off'
    vm.home = host
  }
}
