import type { Input, Output } from '../src/control/messages.ts'
import { turn } from '../src/control/turn.ts'
import type { PoolDriver } from '../src/control/driver.ts'
import { DAY_MS } from '../src/model/resources.ts'
import type { DayFigures, Run } from '../src/model/run.ts'
import type { ScenarioRun } from '../src/model/scenario.ts'
import type { Solver } from '../src/optimize/packing.ts'
import type { QueuedEvent } from './eventQueue.ts'
import { type Consequences, hostFailsByChance, hostIsFenced, hostIsRepaired, scenarioEvent, scheduleFailure, vmArrives, vmDeparts, vmRestarts } from './occurrences.ts'
import { type Ended, endEvent, hostsOn, migrationFailed, roundEnded, simulatedDriver, stepEnded } from './perform.ts'
import { reference } from './presets/reference.ts'
import { standard } from './presets/standard.ts'
import { type Recorder, headerOf, makeRecorder, recordRow } from './recorder.ts'
import { EVENT, type Simulation, changeAll, makeSimulation, settleAll } from './simulation.ts'
import { distort } from './trouble.ts'
import { type Mark, closeLost, dayBetween, markNow, restartMeasuring, summarize } from './summary.ts'

export interface Hooks {
  /** Called now and then with the simulated time reached. */
  readonly onProgress?: (doneMs: number) => void
  /** Asked now and then; true ends the run with Stopped. */
  readonly shouldStop?: () => boolean
  /** Called with all that reaches the controller and what it answers. `input.pool` is valid during the call only. */
  readonly onTurn?: (input: Input, outputs: readonly Output[]) => void
  /** Finds the placements that the controller asks for; without it, the one that live pools have. */
  readonly solver?: Solver
}

/** Thrown when `shouldStop` said so: there is no run. */
export class Stopped extends Error {}

/**
 * Runs one scenario with one policy and seed from beginning to end. Deterministic: the same value in gives the same
 * run, byte for byte. The controller is the one that drives live pools; this loop feeds it from the event queue.
 */
export function simulate(run: ScenarioRun, hooks: Hooks = {}): Run {
  const parts = simulateInParts(run, hooks)
  for (;;) {
    const part = parts.next()
    if (part.done) return part.value
  }
}

/** The same, with pauses in which the caller may do something else, such as hear signals; each gives the simulated time reached. */
export function* simulateInParts(run: ScenarioRun, hooks: Hooks = {}): Generator<number, Run, undefined> {
  const sim = makeSimulation(run, PRESETS[run.world], hooks.solver)
  const loop: Loop = { sim, hooks, driver: simulatedDriver(sim), recorder: makeRecorder(run), days: [], mark: null, arrivals: arrivalOrder(run), nextArrival: 0, ended: false }
  begin(loop)
  const event: QueuedEvent = { atMs: 0, kind: 0, a: 0, b: 0 }
  for (let count = 0; !loop.ended && sim.queue.pop(event); count++) {
    if ((count & 1023) === 0) {
      hooks.onProgress?.(event.atMs)
      if (hooks.shouldStop?.() === true) throw new Stopped('the run was stopped')
      yield event.atMs
    }
    sim.world.atMs = event.atMs
    handle(loop, event)
    if (sim.queue.nextMs() !== event.atMs) sim.strategies.timeline.closeInstant(sim)
  }
  return { header: headerOf(run, loop.recorder), events: sim.events, columns: loop.recorder.columns, summary: summarize(sim, loop.days) }
}

const PRESETS = { standard, reference }

interface Loop {
  readonly sim: Simulation
  readonly hooks: Hooks
  readonly driver: PoolDriver
  readonly recorder: Recorder
  readonly days: DayFigures[]
  mark: Mark | null
  /** Numbers of the VMs that arrive during the run, by time. */
  readonly arrivals: readonly number[]
  nextArrival: number
  ended: boolean
}

const arrivalOrder = (run: ScenarioRun): number[] =>
  run.workload.vms.flatMap((entry, number) => (entry.arriveMs > 0 ? [number] : [])).sort((a, b) => run.workload.vms[a]!.arriveMs - run.workload.vms[b]!.arriveMs || a - b)

