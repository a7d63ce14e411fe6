import type { Action, Effect, FailureClass, Reply } from '../../src/execute/protocol/effects.ts'
import type { VmId } from '../../src/model/ids.ts'
import type { Step } from '../../src/model/plan.ts'
import { beginMigration, bootHost, endMigration, killVms } from './happenings.ts'
import { type World, type WorldHost, arrivingAt, vmsOn } from './world.ts'

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
