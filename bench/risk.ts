import { evaluate } from '../src/optimize/evaluate.ts'
import { problemOf } from '../src/optimize/problem.ts'
import { addPaths, addRisk } from '../src/optimize/risk/addRisk.ts'
import { type DemandModel, demandModel } from '../src/optimize/risk/demandModel.ts'
import { type DemandPaths, demandPaths } from '../src/optimize/risk/demandPaths.ts'
import type { DemandWindow } from '../src/optimize/risk/demandWindow.ts'
import { calibratedQuantile } from '../src/optimize/risk/calibrate.ts'
import { cantelliQuantile, normalQuantile } from '../src/optimize/risk/normalQuantile.ts'
import { seededRng } from '../sim/random.ts'
import { provenance } from './machine.ts'
import { alignedPaths, meanAndVariance, summedQuantiles } from './riskNeeds.ts'
import { type RiskLoad, recordedLoads, syntheticLoads } from './riskLoads.ts'
import { type Need, packByNeed } from './riskPack.ts'

const PATHS_MAX = 288
const EPSILONS = [0.01, 0.05, 0.1]
const SEEDS = [1, 2, 3, 4, 5]
const VMS = 400

/** What plans are made of. */
interface Known {
  readonly shared: DemandModel
  readonly unshared: DemandModel
  readonly paths: DemandPaths
  readonly hostMhz: number
}

interface Method {
  readonly name: string
  readonly need: (known: Known, epsilon: number) => Need
  /** Cost of the plan by the optimizer's own term for the promise, 0 when it is kept by what was known; null: it has none. */
  readonly cost: ((known: Known, epsilon: number, assignment: Int32Array, hosts: number) => number) | null
}

const METHODS: readonly Method[] = [
  { name: 'sum of own quantiles', need: ({ paths }, epsilon) => summedQuantiles(paths, epsilon), cost: null },
  { name: 'mean and variance, VMs unrelated', need: ({ unshared }, epsilon) => meanAndVariance(unshared, normalQuantile(1 - epsilon)), cost: (known, ...plan) => riskCost(known.unshared, known.hostMhz, ...plan) },
  { name: 'mean and variance, shared factors', need: ({ shared }, epsilon) => meanAndVariance(shared, normalQuantile(1 - epsilon)), cost: (known, ...plan) => riskCost(known.shared, known.hostMhz, ...plan) },
  { name: 'the same, quantile measured', need: ({ shared, paths, hostMhz }, epsilon) => meanAndVariance(shared, calibratedQuantile(shared, paths, { epsilon, limit: hostMhz, bins: 200 }, seededRng(1, 'risk'))), cost: null },
  { name: 'the same, any distribution', need: ({ shared }, epsilon) => meanAndVariance(shared, cantelliQuantile(epsilon)), cost: null },
  { name: 'aligned paths', need: ({ paths }, epsilon) => alignedPaths(paths, epsilon), cost: pathsCost },
]

/** What came of the plans of one method: means over seeds. */
interface Outcome {
  readonly hosts: number
  /** Share of host-instants above the limit while the plan's samples were taken. */
  readonly overloadedBefore: number
  /** The same on the day after; of the worst host; and share of hosts above epsilon. */
  readonly overloaded: number
  readonly worst: number
  readonly brokenHosts: number
}

/** Chance constraints against summed quantiles by plans: hosts needed, and how often they are overloaded on the day after. */
export async function benchRisk(args: readonly string[]): Promise<void> {
  const traces = args[0] ?? '../shared/traces'
  console.log(provenance())
  console.log(`synthetic: ${VMS} VMs, means over seeds ${SEEDS.join(', ')}; recorded: ${traces}`)
  const bySeed = SEEDS.map((seed) => syntheticLoads(VMS, seed))
  bySeed[0]!.forEach((_, kind) => report(bySeed.map((loads) => loads[kind]!)))
  for (const load of recordedLoads(traces)) report([load])
  await Promise.resolve()
}

