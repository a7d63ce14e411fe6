import { hostId, vmId } from '../src/model/ids.ts'
import { type Host, VM, addHost, addVm, emptyPool, type Pool } from '../src/model/pool.ts'
import { indexPool } from '../src/model/poolIndex.ts'
import { assumedPower } from '../src/model/power.ts'
import { NO_RESOURCES } from '../src/model/resources.ts'
import { reason } from '../src/model/result.ts'
import type { TransitionLimits } from '../src/model/transition.ts'
import { problemOf } from '../src/optimize/problem.ts'
import { repair } from '../src/optimize/search/repair.ts'
import { assemblePlan } from '../src/plan/assemble.ts'
import { bandwidthMs, makespanBound } from '../src/plan/bound.ts'
import { campaignBound } from '../src/plan/campaignBound.ts'
import { planCampaign } from '../src/plan/campaign.ts'
import { checkStoredPlan } from '../src/plan/check.ts'
import { jobsOf, lanesOf } from '../src/plan/jobs.ts'
import { differenceSteps } from '../src/plan/makePlan.ts'
import { seededRng } from '../sim/random.ts'
import { provenance } from './machine.ts'

/** The defaults of every policy, but for boots: patched hosts come up when they are ready. */
const LIMITS: TransitionLimits = { memoryEnforced: true, hostIncomingMax: 1, hostOutgoingMax: 1, poolMigrationsMax: 8, poolBootsMax: null, hostsOnMin: 1 }
const HOSTS = 100
const VMS = 1_000
const SEEDS = [1, 2, 3, 4, 5]
const RATIO_MAX = 1.1
/** 10 Gbit/s; 128 GiB; VMs of 2 to 16 GiB, which dirty up to 40 MiB/s. */
const LINK_MIB_PER_S = 1192
const HOST_MIB = 131_072
const FLAVOURS_MIB = [2048, 4096, 8192, 8192, 16_384]
const DIRTY_MAX_MIB_PER_S = 40
/** A restart for a patch, and one that takes no time: then the bound is all bandwidth. */
const PATCHES_MS = [180_000, 0]

/** Makespan of emptying hosts and of a rolling maintenance of the whole pool against what bandwidth allows; every state is checked. Arguments: seeds, else five. */
export function benchEvacuation(args: readonly string[]): Promise<void> {
  console.log(provenance())
  console.log(`${HOSTS} hosts, ${VMS} VMs; one migration in and one out a host, ${LIMITS.poolMigrationsMax} in the pool; link ${LINK_MIB_PER_S} MiB/s`)
  for (const seed of args.length > 0 ? args.map(Number) : SEEDS) {
    for (const count of [1, 5]) evacuate(poolOf(seed, 0), seed, count)
    for (const patchMs of PATCHES_MS) roll(poolOf(seed, patchMs), seed, patchMs)
  }
  return Promise.resolve()
}

function poolOf(seed: number, patchMs: number): Pool {
  const rng = seededRng(seed, 'evacuation')
  const pool = emptyPool()
  const power = { ...assumedPower(32), bootMs: patchMs, shutdownMs: 0 }
  const host = (number: number): Host => ({
    id: hostId(`h${number}`), cores: 32, coreMhz: 2500, performanceFactor: 1, smtYield: 1, capacity: { cpuMhz: 80_000, memoryMib: HOST_MIB, networkMibPerS: 1000, diskMibPerS: 1000 }, reserve: { ...NO_RESOURCES, memoryMib: 4096 },
    migrationLinkMibPerS: LINK_MIB_PER_S, power, powerManaged: true, rack: null,
  })
  for (let number = 0; number < HOSTS; number++) addHost(pool, host(number))
  for (let number = 0; number < VMS; number++) {
    const memoryMib = FLAVOURS_MIB[rng.below(FLAVOURS_MIB.length)]!
    const vm = addVm(pool, { id: vmId(`v${number}`), vcpus: 2, cpuMhz: 5000, memoryMib, dirtyMibPerS: rng.next() * DIRTY_MAX_MIB_PER_S, shares: 1000, cpuReservationMhz: 0, cpuLimitMhz: null, movable: true, class: 'standard', onMaintenance: null }, 0)
    let at = rng.below(HOSTS)
    while (pool.hostMemoryMib[at]! + memoryMib > 0.9 * HOST_MIB) at = (at + 1) % HOSTS
    pool.vmState[vm] = VM.running
    pool.vmHost[vm] = at
    pool.hostVmCount[at]!++
    pool.hostMemoryMib[at]! += memoryMib
  }
  return pool
}

