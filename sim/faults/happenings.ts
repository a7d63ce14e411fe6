import type { Effect } from '../../src/execute/protocol/effects.ts'
import { type Migration, type World, type WorldHost, type WorldVm, vmsOn } from './world.ts'

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

/** The copying is over: the VM arrives, or stays where it was. */
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

/** The host comes up some time later. */
export function bootHost(world: World, host: WorldHost): void {
  host.power = 'booting'
  world.events.mutated(`${host.id} boots`)
  world.events.after(10_000 + Math.round(world.events.draw() * 30_000), () => {
    if (host.power !== 'booting') return
    host.power = 'on'
    world.events.mutated(`${host.id} is on`)
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

/** What ran on a host that is off now is off too, and what copied from or to it has failed. */
export function killVms(world: World, host: WorldHost): void {
  for (const vm of world.vms) {
    if (vm.migration !== null && (vm.migration.from === host || vm.migration.to === host)) endMigration(world, vm.migration, false)
    if (!vm.places.includes(host)) continue
    vm.places = vm.places.filter((place) => place !== host)
    if (vm.places.length > 0) continue
    vm.state = 'off'
    vm.home = host
  }
}
