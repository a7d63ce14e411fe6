import type { HostId } from '../../model/ids.ts'
import type { Reason } from '../../model/result.ts'
import { FILTERS } from './filters.ts'
import { ruleBars, type RuleBars } from './ruleBars.ts'
import { type Parts, partsOf, scoreOf, starsOf } from './scorers.ts'
import type { PlaceView } from './view.ts'

/** A host that can take the VM. */
export interface RankedHost {
  readonly host: HostId
  readonly score: number
  /** 1 to 5, in halves. */
  readonly stars: number
  readonly parts: Parts
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

/** Every host of the pool for a VM: those that can take it, best first (the first `rankedMax`), and why each other can't. */
export function rankHosts(view: PlaceView, vm: number, rankedMax = Infinity): Ranking {
  const bars = ruleBars(view.pool, vm)
  const { hosts } = view.pool
  const fitting: number[] = []
  const scores = new Float64Array(hosts.length)
  const rejected: RejectedHost[] = []
  for (let host = 0; host < hosts.length; host++) {
    const reasons = reasonsAgainst(view, vm, host, bars)
    if (reasons.length > 0) rejected.push({ host: hosts[host]!.id, reasons })
    else {
      scores[host] = scoreOf(view, vm, host)
      fitting.push(host)
    }
  }
  fitting.sort((a, b) => scores[b]! - scores[a]! || a - b)
  const ranked = fitting.slice(0, rankedMax).map((host): RankedHost => ({ host: hosts[host]!.id, score: scores[host]!, stars: starsOf(scores[host]!), parts: partsOf(view, vm, host) }))
  return { ranked, rejected }
}

const NONE: readonly Reason[] = []
const FILTER_NAMES = Object.keys(FILTERS)

/** Why a host can't take a VM: every filter and every rule that says no. */
export function reasonsAgainst(view: PlaceView, vm: number, host: number, bars: RuleBars | null): readonly Reason[] {
  let found: Reason[] | null = null
  for (const name of FILTER_NAMES) {
    const no = view.filtersOff?.includes(name) === true ? null : FILTERS[name]!(view, vm, host)
    if (no !== null) (found ??= []).push(no)
  }
  const barred = bars === null ? NONE : bars(host)
  return found === null ? barred : [...found, ...barred]
}
