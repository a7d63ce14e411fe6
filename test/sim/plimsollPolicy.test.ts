import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RunSummary } from '../../src/model/run.ts'
import { inFolder } from '../cli/support.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const SHARED = resolve(ROOT, process.env.PLIMSOLL_SHARED ?? '../shared')
/** Energy in kWh and ESV of LR-MMT-1.2, which test/sim/referenceTable.test.ts holds to CloudSim's. */
const BASELINE: readonly (readonly [string, number, number])[] = [['20110303', 163.477217, 0.007591666], ['20110306', 123.284186, 0.005701336], ['20110309', 142.093692, 0.008548302]]
const DAYS = process.env.PLIMSOLL_FULL === '1' ? BASELINE : BASELINE.slice(1, 2)

describe.skipIf(!existsSync(join(SHARED, 'traces/planetlab')))('plimsoll in the PlanetLab study (needs the shared traces; PLIMSOLL_FULL=1: all days)', () => {
  const folder = inFolder()

  it.each(DAYS)('takes at most 0.78 of the energy of lr-mmt-1.2 and a 150th of its ESV on %s', async (day, energyKwh, esv) => {
    const { out } = await folder.run('simulate', join(ROOT, 'scenarios/planetlab'), '--set', `workload.path=${join(SHARED, `traces/planetlab/${day}.csv.gz`)}`, '--policy', 'plimsoll', '--json', '--quiet')
    const { reference } = JSON.parse(out) as RunSummary
    expect(reference!.energyKwh / energyKwh).toBeLessThanOrEqual(0.78)
    expect(reference!.esv / esv).toBeLessThanOrEqual(1 / 150)
    expect(reference!.energyToBound).toBeGreaterThan(1)
  })
})
