import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { runOracle, type OracleResult, type Policy } from './oracle.ts'

/** The table of section 12. SLAV and ESV are printed with 7 significant digits, SLATAH and PDM with 9 decimals. */
interface Row {
  energy: number; migrations: number; slatah: number; pdm: number; slav: number; esv: number; slaPercent: number
  shutdowns: number; meanTime: number
}

type Entry = [Policy, Row]

function row(...v: [number, number, number, number, number, number, number, number, number]): Row {
  const [energy, migrations, slatah, pdm, slav, esv, slaPercent, shutdowns, meanTime] = v
  return { energy, migrations, slatah, pdm, slav, esv, slaPercent, shutdowns, meanTime }
}

const TABLE: Record<string, Entry[]> = {
  '20110303': [
    ['npa', row(2410.802800, 0, 0, 0, 0, 0, 0, 455, 2864.28)],
    ['dvfs', row(802.754492, 0, 0, 0, 0, 0, 0, 455, 2864.28)],
    ['thr-mmt-0.8', row(192.623070, 26711, 0.049132826, 0.000646367, 3.175783e-05, 0.006117290, 0.07, 5885, 949.58)],
    ['lr-mmt-1.2', row(163.477217, 27859, 0.058579478, 0.000792747, 4.643868e-05, 0.007591666, 0.15, 5053, 1028.87)],
    ['iqr-mmt-1.5', row(189.980073, 26282, 0.048225503, 0.000623522, 3.006968e-05, 0.005712640, 0.07, 5868, 951.92)],
    ['mad-mmt-2.5', row(185.791673, 26556, 0.050488182, 0.000661853, 3.341573e-05, 0.006208365, 0.08, 5828, 966.75)],
    ['thr-mu-0.8', row(207.794299, 30653, 0.073823543, 0.000669649, 4.943589e-05, 0.010272497, 0.07, 6523, 971.33)],
    ['thr-rs-0.8', row(184.816092, 24493, 0.068882324, 0.001009057, 6.950618e-05, 0.012845861, 0.11, 5566, 1022.48)],
    ['thr-mc-0.8', row(183.476104, 23967, 0.068382352, 0.001019321, 6.970360e-05, 0.012788944, 0.11, 5576, 982.94)],
  ],
  '20110306': [
    ['npa', row(2410.802800, 0, 0, 0, 0, 0, 0, 544, 4109.66)],
    ['dvfs', row(625.530758, 0, 0, 0, 0, 0, 0, 544, 4109.66)],
    ['thr-mmt-0.8', row(144.741164, 20908, 0.051337116, 0.000700466, 3.595990e-05, 0.005204878, 0.08, 4682, 971.34)],
    ['lr-mmt-1.2', row(123.284186, 20878, 0.058823604, 0.000786172, 4.624547e-05, 0.005701336, 0.14, 4018, 994.00)],
    ['iqr-mmt-1.5', row(143.972423, 20742, 0.050412323, 0.000669289, 3.374043e-05, 0.004857691, 0.08, 4703, 913.11)],
    ['mad-mmt-2.5', row(140.071328, 20682, 0.051964081, 0.000720330, 3.743126e-05, 0.005243047, 0.09, 4593, 959.84)],
    ['thr-mu-0.8', row(156.602839, 23599, 0.074361924, 0.000668815, 4.973440e-05, 0.007788548, 0.07, 5115, 987.11)],
    ['thr-rs-0.8', row(139.873515, 18838, 0.069022569, 0.001025524, 7.078432e-05, 0.009900852, 0.11, 4422, 989.03)],
    ['thr-mc-0.8', row(138.097052, 18823, 0.069219067, 0.001056761, 7.314801e-05, 0.010101525, 0.12, 4405, 1003.02)],
  ],
  '20110309': [
    ['npa', row(2410.802800, 0, 0, 0, 0, 0, 0, 584, 14981.61)],
    ['dvfs', row(704.930856, 0, 0, 0, 0, 0, 0, 584, 14981.61)],
    ['thr-mmt-0.8', row(165.274114, 23475, 0.052609009, 0.000770128, 4.051565e-05, 0.006696189, 0.09, 5139, 1014.96)],
    ['lr-mmt-1.2', row(142.093692, 24959, 0.065502525, 0.000918432, 6.015961e-05, 0.008548302, 0.22, 4563, 1013.39)],
    ['iqr-mmt-1.5', row(166.747115, 23772, 0.052506682, 0.000739889, 3.884910e-05, 0.006477975, 0.08, 5222, 1023.39)],
    ['mad-mmt-2.5', row(163.005374, 23476, 0.052481649, 0.000744996, 3.909863e-05, 0.006373287, 0.09, 5178, 1014.49)],
    ['thr-mu-0.8', row(181.257499, 27266, 0.075311593, 0.000771645, 5.811379e-05, 0.010533560, 0.08, 5781, 1015.25)],
    ['thr-rs-0.8', row(158.679592, 21243, 0.071036901, 0.001119885, 7.955316e-05, 0.012623463, 0.13, 4904, 1042.66)],
    ['thr-mc-0.8', row(158.783598, 21210, 0.070862670, 0.001102825, 7.814912e-05, 0.012408799, 0.13, 4878, 1032.13)],
  ],
}

