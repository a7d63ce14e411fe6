import type { LoadView } from '../model/loadView.ts'
import { VM, type Pool } from '../model/pool.ts'
import type { TransitionLimits } from '../model/transition.ts'
import { precopy } from './precopy.ts'
import { TIMING } from './timing.ts'

/** Parts of a lower bound on the makespan of a rolling maintenance, ms. */
export interface CampaignBound {
  /** Until the first host has been emptied and patched; 0 where hosts that take no part can take VMs at once. */
  readonly firstMs: number
  /** All that must be moved, over the lanes and links of the pool. */
  readonly bandwidthMs: number
  /** The patch of the host that is emptied last. */
  readonly lastMs: number
  readonly totalMs: number
  /** Room: while it is patched a host holds nothing, and the others have only so much to spare. */
  readonly roomMs: number
}

/** How long a host is away for its patch. */
export const patchMs = (pool: Pool, host: number): number => pool.hosts[host]!.power.shutdownMs + pool.hosts[host]!.power.bootMs

/**
 * No rolling maintenance of these hosts ends before. Where all hosts take part, every VM ends on a host that was patched
 * while it was empty, so each VM's last migration begins after the first patch is over, and all of them have ended before
 * the last host's patch begins: first + all bytes over the bandwidth + last. Else every VM on those hosts moves at least
 * once before the last patch begins. Links carry both ways; what VMs dirty is reckoned at the same load as the plan's (null: full use).
 */
export function campaignBound(pool: Pool, hosts: readonly number[], limits: TransitionLimits, load: LoadView | null): CampaignBound {
  const takesPart = new Uint8Array(pool.hosts.length)
  for (const host of hosts) takesPart[host] = 1
  const link = pool.hosts.reduce((most, { migrationLinkMibPerS }) => Math.max(most, migrationLinkMibPerS), 0)
  const sendMs = new Float64Array(pool.hosts.length)
  let [aloneMs, sentMib, heldMib] = [0, 0, 0]
  for (let vm = 0; vm < pool.vms.length; vm++) {
    if (pool.vmState[vm] !== VM.running || takesPart[pool.vmHost[vm]!] !== 1) continue
    const { memoryMib, dirtyMibPerS, cpuMhz } = pool.vms[vm]!
    const busy = load === null ? 1 : Math.min(1, load.vmShortMhz[vm]! / Math.max(1, cpuMhz))
    const alone = precopy({ memoryMib, dirtyMibPerS: dirtyMibPerS * busy, linkMibPerS: Math.min(TIMING.streamMibPerS, link), downtimeMaxMs: TIMING.downtimeMaxMs, roundsMax: TIMING.roundsMax })
    sendMs[pool.vmHost[vm]!]! += alone.durationMs
    aloneMs += alone.durationMs
    sentMib += alone.sentMib
    heldMib += memoryMib
  }
  const everyone = hosts.length === pool.hosts.length
  const lanes = Math.min(limits.poolMigrationsMax ?? Infinity, (limits.hostOutgoingMax ?? Infinity) * pool.hosts.length)
  const linkSum = pool.hosts.reduce((sum, { migrationLinkMibPerS }) => sum + migrationLinkMibPerS, 0)
  const bandwidthMs = Math.max(aloneMs / lanes, (2 * sentMib * 1000) / linkSum)
  const streams = limits.hostOutgoingMax === null ? link / Math.min(TIMING.streamMibPerS, link) : Math.min(limits.hostOutgoingMax, link / Math.min(TIMING.streamMibPerS, link))
  const firstMs = everyone && hosts.length > 0 ? Math.min(...hosts.map((host) => sendMs[host]! / streams + patchMs(pool, host))) : 0
  const lastMs = hosts.length > 0 ? Math.min(...hosts.map((host) => patchMs(pool, host))) : 0
  const capacityMib = pool.hosts.reduce((sum, { capacity, reserve }) => sum + capacity.memoryMib - reserve.memoryMib, 0)
  const otherMib = pool.hostMemoryMib.subarray(0, pool.hosts.length).reduce((sum, mib) => sum + mib, 0) - heldMib
  const awayMibMs = hosts.reduce((sum, host) => sum + patchMs(pool, host) * (pool.hosts[host]!.capacity.memoryMib - pool.hosts[host]!.reserve.memoryMib), 0)
  return { firstMs, bandwidthMs, lastMs, totalMs: firstMs + bandwidthMs + lastMs, roomMs: awayMibMs / Math.max(1, capacityMib - heldMib - otherMib) }
}
