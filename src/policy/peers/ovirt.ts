import { MINUTE_MS } from '../../model/resources.ts'
import { type Draft, cpuRatio, draftOf, fits, heldBy, isAllowed, usableHosts, vmsOn } from './draft.ts'
import type { Peer, PeerAction, PeerAnswer, PeerView } from './peer.ts'

const HIGH = 0.8
const LOW = 0.2
const OVERCOMMIT_MS = 2 * MINUTE_MS
/** A target for balancing is below this: the lower of 0.8 x high and high - 10 percent points. */
const TARGET_BELOW = Math.min(0.8 * HIGH, HIGH - 0.1)

/**
 * oVirt's evenly_distributed: once a minute, one VM of the cluster. A host at or above HighUtilization 80 % in every
 * sample of CpuOverCommitDurationMinutes 2 gives the VM that uses most and still leaves its target at or below 80 %, to
 * the least used host below 64 %. Hosts with a migration under way are left out. Filters (memory, rules) hold. No
 * cooldown for a VM, no look at what the move gains.
 * Sources: oVirt administration guide, "Scheduling policies"; ovirt-engine, EvenDistributionCPUWeightPolicyUnit and
 * CpuAndMemoryBalancingPolicyUnit.
 */
export const ovirtEven: Peer = { name: 'ovirt-even', intervalMs: MINUTE_MS, historyMs: OVERCOMMIT_MS + MINUTE_MS, stopsWhatStays: false, decide: (view) => ({ actions: relieve(view, draftOf(view, 0)), memory: view.memory }) }

/**
 * oVirt's power_saving with automatic host power management: as evenly_distributed above 80 %; else a VM of the least
 * used host below LowUtilization 20 % goes to the fullest host that stays at or below 80 %. One VM, and one power
 * action, a minute. Empty hosts beyond HostsInReserve (0) are powered off one by one, all but one, which stays as the
 * warm spare; a host is woken only when there are fewer empty ones than the reserve, which with the default 0 is never.
 * Sources: oVirt administration guide, "Power saving"; ovirt-engine, PowerSavingBalancePolicyUnit.
 */
export const ovirtPowerSaving: Peer = { name: 'ovirt-power-saving', intervalMs: MINUTE_MS, historyMs: OVERCOMMIT_MS + MINUTE_MS, stopsWhatStays: false, decide: savePower }

function savePower(view: PeerView): PeerAnswer {
  const draft = draftOf(view, 0)
  const relief = relieve(view, draft)
  const moves = relief.length > 0 ? relief : pack(draft)
  return { actions: [...moves, ...powerOffOne(draft)], memory: view.memory }
}

const isFree = ({ pool }: Draft, host: number): boolean => pool.hostIncoming[host] === 0 && pool.hostOutgoing[host] === 0

function relieve(view: PeerView, draft: Draft): PeerAction[] {
  const hosts = usableHosts(draft).filter((host) => isFree(draft, host))
  const loaded = hosts.filter((host) => isOverUtilized(view, host)).sort((a, b) => cpuRatio(draft, b) - cpuRatio(draft, a) || a - b)
  const targets = hosts.filter((host) => cpuRatio(draft, host) < TARGET_BELOW).sort((a, b) => cpuRatio(draft, a) - cpuRatio(draft, b) || a - b)
  return oneMove(draft, loaded, targets, `is above ${100 * HIGH} % of CPU for ${OVERCOMMIT_MS / MINUTE_MS} min`)
}

function pack(draft: Draft): PeerAction[] {
  const hosts = usableHosts(draft).filter((host) => isFree(draft, host))
  const idle = hosts.filter((host) => cpuRatio(draft, host) < LOW && vmsOn(draft, host).length > 0).sort((a, b) => cpuRatio(draft, a) - cpuRatio(draft, b) || a - b)
  if (idle.length === 0) return []
  const targets = hosts.filter((host) => host !== idle[0] && heldBy(draft, host) > 0).sort((a, b) => cpuRatio(draft, b) - cpuRatio(draft, a) || a - b)
  return oneMove(draft, idle.slice(0, 1), targets, `is below ${100 * LOW} % of CPU`)
}

/** The first VM, by CPU, that finds a target. */
function oneMove(draft: Draft, sources: readonly number[], targets: readonly number[], why: string): PeerAction[] {
  for (const source of sources)
    for (const vm of vmsOn(draft, source).sort((a, b) => draft.vmMhz[b]! - draft.vmMhz[a]! || a - b)) {
      const target = targets.find((host) => host !== source && fits(draft, vm, host) && isAllowed(draft, vm, host) && (draft.hostMhz[host]! + draft.vmMhz[vm]!) / draft.pool.hosts[host]!.capacity.cpuMhz <= HIGH)
      if (target !== undefined) return [{ kind: 'migrate', vm, target, why: `${draft.pool.hosts[source]!.id} ${why}` }]
    }
  return []
}

/** At or above the threshold in every sample of the stretch, of which there are some. */
function isOverUtilized({ pool, frames, atMs }: PeerView, host: number): boolean {
  const within = frames.filter(({ takenAtMs }) => takenAtMs > atMs - OVERCOMMIT_MS - MINUTE_MS)
  return within.length >= 2 && within.every(({ hostCpuMhz }) => hostCpuMhz[host]! >= HIGH * pool.hosts[host]!.capacity.cpuMhz)
}

/** One empty host a minute; the last empty one stays on as the spare. */
function powerOffOne(draft: Draft): PeerAction[] {
  const empty = usableHosts(draft).filter((host) => heldBy(draft, host) === 0 && draft.pool.hosts[host]!.powerManaged)
  return empty.length < 2 ? [] : [{ kind: 'powerOff', host: empty[0]!, why: `${empty.length} hosts are empty, 0 are to be in reserve` }]
}
