import type { Input } from '../src/control/messages.ts'
import { indexPool } from '../src/model/poolIndex.ts'
import type { LoadFrame } from '../src/model/history.ts'
import type { LoadSeries } from '../src/model/load.ts'
import type { PolicySettings } from '../src/model/policy.ts'
import { NOWHERE, POWER, type Pool } from '../src/model/pool.ts'
import type { FaultSettings, PhysicsSettings, ScenarioEvent, ScenarioRun, WorkloadVm } from '../src/model/scenario.ts'
import { remember } from '../src/observe/history.ts'
import { simulate } from './run.ts'

/** What became of a pool, as its controller saw it; times are ms from the first input. */
export interface LoopOutcome {
  /** VMs that were seen on another host than before. */
  readonly moves: number
  readonly powerOffs: number
  readonly powerOns: number
  readonly hostsOnAtEnd: number
  /** Null: nothing moved. */
  readonly firstMoveMs: number | null
  readonly lastMoveMs: number | null
}

export interface LoopRecord {
  readonly name: string
  readonly startUnixMs: number
  readonly policy: PolicySettings
  readonly inputs: readonly Input[]
  readonly physics: PhysicsSettings
  readonly faults: FaultSettings
  /** Rate that recorded migrations showed, MiB/s; null: what the hosts' inventory says. */
  readonly linkMibPerS: number | null
}

const DIVISOR = 10_000
const ON = POWER.on

/** Watches a controller's inputs. */
export class LoopWatch {
  private places = new Map<string, string>()
  private power = new Map<string, number>()
  private beganMs: number | null = null
  private outcome: LoopOutcome = { moves: 0, powerOffs: 0, powerOns: 0, hostsOnAtEnd: 0, firstMoveMs: null, lastMoveMs: null }

  see({ atMs, pool }: Pick<Input, 'atMs' | 'pool'>): void {
    this.beganMs ??= atMs
    const moved = this.countMoves(pool)
    if (moved > 0) this.outcome = { ...this.outcome, moves: this.outcome.moves + moved, firstMoveMs: this.outcome.firstMoveMs ?? atMs - this.beganMs, lastMoveMs: atMs - this.beganMs }
    this.countSwitches(pool)
  }

  get seen(): LoopOutcome {
    return this.outcome
  }

  private countMoves({ vms, hosts, vmHost }: Pool): number {
    let moved = 0
    vms.forEach(({ id }, vm) => {
      const host = vmHost[vm] === NOWHERE ? undefined : hosts[vmHost[vm]!]?.id
      if (host === undefined) return
      const before = this.places.get(id)
      if (before !== undefined && before !== host) moved++
      this.places.set(id, host)
    })
    return moved
  }

  /** On its way off counts when it began. */
  private countSwitches({ hosts, hostPower }: Pool): void {
    const switched = (isOn: boolean): number => hosts.filter(({ id }, host) => (this.power.get(id) ?? hostPower[host]) !== hostPower[host] && (isOn ? hostPower[host] === ON : this.power.get(id) === ON)).length
    const { powerOns, powerOffs } = this.outcome
    this.outcome = { ...this.outcome, powerOns: powerOns + switched(true), powerOffs: powerOffs + switched(false), hostsOnAtEnd: hosts.filter((_, host) => hostPower[host] === ON).length }
    hosts.forEach(({ id }, host) => this.power.set(id, hostPower[host]!))
  }
}

/** The recorded outcome, and that of simulated loops that get the same pool, load, requests and policy, one for each seed. */
export function closedLoop(record: LoopRecord, seeds: readonly number[]): { readonly live: LoopOutcome; readonly simulated: readonly LoopOutcome[] } {
  const live = new LoopWatch()
  for (const input of record.inputs) live.see(input)
  const simulated = seeds.map((seed) => {
    const watch = new LoopWatch()
    simulate(runOf(record, seed), { onTurn: (input) => watch.see(input) })
    return watch.seen
  })
  return { live: live.seen, simulated }
}

