import type { Effect, SeenHost, SeenVm } from '../../src/execute/protocol/effects.ts'
import { type HostId, type VmId, hostId, vmId } from '../../src/model/ids.ts'

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
