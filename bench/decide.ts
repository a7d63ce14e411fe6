import { readFileSync } from 'node:fs'
import { seededRng } from '../sim/random.ts'
import { generateWorkload } from '../sim/workloads/synthetic/generate.ts'
import { BUILT_IN_POLICIES } from '../src/config/policies.ts'
import { limitsOf } from '../src/control/conclude.ts'
import type { Input, Output } from '../src/control/messages.ts'
import { type ControllerConfig, type ControllerState, initialState } from '../src/control/state.ts'
import { turn } from '../src/control/turn.ts'
import { findHostModel, hostOf } from '../src/model/hostModels.ts'
import { hostId } from '../src/model/ids.ts'
import type { LoadSeries, Sample } from '../src/model/load.ts'
import type { Step } from '../src/model/plan.ts'
import { MODE, VM, type Pool, addHost, addVm, emptyPool, memoryForVmsMib } from '../src/model/pool.ts'
import { indexPool, type PoolIndex } from '../src/model/poolIndex.ts'
import { DAY_MS, MINUTE_MS } from '../src/model/resources.ts'
import { type Begun, begin, finish } from '../src/model/transition.ts'
import { bundledSolver } from '../src/optimize/bundledSolver.ts'
import { greedySolver } from '../src/optimize/greedy.ts'
import { provenance } from './machine.ts'

interface Size {
  readonly hosts: number
  readonly vms: number
  readonly decisions: number
  /** The largest 99th percentile, in ms, and memory that are promised. */
  readonly p99MaxMs: number
  readonly memoryMaxMib: number
}

const SIZES: readonly Size[] = [
  { hosts: 1000, vms: 10_000, decisions: 150, p99MaxMs: 1000, memoryMaxMib: 512 },
  { hosts: 5000, vms: 50_000, decisions: 30, p99MaxMs: 10_000, memoryMaxMib: 4096 },
]
const SEED = 7
const STEP_MS = 5 * MINUTE_MS
const CONFIG: ControllerConfig = { fallback: greedySolver, startUnixMs: 1_767_571_200_000, memoryEnforced: true, baseline: null }

interface Bench {
  readonly pool: Pool
  readonly index: PoolIndex
  readonly cpu: LoadSeries
  state: ControllerState
  running: Begun[]
  busyMs: number
  steps: number
}

/**
 * From a tick to the plan that answers it, with every turn and solve, in CPU time (user and system, all threads of the process); apart, the
 * turns as steps end. Business VMs whose demand changes every five minutes.
 * `npm run bench decide [POLICY...]`.
 */
export function benchDecide(args: readonly string[]): Promise<void> {
  console.log(provenance())
  const large = args.includes('--large')
  const policies = args.filter((word) => word !== '--large')
  for (const policy of policies.length > 0 ? policies : ['balanced', 'plimsoll']) console.log(line(policy, SIZES[large ? 1 : 0]!))
  return Promise.resolve()
}

function line(policy: string, size: Size): string {
  const bench = prepared(policy, size)
  const times: number[] = []
  let endsMs = 0
  for (let k = 0; k < size.decisions; k++) {
    const atMs = (k + 1) * STEP_MS
    bench.busyMs = 0
    endSteps(bench, atMs)
    endsMs = Math.max(endsMs, bench.busyMs)
    bench.busyMs = 0
    tell(bench, { kind: 'tick', atMs, pool: bench.pool, index: bench.index, samples: [sampleOf(bench, k, atMs)] })
    times.push(bench.busyMs)
  }
  times.sort((a, b) => a - b)
  const at = (share: number): number => times[Math.min(times.length - 1, Math.ceil(share * times.length) - 1)]!
  const peakMib = peakMemoryMib()
  const verdict = at(0.99) <= size.p99MaxMs && peakMib <= size.memoryMaxMib ? 'within' : 'ABOVE'
  return `${size.hosts} hosts, ${size.vms} VMs, ${policy}, seed ${SEED}: ${times.length} decisions, p50 ${at(0.5).toFixed(0)} ms, p99 ${at(0.99).toFixed(0)} ms, worst ${at(1).toFixed(0)} ms, ${bench.steps} steps (as they end, ${endsMs.toFixed(0)} ms in five minutes at most); ${peakMib} MiB at most (${verdict} ${size.p99MaxMs} ms, ${size.memoryMaxMib} MiB)`
}

