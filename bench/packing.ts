import type { BinTask } from '../src/optimize/exact/binTask.ts'
import { exactSolver } from '../src/optimize/exact/exactSolver.ts'
import { loadGlpk } from '../src/optimize/exact/glpk.ts'
import { loadHighs } from '../src/optimize/exact/highs.ts'
import type { LinearSolver } from '../src/optimize/exact/linear.ts'
import { MINIMUM_LIMITS, minimumBins } from '../src/optimize/exact/minimumBins.ts'
import { type Problem, problemOf } from '../src/optimize/problem.ts'
import { seededRng } from '../sim/random.ts'
import { provenance } from './machine.ts'

type Rng = ReturnType<typeof seededRng>

interface Regime {
  readonly name: string
  readonly rooms: readonly (readonly number[])[]
  readonly costs?: readonly number[]
  readonly counts?: readonly (number | null)[]
  /** Sizes of so many VMs. */
  readonly sizes: (rng: Rng, vms: number) => readonly (readonly number[])[]
}

/** vCPUs and GiB, as clouds sell them. */
const CLOUD = [[1, 2], [1, 4], [2, 4], [2, 8], [2, 16], [4, 8], [4, 16], [4, 32], [8, 16], [8, 32], [16, 64]]

const between = (rng: Rng, low: number, high: number): number => low + rng.below(high - low + 1)
const flavoured = (count: number, make: (rng: Rng) => readonly number[]) => (rng: Rng, vms: number): readonly (readonly number[])[] => {
  const flavours = Array.from({ length: count }, () => make(rng))
  return Array.from({ length: vms }, () => flavours[rng.below(flavours.length)]!)
}

const REGIMES: readonly Regime[] = [
  { name: '1-D, 20 flavours of 2 % to 50 %', rooms: [[1000]], sizes: flavoured(20, (rng) => [between(rng, 20, 500)]) },
  { name: '1-D, 20 flavours of 20 % to 70 %', rooms: [[1000]], sizes: flavoured(20, (rng) => [between(rng, 200, 700)]) },
  { name: '1-D, every VM its own size, 2 % to 50 %', rooms: [[1000]], sizes: (rng, vms) => Array.from({ length: vms }, () => [between(rng, 20, 500)]) },
  { name: '1-D, triplets that fill hosts to the last unit', rooms: [[1000]], sizes: (rng, vms) => Array.from({ length: Math.floor(vms / 3) }, () => triplet(rng)).flat() },
  { name: '2-D, 20 flavours of 1 % to 38 %', rooms: [[128, 512]], sizes: flavoured(20, (rng) => [between(rng, 1, 48), between(rng, 1, 190)]) },
  { name: '2-D, 20 flavours, much CPU or much memory', rooms: [[1000, 1000]], sizes: flavoured(20, (rng) => opposed(between(rng, 50, 450), rng)) },
  { name: '2-D, cloud flavours', rooms: [[64, 256]], sizes: flavoured(40, (rng) => CLOUD[rng.below(CLOUD.length)]!) },
  { name: '2-D, cloud flavours, 4 host classes at a price', rooms: [[32, 128], [64, 256], [48, 384], [96, 256]], costs: [3, 5, 5, 7], counts: [null, null, 4, 6], sizes: flavoured(40, (rng) => CLOUD[rng.below(CLOUD.length)]!) },
]

function triplet(rng: Rng): readonly (readonly number[])[] {
  const large = between(rng, 380, 490)
  const middle = between(rng, 251, Math.floor((1000 - large) / 2))
  return [[large], [middle], [1000 - large - middle]]
}

const opposed = (cpu: number, rng: Rng): readonly number[] => [cpu, Math.max(20, 450 - cpu + rng.below(100))]

function taskOf({ rooms, costs, counts, sizes }: Regime, rng: Rng, vms: number, hostsFactor: number): BinTask {
  const number = new Map<string, { size: readonly number[]; count: number }>()
  for (const size of sizes(rng, vms)) {
    const known = number.get(size.join())
    if (known === undefined) number.set(size.join(), { size, count: 1 })
    else known.count++
  }
  const classes = rooms.map((room, at) => ({ room: Float64Array.from(room), cost: costs?.[at] ?? 1, count: counts?.[at] == null ? null : counts[at] * hostsFactor }))
  return { dimensions: rooms[0]!.length, flavours: [...number.values()].map(({ size, count }) => ({ size: Float64Array.from(size), count })), classes }
}

interface Tally {
  solved: number
  proven: number
  worstGap: number
  cpuS: number
  worstCpuS: number
}

