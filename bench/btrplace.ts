import type { Plan } from '../src/model/plan.ts'
import { type PoolIndex, indexPool } from '../src/model/poolIndex.ts'
import { NOWHERE, type Pool } from '../src/model/pool.ts'
import { type Issue, reason } from '../src/model/result.ts'
import type { TransitionLimits } from '../src/model/transition.ts'
import { type Answer, type Problem, UNASSIGNED, problemOf } from '../src/optimize/problem.ts'
import { repair } from '../src/optimize/search/repair.ts'
import { assemblePlan } from '../src/plan/assemble.ts'
import { checkStoredPlan } from '../src/plan/check.ts'
import { differenceSteps } from '../src/plan/makePlan.ts'
import type { Wanted } from '../src/plan/order.ts'
import { BadInstance, type Task, readInstance, taskOf } from './btrplace/instance.ts'
import { replay } from './btrplace/replay.ts'
import { provenance } from './machine.ts'

/** BtrPlace's instances set no limit on what happens at once. */
const LIMITS: TransitionLimits = { memoryEnforced: true, hostIncomingMax: null, hostOutgoingMax: null, poolMigrationsMax: null, poolBootsMax: null, hostsOnMin: 1 }
const NODES_MAX = 50_000_000
const USAGE = 'usage: npm run bench btrplace -- FILE.json.gz ...'

/**
 * BtrPlace instances through the general planner: pool and wishes -> problem -> repair -> ordered, timed plan -> independent
 * check of every state, alone and beside each other, and a replay on the file's own numbers.
 */
export function benchBtrplace(args: readonly string[]): Promise<void> {
  if (args.length === 0) {
    console.error(USAGE)
    process.exitCode = 2
    return Promise.resolve()
  }
  for (const path of args) {
    try {
      benchFile(path)
    } catch (error) {
      if (!(error instanceof BadInstance)) throw error
      console.error(error.message)
      process.exitCode = 2
    }
  }
  console.log(provenance())
  return Promise.resolve()
}

function benchFile(path: string): void {
  const task = taskOf(readInstance(path))
  const { pool } = task
  const index = indexPool(pool)
  const problem = problemFor(task)
  const answer = repair(problem, problem.initial, { nodesMax: NODES_MAX, seed: 1, movesMax: null, shouldStop: () => false })
  const plan = planFor(task, index, answer)
  const issues = checkStoredPlan(pool, plan, { memoryEnforced: true, hostsOnMin: 1, reservationsEnforced: true })
  report(path, task, plan, issues)
  if (issues.length > 0 || !plan.complete) process.exitCode = 1
}

/** VMs are items with what they are to have, hosts bins; a host that is to be off has room for nothing. */
function problemFor({ pool, cpuWanted, mustStart, wake, switchOff }: Task): Problem {
  const binCount = pool.hosts.length
  const itemCount = pool.vms.length
  const demand = new Float64Array(2 * itemCount)
  const capacity = new Float64Array(2 * binCount)
  for (let vm = 0; vm < itemCount; vm++) {
    demand[2 * vm] = cpuWanted[vm]!
    demand[2 * vm + 1] = pool.vms[vm]!.memoryMib
  }
  pool.hosts.forEach(({ capacity: { cpuMhz, memoryMib } }, host) => capacity.set([cpuMhz, memoryMib], 2 * host))
  for (const host of switchOff) capacity.fill(0, 2 * host, 2 * host + 2)
  const receives = Uint8Array.from(pool.hosts, (_, host) => (pool.hostPower[host] === 0 ? 1 : 0))
  for (const host of wake) receives[host] = 1
  for (const host of switchOff) receives[host] = 0
  const initial = Int32Array.from(pool.vms, (_, vm) => (pool.vmHost[vm] === NOWHERE ? UNASSIGNED : pool.vmHost[vm]!))
  const movable = Uint8Array.from(initial, (bin, vm) => (bin === UNASSIGNED ? mustStart[vm]! : 1))
  return problemOf({ itemCount, binCount, dimensions: 2, demand, capacity, initial, movable, receives, moveCost: new Float64Array(itemCount).fill(1) })
}

