import { seededRng } from '../random.ts'
import type { HostMode } from '../../src/model/pool.ts'
import type { HostId } from '../../src/model/ids.ts'
import type { Step } from '../../src/model/plan.ts'
import type { InvariantName, Violation } from './invariants.ts'
import { type Forced, Machine } from './machine.ts'
import { NO_ODDS, drawOdds } from './odds.ts'
import { misfortune } from './people.ts'
import { Planner } from './planner.ts'
import type { Tally } from './tally.ts'
import { ALL_DEFENCES, type Defences } from './world.ts'

/** Faults strike for so long; then everything must come to rest within the time that follows. */
export const FAULTY_MS = 480_000
export const QUIET_MS = 600_000
const ROUND_MS = 8_000

export interface SeedResult {
  readonly seed: number
  readonly violations: readonly Violation[]
  readonly hash: string
  readonly tally: Tally
  /** From the last fault until nothing was open any more. */
  readonly settledMs: number
  readonly trace: readonly string[]
}

/** One seed: two controllers, a pool and a drawn mix of faults, then peace. */
export function runSeed(seed: number, options: { readonly defences?: Defences; readonly isTraced?: boolean } = {}): SeedResult {
  const rng = seededRng(seed, 'faults')
  const hosts = 3 + rng.below(3)
  const xenFrom = rng.below(2) === 0 ? hosts : rng.below(hosts)
  const apart = [['v0', 'v1']] as const
  const machine = new Machine(rng, {
    hosts, vms: 3 + rng.below(5), xen: (host) => host >= xenFrom, hostsOnMin: 1 + rng.below(2), odds: drawOdds(rng), defences: options.defences ?? ALL_DEFENCES, forced: null, apart, isTraced: options.isTraced ?? false,
  })
  const planner = new Planner(rng, apart)
  machine.onEnded = ({ step, outcome, code }) => planner.ended(step, outcome, code)
  const endMs = machine.nowMs + FAULTY_MS
  proveWakes(machine)
  const round = (): void => {
    if (machine.nowMs < endMs) misfortune(machine)
    const runner = machine.leader()
    if (runner !== null && !runner.isPaused) for (const wanted of planner.turn(runner.state, machine.nowMs >= endMs)) give(machine, wanted)
    if (machine.nowMs < endMs + QUIET_MS - 200_000) machine.after(ROUND_MS, round)
  }
  machine.after(20_000, round)
  machine.runUntil(endMs)
  machine.mend()
  const settledMs = settle(machine, endMs)
  return finish(seed, machine, planner, settledMs)
}

type Given = { readonly kind: 'step'; readonly step: Step } | { readonly kind: 'mode'; readonly host: HostId; readonly mode: HostMode }

export function give(machine: Machine, wanted: Given): void {
  const runner = machine.leader()
  if (runner === null) return
  if (wanted.kind === 'mode') machine.feed(runner, { kind: 'mode', host: wanted.host, mode: wanted.mode, who: 'operator' })
  else machine.feed(runner, { kind: 'start', step: wanted.step, plan: 'p', poolRevision: 1, memoryMib: 'vm' in wanted.step ? 1024 : null })
}

/** Most hosts have been woken before, by drills; one in four has not. */
function proveWakes(machine: Machine): void {
  machine.after(10_000, () => {
    const runner = machine.leader()
    if (runner === null) return proveWakes(machine)
    for (const host of machine.world.hosts) if (host.index === 0 || machine.below(4) > 0) machine.feed(runner, { kind: 'clear', what: { kind: 'wakeProven', host: host.id }, who: 'drill' })
  })
}

/** Lets everything end, and says how long after the last fault nothing was open any more. */
function settle(machine: Machine, endMs: number): number {
  let settledMs = 0
  for (let atMs = endMs; atMs < endMs + QUIET_MS; atMs += 10_000) {
    machine.runUntil(atMs)
    if (machine.checks.hasOpenSince(endMs)) settledMs = atMs - endMs
  }
  return settledMs
}

function finish(seed: number, machine: Machine, planner: Planner | null, settledMs: number): SeedResult {
  if (machine.checks.violations.length === 0) {
    machine.checks.quiet()
    const leader = machine.leader()
    if (leader === null) machine.checks.broken('quiescence', 'nobody leads')
    else if (leader.state.jobs.length > 0) machine.checks.broken('quiescence', `${leader.state.jobs.map(({ step }) => step.id).join(', ')} have not ended`)
    if (machine.nowMs - machine.lastEffectMs < 60_000) machine.checks.broken('quiescence', 'something is still done at the end')
    for (const [vm, { why }] of planner?.away ?? []) if (why === '') machine.checks.broken('home', `${vm} is away and nobody says why`)
  }
  machine.tally.add('effects', machine.effects)
  return { seed, violations: machine.checks.violations, hash: machine.hash.hex, tally: machine.tally, settledMs, trace: machine.trace }
}

/** A plan that is carried out without any fault but one, which strikes one chosen effect. */
export interface CanonicalPlan {
  readonly name: string
  readonly hosts: number
  readonly vms: number
  readonly xen?: boolean
  /** What is wanted, and when after the start. */
  readonly wanted: readonly (Given & { readonly atMs: number })[]
  readonly expected?: (machine: Machine) => string | null
}

export function runPlan(plan: CanonicalPlan, forced: Forced | null, options: { readonly defences?: Defences; readonly isTraced?: boolean } = {}): SeedResult & { readonly effects: number } {
  const machine = new Machine(seededRng(1, plan.name), {
    hosts: plan.hosts, vms: plan.vms, xen: () => plan.xen === true, hostsOnMin: 1, odds: NO_ODDS, defences: options.defences ?? ALL_DEFENCES, forced, apart: [], isTraced: options.isTraced ?? false,
  })
  const beginMs = machine.nowMs
  machine.after(10_000, () => {
    for (const host of machine.world.hosts) machine.feed(machine.leader()!, { kind: 'clear', what: { kind: 'wakeProven', host: host.id }, who: 'drill' })
  })
  for (const wanted of plan.wanted) again(machine, wanted, 20_000 + wanted.atMs)
  const settledMs = settle(machine, beginMs + 400_000)
  const fault = plan.expected?.(machine) ?? null
  if (fault !== null) machine.checks.broken('quiescence', fault)
  return { ...finish(0, machine, null, settledMs), effects: machine.effects }
}

/** The wish waits for a leader that is looking, as a controller would. */
function again(machine: Machine, wanted: Given, delayMs: number): void {
  machine.after(delayMs, () => {
    const runner = machine.leader()
    if (runner === null || runner.state.observing !== null || runner.state.views.size === 0) again(machine, wanted, 5_000)
    else give(machine, wanted)
  })
}

export type { InvariantName }