function begin(loop: Loop): void {
  const { sim } = loop
  const { run, queue, world, strategies } = sim
  // Before all else of its instant: what happens just then is measured.
  queue.push(run.warmupMs, EVENT.warmup)
  changeAll(sim, () => {
    for (const number of strategies.placement.place(sim)) act(loop, vmArrives(sim, number))
  })
  for (let host = 0; host < world.pool.hosts.length; host++) scheduleFailure(sim, host)
  run.events.forEach((event, number) => queue.push(event.atMs, EVENT.scenario, number))
  queue.push(strategies.demand.firstMs, EVENT.demand)
  queue.push(strategies.observation.firstMs, EVENT.sense)
  queue.push(0, EVENT.row)
  scheduleArrival(loop)
  if (strategies.observation.firstTickMs !== null) wakeAt(sim, strategies.observation.firstTickMs)
  queue.push(run.durationMs, EVENT.end)
}

function scheduleArrival(loop: Loop): void {
  const number = loop.arrivals[loop.nextArrival]
  if (number !== undefined) loop.sim.queue.push(loop.sim.world.vms[number]!.arriveMs, EVENT.arrive, number)
}

function handle(loop: Loop, event: QueuedEvent): void {
  const { sim } = loop
  const { run, queue, world, strategies } = sim
  switch (event.kind) {
    case EVENT.demand:
      strategies.timeline.takeDemand(sim)
      queue.push(event.atMs + strategies.demand.intervalMs, EVENT.demand)
      return
    case EVENT.sense:
      observe(loop, event.atMs)
      return
    case EVENT.deliver:
      deliver(loop, event.atMs)
      return
    case EVENT.tick:
      sim.pendingTicks.delete(event.atMs)
      sim.counts.decisions++
      tell(loop, { kind: 'tick', atMs: event.atMs, pool: world.pool, index: world.index, samples: [] })
      return
    case EVENT.solved:
      answer(loop, event.a)
      return
    case EVENT.row:
      settleAll(sim)
      recordRow(loop.recorder, sim)
      queue.push(event.atMs + run.rowMs, EVENT.row)
      return
    case EVENT.warmup:
    case EVENT.day:
    case EVENT.end:
      measure(loop, event)
      return
    default:
      occur(loop, event)
  }
}

/** Takes a sample, which reaches the controller later or at once, each at its own time. */
function observe(loop: Loop, atMs: number): void {
  const { sim } = loop
  const { observation } = sim.strategies
  settleAll(sim)
  sim.inbox.push(distort(sim.world, sim.trouble, observation.sample(sim)))
  if (observation.delayMs !== null) sim.queue.push(atMs + observation.delayMs, EVENT.deliver)
  sim.queue.push(atMs + observation.intervalMs, EVENT.sense)
  if (observation.delayMs === null) deliver(loop, atMs)
}

function deliver(loop: Loop, atMs: number): void {
  const { pool, index } = loop.sim.world
  tell(loop, { kind: 'tick', atMs, pool, index, samples: loop.sim.inbox.splice(0, 1) })
}

/** Things that end or happen in the pool, with what they mean for the controller. */
function occur(loop: Loop, { kind, a, b }: QueuedEvent): void {
  const { sim } = loop
  switch (kind) {
    case EVENT.roundEnd:
      { reportEnd(loop, roundEnded(sim, a, b)); return; }
    case EVENT.migrationTimeout: {
      const migration = sim.migrations.get(a)
      reportEnd(loop, migration ? migrationFailed(sim, migration, 'timedOut', `gave up after ${sim.run.physics.migrationTimeoutMs / 1000} s`) : null); return;
    }
    case EVENT.stepEnd:
      { reportEnd(loop, stepEnded(sim, a)); return; }
    case EVENT.refused: {
      const { step, refusal } = sim.refused[a]!
      sim.events.push({ ...endEvent(sim, step, 'refused', sim.world.atMs), message: refusal.message })
      reportEnd(loop, { step, outcome: 'refused', message: refusal.message }); return;
    }
    case EVENT.arrive:
      loop.nextArrival++
      scheduleArrival(loop)
      { act(loop, vmArrives(sim, a)); return; }
    case EVENT.depart:
      { act(loop, vmDeparts(sim, a)); return; }
    case EVENT.restart:
      { act(loop, vmRestarts(sim, a)); return; }
    case EVENT.scenario:
      { act(loop, scenarioEvent(sim, sim.run.events[a]!)); return; }
    case EVENT.hostFail:
      { act(loop, hostFailsByChance(sim, a, b)); return; }
    case EVENT.fenced:
      { hostIsFenced(sim, a); return; }
    case EVENT.hostRepair:
      { hostIsRepaired(sim, a); return; }
  }
}

