import type { HostId } from '../../model/ids.ts'
import type { Reason } from '../../model/result.ts'
import { FILTERS } from './filters.ts'
import { ruleBars, type RuleBars } from './ruleBars.ts'
import { type ScorerName, scoreOf, starsOf } from './scorers.ts'
import type { PlaceView } from './view.ts'

/** A host that can take the VM. */
export interface RankedHost {
  readonly host: HostId
  readonly score: number
  /** 1 to 5, in halves. */
  readonly stars: number
  readonly parts: Readonly<Record<ScorerName, number>>
}

/** A host that can't, with every reason. */
export interface RejectedHost {
  readonly host: HostId
  readonly reasons: readonly Reason[]
}

export interface Ranking {
  /** Best first; ties in the pool's order. */
  readonly ranked: readonly RankedHost[]
  readonly rejected: readonly RejectedHost[]
}

/** Every host of the pool for a VM: those that can take it, best first, and why each other can't. */
export function rankHosts(view: PlaceView, vm: number): Ranking {
  const bars = ruleBars(view.pool, vm)
  const ranked: RankedHost[] = []
  const rejected: RejectedHost[] = []
  view.pool.hosts.forEach(({ id }, host) => {
    const reasons = reasonsAgainst(view, vm, host, bars)
    if (reasons.length > 0) rejected.push({ host: id, reasons })
    else {
      const { score, parts } = scoreOf(view, vm, host)
      ranked.push({ host: id, score, stars: starsOf(score), parts })
    }
  })
  return { ranked: ranked.sort((a, b) => b.score - a.score), rejected }
}

/** Why a host can't take a VM: every filter and every rule that says no. */
export function reasonsAgainst(view: PlaceView, vm: number, host: number, bars: RuleBars): Reason[] {
  const found: Reason[] = []
  for (const filter of Object.values(FILTERS)) {
    const no = filter(view, vm, host)
    if (no !== null) found.push(no)
  }
  found.push(...bars(host))
  return found
}
