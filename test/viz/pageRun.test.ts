import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOST_STATES } from '../../src/model/run.ts'
import type { Run, RunEvent } from '../../src/model/run.ts'
import { floatsFromBase64, floatsToBase64, fromBase64, groupMeans, toBase64 } from '../../viz/columns.ts'
import { heatCells } from '../../viz/heatCells.ts'
import { pageRun } from '../../viz/pageRun.ts'
import { codeText, timelineMarks } from '../../viz/timelineMarks.ts'
import { timeText, timeTicks } from '../../viz/times.ts'
import { fakeRun } from '../support/fakeRun.ts'

const settings = { policy: 'save', seed: 1, hosts: 10, days: 3, savesPower: true, evens: false, migrationsPerHour: 4 }
const run = fakeRun(settings)
const stateIndex = (state: (typeof HOST_STATES)[number]): number => HOST_STATES.indexOf(state)

/** A run of two hosts whose cells are given row after row. */
function tiny(utilization: readonly number[], states: readonly number[]): Run {
  const header = { ...run.header, hosts: run.header.hosts.slice(0, 2), rowCount: utilization.length / 2 }
  return { ...run, header, columns: { ...run.columns, hostUtilization: Float32Array.from(utilization), hostState: Float32Array.from(states) } }
}

describe('columns as text', () => {
  it('come back as they were', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => { expect(fromBase64(toBase64(bytes))).toEqual(bytes) }), { numRuns: 30 })
    fc.assert(fc.property(fc.float32Array(), (values) => { expect(floatsFromBase64(floatsToBase64(values))).toEqual(values) }), { numRuns: 100 })
  })

  it('are thinned to means that leave gaps out', () => {
    expect([...groupMeans(Float32Array.from([1, 3, Number.NaN, 5, Number.NaN, Number.NaN, 8]), 2)]).toEqual([2, 5, Number.NaN, 8])
  })
})

describe('the heat map of a run', () => {
  it('keeps each host and row where they fit', () => {
    const heat = heatCells(run, 130_000)
    expect(heat).toMatchObject({ bands: 10, columns: 864, hostsPerBand: 1, rowsPerColumn: 1 })
    const row = 500
    expect(fromBase64(heat.utilization)[2 * 864 + row]! / 200).toBeCloseTo(run.columns.hostUtilization[row * 10 + 2]!, 2)
  })

  it('puts 1,000 hosts in bands and says which', () => {
    const heat = heatCells(fakeRun({ ...settings, hosts: 1000, days: 1 }), 50_000)
    expect(heat.bands).toBe(125)
    expect(heat.labels[1]).toBe('host0009 to host0016')
    expect(heat.bands * heat.columns).toBeLessThanOrEqual(50_000)
  })

  it('never holds more cells than allowed', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 100, max: 60_000 }), (hosts, cellsMax) => {
      const heat = heatCells({ ...run, header: { ...run.header, hosts: Array.from({ length: hosts }, () => run.header.hosts[0]!), rowCount: 100 }, columns: { ...run.columns, hostUtilization: new Float32Array(hosts * 100), hostState: new Float32Array(hosts * 100) } }, cellsMax)
      expect(heat.bands * heat.columns).toBeLessThanOrEqual(cellsMax)
      expect(fromBase64(heat.state)).toHaveLength(heat.bands * heat.columns)
    }), { numRuns: 60 })
  })

  it('takes means of hosts that are on, never of those that are off', () => {
    const off = stateIndex('off')
    // So few cells force both hosts into one band.
    const heat = heatCells(tiny([0.4, Number.NaN, 0.8, Number.NaN], [0, off, 0, off]), 2)
    expect(heat).toMatchObject({ bands: 1, columns: 2, hostsPerBand: 2 })
    expect([...fromBase64(heat.utilization)]).toEqual([80, 160])
    expect([...fromBase64(heat.share)]).toEqual([128, 128])
    expect(heatCells(tiny([0.4, 0.9], [0, 0]), 2).peak).toBe(toBase64(Uint8Array.of(180)))
    expect([...fromBase64(heat.state)]).toEqual([off, off])
  })

  it('marks a cell without a host that is on', () => {
    const off = stateIndex('off')
    const heat = heatCells(tiny([Number.NaN, Number.NaN], [off, off]), 100)
    expect([...fromBase64(heat.utilization)]).toEqual([255, 255])
    expect([...fromBase64(heat.share)]).toEqual([255, 255])
  })

  it('tells the gravest state of a cell', () => {
    const heat = heatCells(tiny([0.5, Number.NaN, 0.5, Number.NaN], [stateIndex('poweringOn'), stateIndex('off'), 0, stateIndex('failed')]), 1)
    expect([...fromBase64(heat.state)]).toEqual([stateIndex('failed')])
  })
})