function prepared(policy: string, { hosts, vms }: Size): Bench {
  const settings = BUILT_IN_POLICIES.get(policy)?.settings
  if (settings === undefined) throw new Error(`${policy} is no built-in policy`)
  const workload = generateWorkload({ profile: 'business', vmCount: vms, stepMs: STEP_MS, meanUtilization: null, utcOffsetMinutes: 0, classes: [], flavors: null, coreMhz: 2600, memorySeries: false, churn: null }, { durationMs: DAY_MS, startUnixMs: CONFIG.startUnixMs, rng: seededRng(SEED, 'workload') })
  const pool = emptyPool()
  const model = findHostModel('rack-2020')!
  for (let host = 0; host < hosts; host++) addHost(pool, hostOf(model, hostId(`h${host}`)), 'on')
  workload.vms.forEach(({ vm }, number) => {
    const slot = addVm(pool, vm, 0)
    let host = number % hosts
    while (pool.hostMemoryMib[host]! + vm.memoryMib > memoryForVmsMib(pool.hosts[host]!)) host = (host + 1) % hosts
    pool.vmState[slot] = VM.running
    pool.vmHost[slot] = host
    pool.hostVmCount[host]!++
    pool.hostMemoryMib[host]! += vm.memoryMib
  })
  return { pool, index: indexPool(pool), cpu: workload.cpu!, state: initialState({ ...settings, decisionIntervalMs: STEP_MS }), running: [], busyMs: 0, steps: 0 }
}

function sampleOf({ pool, cpu }: Bench, k: number, atMs: number): Sample {
  const column = (value: number): Float64Array => new Float64Array(pool.vms.length).fill(value)
  const vmCpuMhz = column(0)
  const width = cpu.names.length
  for (let vm = 0; vm < pool.vms.length; vm++) vmCpuMhz[vm] = Math.min(1, cpu.codes[(k % cpu.sampleCount) * width + vm]! / cpu.divisor) * pool.vms[vm]!.cpuMhz
  return { takenAtMs: atMs, intervalMs: STEP_MS, vmCpuMhz, vmDelayRatio: column(0), vmMemoryMib: column(NaN), vmNetworkMibPerS: column(NaN), vmDiskMibPerS: column(NaN), hostCpuMhz: new Float64Array(pool.hosts.length) }
}

/** One turn, timed, and what it asks for. */
function tell(bench: Bench, input: Input): void {
  const from = process.cpuUsage()
  const { state, outputs } = turn(CONFIG, bench.state, input)
  bench.state = state
  const solve = outputs.find((output) => output.kind === 'solve')
  const answer = solve && bundledSolver.solve(solve.packing, solve.limits, () => false)
  const { user, system } = process.cpuUsage(from)
  bench.busyMs += (user + system) / 1000
  for (const output of outputs) obey(bench, output)
  if (solve && answer) tell(bench, { kind: 'solved', atMs: input.atMs, pool: bench.pool, index: bench.index, id: solve.id, answer })
}

function obey(bench: Bench, output: Output): void {
  if (output.kind === 'mode') bench.pool.hostMode[bench.index.hosts.get(output.host)!] = MODE[output.mode]
  if (output.kind === 'start') startStep(bench, output.step)
}

function startStep(bench: Bench, step: Step): void {
  const result = begin(bench.pool, bench.index, step, limitsOf(bench.state, CONFIG, bench.pool))
  if (!result.ok) throw new Error(`${step.id}: ${result.refusal.message}`)
  bench.running.push(result.value)
  bench.steps++
}

/** Steps take half a minute each: what ends lets others begin, until the next samples come. */
function endSteps(bench: Bench, untilMs: number): void {
  for (let atMs = untilMs - STEP_MS + 30_000; atMs < untilMs && bench.running.length > 0; atMs += 30_000) {
    for (const begun of bench.running.splice(0)) {
      finish(bench.pool, begun)
      tell(bench, { kind: 'stepEnded', atMs, pool: bench.pool, index: bench.index, step: begun.step.id, outcome: 'done', message: null })
    }
  }
}

/** Of the process so far, by the kernel's count. */
function peakMemoryMib(): number {
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))
  return peak === null ? Math.round(process.memoryUsage().rss / 2 ** 20) : Math.round(Number(peak[1]) / 1024)
}
