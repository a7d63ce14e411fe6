import type { Machine } from './machine.ts'
import { beginMigration, bootHost, cutPower, endMigration } from './happenings.ts'
import { addVm, arrivingAt, vmsOn } from './world.ts'

/** One round of what happens without us: crashes, pauses, cut links, dead hosts and controllers, and people who act by hand. */
export function misfortune(machine: Machine): void {
  const { odds, world } = machine
  const any = <T>(items: readonly T[]): T => items[machine.below(items.length)]!
  if (machine.draw(odds.crash)) machine.crash(machine.below(2))
  if (machine.draw(odds.pause)) machine.pause(machine.below(2), 5_000 + machine.below(80_000))
  if (machine.draw(odds.partition)) cutOff(machine)
  if (machine.draw(odds.hostDies)) {
    const host = any(world.hosts)
    if (host.power === 'on') {
      cutPower(world, host, machine.nowMs)
      machine.tally.add('hostDeaths')
    }
  }
  if (machine.draw(odds.controllerDead)) {
    const host = any(world.hosts)
    host.controllerAnswers = false
    machine.tally.add('deadControllers')
    machine.after(20_000 + machine.below(100_000), () => (host.controllerAnswers = true))
  }
  if (machine.draw(odds.people)) act(machine)
}

function cutOff(machine: Machine): void {
  const { hosts } = machine.world
  const controllers = machine.below(3)
  for (const host of hosts) {
    if (machine.below(2) === 0) continue
    for (const controller of [0, 1]) {
      if (controllers !== 2 && controllers !== controller) continue
      host.cut[controller] = true
      machine.after(10_000 + machine.below(100_000), () => (host.cut[controller] = false))
    }
  }
  machine.tally.add('partitions')
  machine.note('links are cut')
}

/** A person starts, stops, moves or doubles a VM, lifts or sets a cordon, wakes a host. */
function act(machine: Machine): void {
  const { world, nowMs } = machine
  const host = world.hosts[machine.below(world.hosts.length)]!
  const vm = world.vms[machine.below(world.vms.length)]!
  const isFree = vm.places.length === 1 && vm.migration === null
  const choice = machine.below(9)
  const done = (what: string): void => {
    machine.tally.add('people')
    machine.note(`people ${what}`)
  }
  if (choice <= 1 && host.power === 'on' && world.vms.length < 16) {
    host.peopleMs = nowMs
    addVm(world, `x${world.vms.length}`, host)
    done(`start a VM on ${host.id}`)
  } else if (choice === 2 && isFree) {
    vm.excused = true
    vm.home = vm.places[0]!
    vm.places = []
    vm.state = 'off'
    done(`stop ${vm.id}`)
  } else if (choice === 3 && isFree && host.power === 'on' && vm.places[0] !== host && !host.cordoned) {
    host.peopleMs = nowMs + 60_000
    beginMigration(world, vm, vm.places[0]!, host, null, () => undefined, () => undefined)
    done(`move ${vm.id} to ${host.id}`)
  } else if (choice === 4 && host.power === 'on' && host.cordoned) {
    host.cordoned = false
    host.lostMs = nowMs
    done(`lift the cordon of ${host.id}`)
  } else if (choice === 5 && host.power === 'off' && host.controllerAnswers) {
    bootHost(world, host)
    done(`wake ${host.id}`)
  } else if (choice === 6 && isFree && host.power === 'on' && vm.places[0] !== host && machine.below(4) === 0) {
    vm.places = [...vm.places, host]
    vm.doubledMs = nowMs
    host.peopleMs = nowMs
    done(`start ${vm.id} a second time on ${host.id}`)
    machine.after(60_000 + machine.below(60_000), () => {
      // Whichever is on its way stays where it is, and only the first goes on running.
      if (vm.migration !== null) endMigration(world, vm.migration, false)
      vm.places = vm.places.slice(0, 1)
      vm.doubledMs = null
      done(`stop the second ${vm.id}`)
    })
  } else if (choice === 7) {
    const runner = machine.leader()
    if (runner !== null) machine.feed(runner, { kind: 'clear', what: { kind: 'host', host: host.id }, who: 'people' })
    if (runner !== null) machine.feed(runner, { kind: 'clear', what: { kind: 'vm', vm: vm.id }, who: 'people' })
  } else if (choice === 8 && host.power === 'on' && vmsOn(world, host).length + arrivingAt(world, host).length === 0 && !host.cordoned) {
    host.cordoned = true
    host.lostMs = nowMs
    done(`cordon ${host.id}`)
    machine.after(60_000, () => {
      const runner = machine.leader()
      // People lift what they set, unless it has become ours.
      if (runner === null || !runner.state.current.cordons.has(host.id)) host.cordoned = false
    })
  }
}
