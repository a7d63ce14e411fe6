import type { Cluster } from './cluster.ts'

export interface ClusterScore {
  readonly score: number
  /** VMs on another host than at first. */
  readonly moved: number
  /** Hosts beyond their memory or 4 vCPUs a core. */
  readonly infeasible: number
}

/** The score of htools from the cluster's own figures, sharing nothing with the optimizer. `placement`: host of each VM. */
export function scoreOf({ hosts, vms }: Cluster, placement: ArrayLike<number>): ClusterScore {
  const used = hosts.map(() => ({ mem: 0, vcpus: 0, cpu: 0, memu: 0, dsku: 0, netu: 0, count: 0 }))
  vms.forEach((vm, index) => {
    const host = used[placement[index]!]!
    host.count++
    host.vcpus += vm.vcpus
    for (const key of ['mem', 'cpu', 'memu', 'dsku', 'netu'] as const) host[key] += vm[key]
  })
  const online = hosts.flatMap(({ role }, host) => (role === 'Y' ? [] : [host]))
  const deviation = (valueOf: (host: number) => number): number => {
    const values = online.map(valueOf)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  }
  const offline = hosts.reduce((sum, { role }, host) => sum + (role === 'Y' ? used[host]!.count : 0), 0)
  return {
    score:
      deviation((host) => (hosts[host]!.mem - hosts[host]!.nmem - used[host]!.mem) / hosts[host]!.mem) + deviation((host) => (used[host]!.vcpus + hosts[host]!.ncpu) / hosts[host]!.cpus) +
      (['cpu', 'memu', 'dsku', 'netu'] as const).reduce((sum, key) => sum + deviation((host) => used[host]![key]), 0) + 20 * offline,
    moved: vms.filter(({ host }, index) => host !== placement[index]).length,
    infeasible: hosts.filter(({ mem, nmem, cpus, ncpu }, host) => used[host]!.mem + nmem > mem || used[host]!.vcpus + ncpu > 4 * cpus).length,
  }
}
