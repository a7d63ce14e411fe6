import { seededRng } from '../sim/random.ts'
import { bundledSolver, provingSolver } from '../src/optimize/bundledSolver.ts'
import { loadGlpk } from '../src/optimize/exact/glpk.ts'
import { greedySolver } from '../src/optimize/greedy.ts'
import { objectiveOf } from '../src/optimize/objective.ts'
import type { Packed, Packing, Solver } from '../src/optimize/packing.ts'
import type { Rng } from '../src/model/random.ts'
import { provenance } from './machine.ts'

type Wishing = 'relief' | 'emptying'

const DIMENSIONS = 2
const CPU_MHZ = 80_000
const FILL = 0.65

/**
 * How much better than greedy the search (and, for small pools, the exact solver) answers wishes: random pools, `tight` ones
 * with up to 60 % of CPU and 85 % of memory in use; every fifth host loaded to the brim and to be relieved, or three candidates to be emptied.
 */
export async function benchWishes(args: readonly string[]): Promise<void> {
  const pools = Number(args[0] ?? '40')
  const proving = provingSolver(await loadGlpk())
  const solvers: readonly (readonly [string, Solver, number])[] = [['greedy', greedySolver, 0], ['search 2,000', bundledSolver, 2000], ['search 10,000', bundledSolver, 10_000], ['search 100,000', bundledSolver, 100_000], ['GLPK, search', proving, 10_000]]
  console.log(`${provenance()}; ${pools} random pools a row, seeds 1 to ${pools}`)
  console.log('hosts  wish      regime  solver            excess %  moves  moved GiB  emptied       bound  better  ms')
  for (const hosts of [10, 40]) for (const wish of ['relief', 'emptying'] as const) for (const tight of [false, true]) {
    const packings = Array.from({ length: pools }, (_, number) => packingOf(hosts, wish, tight, seededRng(number + 1, `wishes ${hosts}`)))
    const first = packings.map((packing) => greedySolver.solve(packing, { nodesMax: 0, seed: 1 }, () => false))
    for (const [name, solver, nodesMax] of solvers) {
      if (name === 'GLPK, search' && hosts > 10) continue
      const begun = performance.now()
      const answers = packings.map((packing) => solver.solve(packing, { nodesMax, seed: 1 }, () => false))
      report([String(hosts).padEnd(6), wish.padEnd(9), (tight ? 'tight' : 'ample').padEnd(7), name.padEnd(16)], packings, first, answers, (performance.now() - begun) / pools)
    }
  }
}

function report(head: readonly string[], packings: readonly Packing[], first: readonly Packed[], answers: readonly Packed[], durationMs: number): void {
  const mean = (amount: (answer: Packed, number: number) => number): number => answers.reduce((sum, answer, number) => sum + amount(answer, number), 0) / answers.length
  const moved = ({ moves }: Packed): number => new Set(moves.map(({ item }) => item)).size
  const gib = ({ moves }: Packed, number: number): number => [...new Set(moves.map(({ item }) => item))].reduce((sum, item) => sum + packings[number]!.demand[item * DIMENSIONS + 1]!, 0) / 1024
  const better = answers.filter((answer, number) => answer.objectiveAfter < first[number]!.objectiveAfter - 1e-9).length
  const proven = answers.filter(({ objectiveAfter, lowerBound }) => lowerBound !== null && objectiveAfter - lowerBound < 1e-6 * Math.abs(objectiveAfter)).length
  const figures = [(100 * mean((answer, number) => excess(packings[number]!, answer))).toFixed(2).padStart(8), mean(moved).toFixed(2).padStart(6), mean(gib).toFixed(1).padStart(10), mean(({ emptied }) => emptied.length).toFixed(2).padStart(8), `${proven}/${answers.length} proven`.padStart(13), `${better}/${answers.length}`.padStart(6), durationMs.toFixed(1).padStart(6)]
  console.log([...head, ...figures].join(' '))
}

/** Load that is left above the relief limits, as a sum of ratios of a host. */
function excess(packing: Packing, { assignment }: Packed): number {
  const quiet = { ...packing, spreadMax: null, preferred: packing.preferred.map(() => -1), emptyCandidates: new Int32Array(0), binCost: packing.binCost.map(() => 0), moveCost: packing.moveCost.map(() => 0) }
  return Math.floor(objectiveOf(quiet, assignment)) / 1e5
}

function packingOf(binCount: number, wish: Wishing, tight: boolean, rng: Rng): Packing {
  const hostMib = tight ? 131_072 : 262_144
  const column = (value: number): Float64Array => new Float64Array(binCount).fill(value)
  const bySize = (cpu: number, memory: number): Float64Array => Float64Array.from({ length: binCount * DIMENSIONS }, (_, at) => (at % DIMENSIONS === 0 ? cpu : memory))
  const demand: number[] = []
  const assignment: number[] = []
  const isLoaded = (bin: number): boolean => wish === 'relief' && bin % 5 === 0
  for (let bin = 0; bin < binCount; bin++) {
    const [cpuShare, memoryShare] = isLoaded(bin) ? [0.98, 0.98] : wish === 'emptying' && bin < 3 ? [0.3, 0.5] : tight ? [0.6, 0.85] : [0.4, 0.6]
    for (let cpu = 0, memory = 0; ;) {
      const memoryMib = 1024 * 2 ** rng.below(5)
      const cpuMhz = CPU_MHZ * (0.005 + 0.06 * rng.next())
      cpu += cpuMhz
      memory += memoryMib
      if (memory > hostMib * memoryShare || cpu > CPU_MHZ * cpuShare) break
      demand.push(cpuMhz, memoryMib)
      assignment.push(bin)
    }
  }
  const itemCount = assignment.length
  return {
    dimensions: DIMENSIONS, itemCount, binCount, loadDimension: 0, demand: Float64Array.from(demand), assignment: Int32Array.from(assignment), capacity: bySize(Infinity, hostMib), fillLimit: bySize(FILL * CPU_MHZ, hostMib),
    size: bySize(CPU_MHZ, hostMib), base: new Float64Array(binCount * DIMENSIONS), movable: new Uint8Array(itemCount).fill(1), resting: new Uint8Array(itemCount), moveCost: Float64Array.from({ length: itemCount }, (_, item) => demand[item * DIMENSIONS + 1]!),
    receives: new Uint8Array(binCount).fill(1), drain: new Uint8Array(binCount), relieve: Uint8Array.from({ length: binCount }, (_, bin) => (isLoaded(bin) ? 1 : 0)), relieveLimit: column(FILL * CPU_MHZ), preferred: new Int32Array(itemCount).fill(-1),
    emptyCandidates: Int32Array.from(wish === 'emptying' ? [0, 1, 2] : []), emptyMax: 3, spreadMax: null, fit: wish === 'emptying' ? 'pack' : 'spread', binCost: column(wish === 'emptying' ? 100 : 0), optionalMovesMax: 120, otherMovesMax: 120,
    allowedRow: new Int32Array(itemCount).fill(-1), allowed: [], rules: [],
  }
}
