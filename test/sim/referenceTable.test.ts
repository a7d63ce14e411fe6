import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ReferenceFigures, RunSummary } from '../../src/model/run.ts'
import { inFolder } from '../cli/support.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const SHARED = resolve(ROOT, process.env.PLIMSOLL_SHARED ?? '../shared')
const TABLE = join(SHARED, 'benchmarks/planetlab/README.md')
const DAYS = ['20110303', '20110306', '20110309']
/** Maximum correlation on all days, and ten seeds of random selection instead of three. */
const isFull = process.env.PLIMSOLL_FULL === '1'
const QUICK_DAY = DAYS[0]

const NAMES: Readonly<Record<string, string>> = {
  NPA: 'npa', DVFS: 'dvfs', 'THR 0.8, MMT': 'thr-mmt-0.8', 'THR 0.8, MU': 'thr-mu-0.8', 'THR 0.8, RS': 'thr-rs-0.8', 'THR 0.8, MC': 'thr-mc-0.8',
  'IQR 1.5, MMT': 'iqr-mmt-1.5', 'MAD 2.5, MMT': 'mad-mmt-2.5', 'LR 1.2, MMT': 'lr-mmt-1.2',
}
const RANDOM = 'thr-rs-0.8'
const SLOW = 'thr-mc-0.8'

interface Row {
  readonly policy: string
  readonly energyKwh: number
  readonly migrations: number
  readonly slatah: number
  readonly pdm: number
  readonly slav: number
  readonly esv: number
  readonly slaPercent: number
  readonly shutdowns: number
  readonly meanTimeS: number
}

/** The rows of section 12 for one day. */
function rowsOf(day: string): Row[] {
  return readFileSync(TABLE, 'utf8').split('\n').filter((line) => line.startsWith(`| ${day} |`)).flatMap((line) => {
    const [, name, ...cells] = line.split('|').slice(1, -1).map((cell) => cell.trim())
    const policy = NAMES[name!]
    const [energyKwh, migrations, slatah, pdm, slav, esv, slaPercent, shutdowns, meanTimeS] = cells.map(Number) as [number, number, number, number, number, number, number, number, number]
    return policy !== undefined && cells.length === 11 ? [{ policy, energyKwh, migrations, slatah, pdm, slav, esv, slaPercent, shutdowns, meanTimeS }] : []
  })
}

/** Bounds of section 13 with VMs removed, by day. */
function boundOf(day: string): number {
  const line = readFileSync(TABLE, 'utf8').split('## 13.')[1]!.split('\n').find((text) => text.startsWith(`| ${day} |`))!
  return Number(line.split('|')[2])
}

const isThere = existsSync(TABLE) && DAYS.every((day) => existsSync(join(SHARED, `traces/planetlab/${day}.csv.gz`)))
const skipped = isThere ? '' : ' (not run: needs the shared traces, see PLIMSOLL_SHARED)'

describe.skipIf(!isThere)(`plimsoll simulate scenarios/planetlab equals the published table${skipped}`, () => {
  const folder = inFolder()

  async function simulated(day: string, policy: string, ...more: string[]): Promise<RunSummary[]> {
    const { code, out, err } = await folder.run('simulate', join(ROOT, 'scenarios/planetlab'), '--set', `workload.path=${join(SHARED, `traces/planetlab/${day}.csv.gz`)}`, '--policy', policy, '--json', '--quiet', ...more)
    expect(err).toBe('')
    expect(code).toBe(0)
    const printed = JSON.parse(out) as RunSummary | { readonly runs: readonly RunSummary[] }
    return 'runs' in printed ? [...printed.runs] : [printed]
  }

  const digits = (value: number, count: number): number => Number(value.toPrecision(count))

  function expectRow(found: ReferenceFigures, row: Row): void {
    expect(found.energyKwh.toFixed(6)).toBe(row.energyKwh.toFixed(6))
    expect([found.migrations, found.hostShutdowns]).toEqual([row.migrations, row.shutdowns])
    expect(found.slatah.toFixed(9)).toBe(row.slatah.toFixed(9))
    expect(found.pdm.toFixed(9)).toBe(row.pdm.toFixed(9))
    expect(digits(found.slav, 7)).toBe(row.slav)
    expect(found.esv.toFixed(9)).toBe(row.esv.toFixed(9))
    expect((100 * found.overallSla).toFixed(2)).toBe(row.slaPercent.toFixed(2))
    expect(found.meanTimeBeforeShutdownS.toFixed(2)).toBe(row.meanTimeS.toFixed(2))
  }

  describe.each(DAYS)('%s', (day) => {
    const rows = (isThere ? rowsOf(day) : []).filter(({ policy }) => policy !== RANDOM && (isFull || day === QUICK_DAY || policy !== SLOW))

    it.each(rows)('$policy', async (row) => {
      const [summary] = await simulated(day, row.policy)
      expectRow(summary!.reference!, row)
      expect((summary!.reference!.energyKwh / summary!.reference!.energyToBound).toFixed(2)).toBe(boundOf(day).toFixed(2))
    })

    it.skipIf(!isFull && day !== QUICK_DAY)('thr-rs-0.8, on the mean of its seeds within 3 %', async () => {
      const runs = await simulated(day, RANDOM, '--set', `seeds={count: ${isFull ? 10 : 3}}`)
      const row = rowsOf(day).find(({ policy }) => policy === RANDOM)!
      const mean = (of: (figures: ReferenceFigures) => number): number => runs.reduce((sum, { reference }) => sum + of(reference!), 0) / runs.length
      expect(Math.abs(mean(({ energyKwh }) => energyKwh) / row.energyKwh - 1)).toBeLessThan(0.03)
      expect(Math.abs(mean(({ migrations }) => migrations) / row.migrations - 1)).toBeLessThan(0.03)
    })
  })
})

describe('plimsoll simulate scenarios/planetlab without a trace', () => {
  const folder = inFolder()

  it('ends with exit code 2 and names workload.path', async () => {
    const { code, err } = await folder.run('simulate', join(ROOT, 'scenarios/planetlab'), '--json')
    expect(code).toBe(2)
    expect(err).toMatch(/workload\.path: is missing: name the trace here, or with --set workload\.path=FILE/)
    expect(folder.files()).toEqual([])
  })

  it('refuses a warm-up: the study’s figures begin with its first step', async () => {
    const { code, err } = await folder.run('simulate', join(ROOT, 'scenarios/planetlab'), '--set', 'warmupMs=1 h', '--set', 'workload.path=day.csv')
    expect(code).toBe(2)
    expect(err).toMatch(/warmupMs: is 3600000 ms/)
  })
})
