import { DEFAULT_POLICY, type BudgetSettings, type PeerName, type PolicySettings } from '../model/policy.ts'

interface PeerPolicy {
  readonly name: PeerName
  readonly description: string
  readonly source: string
  /** How often it runs, or is woken to see whether it is due. */
  readonly decisionIntervalMs: number
  /** Migrations at once: into a host, out of one, in the pool. */
  readonly atOnce: readonly [number, number, number]
  readonly hostsOnMin?: number
  readonly powers?: true
  readonly moveBack?: true
}

const MINUTE_MS = 60_000

/** Limits of migrations at once, as their documentation has them; where it has none, libvirt's usual two a host. */
const PEERS: readonly PeerPolicy[] = [
  { name: 'drs-like', description: 'As vSphere DRS up to 6.7: lowers the deviation of the hosts’ load every 5 minutes.', source: 'vSphere Resource Management; VMware KB 1007485', decisionIntervalMs: MINUTE_MS, atOnce: [4, 4, 100] },
  { name: 'dpm-like', description: 'As vSphere DRS with DPM: keeps hosts at 45 to 81 %; off after 40 minutes below, on after 5 above.', source: 'Broadcom KB 310527; vSphere Resource Management', decisionIntervalMs: MINUTE_MS, atOnce: [4, 4, 100], powers: true, hostsOnMin: 2 },
  { name: 'ovirt-even', description: 'As oVirt evenly_distributed: one VM a minute off hosts above 80 % CPU for 2 minutes.', source: 'oVirt administration guide, Scheduling policies', decisionIntervalMs: MINUTE_MS, atOnce: [2, 2, 100] },
  { name: 'ovirt-power-saving', description: 'As oVirt power_saving: empties hosts below 20 % CPU and powers them off; wakes none.', source: 'oVirt administration guide, Scheduling policies', decisionIntervalMs: MINUTE_MS, atOnce: [2, 2, 100], powers: true },
  { name: 'xo-performance', description: 'As Xen Orchestra’s performance plan: relieves hosts above 76.5 % CPU; 30 minutes of rest for a VM.', source: 'Xen Orchestra documentation, Load balancing', decisionIntervalMs: MINUTE_MS, atOnce: [2, 2, 2], powers: true },
  { name: 'xo-density', description: 'As Xen Orchestra’s density plan: empties hosts that fit others and powers them off; wakes none.', source: 'Xen Orchestra documentation, Load balancing', decisionIntervalMs: MINUTE_MS, atOnce: [2, 2, 2], powers: true },
  { name: 'pve-crs', description: 'As Proxmox VE’s dynamic CRS: one migration when the imbalance is above 0.3 for 3 rounds of 10 s.', source: 'Proxmox VE documentation, ha-manager, CRS load balancer', decisionIntervalMs: 10_000, atOnce: [1, 1, 1], moveBack: true },
  { name: 'proxlb-greedy', description: 'As ProxLB: every 12 hours gives each guest in turn to the node with most free memory.', source: 'ProxLB README and proxlb/models/calculations.py', decisionIntervalMs: MINUTE_MS, atOnce: [1, 1, 1] },
  { name: 'cloudstack-condensed', description: 'As CloudStack’s condensed cluster DRS: packs by allocated memory every hour, up to 50 moves.', source: 'CloudStack administration guide, CloudStack DRS', decisionIntervalMs: MINUTE_MS, atOnce: [2, 2, 100] },
  { name: 'hbal', description: 'As Ganeti’s hbal, every hour: descends on the score of free memory, virtual CPUs, instances and N+1.', source: 'Ganeti 3.0 manual page hbal(1)', decisionIntervalMs: MINUTE_MS, atOnce: [1, 1, 100] },
  { name: 'hsqueeze', description: 'As Ganeti’s hsqueeze, every hour: takes nodes offline while each keeps room for two instances.', source: 'Ganeti 3.0 manual page hsqueeze(1)', decisionIntervalMs: MINUTE_MS, atOnce: [1, 1, 100], powers: true },
  { name: 'watcher-stabilization', description: 'As OpenStack Watcher’s workload_stabilization: moves to a chance host while the deviation is above 0.2.', source: 'OpenStack Watcher documentation, workload_stabilization', decisionIntervalMs: MINUTE_MS, atOnce: [1, 1, 100] },
]

/** Policies that stand for other systems, each with its source; they decide by src/policy/peers. */
export const PEER_POLICIES: readonly { readonly settings: PolicySettings; readonly source: string }[] = PEERS.map((peer) => ({ settings: settingsOf(peer), source: peer.source }))

/** Placement and maintenance requests are served for them plainly; who moves VMs back afterwards is documented for few. */
function settingsOf({ name, description, decisionIntervalMs, atOnce, powers, hostsOnMin, moveBack }: PeerPolicy): PolicySettings {
  const [hostIncomingMax, hostOutgoingMax, poolMigrationsMax] = atOnce
  const budgets: BudgetSettings = { ...DEFAULT_POLICY.budgets, hostIncomingMax, hostOutgoingMax, poolMigrationsMax }
  return {
    ...DEFAULT_POLICY, name, description, decisionIntervalMs, budgets, maintenance: { ...DEFAULT_POLICY.maintenance, moveBack: moveBack ?? false },
    powerSave: { ...DEFAULT_POLICY.powerSave, enabled: powers ?? false, hostsOnMin: hostsOnMin ?? 1, reserveHosts: 0, bootsAtOnceMax: 100 }, peer: name,
  }
}
