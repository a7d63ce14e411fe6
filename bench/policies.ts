import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { simulate } from '../sim/run.ts'
import { BUILT_IN_POLICIES } from '../src/config/policies.ts'
import { PEER_NAMES, type PolicySettings } from '../src/model/policy.ts'
import { provenance } from './machine.ts'
import { energyBoundKwh } from './policyBound.ts'
import { policyChart } from './policyChart.ts'
import { type BenchPool, benchPools, benchRun } from './policyPools.ts'
import { type PolicyRun, policyReport } from './policyReport.ts'

interface Variant {
  readonly family: string
  readonly setting: string
  readonly policy: PolicySettings
}

const OURS_RISKS = [0.002, 0.005, 0.015, 0.05]
const FILLS = [0.5, 0.65, 0.8]

const builtIn = (name: string): PolicySettings => BUILT_IN_POLICIES.get(name)!.settings
const withPowerSave = (base: PolicySettings, settings: Partial<PolicySettings['powerSave']>): PolicySettings => ({ ...base, powerSave: { ...base.powerSave, ...settings } })

/** Every policy that may run outside the study's world; those with a setting for how full hosts are, at several. */
function variants(): Variant[] {
  const peers = PEER_NAMES.filter((name) => BUILT_IN_POLICIES.has(name)).map((name): Variant => ({ family: name, setting: 'as documented', policy: builtIn(name) }))
  return [
    { family: 'none', setting: 'all hosts on', policy: builtIn('none') },
    ...OURS_RISKS.map((risk): Variant => ({ family: 'plimsoll', setting: `overloadMax ${risk}`, policy: withPowerSave(builtIn('plimsoll'), { overloadMax: risk }) })),
    ...['power-save', 'balanced'].flatMap((name) => FILLS.map((fill): Variant => ({ family: name, setting: `fillMax ${fill}`, policy: filled(builtIn(name), fill) }))),
    ...peers,
  ]
}

function filled(base: PolicySettings, fillMax: number): PolicySettings {
  const saving = withPowerSave(base, { fillMax, utilizationHigh: Math.min(1, fillMax + 0.15), poolUtilizationMin: Math.min(0.45, fillMax - 0.05) })
  return { ...saving, evenDistribution: { ...saving.evenDistribution, utilizationLow: Math.max(saving.evenDistribution.utilizationLow, fillMax), utilizationHigh: Math.max(saving.evenDistribution.utilizationHigh, fillMax + 0.1) } }
}

const OUT = join('runs', 'bench-policies.ndjson')

/**
 * Policies in the honest world on Bitbrains and GCD pools. `npm run bench policies [WORD...]` runs those whose pool, family or setting holds a
 * word (all without any) that are not in runs/bench-policies.ndjson yet, and prints the tables; with `--chart FILE` it draws the figure too.
 */
export function benchPolicies(args: readonly string[]): Promise<void> {
  const shared = process.env['PLIMSOLL_SHARED'] ?? '../shared'
  if (!existsSync(join(shared, 'traces/gcd-hipro'))) {
    console.log(`not run: ${shared}/traces is absent (set PLIMSOLL_SHARED)`)
    return Promise.resolve()
  }
  const chartAt = args.indexOf('--chart')
  const words = args.filter((_, at) => chartAt === -1 || (at !== chartAt && at !== chartAt + 1))
  console.log(provenance())
  const runs = readRuns()
  const known = new Set(runs.map(({ pool, family, setting }) => `${pool} ${family} ${setting}`))
  for (const pool of benchPools(shared)) {
    const wanted = variants().filter(({ family, setting }) => !known.has(`${pool.name} ${family} ${setting}`) && (words.length === 0 || words.some((word) => pool.name.includes(word) || family === word || setting.includes(word))))
    if (wanted.length === 0) continue
    const boundKwh = energyBoundKwh(pool)
    for (const variant of wanted) {
      runs.push(measured(pool, variant, boundKwh))
      keepRuns(runs)
    }
  }
  console.log(policyReport(runs))
  if (chartAt !== -1) writeFileSync(args[chartAt + 1]!, policyChart(runs))
  return Promise.resolve()
}

function measured(pool: BenchPool, { family, setting, policy }: Variant, boundKwh: number): PolicyRun {
  const before = process.cpuUsage()
  const { summary } = simulate(benchRun(pool, policy))
  const { user, system } = process.cpuUsage(before)
  const run = {
    pool: pool.name, trace: pool.trace, family, setting, energyKwh: summary.energyKwh, boundKwh, violationMinutes: summary.sla.violationMinutes, violationRatio: summary.sla.violationRatio,
    migrations: summary.migrations, powerCycles: summary.powerOffs, hostsOnMean: summary.hostsOnMean, unplaced: summary.unplacedAtEnd, cpuS: (user + system) / 1e6,
  }
  console.error(`${run.pool} ${family} ${setting}: ${(run.energyKwh / boundKwh).toFixed(3)} x bound, ${run.violationMinutes.toFixed(0)} SLA minutes, ${run.migrations} migrations, ${run.powerCycles} power cycles, ${run.cpuS.toFixed(1)} CPU s`)
  return run
}

function readRuns(): PolicyRun[] {
  return existsSync(OUT) ? readFileSync(OUT, 'utf8').trim().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as PolicyRun) : []
}

function keepRuns(runs: readonly PolicyRun[]): void {
  mkdirSync('runs', { recursive: true })
  writeFileSync(OUT, `${runs.map((run) => JSON.stringify(run)).join('\n')}\n`)
}
