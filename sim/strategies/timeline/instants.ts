import type { Simulation } from '../../simulation.ts'
import { STUDY_FIRST_STEP_MS, type StudyClock } from '../../world/studyClock.ts'
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
  let changed: Set<number> | 'none' | 'all' = 'none'
  const open = (sim: Simulation): void => {
    // Before the first step nothing is delivered, drawn or measured.
    if (openMs === sim.world.atMs || sim.world.atMs < STUDY_FIRST_STEP_MS) return
    openMs = sim.world.atMs
    changed = 'none'
    beginInstant(sim, frame, clock.secondsAt(openMs))
  }
  return {
    change(sim, hosts, action) {
      open(sim)
      action()
      if (changed === 'none') changed = new Set()
      if (changed !== 'all') for (const host of hosts) changed.add(host)
    },
    changeAll(sim, action) {
      open(sim)
      action()
      changed = 'all'
    },
    takeDemand: open,
    settleAll() {
      // What holds now is that of the last instant.
    },
    closeInstant(sim) {
      if (openMs !== sim.world.atMs) return
      if (changed === 'all') shareAll(sim)
      else if (changed !== 'none') for (const host of changed) sim.strategies.cpuSharing.share(sim.world, host)
      if (changed !== 'none') sim.strategies.vmRemoval.remove(sim)
      endInstant(sim, frame, clock.secondsAt(openMs))
      accounting.endInstant(sim)
    },
  }
}

function beginInstant(sim: Simulation, frame: StudyFrame, seconds: number): void {
  const { world, strategies } = sim
  const hosts = world.pool.hosts.length
  const durationMs = world.atMs - (frame.lastMs ?? 0)
  frame.seconds = seconds - frame.lastS
  fitFrame(frame, hosts)
  if (frame.lastMs !== null) for (let host = 0; host < hosts; host++) strategies.slaAccounting.accrue(sim, host, durationMs)
  strategies.demand.update(world)
  shareAll(sim)
  for (let host = 0; host < hosts; host++) strategies.energyFrame.accrue(sim, host, durationMs)
  strategies.vmRemoval.remove(sim)
}

function endInstant({ world, counts }: Simulation, frame: StudyFrame, seconds: number): void {
  let on = 0
  for (let host = 0; host < world.pool.hosts.length; host++) {
    frame.startUsedMhz[host] = world.hostUsedMhz[host]!
    if (world.hostUsedMhz[host]! > 0) on++
  }
  counts.hostsOnMin = frame.lastMs === null ? on : Math.min(counts.hostsOnMin, on)
  counts.hostsOnMax = frame.lastMs === null ? on : Math.max(counts.hostsOnMax, on)
  frame.lastMs = world.atMs
  frame.lastS = seconds
}

function shareAll({ world, strategies }: Simulation): void {
  for (let host = 0; host < world.pool.hosts.length; host++) strategies.cpuSharing.share(world, host)
}

function fitFrame(frame: StudyFrame, hosts: number): void {
  if (frame.startUsedMhz.length >= hosts) return
  const larger = new Float64Array(hosts)
  larger.set(frame.startUsedMhz)
  frame.startUsedMhz = larger
}
