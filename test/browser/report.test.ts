import { build } from 'esbuild'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRng } from '../../sim/random.ts'
import type { Run } from '../../src/model/run.ts'
import { compareRuns } from '../../src/report/compare.ts'
import { renderReport } from '../../viz/page.ts'
import { fakePolicies } from '../support/fakeRun.ts'

const CHROMIUM = '/usr/bin/chromium'
const hasChromium = existsSync(CHROMIUM)
const title = hasChromium ? 'the report in Chromium' : 'the report in Chromium: chromium (Debian package) is not installed'

interface Opened {
  readonly page: Page
  /** Requests beside the document itself. */
  readonly requests: string[]
  readonly complaints: string[]
}

describe.skipIf(!hasChromium)(title, () => {
  let browser: Browser
  let folder: string
  let script: string

  beforeAll(async () => {
    const bundle = await build({ entryPoints: ['viz/main.ts'], bundle: true, platform: 'browser', format: 'iife', target: 'es2022', minify: true, write: false })
    script = bundle.outputFiles[0]!.text
    folder = await mkdtemp(join(tmpdir(), 'plimsoll-report-'))
    const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
    browser = await chromium.launch({ executablePath: CHROMIUM, args })
  })

  afterAll(async () => {
    await browser.close()
    await rm(folder, { recursive: true })
  })

  async function open(runs: readonly Run[], view: { width?: number; scheme?: 'light' | 'dark' } = {}): Promise<Opened> {
    const comparison = compareRuns(runs.map((run) => run.summary), { warmupMs: runs[0]!.header.warmupMs, rng: seededRng(1) })
    const file = join(folder, 'report.html')
    await writeFile(file, renderReport({ comparison, runs, script }))
    const page = await browser.newPage({ viewport: { width: view.width ?? 1280, height: 900 }, colorScheme: view.scheme ?? 'light' })
    const requests: string[] = []
    const complaints: string[] = []
    const address = pathToFileURL(file).href
    page.on('request', (request) => request.url() !== address && !request.url().startsWith('data:') && requests.push(request.url()))
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(address)
    return { page, requests, complaints }
  }

  /** How many colours stand in the heat map's pixels. */
  const heatColours = (page: Page): Promise<number> => page.evaluate(`(() => {
    const canvas = document.querySelector('.heat canvas')
    const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)
    return new Set(pixels).size
  })()`)

  const tooltipText = async (page: Page): Promise<string> => ((await page.locator('#tooltip').isVisible()) ? page.locator('#tooltip').innerText() : '')

  describe('of a week of 40 hosts under four policies', () => {
    const runs = fakePolicies(40, 7)
    let opened: Opened
    beforeAll(async () => {
      opened = await open(runs)
    })
    afterAll(() => opened.page.close())

    it('answers first which policy takes least energy', async () => {
      expect(await opened.page.locator('.answer').innerText()).toMatch(/^power-save takes least energy: [\d .]+ kWh, [\d .]+ kWh \([\d.]+ %\) less than none\./)
      const box = await opened.page.locator('#bars').boundingBox()
      expect(box!.y + box!.height).toBeLessThan(900)
    })

    it('draws a bar for each of five metrics and four policies, and a whisker where there is an interval', async () => {
      expect(await opened.page.locator('#bars .bar').count()).toBe(20)
      // Hosts on and power cycles of even distribution equal the base's: no whisker.
      expect(await opened.page.locator('#bars .whisker').count()).toBe(13)
    })

    it('says in the table what can not be distinguished', async () => {
      expect(await opened.page.locator('.differences tbody tr').count()).toBe(10)
      expect(await opened.page.locator('.differences .verdict', { hasText: 'not distinguishable' }).count()).toBeGreaterThan(0)
    })

    it('opens the run of that policy and draws its map in many colours', async () => {
      expect(await opened.page.locator('[role=tab][aria-selected=true]').innerText()).toBe('power-save')
      expect(await heatColours(opened.page)).toBeGreaterThan(100)
    })

    it('draws a mark for each stretch of time in which something was started', async () => {
      expect(await opened.page.locator('.timeline .lane').count()).toBe(6)
      expect(await opened.page.locator('.timeline .mark').count()).toBeGreaterThan(400)
    })

    it('names a unit on each chart and the UTC day on the time axes', async () => {
      const text = await opened.page.locator('#run').innerText()
      for (const part of ['CPU, GHz', 'Hosts on, of 40', 'Power, kW', '100 % utilized', 'utilization of a host', 'Times are UTC', 'Tue 3 Mar', '12:00']) expect(text).toContain(part)
    })

    it('tells about a cell of the map under the pointer, and hides it again', async () => {
      const map = opened.page.locator('.heat')
      await map.scrollIntoViewIfNeeded()
      await map.hover({ position: { x: 300, y: 16 } })
      await expect.poll(() => tooltipText(opened.page)).toMatch(/^host0002\n(Mon|Tue) \d Mar \d\d:\d\d\nutilization \d+ %$/)
      await opened.page.mouse.move(5, 5)
      await expect.poll(() => tooltipText(opened.page)).toBe('')
    })

    it('moves through the map by arrow keys, and speaks each cell', async () => {
      const { page } = opened
      await page.locator('.heat').focus()
      for (const key of ['PageUp', 'Home', 'ArrowDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key)
      expect(await tooltipText(page)).toMatch(/^host0003\nMon 2 Mar 00:05/)
      expect(await page.locator('#spoken').textContent()).toMatch(/^host0003\. Mon 2 Mar 00:05/)
      await page.keyboard.press('End')
      expect(await tooltipText(page)).toMatch(/^host0003\nSun 8 Mar 23:55/)
      await page.keyboard.press('Escape')
      expect(await tooltipText(page)).toBe('')
    })

    it('tells who migrated where and why, under the pointer', async () => {
      const { page } = opened
      const mark = page.locator('.lane.migration').nth(2).locator('.mark').nth(10)
      // Scrolled by script, which has happened when the call returns; a turn of the wheel is still under way then.
      await page.evaluate(`window.scrollBy({ top: ${(await mark.boundingBox())!.y - 450}, behavior: 'instant' })`)
      // A page that still scrolls hides the tooltip, so the pointer comes again until it stands.
      const point = async (): Promise<string> => {
        const box = (await mark.boundingBox())!
        await page.mouse.move(5, 5)
        await page.mouse.move(box.x + 1, box.y + box.height - 1)
        return tooltipText(page)
      }
      await expect.poll(point).toMatch(/vm\d{5}: host\d{4} → host\d{4} \(.+ s, VM paused for \d+ ms.*\)\nhost\d{4} has been above 0\.80 CPU/)
    })

    it('tells it on keyboard focus too, mark by mark and lane by lane', async () => {
      const { page } = opened
      await page.locator('.lines').focus()
      await page.keyboard.press('Tab')
      for (let press = 0; press < 3; press++) await page.keyboard.press('ArrowUp')
      expect(await tooltipText(page)).toContain('spread')
      await page.keyboard.press('ArrowDown')
      expect(await tooltipText(page)).toContain('consolidate')
      const before = await tooltipText(page)
      await page.keyboard.press('ArrowRight')
      expect(await tooltipText(page)).not.toBe(before)
      expect(await page.locator('#spoken').textContent()).toMatch(/→/)
    })

    it('goes from policy to policy by arrow keys on the tabs', async () => {
      const { page } = opened
      await page.locator('[role=tab][aria-selected=true]').focus()
      await page.keyboard.press('ArrowRight')
      expect(await page.locator('[role=tab][aria-selected=true]').innerText()).toBe('both-with-maintenance')
      expect(await page.locator('.heat').getAttribute('aria-label')).toContain('both-with-maintenance')
      await page.keyboard.press('Home')
      expect(await page.locator('.timeline').innerText()).toBe('Nothing was started in this run.')
    })

    it('changes colours by the button and draws the map anew', async () => {
      const { page } = opened
      const background = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor')
      const before = await background()
      await page.locator('#theme').click()
      expect(await background()).not.toBe(before)
      expect(await heatColours(page)).toBeGreaterThan(100)
      await page.locator('#theme').click()
      expect(await background()).toBe(before)
    })

    it('has fetched nothing and complained of nothing', () => {
      expect(opened.requests).toEqual([])
      expect(opened.complaints).toEqual([])
    })
  })

  it('follows the system into dark', async () => {
    const { page } = await open(fakePolicies(6, 1).slice(0, 2), { scheme: 'dark' })
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark')
    await page.close()
  })

  it('shows 1,000 hosts as rows of several and says so', async () => {
    const { page, complaints } = await open(fakePolicies(1000, 2).slice(1, 3))
    expect(await page.locator('#run').innerText()).toContain('1000 hosts in 125 rows of 8')
    expect(await heatColours(page)).toBeGreaterThan(100)
    expect(complaints).toEqual([])
    await page.close()
  })

  it('fits a telephone: nothing but tables scrolls sideways', async () => {
    const { page, complaints } = await open(fakePolicies(40, 7), { width: 390 })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    expect(await page.locator('#bars .bar').count()).toBe(20)
    expect(complaints).toEqual([])
    await page.close()
  })

  it('offers the seeds where there are several', async () => {
    const { page } = await open([1, 2, 3].flatMap((seed) => fakePolicies(6, 1, seed)))
    expect(await page.locator('.picker option').allInnerTexts()).toEqual(['1', '2', '3'])
    const before = await page.locator('.block dl').innerText()
    await page.locator('.picker select').selectOption('2')
    expect(await page.locator('.block dl').innerText()).not.toBe(before)
    await page.close()
  })

  it('of a single run shows its figures and charts, and compares nothing', async () => {
    const { page, complaints } = await open(fakePolicies(6, 1).slice(2, 3))
    expect(await page.locator('.differences').count()).toBe(0)
    expect(await page.locator('#bars .bar').count()).toBe(5)
    expect(await heatColours(page)).toBeGreaterThan(20)
    expect(complaints).toEqual([])
    await page.close()
  })

  it('of one run of one day claims no difference', async () => {
    const { page } = await open(fakePolicies(6, 1).slice(0, 2))
    expect(await page.locator('.whisker').count()).toBe(0)
    expect(await page.locator('main').innerText()).toContain('One run: no interval.')
    await page.close()
  })
})