const SHARED = process.env['PLIMSOLL_SHARED'] ?? '../shared'
/** All days, and ten seeds instead of three: some minutes instead of half of one. */
const FULL = process.env['PLIMSOLL_FULL'] === '1'
const QUICK_DAY = '20110303'
const SEEDS = FULL ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : [1, 2, 3]

function readDay(file: string): number[][] {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n')
  const samples = lines.slice(1).map((line) => line.split(',').map(Number))
  return lines[0]!.split(',').map((_, vm) => samples.map((values) => values[vm]!))
}

function expectDigits(found: number, printed: number, significant: number): void {
  expect(found.toPrecision(significant)).toBe(printed.toPrecision(significant))
}

function expectRow(found: OracleResult, row: Row): void {
  expect(found.migrations).toBe(row.migrations)
  expect(found.hostShutdowns).toBe(row.shutdowns)
  expect(found.energyKwh.toFixed(6)).toBe(row.energy.toFixed(6))
  expect(found.slatah.toFixed(9)).toBe(row.slatah.toFixed(9))
  expect(found.pdm.toFixed(9)).toBe(row.pdm.toFixed(9))
  expectDigits(found.slav, row.slav, 7)
  expect(found.esv.toFixed(9)).toBe(row.esv.toFixed(9))
  expect((100 * found.overallSla).toFixed(2)).toBe(row.slaPercent.toFixed(2))
  expect(found.meanTimeBeforeShutdownS.toFixed(2)).toBe(row.meanTime.toFixed(2))
}

/** The study's random run can't be repeated, so its means over seeds are compared. */
function expectMeansNear(samples: number[][], policy: Policy, row: Row): void {
  const runs = SEEDS.map((seed) => runOracle(samples, policy, seed))
  const mean = (pick: (run: OracleResult) => number): number => runs.reduce((total, run) => total + pick(run), 0) / runs.length
  const within3Percent = (found: number, printed: number): void => {
    expect(Math.abs(found / printed - 1)).toBeLessThan(0.03)
  }
  within3Percent(mean((run) => run.energyKwh), row.energy)
  within3Percent(mean((run) => run.migrations), row.migrations)
}

for (const [day, entries] of Object.entries(TABLE)) {
  const file = join(SHARED, 'traces/planetlab', `${day}.csv.gz`)
  const path = resolve(import.meta.dirname, '../..', file)
  const missing = !existsSync(path)
  const skipped = missing || (day !== QUICK_DAY && !FULL)
  const reason = missing ? ` (skipped: ${file} is missing)` : skipped ? ' (skipped: set PLIMSOLL_FULL=1 to run it)' : ''
  describe.skipIf(skipped)(`the oracle reproduces the PlanetLab table of ${day}${reason}`, () => {
    const samples = skipped ? [] : readDay(path)
    it.each(entries)('%s', (policy, expected) => {
      if (policy === 'thr-rs-0.8') expectMeansNear(samples, policy, expected)
      else expectRow(runOracle(samples, policy), expected)
    })
  })
}