/** The first hosts are emptied: they have room for nothing, repair finds the places. */
function evacuate(pool: Pool, seed: number, count: number): void {
  const beganAt = process.cpuUsage()
  const index = indexPool(pool)
  const capacity = Float64Array.from(pool.hosts, ({ capacity: { memoryMib }, reserve }, host) => (host < count ? 0 : memoryMib - reserve.memoryMib))
  const receives = Uint8Array.from(pool.hosts, (_, host) => (host < count ? 0 : 1))
  const initial = pool.vmHost.slice(0, pool.vms.length)
  const problem = problemOf({ itemCount: pool.vms.length, binCount: HOSTS, dimensions: 1, demand: Float64Array.from(pool.vms, ({ memoryMib }) => memoryMib), capacity, initial, receives, moveCost: new Float64Array(pool.vms.length).fill(1) })
  const { assignment } = repair(problem, initial, { nodesMax: 1_000_000, seed, movesMax: null, shouldStop: () => false })
  const why = reason('evacuate', 'its host is to be emptied')
  const input = { goal: 'maintenance', reason: why, wanted: differenceSteps(pool, null, assignment, () => why), groups: [], unmet: [], notDone: [], objective: { before: 0, after: 0, lowerBound: null }, baseHash: null }
  const plan = assemblePlan(pool, index, input, LIMITS, { prefix: 's', load: null, order: 'bySchedule' })
  const bound = bandwidthMs(makespanBound(jobsOf(pool, index, null, plan.steps), lanesOf(pool, LIMITS)))
  const left = [...assignment].filter((host) => host < count).length
  const faults = checkStoredPlan(pool, plan, { memoryEnforced: true, hostsOnMin: 1 })
  verdict(`seed ${seed}, ${count === 1 ? 'one host' : `${count} hosts`}`, plan.estimate.makespanMs, bound, `${plan.steps.length} migrations, ${left} VMs left`, faults.length + left, beganAt)
}

function roll(pool: Pool, seed: number, patchMs: number): void {
  const beganAt = process.cpuUsage()
  const hosts = pool.hosts.map((_, host) => host)
  const plan = planCampaign(pool, indexPool(pool), hosts, { limits: LIMITS, load: null, prefix: 'c', reason: reason('rollingMaintenance', 'all hosts are to be patched'), hostsAwayMax: null, cpuFillMax: 1 })
  const bound = campaignBound(pool, hosts, LIMITS, null)
  const faults = checkStoredPlan(pool, plan, { memoryEnforced: true, hostsOnMin: 1 })
  const moves = plan.steps.filter(({ kind }) => kind === 'migrate').length
  const parts = `bound = first host ${seconds(bound.firstMs)} + bandwidth ${seconds(bound.bandwidthMs)} + last patch ${seconds(bound.lastMs)}; room alone ${seconds(bound.roomMs)}`
  verdict(`seed ${seed}, rolling maintenance, ${patchMs / 1000} s a patch`, plan.estimate.makespanMs, bound.totalMs, `${moves} migrations, ${plan.unmet.length} hosts left; ${parts}`, faults.length + plan.unmet.length, beganAt)
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

function verdict(what: string, makespanMs: number, boundMs: number, more: string, faults: number, beganAt: NodeJS.CpuUsage): void {
  const { user, system } = process.cpuUsage(beganAt)
  const ratio = makespanMs / boundMs
  const isWithin = faults === 0 && ratio <= RATIO_MAX
  if (!isWithin) process.exitCode = 1
  console.log(`${what}: makespan ${seconds(makespanMs)}, bound ${seconds(boundMs)}, ratio ${ratio.toFixed(3)} (${isWithin ? 'within' : 'ABOVE'} ${RATIO_MAX}); ${more}; every state checked: ${faults} faults; ${((user + system) / 1e6).toFixed(2)} CPU s`)
}
