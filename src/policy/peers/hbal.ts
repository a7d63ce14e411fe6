import { HOUR_MS } from '../../model/resources.ts'
import { draftOf, usableHosts } from './draft.ts'
import { descend } from './ganetiScore.ts'
import { type Peer, NOTHING } from './peer.ts'

/**
 * Ganeti's hbal -X from an hourly timer (its interval is the operator's): a descent on the cluster score, the best single
 * move each time, until none gains or, below a score of 0.1, none gains 0.01. N+1 failures are part of the score, as are
 * free memory, virtual CPUs and instances; without -U not one measured load. Exclusion tags (rules) hold.
 * Source: Ganeti 3.0 manual pages hbal(1) and htools(1).
 */
export const hbal: Peer = {
  name: 'hbal', intervalMs: HOUR_MS, historyMs: 60_000, stopsWhatStays: false,
  decide(view) {
    if (view.busy) return NOTHING(view.memory)
    const draft = draftOf(view, 0)
    return { actions: descend(draft, usableHosts(draft)), memory: view.memory }
  },
}
