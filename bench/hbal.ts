import { existsSync } from 'node:fs'
import { ganetiProblem, ganetiSolver } from '../src/policy/objectives/ganeti.ts'
import { standardNodes } from '../src/optimize/search/searchSolver.ts'
import { type Cluster, generateCluster, poolOfCluster, readCluster } from './hbal/cluster.ts'
import { PEER_PACKAGE, type PeerRun, runPeer } from './hbal/peer.ts'
import { scoreOf } from './hbal/score.ts'
import { provenance } from './machine.ts'

const SEED = 42
const SIZES = ['20x200', '50x500', '100x1000', '1000x10000']
const MOVES_SHOWN = [1, 10, 20, 30, 40, 50, 60, 80, 100, 120, 140, 160, 200, 250, 300, 500, 1000, 2000, 3000]
/** Up to so many VMs, the score at so many moves is that of a plan made for as many; beyond, of the first moves of the whole plan. */
const OWN_PLAN_VMS_MAX = 500
/** The peer takes nine times as long for each doubling: 4 s for 20 hosts, minutes for 50. */
const PEER_VMS_MAX = 200
const USAGE = 'usage: npm run bench hbal -- [HOSTSxVMS | CLUSTER.json[.gz]] ...'

/**
 * Balancing as Ganeti's hbal does it: the same clusters, score and hard limits. Sizes come from the shared benchmark
 * (PLIMSOLL_SHARED) where it has them, else they are generated; the peer runs on small ones in the same run.
 */
export function benchHbal(args: readonly string[]): Promise<void> {
  const asked = args.length > 0 ? args : SIZES
  if (asked.some((arg) => !/^\d+x\d+$/.test(arg) && !existsSync(arg))) {
    console.error(USAGE)
    process.exitCode = 2
    return Promise.resolve()
  }
  for (const arg of asked) benchCluster(...clusterFor(arg))
  console.log(`${provenance()}; seed ${SEED}`)
  return Promise.resolve()
}

function clusterFor(arg: string): [string, Cluster] {
  if (!/^\d+x\d+$/.test(arg)) return [arg, readCluster(arg)]
  const path = `${process.env.PLIMSOLL_SHARED ?? '../shared'}/benchmarks/hbal/c_${arg}.json.gz`
  if (existsSync(path)) return [arg, readCluster(path)]
  const [hosts, vms] = arg.split('x').map(Number) as [number, number]
  return [`${arg} (generated, seed ${SEED})`, generateCluster(hosts, vms, SEED)]
}

interface OwnRun {
  readonly placement: Int32Array
  readonly moves: readonly { readonly item: number; readonly target: number }[]
  readonly cpuSeconds: number
}

/** Problem and solution, from the pool on; the items of such a pool are its VMs. */
function solveCluster(cluster: Cluster, movesMax: number | null): OwnRun {
  const { pool, usageOf } = poolOfCluster(cluster)
  const begin = process.cpuUsage()
  const { problem } = ganetiProblem(pool, usageOf)
  const answer = ganetiSolver.solve(problem, problem.initial, { nodesMax: standardNodes(problem), seed: SEED, movesMax, shouldStop: () => false })
  const { user, system } = process.cpuUsage(begin)
  return { placement: answer.assignment, moves: answer.moves ?? [], cpuSeconds: (user + system) / 1e6 }
}

function benchCluster(name: string, cluster: Cluster): void {
  const own = solveCluster(cluster, null)
  const before = scoreOf(cluster, cluster.vms.map(({ host }) => host))
  const after = scoreOf(cluster, own.placement)
  if (after.infeasible > before.infeasible) process.exitCode = 1
  console.log(`${name}: score ${before.score.toFixed(8)} -> ${after.score.toFixed(8)}, ${after.moved} VMs displaced, ${after.infeasible} hosts beyond their limits; ${own.cpuSeconds.toFixed(2)} CPU s (problem and solution, one thread), peak of this process ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`)
  const curve = curveOf(cluster, own, after.moved)
  console.log(`  score at so many moves: ${curve.map(({ moves, score }) => `${moves}: ${score.toFixed(5)}`).join(', ')}`)
  comparePeer(cluster, after.score, own, curve)
}

function curveOf(cluster: Cluster, own: OwnRun, moved: number): { moves: number; score: number }[] {
  const shown = MOVES_SHOWN.filter((moves) => moves < moved)
  if (cluster.vms.length <= OWN_PLAN_VMS_MAX) return shown.map((moves) => ({ moves, score: scoreOf(cluster, solveCluster(cluster, moves).placement).score }))
  const placement = cluster.vms.map(({ host }) => host)
  return shown.map((moves, at) => {
    for (const { item, target } of own.moves.slice(at === 0 ? 0 : shown[at - 1]!, moves)) placement[item] = target
    return { moves, score: scoreOf(cluster, placement).score }
  })
}

function comparePeer(cluster: Cluster, score: number, own: OwnRun, curve: readonly { moves: number; score: number }[]): void {
  if (cluster.vms.length > PEER_VMS_MAX) return
  const peer = runPeer(cluster)
  console.log(peer === null ? `  hbal is not installed, so nothing is compared with it in this run: apt-get install ${PEER_PACKAGE}` : `  ${peerText(peer, score, own, curve)}`)
}

function peerText(peer: PeerRun, score: number, own: OwnRun, curve: readonly { moves: number; score: number }[]): string {
  const atMoves = curve.filter(({ moves }) => moves <= peer.moves).map(({ moves, score: ours }) => `${moves}: ${(ours / peer.curve[moves - 1]!).toFixed(3)}`)
  return `hbal in the same run: score ${peer.score.toFixed(8)} in ${peer.moves} moves, ${peer.cpuSeconds.toFixed(2)} CPU s; ours / hbal's: score ${(score / peer.score).toFixed(3)}, CPU ${(own.cpuSeconds / peer.cpuSeconds).toFixed(3)}, score at so many moves ${atMoves.join(', ')}`
}