/** CPU seconds, user and system, of what is done. */
function cpuSecondsOf(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

function measure(regime: Regime, solver: LinearSolver, seeds: readonly number[], vmsOf: (seed: number) => number, hostsFactor: number): Tally {
  const tally: Tally = { solved: 0, proven: 0, worstGap: 0, cpuS: 0, worstCpuS: 0 }
  for (const seed of seeds) {
    const task = taskOf(regime, seededRng(seed, regime.name), vmsOf(seed), hostsFactor)
    const cpuS = cpuSecondsOf(() => {
      const { cost, lowerBound, proven } = minimumBins(task, solver, MINIMUM_LIMITS)
      tally.solved++
      if (proven) tally.proven++
      tally.worstGap = Math.max(tally.worstGap, cost === null ? Infinity : (cost - lowerBound) / lowerBound)
    })
    tally.cpuS += cpuS
    tally.worstCpuS = Math.max(tally.worstCpuS, cpuS)
  }
  return tally
}

const line = (name: string, { solved, proven, worstGap, cpuS, worstCpuS }: Tally): string =>
  `${name}: ${proven} of ${solved} proven optimal, worst gap ${(worstGap * 100).toFixed(2)} %, ${(cpuS / solved).toFixed(2)} CPU s each (worst ${worstCpuS.toFixed(2)})`

/** 50 VMs on 10 hosts of 32 vCPUs and 128 GiB: waiting for places, or to be consolidated where a move costs a tenth of a host. */
function smallPool(seed: number, kind: 'place' | 'consolidate'): Problem {
  const rng = seededRng(seed, kind)
  const [hosts, vms] = [10, 50]
  const demand = new Float64Array(vms * 2)
  const used = new Float64Array(hosts * 2)
  const initial = new Int32Array(vms).fill(-1)
  for (let vm = 0; vm < vms; vm++) {
    const [cpus, gib] = CLOUD[rng.below(CLOUD.length - 1)]!
    demand.set([cpus!, gib!], vm * 2)
    const host = rng.below(hosts)
    if (kind === 'place' || used[host * 2]! + cpus! > 28 || used[host * 2 + 1]! + gib! > 112) continue
    initial[vm] = host
    used[host * 2]! += cpus!
    used[host * 2 + 1]! += gib!
  }
  const capacity = Float64Array.from({ length: hosts * 2 }, (_, at) => (at % 2 === 0 ? 32 : 128))
  return problemOf({ itemCount: vms, binCount: hosts, dimensions: 2, demand, capacity, initial, moveCost: new Float64Array(vms).fill(0.1), terms: [{ name: 'hosts', weight: 1, kind: 'inUse', cost: new Float64Array(hosts).fill(1) }] })
}

function benchSmall(solver: LinearSolver, kind: 'place' | 'consolidate', seeds: readonly number[]): void {
  const tally: Tally = { solved: 0, proven: 0, worstGap: 0, cpuS: 0, worstCpuS: 0 }
  for (const seed of seeds) {
    const problem = smallPool(seed, kind)
    const cpuS = cpuSecondsOf(() => {
      const { ended, cost, lowerBound } = exactSolver(solver, { secondsMax: 60, repeatable: false, wholeColumnsMax: 1000 }).solve(problem, problem.initial, { nodesMax: 1, seed, movesMax: null, shouldStop: () => false })
      tally.solved++
      if (ended === 'optimal' && cost.unplaced === 0 && cost.hard === 0) tally.proven++
      tally.worstGap = Math.max(tally.worstGap, (cost.value - lowerBound) / Math.max(1, lowerBound))
    })
    tally.cpuS += cpuS
    tally.worstCpuS = Math.max(tally.worstCpuS, cpuS)
  }
  console.log(line(`10 hosts, 50 VMs, ${kind}, ${solver.name}`, tally))
}

/** Minimum hosts and small exact pools. Words pick regimes by name; a number sets how many instances of each (10). */
export async function benchPacking(args: readonly string[]): Promise<void> {
  const count = Number(args.find((word) => /^\d+$/.test(word)) ?? '10')
  const words = args.filter((word) => !/^\d+$/.test(word))
  const seeds = Array.from({ length: count }, (_, at) => at + 1)
  const glpk = await loadGlpk()
  console.log(provenance())
  console.log(`seeds 1 to ${count}; CPU seconds of this process; lower is better`)
  const asked = REGIMES.filter(({ name }) => words.every((word) => name.includes(word)))
  const small = asked.map((regime) => {
    const tally = measure(regime, glpk, seeds, (seed) => 60 + ((seed * 47) % 141), 1)
    console.log(line(`60 to 200 VMs, ${regime.name}`, tally))
    return tally
  })
  const [solved, proven] = [small.reduce((sum, tally) => sum + tally.solved, 0), small.reduce((sum, tally) => sum + tally.proven, 0)]
  console.log(`together: ${((100 * proven) / Math.max(1, solved)).toFixed(1)} % of ${solved} proven optimal (wanted: at least 95 %)`)
  for (const regime of asked.filter(({ name }) => name.startsWith('2-D'))) console.log(line(`10,000 VMs, ${regime.name} (wanted: gap at most 2 %)`, measure(regime, glpk, seeds.slice(0, 2), () => 10_000, 50)))
  const solvers = [glpk, await loadHighs().catch((error: unknown) => String(error))]
  for (const solver of solvers) {
    if (typeof solver === 'string') console.log(solver)
    else for (const kind of ['place', 'consolidate'] as const) benchSmall(solver, kind, seeds)
  }
}