function planFor({ pool, instance, mustStart, wake, switchOff, cpuBefore, cpuWanted }: Task, index: PoolIndex, { assignment, cost, lowerBound }: Answer): Plan {
  const relieve = reason('relieve', 'off a host that would have too little CPU for the wanted allocations')
  const place = reason('place', 'it is to run')
  const power = (kind: 'powerOn' | 'powerOff', host: number): Wanted => ({ kind, host: pool.hosts[host]!.id, estimateMs: 0, reason: reason(kind === 'powerOn' ? 'wake' : 'empty', 'it is to be so') })
  const hostOfVm = Int32Array.from(assignment, (bin) => (bin === UNASSIGNED ? NOWHERE : bin))
  const placed = differenceSteps(pool, null, hostOfVm, (vm) => (pool.vmHost[vm] === NOWHERE ? place : relieve)).map((step) => (step.kind === 'startVm' ? { ...step, estimateMs: 1000 * instance.vms[index.vms.get(step.vm)!]!.boot } : step))
  const waiting = pool.vms.flatMap(({ id }, vm) => (mustStart[vm] === 1 && hostOfVm[vm] === NOWHERE ? [reason('noHostFits', `${id} fits no host`)] : []))
  return assemblePlan(pool, index, {
    goal: 'repair', reason: reason('repair', `${cpuWanted.reduce((sum, cpu, vm) => sum + (cpu > cpuBefore[vm]! ? 1 : 0), 0)} VMs are to have more CPU and ${mustStart.reduce((sum, one) => sum + one, 0)} to run`),
    wanted: [...wake.map((host) => power('powerOn', host)), ...placed, ...switchOff.map((host) => power('powerOff', host))], groups: [], unmet: [...waiting, ...overfull(pool, hostOfVm)], notDone: [],
    objective: { before: 0, after: cost.value, lowerBound: Number.isFinite(lowerBound) ? lowerBound : null }, baseHash: null,
  }, LIMITS, { prefix: 's', load: null, order: 'asWanted' })
}

/** Hosts on which the wanted allocations don't fit in the end: counted from nothing. */
function overfull(pool: Pool, hostOfVm: Int32Array): { code: string; text: string; numbers: Record<string, number> }[] {
  const cpu = new Float64Array(pool.hosts.length)
  hostOfVm.forEach((host, vm) => {
    if (host !== NOWHERE) cpu[host]! += pool.vms[vm]!.cpuReservationMhz
  })
  return pool.hosts.flatMap(({ id, capacity }, host) => (cpu[host]! > capacity.cpuMhz ? [{ code: 'cannotRelieve', text: `${id} would need ${cpu[host]!} of ${capacity.cpuMhz} cpu`, numbers: {} }] : []))
}

function report(path: string, task: Task, plan: Plan, issues: readonly Issue[]): void {
  const { steps, estimate } = plan
  const count = (kind: string): number => steps.filter((step) => step.kind === kind).length
  const moved = new Set(steps.flatMap((step) => (step.kind === 'migrate' ? [step.vm] : []))).size
  const replayed = replay(task, plan)
  const { user, system } = process.cpuUsage()
  const endsS = estimate.endMs.reduce((sum, ms, position) => (steps[position]!.kind === 'startVm' ? sum + ms / 1000 : sum), 0)
  console.log(`${path}: ${task.pool.hosts.length} hosts, ${task.pool.vms.length} VMs`)
  console.log(`  VMs moved: ${moved} (in ${count('migrate')} migrations); allocations changed: ${replayed.grownInPlace + replayed.grownMoving} (${replayed.grownInPlace} in place, ${replayed.grownMoving} with the move); boots: ${count('startVm')}; hosts switched: ${count('powerOn') + count('powerOff')}`)
  console.log(`  boots' sum of end times: ${Math.round(endsS * 10) / 10} s; makespan: ${estimate.makespanMs / 1000} s (bound ${estimate.makespanBoundMs / 1000} s); unmet wishes: ${Math.max(plan.unmet.length, replayed.missed.length)}; steps that wait for others: ${steps.filter(({ after }) => after.length > 0).length}`)
  console.log(`  every intermediate state checked (memory and CPU, steps alone and beside each other): ${issues.length} faults; replay on the file's numbers: ${replayed.instants} changes, ${replayed.faults.length} faults; plan ${plan.hash.slice(0, 12)}`)
  for (const text of [...issues.map(({ message }) => message), ...replayed.faults, ...plan.unmet.map(({ text: why }) => why), ...replayed.missed].slice(0, 10)) console.log(`  ${text}`)
  console.log(`  whole process so far: ${((user + system) / 1e6).toFixed(2)} CPU s, peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`)
  if (replayed.faults.length + replayed.missed.length > 0) process.exitCode = 1
}
