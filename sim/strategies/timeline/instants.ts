import type { Simulation } from '../../simulation.ts'
import { STUDY_FIRST_STEP_MS, type StudyClock } from '../../world/studyClock.ts'
import type { World } from '../../world/world.ts'
import type { SlaAccounting, Timeline } from '../strategies.ts'

/** The stretch between two instants, shared by the strategies of the study's world. */
export interface StudyFrame {
  /** When the last instant was, by the pool's clock and by the study's; null before the first. */
  lastMs: number | null
  lastS: number
  /** Length of the frame that is being accounted, by the study's clock. */
  seconds: number
  /** Used CPU of each host at the end of the last instant. */
  startUsedMhz: Float64Array
}

export const newFrame = (hosts: number): StudyFrame => ({ lastMs: null, lastS: 0, seconds: 0, startUsedMhz: new Float64Array(hosts) })

/** Accounts that also look at the state an instant ends with. */
export interface InstantAccounting extends SlaAccounting {
  endInstant(sim: Simulation): void
}

/**
 * Section 2 of the study's specification: the world is only looked at when demand is taken anew and when something
 * changes. At each such instant demand, shares, energy and removals are brought up to date before the first change,
 * and again after the last one. Demand is the same then, so that only the changed hosts have new shares.
 */
export function instants(clock: StudyClock, frame: StudyFrame, accounting: InstantAccounting): Timeline {
  let openMs: number | null = null
  const changed = changedHosts()
  const open = (sim: Simulation): void => {
    // Before the first step nothing is delivered, drawn or measured.
    if (openMs === sim.world.atMs || sim.world.atMs < STUDY_FIRST_STEP_MS) return
    openMs = sim.world.atMs
    changed.clear()
    beginInstant(sim, frame, clock.secondsAt(openMs))
  }
  return {
    change(sim, hosts, action) {
      open(sim)
      action()
      for (const host of hosts) changed.add(host)
    },
    changeAll(sim, action) {
      open(sim)
      action()
      for (let host = 0; host < sim.world.pool.hosts.length; host++) changed.add(host)
    },
    takeDemand: open,
    settleAll() {
      // What holds now is that of the last instant.
    },
    closeInstant(sim) {
      if (openMs !== sim.world.atMs) return
      for (const host of changed.list) sim.strategies.cpuSharing.share(sim.world, host)
      sim.strategies.vmRemoval.remove(sim, changed.list)
      endInstant(sim, frame, clock.secondsAt(openMs))
      accounting.endInstant(sim)
    },
  }
}

/** A set of hosts that is filled tens of thousands of times a day. */
function changedHosts(): { readonly list: readonly number[]; add: (host: number) => void; clear: () => void } {
  const list: number[] = []
  const isListed: boolean[] = []
  return {
    list,
    add(host) {
      if (isListed[host] === true) return
      isListed[host] = true
      list.push(host)
    },
    clear() {
      for (const host of list) isListed[host] = false
      list.length = 0
    },
  }
}

function beginInstant(sim: Simulation, frame: StudyFrame, seconds: number): void {
  const { world, strategies } = sim
  const durationMs = world.atMs - (frame.lastMs ?? 0)
  const inUse = hostsInUse(world)
  frame.seconds = seconds - frame.lastS
  if (frame.lastMs !== null) for (const host of inUse) strategies.slaAccounting.accrue(sim, host, durationMs)
  strategies.demand.update(world)
  for (const host of inUse) strategies.cpuSharing.share(world, host)
  for (const host of inUse) strategies.energyFrame.accrue(sim, host, durationMs)
  strategies.vmRemoval.remove(sim, inUse)
}

/** Hosts that have VMs or had some at the last instant, ascending. Of the others nothing changes. */
function hostsInUse({ pool, hostVms, hostUsedMhz }: World): Int32Array {
  const inUse = new Int32Array(pool.hosts.length)
  let count = 0
  for (let host = 0; host < inUse.length; host++) if (hostVms[host]!.length > 0 || hostUsedMhz[host] !== 0) inUse[count++] = host
  return inUse.subarray(0, count)
}

function endInstant({ world }: Simulation, frame: StudyFrame, seconds: number): void {
  if (frame.startUsedMhz.length === world.hostUsedMhz.length) frame.startUsedMhz.set(world.hostUsedMhz)
  else frame.startUsedMhz = world.hostUsedMhz.slice()
  frame.lastMs = world.atMs
  frame.lastS = seconds
}
