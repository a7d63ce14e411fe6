import { describe, expect, it } from 'vitest'
import { BadInput } from '../../../../src/model/result.ts'
import { issueList } from '../../../../sim/workloads/reading/issueList.ts'
import { readMetricsText } from '../../../../sim/workloads/prometheus/text.ts'

interface Read {
  readonly series: { readonly labels: Record<string, string>; readonly samples: [number, number][]; readonly line: number | null }[]
  readonly issues: string[]
}

function read(text: string, chunkBytes = 1_000_000): Read {
  const issues = issueList()
  const bytes = new TextEncoder().encode(text)
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) => bytes.slice(index * chunkBytes, (index + 1) * chunkBytes))
  const series: Read['series'] = []
  readMetricsText('dump', chunks, issues, ({ labels, timesMs, values, line }) =>
    series.push({ labels: Object.fromEntries(labels), samples: Array.from(timesMs, (atMs, index) => [atMs, values[index]!]), line }))
  try {
    issues.throwIfAny()
  } catch (error) {
    if (error instanceof BadInput) return { series, issues: error.issues.map(({ path, message }) => `${path} ${message}`) }
    throw error
  }
  return { series, issues: [] }
}

const CPU = 'libvirt_domain_info_cpu_time_seconds_total'

describe('a dump of promtool', () => {
  const dump = [
    `{__name__="libvirt_domain_info_vstate", domain="web", instance="a:9177"} 1 1772409600123`,
    `{__name__="${CPU}", domain="web", instance="a:9177"} 12.5 1772409600123`,
    `{__name__="${CPU}", domain="web", instance="a:9177"} 1.3e+02 1772409660123`,
    `{__name__="${CPU}", domain="db", instance="a:9177"} NaN 1772409660123`,
    '{__name__="up", instance="a:9177"} 1 1772409660123',
    '',
  ].join('\n')

  it('gives the samples of known metrics in the order of the file, with lines', () => {
    expect(read(dump)).toEqual({
      series: [
        { labels: { __name__: 'libvirt_domain_info_vstate', domain: 'web', instance: 'a:9177' }, samples: [[1_772_409_600_123, 1]], line: 1 },
        { labels: { __name__: CPU, domain: 'web', instance: 'a:9177' }, samples: [[1_772_409_600_123, 12.5], [1_772_409_660_123, 130]], line: 2 },
        { labels: { __name__: CPU, domain: 'db', instance: 'a:9177' }, samples: [[1_772_409_660_123, Number.NaN]], line: 4 },
      ],
      issues: [],
    })
  })

  it.each([1, 7, 64])('reads the same wherever its bytes are cut (%i at a time)', (chunkBytes) => {
    expect(read(dump.replace('web', 'wéb'), chunkBytes)).toEqual(read(dump.replace('web', 'wéb')))
  })

  it('reads escapes, braces and commas in label values, and lines that end with CR LF', () => {
    const { series, issues } = read(`{__name__="${CPU}",domain="a \\"b\\" {x=\\"1\\"}, c\\\\d\\ne",instance="h"} 1 1772409600000\r\n`)
    expect(issues).toEqual([])
    expect(series[0]).toMatchObject({ labels: { domain: 'a "b" {x="1"}, c\\d\ne', instance: 'h' }, samples: [[1_772_409_600_000, 1]] })
  })
})

describe('OpenMetrics text', () => {
  it('has seconds, and is whole only with # EOF', () => {
    const text = `# TYPE x counter\n${CPU}{domain="web",instance="a"} 5 1772409600.5 # {trace_id="1"} 0.5\nlibvirt_up 1 1772409601\nlibvirt_up_other{a="b"} 1 1772409601\n`
    const { series, issues } = read(`${text}# EOF\n`)
    expect(issues).toEqual([])
    expect(series).toEqual([
      { labels: { __name__: CPU, domain: 'web', instance: 'a' }, samples: [[1_772_409_600_500, 5]], line: 2 },
      { labels: { __name__: 'libvirt_up' }, samples: [[1_772_409_601_000, 1]], line: 3 },
    ])
    expect(read(text).issues).toEqual(['dump is OpenMetrics and does not end with # EOF: it was cut off'])
    expect(read(`${text}# EOF\nmore 1 1\n`).issues).toEqual(['dump:6 stands after # EOF: the file goes on after its end'])
  })

  it('in Prometheus\' own text format has ms and no end mark', () => {
    expect(read(`${CPU}{domain="web"} 5 1772409600500\n`)).toMatchObject({ series: [{ samples: [[1_772_409_600_500, 5]] }], issues: [] })
  })

  it('may interleave series', () => {
    const one = (domain: string, second: number): string => `${CPU}{domain="${domain}"} 5 ${second}\n`
    const { series } = read(`${one('a', 1772409600)}${one('b', 1772409600)}${one('a', 1772409660)}# EOF\n`)
    expect(series.map(({ labels, line }) => [labels.domain, line])).toEqual([['a', 1], ['b', 2], ['a', 3]])
    const spaced = read(`${one('a', 1772409600)}\n# a remark\n${one('a', 1772409660)}${one('a', 1772409720)}# EOF\n`)
    expect(spaced.series.map(({ samples, line }) => [samples.length, line])).toEqual([[1, 1], [2, 4]])
  })
})

describe('a faulty file', () => {
  it('is told line by line, all at once', () => {
    const text = [
      `${CPU}{domain="web"} 5`,
      `${CPU}{domain="web"} five 1772409600000`,
      `${CPU}{domain="web"} 5 yesterday`,
      `${CPU}{domain="web"} 5 1772409600000 7`,
      `${CPU}{domain="web",domain="db"} 5 1772409600000`,
      `${CPU}{domain=web} 5 1772409600000`,
      `${CPU}{domain="web" 5 1772409600000`,
      'nonsense',
      '',
    ].join('\n')
    const { issues } = read(text)
    expect(issues.map((issue) => issue.split(' ')[0])).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((line) => `dump:${line}`))
    expect(issues[0]).toContain('no timestamp')
    expect(issues[1]).toContain('"five" is not a number')
    expect(issues[2]).toContain('"yesterday" is not a time')
    expect(issues[5]).toContain('labels can\'t be read')
    expect(issues[7]).toContain('is not a sample')
  })

  it.each(['', '\n', '# HELP x\n# EOF\n'])('that is empty says so (%j)', (text) => {
    expect(read(text).issues.join()).toContain('holds no samples')
  })

  it('that is binary gives problems, not a crash', () => {
    expect(read('\u0000\u0001\u0002{"}{\u0003\n').issues).toHaveLength(1)
  })
})
