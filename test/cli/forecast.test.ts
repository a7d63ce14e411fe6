import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { seededRng } from '../../sim/random.ts'
import { inFolder } from './support.ts'

const SHARED = resolve(import.meta.dirname, '../..', process.env.PLIMSOLL_SHARED ?? '../shared')
const PLANETLAB = resolve(SHARED, 'traces/planetlab')
const JULY_S = Date.UTC(2013, 6, 1) / 1000

/** A table of so many VMs over so many days: one flat, one with a daily wave, the others noise; tenths of a percent, with gaps. */
function table(vms: number, days: number): string {
  const rng = seededRng(1, `table ${vms}`)
  const lines = [`t,${Array.from({ length: vms }, (_, vm) => vm + 1).join(',')}`]
  for (let row = 0; row < days * 288; row++) {
    const cells = Array.from({ length: vms }, (_, vm) => {
      if (row % 97 === vm) return ''
      return vm === 0 ? 50 : vm === 1 ? Math.round(300 + 200 * Math.sin((row / 288) * 2 * Math.PI)) : rng.below(400)
    })
    lines.push(`${JULY_S + row * 300},${cells.join(',')}`)
  }
  return `${lines.join('\n')}\n`
}

interface Scored {
  readonly mae: number
  readonly pinball90: number
}

interface Document {
  readonly horizons: readonly (Scored & { readonly name: string; readonly coverage90: number; readonly selected: string; readonly baselines: Readonly<Record<string, Scored>> })[]
}

const folder = inFolder()

describe('plimsoll forecast', () => {
  it('back-tests any trace: a document with horizons, the blend and every simple method', async () => {
    folder.write('july.csv', table(4, 4))
    folder.write('june.csv', table(3, 4))
    const { code, out } = await folder.run('forecast', 'july.csv', '--train', 'june.csv', '--backtest', '--json', '--quiet', '--per-series')
    expect(code).toBe(0)
    const { horizons } = JSON.parse(out) as Document
    expect(horizons.map(({ name }) => name)).toEqual(['5 min', '1 h', '6 h', '24 h', 'max 1 h', 'max 24 h'])
    for (const { mae, pinball90, coverage90, baselines } of horizons) {
      for (const value of [mae, pinball90, coverage90, ...Object.values(baselines).flatMap((score) => [score.mae, score.pinball90])]) expect(Number.isFinite(value)).toBe(true)
      expect(Object.keys(baselines)).toEqual(expect.arrayContaining(['last value', 'seasonal naive 1 d', 'Holt-Winters']))
    }
  })

  it('says the same bytes each time, but for what stands under timing', async () => {
    folder.write('july.csv', table(3, 3))
    const documents = [await folder.run('forecast', 'july.csv', '--backtest', '--json', '--quiet'), await folder.run('forecast', 'july.csv', '--backtest', '--json', '--quiet')].map(({ out }) => ({ ...(JSON.parse(out) as Record<string, unknown>), timing: null }))
    expect(documents[1]).toEqual(documents[0])
  })

  it('draws what it found, and prints tables', async () => {
    folder.write('july.csv', table(3, 3))
    const { code, out } = await folder.run('forecast', 'july.csv', '--backtest', '--quiet', '--out', 'gain.svg')
    expect(code).toBe(0)
    expect(out).toContain('best simple')
    expect(readFileSync(resolve(folder.path(), 'gain.svg'), 'utf8')).toMatch(/^<svg[\s\S]*<\/svg>\n$/)
  })

  it('forecasts from the end of a trace: the flat VM stays flat', async () => {
    folder.write('july.csv', table(3, 3))
    const { code, out } = await folder.run('forecast', 'july.csv', '--json', '--quiet', '--out', 'ahead.html')
    expect(code).toBe(0)
    const { series, horizons } = JSON.parse(out) as { series: readonly { name: string; expected: number[]; quantiles: number[][] }[]; horizons: unknown[] }
    expect(series.length).toBe(3)
    expect(horizons.length).toBe(6)
    for (const value of series[0]!.expected) expect(value).toBeCloseTo(5, 2)
    expect(readFileSync(resolve(folder.path(), 'ahead.html'), 'utf8')).toContain('<svg')
    expect((await folder.run('forecast', 'july.csv', '--quiet')).out).toContain('expected value (0.9 quantile)')
  })

  it('needs no training trace, under no protocol', async () => {
    const rng = seededRng(9, 'planetlab')
    folder.write('20110309.csv', `${['a,b,c', ...Array.from({ length: 288 }, () => [rng.below(100), 7, rng.below(30)].join(','))].join('\n')}\n`)
    const { code, out } = await folder.run('forecast', '20110309.csv', '--backtest', '--protocol', 'p3', '--json', '--quiet')
    expect(code).toBe(0)
    expect((JSON.parse(out) as Document).horizons.map(({ name }) => name)).toEqual(['5 min', '30 min', '60 min'])
  })

  it.each([
    [['forecast', 'july.csv', '--protocol', 'q', '--backtest'], 'protocol'],
    [['forecast', 'july.csv', '--protocol', 'm'], '--backtest'],
    [['forecast', 'july.csv', '--protocol', 'm', '--backtest'], 'more history'],
    [['forecast', 'july.csv', '--train', 'no-such.csv'], 'no-such.csv'],
    [['forecast', 'broken.csv'], 'broken.csv'],
  ])('refuses %j as bad input, and says why', async (words, why) => {
    folder.write('july.csv', table(3, 2))
    folder.write('broken.csv', 't,1,2\n1372629600,5,x\n')
    const { code, err, out } = await folder.run(...words, '--quiet')
    expect(code).toBe(2)
    expect(err).toContain(why)
    expect(out).toBe('')
  })
})

describe.skipIf(!existsSync(PLANETLAB) || process.env.PLIMSOLL_CASES === undefined)('Protocol P3 on PlanetLab (with PLIMSOLL_CASES set, and the traces beside the repository)', () => {
  it('is no worse than the best simple method at any horizon, and covers what it states', async () => {
    const day = (name: string): string => resolve(PLANETLAB, `${name}.csv.gz`)
    const { out } = await folder.run('forecast', day('20110309'), '--train', `${day('20110303')},${day('20110306')}`, '--backtest', '--protocol', 'p3', '--json', '--quiet')
    const { horizons } = JSON.parse(out) as Document
    const bars = [[4.67, 1.487], [4.76, 1.523], [4.8, 1.504]] as const
    for (const [index, { mae, pinball90, coverage90 }] of horizons.entries()) {
      expect(mae).toBeLessThanOrEqual(bars[index]![0])
      expect(pinball90).toBeLessThanOrEqual(bars[index]![1])
      expect(coverage90).toBeGreaterThan(0.87)
      expect(coverage90).toBeLessThan(0.93)
    }
  })
})
