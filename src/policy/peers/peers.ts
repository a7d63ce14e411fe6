import type { PeerName } from '../../model/policy.ts'
import { cloudstackCondensed } from './cloudstackCondensed.ts'
import { dpmLike } from './dpmLike.ts'
import { drsLike } from './drsLike.ts'
import { hbal } from './hbal.ts'
import { hsqueeze } from './hsqueeze.ts'
import { ovirtEven, ovirtPowerSaving } from './ovirt.ts'
import type { Peer } from './peer.ts'
import { proxlbGreedy } from './proxlbGreedy.ts'
import { pveCrs } from './pveCrs.ts'
import { watcherStabilization } from './watcherStabilization.ts'
import { xoDensity, xoPerformance } from './xenOrchestra.ts'

/** Every peer by name. */
export const PEERS: Readonly<Record<PeerName, Peer>> = {
  'drs-like': drsLike, 'dpm-like': dpmLike, 'ovirt-even': ovirtEven, 'ovirt-power-saving': ovirtPowerSaving, 'xo-performance': xoPerformance, 'xo-density': xoDensity, 'pve-crs': pveCrs,
  'proxlb-greedy': proxlbGreedy, 'cloudstack-condensed': cloudstackCondensed, hbal, hsqueeze, 'watcher-stabilization': watcherStabilization,
}
