import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { seededRng } from '../../sim/random.ts'
import { inFolder } from './support.ts'

/** A table of VMs with daily waves and noise, every five minutes, in tenths of a percent. */
function table(vms: number, days: number, seed: number, growthPerDay = 0): string {
  const rng = seededRng(seed, 'table')
  const lines = [`t,${Array.from({ length: vms }, (_, vm) => vm + 1).join(',')}`]
  for (let row = 0; row < days * 288; row++) {
    const cells = Array.from({ length: vms }, (_, vm) => Math.round((300 + (row / 288) * growthPerDay) * (1 + 0.5 * Math.sin((row / 288 + vm / 24) * 2 * Math.PI)) + rng.below(40)))
    lines.push(`${Date.UTC(2013, 6, 1) / 1000 + row * 300},${cells.join(',')}`)
  }
  return `${lines.join('\n')}\n`
}

const folder = inFolder()

describe('a trained network of plimsoll forecast', () => {
  it('is trained in a thread, saved, read again with the same answers, and refused when damaged', async () => {
    folder.write('train.csv', table(8, 9, 1))
    folder.write('test.csv', table(3, 8, 2))
    const trained = await folder.run('forecast', 'test.csv', '--train', 'train.csv', '--save-model', 'day.model', '--json', '--backend', 'wasm')
    expect(trained.err).toMatch(/training: TensorFlow\.js with backend wasm\n/)
    expect(trained.code).toBe(0)
    const seriesOf = (text: string): unknown => (JSON.parse(text) as { readonly series: unknown }).series
    const again = await folder.run('forecast', 'test.csv', '--train', 'train.csv', '--model', 'day.model', '--json', '--quiet', '--backend', 'wasm')
    expect(seriesOf(again.out)).toEqual(seriesOf(trained.out))
    const without = await folder.run('forecast', 'test.csv', '--train', 'train.csv', '--json', '--quiet')
    expect(seriesOf(without.out)).not.toEqual(seriesOf(trained.out))

    const header = JSON.parse(readFileSync(join(folder.path(), 'day.model'), 'latin1').split('\n')[0]!) as { readonly training: { readonly seriesCount: number; readonly seeds: readonly number[] } }
    expect(header.training).toMatchObject({ seriesCount: 8, seeds: [1, 2, 3] })
    writeFileSync(join(folder.path(), 'cut.model'), readFileSync(join(folder.path(), 'day.model')).subarray(0, 5000))
    const cut = await folder.run('forecast', 'test.csv', '--model', 'cut.model')
    expect([cut.code, cut.out]).toEqual([2, ''])
    expect(cut.err).toMatch(/cut\.model: is damaged/)
  })

  it.each([
    [['--save-model', 'a.model'], /--save-model: needs --train/],
    [['--save-model', 'a.model', '--model', 'b.model'], /can’t be given together/],
    [['--model', 'missing.model'], /missing\.model/],
    [['--train', 'train.csv', '--save-model', 'a.model', '--backend', 'abacus'], /--backend: must be one of tensorflow, wasm, cpu/],
    [['--train', 'train.csv', '--save-model', 'a.model', '--model-seed', '-3'], /--model-seed/],
    [['--train', 'train.csv', '--save-model', 'a.model'], /instants with enough known before and after them/],
  ])('%j is refused with what to do, and nothing is written', async (options, message) => {
    folder.write('train.csv', table(2, 3, 1))
    const { code, out, err } = await folder.run('forecast', 'train.csv', ...options, '--quiet')
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(message)
    expect(folder.files()).toEqual(['train.csv'])
  })
})

describe('plimsoll forecast --long-range', () => {
  it('tells growth and the day that is full, to the day where demand grows evenly', async () => {
    folder.write('grows.csv', table(5, 60, 3, 2))
    const { code, out } = await folder.run('forecast', 'grows.csv', '--long-range', '--capacity-cpu', '5', '--json')
    expect(code).toBe(0)
    const { trends } = JSON.parse(out) as { readonly trends: readonly { readonly level: number; readonly growthPerMonth: { readonly median: number }; readonly full: { readonly medianDays: number; readonly conservativeDays: number } }[] }
    expect(trends).toHaveLength(1)
    const { level, growthPerMonth, full } = trends[0]!
    expect(growthPerMonth.median * level * 12 / 365).toBeCloseTo((5 - level) / full.medianDays, 6)
    // Five VMs, 0.2 percent of their size more a day, times what the peak of their waves is above the mean.
    expect((5 - level) / full.medianDays).toBeGreaterThan(5 * 0.002)
    expect((5 - level) / full.medianDays).toBeLessThan(5 * 0.002 * 1.5)
    expect(full.conservativeDays).toBeLessThan(full.medianDays)
  })

  it('is refused on too few days, and with an amount that is none', async () => {
    folder.write('short.csv', table(2, 5, 1))
    expect(await folder.run('forecast', 'short.csv', '--long-range')).toMatchObject({ code: 2, err: expect.stringMatching(/fewer than 14 whole days/) as string })
    expect(await folder.run('forecast', 'short.csv', '--long-range', '--capacity-cpu', 'x')).toMatchObject({ code: 2, err: expect.stringMatching(/expected a number above 0/) as string })
  })
})

describe('plimsoll whatif --growth', () => {
  const scenario = (growth: string): string => `name: small
hosts: [{id: host, count: 3, model: rack-2020}]
workload: {synthetic: {vmCount: 5, stepMs: 1 h, flavors: [{vcpus: 2, memoryMib: 4 GiB, weight: 1}]${growth}}}
durationMs: 42 d
policies: none
whatif: {horizonMs: 365 d}
`

  it('lets demand grow as the load does by itself, faster for the cautious', async () => {
    folder.write('s.yaml', scenario(''))
    const growthBy = async (source: string): Promise<number> => {
      const { out } = await folder.run('whatif', 's.yaml', '--growth', source, '--json')
      const { settings, trends } = JSON.parse(out) as { readonly settings: { readonly growthPerMonthRatio: number }; readonly trends: readonly { readonly growthPerMonth: { readonly median: number; readonly high: number } }[] }
      expect(settings.growthPerMonthRatio).toBe(source === 'trend' ? trends[0]!.growthPerMonth.median : trends[0]!.growthPerMonth.high)
      return settings.growthPerMonthRatio
    }
    expect(await growthBy('cautious')).toBeGreaterThan(await growthBy('trend'))
    expect((await folder.run('whatif', 's.yaml', '--growth', 'trend')).out).toContain("Growth is the load's own")
    expect(await folder.run('whatif', 's.yaml', '--growth', 'guess')).toMatchObject({ code: 2, out: '' })
  })
})
