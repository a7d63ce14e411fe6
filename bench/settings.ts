import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { simulate } from '../sim/run.ts'
import { loadScenario } from '../src/cli/loadScenario.ts'
import { runBuilder } from '../src/cli/baseLoads.ts'
import { solverFor } from '../src/cli/solver.ts'
import { BUILT_IN_POLICIES } from '../src/config/policies.ts'
import { parseQuantity } from '../src/config/quantity.ts'
import type { RunSummary } from '../src/model/run.ts'
import { provenance } from './machine.ts'
import { type SettingPoint, type SettingResult, number, settingChart } from './settingChart.ts'
import { SETTING_ROWS, type SettingRow } from './settingRows.ts'

const SCENARIO = 'scenarios/settings'

type Try = (policy: string, settings: readonly string[]) => Promise<RunSummary>

/**
 * What each setting does on a bundled scenario, the values of bench/settingRows.ts one after another: a line a value, and with
 * `--charts FOLDER` one SVG a group of settings. `npm run bench settings [-- --charts FOLDER] [SETTING...]`: settings that contain a word.
 */
export async function benchSettings(args: readonly string[]): Promise<void> {
  const chartsAt = args.indexOf('--charts')
  const folder = chartsAt < 0 ? null : (args[chartsAt + 1] ?? null)
  if (chartsAt >= 0 && folder === null) throw new Error('--charts needs a folder, such as docs/charts')
  const words = args.filter((_, at) => chartsAt < 0 || (at !== chartsAt && at !== chartsAt + 1))
  const rows = SETTING_ROWS.filter(({ setting }) => words.length === 0 || words.some((word) => setting.includes(word)))
  console.log(provenance())
  const run = tries()
  const base = await run('none', [])
  const results: SettingResult[] = []
  for (const [at, row] of rows.entries()) {
    results.push(await resultOf(row, base.sla.violationMinutes, run))
    const isLast = at + 1 === rows.length || groupOf(rows[at + 1]!) !== groupOf(row)
    if (folder !== null && isLast) drawGroup(groupOf(row), results.filter((result) => groupOf(result.row) === groupOf(row)), folder)
  }
}

/** The load is generated once: settings don't change it. What was run before is not run again. */
function tries(): Try {
  const known = new Map<string, RunSummary>()
  const build = runBuilder(`${SCENARIO}/scenario.yaml`, process.cwd())
  return async (policy, settings) => {
    const key = [policy, ...settings].join(' ')
    const before = known.get(key)
    if (before !== undefined) return before
    const { variants } = loadScenario(SCENARIO, { settings: settings.map((setting) => `policy.${setting}`), policies: [policy], seeds: null }, process.cwd())
    const scenario = variants[0]!
    const planned = await build({ scenario, policy: scenario.policies[0]!, seed: scenario.seeds[0]! })
    const { summary } = simulate(planned, { solver: await solverFor(planned.hosts.length) })
    known.set(key, summary)
    return summary
  }
}

async function resultOf(row: SettingRow, baseMinutes: number, run: Try): Promise<SettingResult> {
  const points: SettingPoint[] = []
  for (const value of row.values) {
    const summary = await run(row.policy, [...row.also, `${row.setting}=${value}`])
    const point = { value, energyKwh: summary.energyKwh, migrations: summary.migrations, powerOffs: summary.powerOffs, violationMinutes: summary.sla.violationMinutes - baseMinutes }
    points.push(point)
    console.log(`${row.policy} ${[...row.also, `${row.setting}=${value}`].join(' ')}: ${number(point.energyKwh)} kWh, ${point.migrations} migrations, ${point.powerOffs} power-offs, ${number(point.violationMinutes)} VM-minutes below service beyond none's`)
  }
  return { row, ownValue: ownValueOf(row), points }
}

/** Which of the values shown is the base policy's. */
function ownValueOf({ setting, policy, values }: SettingRow): string | null {
  let own: unknown = BUILT_IN_POLICIES.get(policy)?.settings
  for (const key of setting.split('.')) own = typeof own === 'object' && own !== null ? (own as Record<string, unknown>)[key] : undefined
  return values.find((value) => String(own) === value || (typeof own === 'number' && sameAmount(value, setting, own))) ?? null
}

function sameAmount(value: string, setting: string, own: number): boolean {
  if (!setting.endsWith('Ms')) return Number(value) === own
  const read = parseQuantity(value, 'duration')
  return read.ok && read.value === own
}

/** Settings are drawn together by the part of the policy that they stand in. */
const groupOf = ({ setting }: SettingRow): string => (setting.includes('.') ? setting.split('.')[0]! : 'observation')

function drawGroup(group: string, results: readonly SettingResult[], folder: string): void {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${group}.svg`)
  writeFileSync(file, settingChart(results))
  console.log(`${file} is drawn`)
}