/** Marks between which figures are taken: the end of the warm-up, each day after it, the end. */
function measure(loop: Loop, event: QueuedEvent): void {
  const { sim } = loop
  settleAll(sim)
  if (event.kind === EVENT.warmup) {
    restartMeasuring(sim)
    sim.counts.hostsOnMin = sim.counts.hostsOnMax = hostsOn(sim)
  } else {
    if (event.kind === EVENT.end) closeLost(sim, sim.meter)
    const mark = markNow(sim)
    if (loop.mark && mark.atMs > loop.mark.atMs) loop.days.push(dayBetween(loop.mark, mark))
  }
  loop.mark = markNow(sim)
  if (event.kind === EVENT.end) loop.ended = true
  else sim.queue.push(event.atMs + DAY_MS, EVENT.day)
}

function act(loop: Loop, { ended, requests }: Consequences): void {
  for (const end of ended) reportEnd(loop, end)
  const { atMs, pool, index } = loop.sim.world
  for (const request of requests) tell(loop, { kind: 'request', atMs, pool, index, request })
}

function reportEnd(loop: Loop, ended: Ended | null): void {
  if (!ended) return
  const { atMs, pool, index } = loop.sim.world
  if (ended.migrated !== undefined && loop.sim.controller.policy.budgets.migrationSamplesMin !== null) tell(loop, { kind: 'request', atMs, pool, index, request: { kind: 'migrated', samples: [ended.migrated] } })
  tell(loop, { kind: 'stepEnded', atMs, pool, index, step: ended.step.id, outcome: ended.outcome, message: ended.message })
}

/** One turn of the controller, and what it wants done. */
function tell(loop: Loop, input: Input): void {
  const { sim } = loop
  const { state, outputs } = turn(sim.config, sim.controller, input)
  sim.controller = state
  loop.hooks.onTurn?.(input, outputs)
  for (const output of outputs) obey(loop, output)
}

function obey({ sim, driver }: Loop, output: Output): void {
  switch (output.kind) {
    case 'start': {
      const result = driver.start(output.step)
      if (!result.ok) {
        sim.refused.push({ step: output.step, refusal: result.refusal })
        sim.queue.push(sim.world.atMs, EVENT.refused, sim.refused.length - 1)
      }
      return
    }
    case 'mode':
      driver.setMode(output.host, output.mode)
      return
    case 'wakeAt':
      wakeAt(sim, output.atMs)
      return
    case 'record':
      sim.events.push(output.event)
      return
    case 'planned':
      return
    case 'solve':
      beginSolve(sim, output)
  }
}

/** The answer is there after the run's delay; where that is after the deadline, a tick comes first. */
function beginSolve(sim: Simulation, asked: Extract<Output, { kind: 'solve' }>): void {
  const { atMs } = sim.world
  const number = sim.nextNumber++
  const answeredMs = atMs + sim.run.solveDelayMs
  sim.solving = { number, asked }
  if (answeredMs > asked.deadlineMs) wakeAt(sim, asked.deadlineMs)
  sim.queue.push(answeredMs, EVENT.solved, number)
}

/** Tells the answer to what was asked for last; what was asked before has been replaced. */
function answer(loop: Loop, number: number): void {
  const { sim } = loop
  if (sim.solving?.number !== number) return
  const { id, packing, limits } = sim.solving.asked
  const { atMs, pool, index } = sim.world
  sim.solving = null
  tell(loop, { kind: 'solved', atMs, pool, index, id, answer: sim.solver.solve(packing, limits, () => false) })
}

/** Asks for a tick, once per instant. */
function wakeAt(sim: Simulation, atMs: number): void {
  if (sim.pendingTicks.has(atMs)) return
  sim.pendingTicks.add(atMs)
  sim.queue.push(atMs, EVENT.tick)
}
