import { LIMITS, misfit, type HostLimit } from '../../model/compat.ts'
import { HOST_MODES, MODE, NOWHERE, POWER, POWER_STATES, cpuForVmsMhz, memoryForVmsMib } from '../../model/pool.ts'
import { addedMemoryMib } from '../../model/poolIndex.ts'
import { type Reason, reason } from '../../model/result.ts'
import type { PlaceView } from './view.ts'

/** Why this host can't take this VM, with numbers and what would have to change; null when it can. */
export type Filter = (view: PlaceView, vm: number, host: number) => Reason | null

/** Hardware threads of a core that has them. */
const THREADS_PER_CORE = 2

const mhz = (value: number): string => `${Math.round(value)} MHz`
const mib = (value: number): string => (value >= 1024 ? `${(value / 1024).toFixed(1)} GiB` : `${Math.ceil(value)} MiB`)

/** Something beside memory and used CPU that a host gives out only so much of. */
function limitFilter({ code, unit, demandOf, limitOf }: HostLimit, number: number): Filter {
  return ({ pool, heldOfLimit }, vm, host) => {
    const need = demandOf(pool.vms[vm]!)
    const limit = need === 0 ? null : limitOf(pool.hosts[host]!)
    const free = limit === null ? Infinity : limit - heldOfLimit[number]![host]!
    return need <= free ? null : reason(code, `has ${Math.max(0, free)} of ${limit} ${unit} left, ${need} are needed: free ${need - free} there`, { free, need })
  }
}

/** What a host must satisfy, beside the rules, by name; in the order in which reasons are given. */
export const FILTERS: Readonly<Record<string, Filter>> = {
  power: ({ pool }, _vm, host) => (pool.hostPower[host] === POWER.on ? null : reason('hostNotOn', `is ${POWER_STATES[pool.hostPower[host]!]!}: wake it`)),
  mode: ({ pool }, _vm, host) => (pool.hostMode[host] === MODE.available ? null : reason('hostInMaintenance', `is ${HOST_MODES[pool.hostMode[host]!] === 'entering' ? 'entering maintenance' : 'in maintenance'}: take it out`)),
  reachable: ({ pool }, _vm, host) => (pool.hostReachable[host] === 1 ? null : reason('hostUnreachable', 'does not answer: nothing is known of it')),
  threads: ({ pool }, vm, host) => {
    const { cores, smtYield } = pool.hosts[host]!
    const threads = smtYield > 1 ? cores * THREADS_PER_CORE : cores
    const { vcpus } = pool.vms[vm]!
    return vcpus <= threads ? null : reason('tooManyVcpus', `has ${threads} hardware threads, ${vcpus} vCPUs are asked for: give the VM at most ${threads}`, { threads, vcpus })
  },
  memory: ({ pool }, vm, host) => {
    const freeMib = memoryForVmsMib(pool.hosts[host]!) - pool.hostMemoryMib[host]!
    const needMib = addedMemoryMib(pool, vm, host)
    if (needMib <= freeMib) return null
    return reason('noMemory', `has ${mib(Math.max(0, freeMib))} free, ${mib(needMib)} are needed: free ${mib(needMib - freeMib)} there`, { freeMib, needMib })
  },
  needs: ({ pool }, vm, host) => {
    const no = misfit(pool.vms[vm]!, pool.vmHost[vm] === NOWHERE ? null : pool.hosts[pool.vmHost[vm]!]!, pool.hosts[host]!)
    return no === null ? null : reason(no.code, `${no.message}: give the host it, or take the need away`)
  },
  ...Object.fromEntries(LIMITS.map((limit, number) => [limit.code, limitFilter(limit, number)])),
  cpu: ({ pool, vmCpuMhz, hostCpuMhz }, vm, host) => {
    const freeMhz = cpuForVmsMhz(pool.hosts[host]!) - hostCpuMhz[host]!
    const needMhz = vmCpuMhz[vm]!
    return needMhz <= freeMhz ? null : reason('noCpu', `has ${mhz(Math.max(0, freeMhz))} unused, ${mhz(needMhz)} are expected to be used: relieve it of ${mhz(needMhz - freeMhz)}`, { freeMhz, needMhz })
  },
}

/** The same as a list: they are asked for every host. */
export const ALL_FILTERS: readonly Filter[] = Object.values(FILTERS)
