import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadScenario } from '../../src/cli/loadScenario.ts'
import { readDocument } from '../../src/cli/openFile.ts'
import { NO_OVERRIDES } from '../../src/config/scenarioText.ts'
import { parsePolicy } from '../../src/config/policyFile.ts'
import { seriesOfCsv } from '../../src/config/seriesCsv.ts'
import { BadInput, type Issue } from '../../src/model/result.ts'

const read = (text: string, column?: string) => {
  const faults: Issue[] = []
  const steps = seriesOfCsv('p.csv', text, column, faults)
  return { steps, faults: faults.map(({ path, message }) => `${path} ${message}`) }
}

describe('a series in a CSV file', () => {
  it('is its rows, in order', () => {
    const { steps, faults } = read('from,price,g\n2026-03-02T00:00:00Z,0.1,300\n2026-03-02T02:00:00+01:00,-0.02,200\n', 'price')
    expect(faults).toEqual([])
    expect(steps).toEqual([{ from: '2026-03-02T00:00:00Z', value: 0.1 }, { from: '2026-03-02T02:00:00+01:00', value: -0.02 }])
  })

  it('takes the only other column where none is named, and semicolons', () => {
    expect(read('from;price\n2026-03-02T00:00:00Z;0.1\n').steps).toHaveLength(1)
  })

  it('all that is wrong with its rows is told at once', () => {
    expect(read('from,price\n2026-03-02T01:00:00Z,0.1\nyesterday,0.2\n2026-03-02T00:00:00Z,0.1\n2026-03-02T02:00:00Z,\n2026-03-02T03:00:00Z,cheap\n1,2,3\n').faults).toEqual([
      'p.csv:7 has 3 cells, the first line has 2',
      'p.csv:3 from is "yesterday", expected an instant with its offset, such as 2026-03-02T00:00:00Z',
      'p.csv:4 from is 2026-03-02T00:00:00Z, not after the row before it: put the rows in order of time',
      'p.csv:5 price is "", expected a number', 'p.csv:6 price is "cheap", expected a number',
    ])
  })

  it.each<[string, string, string | undefined, string[]]>([
    ['empty', '', undefined, ['p.csv is empty: a first line with the names of the columns was expected']],
    ['without rows', 'from,price\n', undefined, ['p.csv has no row below its first line: at least one value was expected']],
    ['without its time', 'hour,price\n1,2\n', 'price', ['p.csv:1 has no column from, which says from when on a value holds; it has hour, price']],
    ['with several columns of which none is named', 'from,a,b\n', undefined, ['p.csv:1 has the columns a, b: say with column which of them is meant']],
    ['without the column that is named', 'from,a\n', 'b', ['p.csv:1 has no column b; it has from, a']],
  ])('is refused when it is %s', (_, text, column, expected) => {
    expect(read(text, column).faults).toEqual(expected)
  })
})

describe('a tariff that names CSV files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-tariff-'))
  const put = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  put('day.csv', 'from,eur,g\n2026-03-02T00:00:00Z,0.1,300\n2026-03-02T01:00:00Z,0.3,200\n')
  const SCENARIO = 'formatVersion: 1\nname: priced\ndurationMs: 2 h\nhosts: [{ id: h, count: 2, model: rack-2020 }]\nevents: [{ atMs: 0, kind: vmAdd, id: v, vcpus: 2, memoryMib: 1 GiB }]\npolicies: [none]\n'

  it('is read with the policy file that names them, relative to it', () => {
    const file = put('policy.yaml', 'formatVersion: 1\nname: priced\ntariff: { pricePerKwh: { csv: day.csv, column: eur }, carbonGPerKwh: { csv: day.csv, column: g } }\n')
    const { tariff } = parsePolicy(readDocument(file), 'priced', 0)
    expect(tariff?.pricePerKwh).toEqual({ kind: 'steps', fromUnixMs: [Date.UTC(2026, 2, 2), Date.UTC(2026, 2, 2, 1)], values: [0.1, 0.3] })
    expect(tariff?.carbonGPerKwh).toMatchObject({ values: [300, 200] })
  })

  it('is read with a scenario, and with the policies written out in it', () => {
    const file = put('scenario.yaml', SCENARIO.replace('[none]', '[{ name: own, tariff: { pricePerKwh: { csv: day.csv, column: g } } }]') + 'tariff: { pricePerKwh: { csv: day.csv, column: eur } }\n')
    const [scenario] = loadScenario(file, NO_OVERRIDES, folder).variants
    expect(scenario!.tariff?.pricePerKwh).toMatchObject({ steps: [{ value: 0.1 }, { value: 0.3 }] })
    expect(scenario!.policies[0]!.settingsAt(0).tariff?.pricePerKwh).toMatchObject({ values: [300, 200] })
  })

  it('says what is wrong in the CSV file, and which file is missing', () => {
    put('bad.csv', 'from,eur\nnow,x\n')
    const faultsOf = (csv: string): string => {
      try {
        loadScenario(put('wrong.yaml', `${SCENARIO}tariff: { pricePerKwh: { csv: ${csv} } }\n`), NO_OVERRIDES, folder)
        return 'none'
      } catch (error) {
        if (!(error instanceof BadInput)) throw error
        return error.issues.map(({ path, message }) => `${path} ${message}`).join('\n')
      }
    }
    expect(faultsOf('bad.csv')).toMatch(/bad.csv:2 from is "now", expected an instant.*\n.*bad.csv:2 eur is "x", expected a number/)
    expect(faultsOf('none.csv')).toMatch(/none.csv/)
    expect(faultsOf('day.csv')).toMatch(/day.csv:1 has the columns eur, g: say with column which of them is meant/)
  })
})
