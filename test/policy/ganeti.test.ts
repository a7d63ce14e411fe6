import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Cluster, generateCluster, poolOfCluster, readCluster } from '../../bench/hbal/cluster.ts'
import { scoreOf } from '../../bench/hbal/score.ts'
import { seededRng } from '../../sim/random.ts'
import { MODE, POWER, VM, type Pool } from '../../src/model/pool.ts'
import { vmId } from '../../src/model/ids.ts'
import { evaluate } from '../../src/optimize/evaluate.ts'
import { type Answer, UNASSIGNED } from '../../src/optimize/problem.ts'
import { standardNodes } from '../../src/optimize/search/searchSolver.ts'
import { type GanetiProblem, ganetiProblem, ganetiSolver, placementOf } from '../../src/policy/objectives/ganeti.ts'

const shared = `${process.env.PLIMSOLL_SHARED ?? '../shared'}/benchmarks/hbal`
const SMALL: Cluster = generateCluster(8, 50, 3)

/** The cluster with unlike hosts, of which some are offline. */
function varied(cluster: Cluster): Cluster {
  return { ...cluster, hosts: cluster.hosts.map((host, at) => ({ ...host, cpus: at % 3 === 1 ? 96 : 64, mem: at % 3 === 1 ? 393_216 : 262_144, role: at % 4 === 3 ? 'Y' : 'N' })) }
}

function solved({ problem }: GanetiProblem, movesMax: number | null = null): Answer {
  return ganetiSolver.solve(problem, problem.initial, { nodesMax: standardNodes(problem), seed: 1, movesMax, shouldStop: () => false })
}

function changed(change: (pool: Pool) => void): { readonly pool: Pool; readonly ganeti: GanetiProblem } {
  const { pool, usageOf } = poolOfCluster(SMALL)
  change(pool)
  return { pool, ganeti: ganetiProblem(pool, usageOf) }
}

describe('Ganeti’s score', () => {
  it('is what the formula of htools gives from the cluster’s own figures, wherever the VMs are', () => {
    const rng = seededRng(5, 'scores')
    for (let round = 0; round < 40; round++) {
      const cluster = round % 2 === 0 ? SMALL : varied(SMALL)
      const { pool, usageOf } = poolOfCluster(cluster)
      const { problem } = ganetiProblem(pool, usageOf)
      const placement = problem.initial.map((host) => (rng.next() < 0.5 ? host : rng.below(cluster.hosts.length)))
      expect(evaluate(problem, placement).value).toBeCloseTo(scoreOf(cluster, placement).score, 10)
    }
  })

  it('counts a VM without usage as 1 in all four loads', () => {
    const { pool } = poolOfCluster(SMALL)
    const { problem } = ganetiProblem(pool, () => null)
    const cluster = { ...SMALL, vms: SMALL.vms.map((vm) => ({ ...vm, cpu: 1, memu: 1, dsku: 1, netu: 1 })) }
    expect(evaluate(problem, problem.initial).value).toBeCloseTo(scoreOf(cluster, problem.initial).score, 10)
  })

  it('keeps memory, 4 virtual CPUs a core and offline hosts, in every answer', () => {
    for (const cluster of [SMALL, varied(SMALL), generateCluster(12, 100, 8)]) {
      const { pool, usageOf } = poolOfCluster(cluster)
      const { assignment } = solved(ganetiProblem(pool, usageOf))
      expect(scoreOf(cluster, assignment).infeasible).toBe(0)
      cluster.vms.forEach(({ host }, vm) => expect(cluster.hosts[assignment[vm]!]!.role === 'Y' && host !== assignment[vm]).toBe(false))
    }
  })

  it('leaves offline hosts first', () => {
    const cluster = varied(SMALL)
    const { pool, usageOf } = poolOfCluster(cluster)
    const offline = cluster.vms.filter(({ host }) => cluster.hosts[host]!.role === 'Y').length
    expect(offline).toBeGreaterThan(0)
    const { moves } = solved(ganetiProblem(pool, usageOf))
    for (const { source } of moves!.slice(0, offline)) expect(cluster.hosts[source]!.role).toBe('Y')
  })

  it('refuses a host more virtual CPUs than 4 a core, its own among them', () => {
    const vms = Array.from({ length: 17 }, (_, vm) => ({ name: `vm${vm}`, mem: 1024, vcpus: 16, disk: 0, host: vm < 2 ? 1 : 0, cpu: 0.001 * vm, memu: 0.5, dsku: 0.9, netu: 0.9 }))
    const cluster: Cluster = { hosts: SMALL.hosts.slice(0, 2).map((host) => ({ ...host, cpus: 64 })), vms }
    const { pool, usageOf } = poolOfCluster(cluster)
    const { problem } = ganetiProblem(pool, usageOf)
    // 16 x 16 + 1 of the host itself is more than 256.
    expect(evaluate(problem, Int32Array.from(vms, (_, vm) => (vm < 1 ? 1 : 0))).hard).toBeGreaterThan(0)
    expect(evaluate(problem, Int32Array.from(vms, (_, vm) => (vm < 2 ? 1 : 0))).hard).toBe(0)
  })
})