function report(loads: readonly RiskLoad[]): void {
  console.log(`\n${loads[0]!.name} (${loads[0]!.before.itemCount} VMs, ${loads[0]!.before.instantCount} instants before; hosts of ${loads[0]!.hostMhz} MHz)`)
  console.log(`${'method'.padEnd(36)}${EPSILONS.map((epsilon) => `| ${100 * epsilon} %: hosts before  after  worst  broken`.padEnd(45)).join('')}`)
  const known = loads.map(knownOf)
  for (const method of METHODS) {
    const cells = EPSILONS.map((epsilon) => cell(meanOf(loads.map((load, at) => outcomeOf(method, load, known[at]!, epsilon)))))
    console.log(`${method.name.padEnd(36)}${cells.join('')}`)
  }
}

const inPercent = (ratio: number): string => (100 * ratio).toFixed(2)
const cell = ({ hosts, overloadedBefore, overloaded, worst, brokenHosts }: Outcome): string => `| ${hosts.toFixed(1).padStart(10)} ${inPercent(overloadedBefore).padStart(6)} ${inPercent(overloaded).padStart(6)} ${inPercent(worst).padStart(6)} ${inPercent(brokenHosts).padStart(7)}`.padEnd(45)

function knownOf({ before, hostMhz }: RiskLoad): Known {
  const shared = demandModel(before)
  return { shared, unshared: demandModel(before, { factorsMax: 0, poolSamples: 4 }), paths: demandPaths(before, shared, PATHS_MAX), hostMhz }
}

function outcomeOf(method: Method, { before, after, hostMhz }: RiskLoad, known: Known, epsilon: number): Outcome {
  const assignment = packByNeed(after.itemCount, hostMhz, method.need(known, epsilon))
  const hosts = assignment.reduce((most, bin) => Math.max(most, bin), -1) + 1
  const cost = method.cost?.(known, epsilon, assignment, hosts) ?? 0
  if (cost > 1e-9) throw new Error(`${method.name}: the optimizer's term says ${cost} of a plan that keeps its promise`)
  const meanOver = (shares: Float64Array): number => shares.reduce((sum, share) => sum + share, 0) / hosts
  const shares = overloadShares(after, assignment, hosts, hostMhz)
  return { hosts, overloadedBefore: meanOver(overloadShares(before, assignment, hosts, hostMhz)), overloaded: meanOver(shares), worst: Math.max(...shares), brokenHosts: shares.filter((share) => share > epsilon).length / hosts }
}

/** By host, the share of instants at which its VMs want more than it has; a VM without a sample wants nothing. */
function overloadShares({ itemCount, instantCount, values }: DemandWindow, assignment: Int32Array, hosts: number, hostMhz: number): Float64Array {
  const above = new Float64Array(hosts)
  for (let instant = 0; instant < instantCount; instant++) {
    const held = new Float64Array(hosts)
    assignment.forEach((bin, item) => (held[bin]! += values[instant * itemCount + item]! || 0))
    held.forEach((mhz, bin) => (above[bin]! += mhz > hostMhz ? 1 / instantCount : 0))
  }
  return above
}

function meanOf(outcomes: readonly Outcome[]): Outcome {
  const mean = (of: (outcome: Outcome) => number): number => outcomes.reduce((sum, outcome) => sum + of(outcome), 0) / outcomes.length
  return { hosts: mean(({ hosts }) => hosts), overloadedBefore: mean(({ overloadedBefore }) => overloadedBefore), overloaded: mean(({ overloaded }) => overloaded), worst: mean(({ worst }) => worst), brokenHosts: mean(({ brokenHosts }) => brokenHosts) }
}

const binsOnly = (itemCount: number, binCount: number) => problemOf({ itemCount, binCount, dimensions: 0, demand: new Float64Array(0), capacity: new Float64Array(0), initial: new Int32Array(itemCount).fill(-1) })
const settings = (epsilon: number, hosts: number, hostMhz: number) => ({ name: 'overload', limit: new Float64Array(hosts).fill(hostMhz), epsilon, weight: 1 })

function riskCost(model: DemandModel, hostMhz: number, epsilon: number, assignment: Int32Array, hosts: number): number {
  return evaluate(addRisk(binsOnly(model.itemCount, hosts), model, settings(epsilon, hosts, hostMhz)), assignment).terms.overload!
}

function pathsCost({ paths, hostMhz }: Known, epsilon: number, assignment: Int32Array, hosts: number): number {
  return evaluate(addPaths(binsOnly(paths.itemCount, hosts), paths, settings(epsilon, hosts, hostMhz)), assignment).terms.overload!
}