/** A scenario that begins as the record did. Its load is what was wanted then, by the VMs that were seen; readings that are missing keep their last value. */
export function runOf({ name, startUnixMs, policy, inputs, physics, faults, linkMibPerS }: LoopRecord, seed: number): ScenarioRun {
  const { atMs: beganMs, pool } = inputs[0]!
  const frames = framesOf(inputs, policy)
  const stepMs = stepOf(frames)
  const durationMs = Math.max(1, Math.ceil((inputs.at(-1)!.atMs - beganMs) / stepMs)) * stepMs
  const vms = staysOf(inputs, beganMs)
  return {
    name, world: 'standard', startUnixMs: startUnixMs + beganMs, durationMs, warmupMs: 0, rules: pool.rules, events: eventsOf(inputs, beganMs), physics, faults, policy, seed, solveDelayMs: 0, rowMs: stepMs,
    hosts: pool.hosts.map((host, at) => ({ host: linkMibPerS === null ? host : { ...host, migrationLinkMibPerS: linkMibPerS }, power: pool.hostPower[at] === ON ? 'on' : 'off' })),
    workload: { vms, cpu: loadOf(vms, frames, beganMs, stepMs, durationMs / stepMs), memory: null, network: null, disk: null },
    sensors: { intervalMs: stepMs, delayMs: 0, gapRatio: 0 },
  }
}

interface Frame {
  readonly pool: Pool
  readonly frame: LoadFrame
}

function framesOf(inputs: readonly Input[], policy: PolicySettings): Frame[] {
  return inputs.flatMap((input) => (input.kind === 'tick' ? input.samples.map((sample) => ({ pool: input.pool, frame: remember([], input.pool, sample, policy.observation, 1)[0]! })) : []))
}

/** The usual time between two readings, in whole seconds. */
function stepOf(frames: readonly Frame[]): number {
  const gaps = frames.slice(1).map(({ frame }, at) => frame.takenAtMs - frames[at]!.frame.takenAtMs).sort((a, b) => a - b)
  return Math.max(1000, Math.round((gaps[gaps.length >> 1] ?? 60_000) / 1000) * 1000)
}

/** VMs from when they were first seen somewhere to when they were seen last. */
function staysOf(inputs: readonly Input[], beganMs: number): WorkloadVm[] {
  const stays = new Map<string, WorkloadVm>()
  const last = new Map<string, number>()
  for (const { atMs, pool } of inputs) {
    pool.vms.forEach((vm, at) => {
      if (pool.vmHost[at] === NOWHERE) return
      last.set(vm.id, atMs)
      if (!stays.has(vm.id)) stays.set(vm.id, { vm, arriveMs: atMs - beganMs, departMs: null, host: pool.hosts[pool.vmHost[at]!]!.id, cpuColumn: stays.size, memoryColumn: null, networkColumn: null, diskColumn: null })
    })
  }
  const endMs = inputs.at(-1)!.atMs
  return [...stays.values()].map((stay) => (last.get(stay.vm.id)! < endMs ? { ...stay, departMs: Math.max(stay.arriveMs + 1, last.get(stay.vm.id)! - beganMs) } : stay))
}

function loadOf(vms: readonly WorkloadVm[], frames: readonly Frame[], beganMs: number, stepMs: number, sampleCount: number): LoadSeries {
  const codes = new Float32Array(vms.length * sampleCount)
  const ratios = new Float64Array(vms.length)
  let next = 0
  for (let step = 0; step < sampleCount; step++) {
    // The first reading also says what was before it.
    for (; next < frames.length && (next === 0 || frames[next]!.frame.takenAtMs - beganMs <= (step + 1) * stepMs); next++) readInto(ratios, vms, frames[next]!)
    ratios.forEach((ratio, column) => (codes[step * vms.length + column] = Math.round(ratio * DIVISOR)))
  }
  return { names: vms.map(({ vm }) => vm.id), stepMs, sampleCount, codes, divisor: DIVISOR }
}

function readInto(ratios: Float64Array, vms: readonly WorkloadVm[], { pool, frame }: Frame): void {
  const { vms: slots } = indexPool(pool)
  vms.forEach(({ vm }, column) => {
    const slot = slots.get(vm.id)
    const mhz = slot === undefined ? NaN : frame.vmCpuMhz[slot]!
    if (mhz >= 0) ratios[column] = mhz / vm.cpuMhz
  })
}

/** What people asked for comes again; what they approved needs no approval here. */
function eventsOf(inputs: readonly Input[], beganMs: number): ScenarioEvent[] {
  return inputs.flatMap((input): ScenarioEvent[] => {
    if (input.kind !== 'request') return []
    const { request, atMs } = input
    const isEvent = request.kind === 'maintenanceEnter' || request.kind === 'maintenanceLeave' || request.kind === 'maintenancePlan' || request.kind === 'maintenanceUnplan' || request.kind === 'maintenanceRoll' || request.kind === 'maintenanceRollStop' || request.kind === 'runNow' || request.kind === 'migrate' || request.kind === 'powerOn' || request.kind === 'powerOff'
    return isEvent ? [{ ...request, atMs: atMs - beganMs }] : []
  })
}