describe('a pool as Ganeti sees it', () => {
  it('asks hosts that are not on, or not available, to be left, and sends nothing there', () => {
    const { ganeti: { problem } } = changed((pool) => {
      pool.hostMode[1] = MODE.maintenance
      pool.hostMode[2] = MODE.entering
      pool.hostPower[3] = POWER.off
    })
    expect(Array.from(problem.receives.slice(0, 5))).toEqual([1, 0, 0, 0, 1])
    const offline = problem.terms.find(({ kind }) => kind === 'perItem')
    expect(offline?.kind === 'perItem' && Array.from(offline.cost.slice(0, 5))).toEqual([0, 1, 1, 1, 0])
  })

  it('moves nothing from or to a host that does not answer', () => {
    const { ganeti: { problem } } = changed((pool) => (pool.hostReachable[0] = 0))
    expect(problem.receives[0]).toBe(0)
    problem.initial.forEach((host, item) => expect(problem.movable[item]).toBe(host === 0 ? 0 : 1))
  })

  it('leaves VMs out that hold no place, holds those that are migrating where they go, and places those that wait', () => {
    const { ganeti, pool } = changed((edited) => {
      edited.vmState[0] = VM.stopped
      edited.vmState[1] = VM.gone
      edited.vmState[2] = VM.migrating
      edited.vmTarget[2] = 7
      edited.vmState[3] = VM.pending
      edited.vmHost[3] = -1
      edited.vms[4] = { ...edited.vms[4]!, movable: false }
    })
    expect(Array.from(ganeti.itemVm.slice(0, 3))).toEqual([2, 3, 4])
    expect(Array.from(ganeti.problem.initial.slice(0, 3))).toEqual([7, UNASSIGNED, pool.vmHost[4]])
    expect(Array.from(ganeti.problem.movable.slice(0, 3))).toEqual([0, 1, 0])
    const { cost, assignment } = solved(ganeti)
    expect(cost.unplaced).toBe(0)
    expect(placementOf(ganeti, assignment).slice(0, 3)).toEqual([{ vm: 2, host: 7 }, { vm: 3, host: assignment[1] }, { vm: 4, host: pool.vmHost[4] }])
  })

  it('keeps the pool’s rules', () => {
    const { ganeti } = changed((pool) => (pool.rules = [{ id: 'apart', kind: 'apart', vms: pool.vms.slice(0, 6).map(({ id }) => vmId(id)) }]))
    const { cost, assignment } = solved(ganeti)
    expect(cost.hard).toBe(0)
    expect(new Set(assignment.slice(0, 6)).size).toBe(6)
  })
})

describe.skipIf(!existsSync(shared))('the shared clusters (PLIMSOLL_SHARED)', () => {
  it('of 20 hosts: at most hbal’s score with at most as many VMs moved, and better at as many moves', () => {
    const cluster = readCluster(`${shared}/c_20x200.json.gz`)
    const { pool, usageOf } = poolOfCluster(cluster)
    const ganeti = ganetiProblem(pool, usageOf)
    expect(evaluate(ganeti.problem, ganeti.problem.initial).value).toBeCloseTo(1.25977008, 8)
    for (const [movesMax, score] of [[null, 0.191205], [1, 1.16166], [10, 0.55416], [20, 0.3588], [40, 0.23184]] as const) {
      const { assignment } = solved(ganeti, movesMax)
      const after = scoreOf(cluster, assignment)
      expect(after.moved).toBeLessThanOrEqual(movesMax ?? 66)
      expect(after.score).toBeLessThanOrEqual(score)
      expect(after.infeasible).toBe(0)
    }
  })
})
