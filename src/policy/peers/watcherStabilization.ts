import { MINUTE_MS } from '../../model/resources.ts'
import { type Draft, cpuRatio, deviation, draftOf, fits, memoryRatio, moveTo, tried, usableHosts, vmsOn } from './draft.ts'
import type { Peer, PeerAction, PeerAnswer, PeerView } from './peer.ts'

const THRESHOLD = 0.2
const PERIOD_MS = 10 * MINUTE_MS

/**
 * OpenStack Watcher, strategy workload_stabilization, in a continuous audit of 10 minutes (the interval is the
 * operator's): when the standard deviation of the hosts' normalized CPU or memory load is above 0.2, VMs are taken from
 * the most loaded host on to one target each, `host_choice` retry with `retry_count` 1, that is a host by chance, and the
 * move is kept when it lowers the weighted deviation; until both are below. Loads are means of 720 s (VMs) and 600 s
 * (hosts). Server groups are not looked at, nor when a VM was moved last. For a repeatable run the chance host is
 * counted out, not drawn.
 * Source: OpenStack Watcher documentation, "Watcher overload standard deviation algorithm".
 */
export const watcherStabilization: Peer = { name: 'watcher-stabilization', intervalMs: 10 * MINUTE_MS, historyMs: PERIOD_MS + 2 * MINUTE_MS, stopsWhatStays: false, decide }

function decide(view: PeerView): PeerAnswer {
  const draft = draftOf(view, PERIOD_MS)
  const hosts = usableHosts(draft)
  const actions: PeerAction[] = []
  if (view.busy || hosts.length < 2) return { actions, memory: view.memory }
  for (const source of [...hosts].sort((a, b) => cpuRatio(draft, b) - cpuRatio(draft, a) || a - b))
    for (const vm of vmsOn(draft, source)) {
      if (!isUneven(draft, hosts)) return { actions, memory: view.memory }
      const target = chanceHost(view, hosts, source, vm)
      if (!fits(draft, vm, target) || tried(draft, vm, target, () => unevenness(draft, hosts)) >= unevenness(draft, hosts)) continue
      moveTo(draft, vm, target)
      actions.push({ kind: 'migrate', vm, target, why: `the deviation of CPU or memory load is above ${THRESHOLD}` })
    }
  return { actions, memory: view.memory }
}

const deviations = (draft: Draft, hosts: readonly number[]): readonly [number, number] => [deviation(hosts.map((host) => cpuRatio(draft, host))), deviation(hosts.map((host) => memoryRatio(draft, host)))]
const isUneven = (draft: Draft, hosts: readonly number[]): boolean => deviations(draft, hosts).some((value) => value > THRESHOLD)
const unevenness = (draft: Draft, hosts: readonly number[]): number => deviations(draft, hosts).reduce((sum, value) => sum + value, 0)

function chanceHost({ atMs }: PeerView, hosts: readonly number[], source: number, vm: number): number {
  const others = hosts.filter((host) => host !== source)
  return others[(Math.floor(atMs / PERIOD_MS) * 7 + vm * 5) % others.length]!
}