describe('the timeline of a run', () => {
  const timeline = timelineMarks(run, 4000)

  it('counts every start once, in lanes of one reason', () => {
    const starts = run.events.filter((event) => event.kind === 'start')
    expect(timeline.lanes.reduce((sum, lane) => sum + lane.count, 0)).toBe(starts.length)
    for (const lane of timeline.lanes) expect(lane.marks.reduce((sum, mark) => sum + mark.count, 0)).toBe(lane.count)
    expect(timeline.lanes.find((lane) => lane.label === 'evacuate')!.count).toBe(10)
  })

  it('writes out who went where, how it went and why', () => {
    const { actions } = timeline.lanes.find((lane) => lane.label === 'evacuate')!.marks[0]!
    expect(actions[0]!.what).toMatch(/^vm\d{5}: host0005 → host\d{4}$/)
    expect(actions[0]!.why).toBe('host0005 goes into maintenance')
    expect(actions[0]!.how).toMatch(/^took \d+ s, VM paused for \d+ ms, \d+\.\d GiB sent$/)
  })

  it('counts what failed, and what had not ended', () => {
    const start = (step: string, atMs: number): RunEvent => ({ kind: 'start', atMs, step, action: 'migrate', vm: 'v', source: 'a', target: 'b', reason: { code: 'highCpu', text: 'why', numbers: {} } })
    const events: RunEvent[] = [start('1', 0), start('2', 1), { kind: 'end', atMs: 9000, step: '1', action: 'migrate', vm: 'v', outcome: 'timedOut', durationMs: 9000, message: 'too slow' }]
    const [lane] = timelineMarks({ ...run, events }, 100).lanes
    expect(lane).toMatchObject({ label: 'high CPU', kind: 'migration', count: 2 })
    expect(lane!.marks[0]).toMatchObject({ count: 2, failed: 1 })
    expect(lane!.marks[0]!.actions.map(({ how }) => how)).toEqual(['timed out after 9 s, too slow', 'not ended when the run did'])
  })

  it('gathers rare reasons in one lane', () => {
    const events = Array.from({ length: 30 }, (_, index): RunEvent => ({ kind: 'start', atMs: index, step: String(index), action: 'migrate', reason: { code: `code${String.fromCharCode(97 + index)}`, text: '', numbers: {} } }))
    const { lanes } = timelineMarks({ ...run, events }, 100)
    expect(lanes).toHaveLength(8)
    expect(lanes.at(-1)).toMatchObject({ label: '23 rarer reasons', count: 23 })
  })

  it('writes out fewer when there is little room', () => {
    const written = (actionsMax: number): number => timelineMarks(run, actionsMax).lanes.flatMap((lane) => lane.marks).reduce((sum, mark) => sum + mark.actions.length, 0)
    expect(written(0)).toBeLessThan(written(4000))
  })
})

describe('the rest of a run', () => {
  const shown = pageRun(run, { cells: 1000, actions: 100 })

  it('divides all host-time that is on over the bins', () => {
    expect(shown.distribution.shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
  })

  it('leaves the warm-up out of the distribution', () => {
    const first = new Float32Array(run.columns.hostUtilization).fill(1, 0, (run.header.warmupMs / run.header.rowMs) * 10)
    expect(pageRun({ ...run, columns: { ...run.columns, hostUtilization: first } }, { cells: 1000, actions: 100 }).distribution).toEqual(shown.distribution)
  })

  it('says each reason for doing nothing once, the most frequent first', () => {
    expect(shown.notes.map(({ goal, code, count }) => `${goal}/${code}/${count}`)).toEqual(['even distribution/quiet/36', 'power save/budget spent/24'])
  })

  it('of a run without rows or hosts is empty, not broken', () => {
    const empty: Run = { ...run, header: { ...run.header, hosts: [], rowCount: 0 }, events: [], columns: Object.fromEntries(Object.keys(run.columns).map((name) => [name, new Float32Array(0)])) as unknown as Run['columns'] }
    expect(pageRun(empty, { cells: 10, actions: 0 })).toMatchObject({ heat: { bands: 0 }, timeline: { lanes: [] }, notes: [] })
  })
})

describe('words and times', () => {
  it.each([['highCpu', 'high CPU'], ['evenDistribution', 'even distribution'], ['poweringOn', 'powering on'], ['haReserve', 'HA reserve']])('%s reads as %s', (code, text) => {
    expect(codeText(code)).toBe(text)
  })

  it('are UTC', () => {
    expect(timeText(Date.UTC(2026, 2, 2, 9, 5))).toBe('Mon 2 Mar 09:05')
  })

  it('have ticks on round UTC instants, no more than asked', () => {
    const start = Date.UTC(2026, 2, 2, 9, 5)
    fc.assert(fc.property(fc.integer({ min: 60_000, max: 90 * 86_400_000 }), fc.integer({ min: 2, max: 20 }), (durationMs, countMax) => {
      const ticks = timeTicks(start, durationMs, countMax)
      expect(ticks.length).toBeLessThanOrEqual(countMax + 1)
      for (const { atMs } of ticks) expect((start + atMs) % 60_000).toBe(0)
    }))
  })
})
