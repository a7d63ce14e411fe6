import type { HostId, VmId } from '../../model/ids.ts'
import { type SolveLimits, UNASSIGNED } from '../../optimize/problem.ts'
import { type Place, placeTogether, whileWithout, withPlaced } from './joint.ts'
import { type RankedHost, type RejectedHost, rankHosts } from './rank.ts'
import { scoreOf, starsOf } from './scorers.ts'
import type { PlaceView } from './view.ts'

/** Where a new VM goes, or why nowhere. */
export interface Placement {
  readonly vm: VmId
  /** Null: there is no host for it. */
  readonly host: HostId | null
  /** Of that host, with all the others placed. */
  readonly score: number | null
  readonly stars: number | null
  /** Hosts that can take it, best first; with several VMs the first few, as the pool is when the others have their places. */
  readonly ranked: readonly RankedHost[]
  /** Why each other host can't; with several VMs, only of one that finds no place. */
  readonly rejected: readonly RejectedHost[]
}

const RANKED_MAX = 5

/** Places for new VMs: one by its ranking, several jointly. O(VMs x hosts). */
export function answerPlacement(view: PlaceView, vms: readonly number[], place: Place, limits: SolveLimits): Placement[] {
  if (vms.length === 1) return [bestFor(view, vms[0]!)]
  const hosts = placeTogether(view, vms, place, limits)
  const placed = withPlaced(view, vms, hosts)
  return vms.map((vm, position) => whileWithout(placed, vm, () => placementOf(placed, vm, hosts[position]!)))
}

/** Of one VM on its host, as the pool is when all others have their places. */
function placementOf(view: PlaceView, vm: number, host: number): Placement {
  const { ranked, rejected } = rankHosts(view, vm, RANKED_MAX)
  const score = host === UNASSIGNED ? null : scoreOf(view, vm, host)
  return {
    vm: view.pool.vms[vm]!.id, host: host === UNASSIGNED ? null : view.pool.hosts[host]!.id, score, stars: score === null ? null : starsOf(score), ranked, rejected: host === UNASSIGNED ? rejected : [],
  }
}

function bestFor(view: PlaceView, vm: number): Placement {
  const { ranked, rejected } = rankHosts(view, vm)
  const best = ranked[0]
  return { vm: view.pool.vms[vm]!.id, host: best?.host ?? null, score: best?.score ?? null, stars: best?.stars ?? null, ranked, rejected }
}
