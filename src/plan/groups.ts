import type { LoadView } from '../model/loadView.ts'
import { findHost, findVm, type PoolIndex } from '../model/poolIndex.ts'
import { cpuForVmsMhz, type Host, type Pool } from '../model/pool.ts'
import { powerAtW } from '../model/power.ts'
import { HOUR_MS } from '../model/resources.ts'
import type { Cause } from '../optimize/packing.ts'
import type { WantedGroup } from './assemble.ts'
import type { Wanted } from './order.ts'
import { expectedMigration } from './timing.ts'
import { type MigrationAmounts, type Prices, benefitOf, costOf } from './worth.ts'

/** A wanted step with what caused it. */
export interface CausedStep {
  readonly wanted: Wanted
  readonly cause: Cause | 'wake' | 'stop'
}

const OPTIONAL: ReadonlySet<CausedStep['cause']> = new Set(['relieve', 'empty', 'spread'])
const NAMES: Readonly<Record<CausedStep['cause'], string>> = {
  place: 'place waiting VMs', drain: 'evacuate', relieve: 'relieve', preferred: 'bring VMs home', empty: 'empty', spread: 'balance', wake: 'wake hosts', stop: 'stop VMs',
}

/**
 * Groups of steps that only pay together: all that leaves one host for one cause, with its power-off. What they bring is
 * energy (an emptied host's idle power less what it draws when off) and demand that would run short (see `shortCores`);
 * what they take is what their migrations send and slow, and switching.
 */
export function groupsFor(pool: Pool, index: PoolIndex, load: LoadView, steps: readonly CausedStep[], prices: Prices): WantedGroup[] {
  const byName = new Map<string, { cause: CausedStep['cause']; positions: number[] }>()
  steps.forEach(({ wanted, cause }, position) => {
    const host = cause === 'empty' || cause === 'drain' || cause === 'relieve' ? ('source' in wanted ? ` ${wanted.source}` : 'host' in wanted ? ` ${wanted.host}` : '') : ''
    const name = `${NAMES[cause]}${host}`
    const group = byName.get(name)
    if (group) group.positions.push(position)
    else byName.set(name, { cause, positions: [position] })
  })
  return [...byName].map(([name, { cause, positions }]) => {
    const group = positions.map((position) => steps[position]!.wanted)
    const off = group.flatMap((step) => (step.kind === 'powerOff' ? [pool.hosts[findHost(index, step.host)]!] : []))
    const savedW = off.reduce((sum, { power }) => sum + powerAtW(power.curveW, 0) - power.offW, 0)
    return {
      name, mandatory: !OPTIONAL.has(cause), wanted: positions, benefit: benefitOf({ savedW, shortCores: shortCoresLess(pool, index, load, group) }, prices),
      cost: costOf({ ...migrationAmounts(pool, index, load, group), switchingWh: off.reduce((sum, host) => sum + switchingWh(host), 0) }, prices),
    }
  })
}

const switchingWh = ({ power: { bootMs, bootW, shutdownMs, shutdownW } }: Host): number => (bootMs * bootW + shutdownMs * shutdownW) / HOUR_MS

function migrationAmounts(pool: Pool, index: PoolIndex, load: LoadView, group: readonly Wanted[]): Omit<MigrationAmounts, 'switchingWh'> {
  let migrations = 0
  let sentMib = 0
  let slowedMs = 0
  let downtimeMs = 0
  for (const step of group) {
    if (step.kind !== 'migrate') continue
    const vm = findVm(index, step.vm)
    const expected = expectedMigration(pool, vm, pool.hosts[findHost(index, step.source)]!, pool.hosts[findHost(index, step.target)]!, load)
    // A VM that often does not come to its end is sent and slowed each time, and stands still once.
    const tries = load.migrations?.vms.get(step.vm)?.triesPerMove ?? 1
    migrations++
    sentMib += expected.sentMib * tries
    slowedMs += expected.durationMs * tries
    downtimeMs += expected.downtimeMs
  }
  return { migrations, sentMib, slowedMs, downtimeMs }
}

/** Utilization up to which a host's VMs are reckoned never to want for CPU. */
const COMFORTABLE = 0.65

/**
 * Cores' worth of demand that runs short on a host: what is above its capacity, and for peaks within the mean the square of
 * what is above the comfortable utilization. The square is an assumption (shortage grows faster than load); an eighth of
 * the cores at 100 %.
 */
export const shortCores = (utilization: number, cores: number): number => cores * (Math.max(0, utilization - 1) + Math.max(0, Math.min(1, utilization) - COMFORTABLE) ** 2)

function shortCoresLess(pool: Pool, index: PoolIndex, load: LoadView, group: readonly Wanted[]): number {
  const change = new Map<number, number>()
  for (const step of group) {
    if (step.kind !== 'migrate') continue
    const cpuMhz = load.vmShortMhz[findVm(index, step.vm)]!
    for (const [host, sign] of [[findHost(index, step.source), -1], [findHost(index, step.target), 1]] as const) change.set(host, (change.get(host) ?? 0) + sign * cpuMhz)
  }
  let less = 0
  for (const [host, cpuMhz] of change) {
    const { cores } = pool.hosts[host]!
    const before = load.hostShort[host]!
    less += shortCores(before, cores) - shortCores(before + cpuMhz / cpuForVmsMhz(pool.hosts[host]!), cores)
  }
  return less
}
