import { describe, expect, it } from 'vitest'
import { seededRng } from '../../sim/random.ts'
import { compareRuns } from '../../src/report/compare.ts'
import { renderReport } from '../../viz/page.ts'
import type { PageContent } from '../../viz/pageContent.ts'
import type { Run } from '../../src/model/run.ts'
import { fakePolicies } from '../support/fakeRun.ts'

const page = (runs: readonly Run[], script = ''): string => renderReport({ comparison: compareRuns(runs.map((run) => run.summary), { warmupMs: 0, rng: seededRng(1) }), runs, script })
const renamed = (run: Run, policy: string): Run => ({ ...run, header: { ...run.header, policy }, summary: { ...run.summary, policy } })
const contentOf = (html: string): PageContent => JSON.parse(/<script type="application\/json" id="content">(.*?)<\/script>/s.exec(html)![1]!) as PageContent

describe('the report page', () => {
  const week = fakePolicies(10, 7)
  const html = page(week)

  it('allows itself no address and names none', () => {
    expect(html).toContain("default-src 'none'")
    expect(html).not.toMatch(/(src|href)="(?!data:,")/)
    expect(html).not.toMatch(/https?:|@import|url\(/)
  })

  it('can be read without its script: the differences stand in the page', () => {
    const body = html.slice(0, html.indexOf('id="content"'))
    for (const text of ['Differences from none', 'power-save takes least energy', 'not distinguishable', 'block bootstrap over 7 days', 'warm-up']) expect(body).toContain(text)
  })

  it('holds nothing that a name could smuggle in', () => {
    const evil = '</script><img src=x onerror=alert(1)>'
    const spiked = page([week[0]!, renamed(week[1]!, evil)])
    expect(spiked).not.toContain('<img')
    expect(spiked.split('</script>')).toHaveLength(3)
    expect(contentOf(spiked).comparison.policies[1]).toBe(evil)
  })

  it('keeps a program that speaks of script ends whole', () => {
    const spiked = page([week[0]!], 'const a = "</script>"; const b = "<!--"')
    expect(spiked).toContain('const a = "<\\/script>"; const b = "<\\!--"')
  })

  it('is the same for the same runs', () => {
    expect(page(week)).toBe(html)
  })

  const [, , saving] = fakePolicies(1000, 1)
  const seeds = (count: number): Run[] => Array.from({ length: count }, (_, seed): Run => ({ ...saving!, header: { ...saving!.header, seed }, summary: { ...saving!.summary, seed } }))

  it.each([4, 20, 80])('stays below 15 MB with %d runs of 1,000 hosts', (count) => {
    expect(page(seeds(count)).length).toBeLessThan(15_000_000)
  })

  it('draws no more than 80 runs, and says so', () => {
    const many = page(seeds(81))
    expect(contentOf(many).runs).toHaveLength(80)
    expect(many).toContain('Of 81 runs 80 are drawn')
  })
})
