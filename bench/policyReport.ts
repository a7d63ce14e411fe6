import { pairedHalfWidth } from '../src/report/intervals.ts'

/** One policy with one setting on one pool. */
export interface PolicyRun {
  readonly pool: string
  readonly trace: string
  readonly family: string
  readonly setting: string
  readonly energyKwh: number
  readonly boundKwh: number
  readonly violationMinutes: number
  /** Of VM-minutes. */
  readonly violationRatio: number
  readonly migrations: number
  readonly powerCycles: number
  readonly hostsOnMean: number
  readonly unplaced: number
  readonly cpuS: number
}

/** Ours, against which all others are held. */
const OURS = 'plimsoll'
/** Where SLA minutes count as lost altogether: 1 % of the VM-minutes. */
const VIOLATION_WORST = 0.01

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** A point in the square: energy as a share of the way from the bound (0) to all hosts on (1), violation as a share of the worst that counts. */
interface Point {
  readonly energy: number
  readonly violation: number
}

/** The part of the unit square that some point is better than in both; 1 would be the bound's energy without a violation. */
export function hypervolume(points: readonly Point[]): number {
  const inside = points.filter(({ energy, violation }) => energy < 1 && violation < 1).sort((a, b) => a.energy - b.energy || a.violation - b.violation)
  let [area, lowest] = [0, 1]
  for (const { energy, violation } of inside) {
    if (violation >= lowest) continue
    area += (1 - Math.max(0, energy)) * (lowest - violation)
    lowest = violation
  }
  return area
}

function volumes(runs: readonly PolicyRun[], family: string): Map<string, number> {
  const found = new Map<string, number>()
  for (const pool of new Set(runs.map((run) => run.pool))) {
    const here = runs.filter((run) => run.pool === pool)
    const allOn = here.find((run) => run.family === 'none')
    const own = here.filter((run) => run.family === family)
    if (allOn === undefined || own.length === 0) continue
    found.set(pool, hypervolume(own.map(({ energyKwh, boundKwh, violationRatio }) => ({ energy: (energyKwh - boundKwh) / (allOn.energyKwh - boundKwh), violation: violationRatio / VIOLATION_WORST }))))
  }
  return found
}

/** Tables in Markdown: each policy and setting as means over the pools of each trace, and ours against each other policy, pool by pool. */
export function policyReport(runs: readonly PolicyRun[]): string {
  return [...new Set(runs.map(({ trace }) => trace))].flatMap((trace) => [`### ${trace}`, '', ...tableOf(runs.filter((run) => run.trace === trace)), '']).concat(['### Hypervolume, pool by pool', '', ...volumeTable(runs)]).join('\n')
}

function tableOf(runs: readonly PolicyRun[]): string[] {
  const rows = new Map<string, PolicyRun[]>()
  for (const run of runs) rows.set(`${run.family} | ${run.setting}`, [...(rows.get(`${run.family} | ${run.setting}`) ?? []), run])
  const line = (key: string, own: readonly PolicyRun[]): string =>
    `| ${key} | ${own.length} | ${mean(own.map((run) => run.energyKwh / run.boundKwh)).toFixed(3)} | ${mean(own.map((run) => run.violationMinutes)).toFixed(0)} | ${(100 * mean(own.map((run) => run.violationRatio))).toFixed(4)} | ${mean(own.map((run) => run.migrations)).toFixed(0)} | ${mean(own.map((run) => run.powerCycles)).toFixed(1)} | ${mean(own.map((run) => run.hostsOnMean)).toFixed(1)} |`
  return ['| policy | setting | pools | energy / bound | SLA minutes | of VM-minutes, % | migrations | power cycles | hosts on |', '|---|---|---|---|---|---|---|---|---|', ...[...rows].map(([key, own]) => line(key, own))]
}

function volumeTable(runs: readonly PolicyRun[]): string[] {
  const ours = volumes(runs, OURS)
  const others = [...new Set(runs.map(({ family }) => family))].filter((family) => family !== OURS && family !== 'none')
  const rows = others.map((family) => {
    const theirs = volumes(runs, family)
    const pools = [...ours.keys()].filter((pool) => theirs.has(pool))
    const differences = pools.map((pool) => ours.get(pool)! - theirs.get(pool)!)
    const half = pairedHalfWidth(differences)
    const difference = mean(differences)
    const interval = half === null ? 'no interval' : `${(difference - half).toFixed(3)} to ${(difference + half).toFixed(3)}`
    return `| ${family} | ${pools.length} | ${mean(pools.map((pool) => ours.get(pool)!)).toFixed(3)} | ${mean(pools.map((pool) => theirs.get(pool)!)).toFixed(3)} | ${difference.toFixed(3)} | ${interval} | ${half !== null && difference - half > 0 ? 'yes' : 'no'} |`
  })
  return ['| against | pools | ours | theirs | difference | paired 95 % interval | ours above |', '|---|---|---|---|---|---|---|', ...rows]
}
