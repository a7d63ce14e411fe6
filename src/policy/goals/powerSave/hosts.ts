import { ROLES_ON } from '../../../model/policy.ts'
import { type Host, type Pool, cpuForVmsMhz } from '../../../model/pool.ts'

export function hostsWhere(pool: Pool, claim: (host: number) => boolean): number[] {
  const hosts: number[] = []
  for (let host = 0; host < pool.hosts.length; host++) if (claim(host)) hosts.push(host)
  return hosts
}

export const sum = (hosts: readonly number[], amount: (host: number) => number): number => hosts.reduce((total, host) => total + amount(host), 0)

export const cpuForHost = (host: Pool['hosts'][number]): number => cpuForVmsMhz(host)

/** Capacity of hosts without the `reserve` largest of them. */
export const usable = (pool: Pool, hosts: readonly number[], reserve: number, capacity: (host: Pool['hosts'][number]) => number): number =>
  hosts.map((host) => capacity(pool.hosts[host]!)).sort((a, b) => a - b).slice(0, Math.max(0, hosts.length - reserve)).reduce((total, size) => total + size, 0)

/** Whether others rely on the host, so that it stays on. */
export const hasRoleOn = ({ traits }: Host, further: readonly string[]): boolean =>
  (traits?.roles ?? []).some((role) => (ROLES_ON as readonly string[]).includes(role) || further.includes(role))
