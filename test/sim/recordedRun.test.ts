import { describe, expect, it } from 'vitest'
import { recordedFrom } from '../support/recordedLoop.ts'
import { runOfRecord } from '../../sim/recordedRun.ts'

const { live, simulated } = recordedFrom()
const run = runOfRecord(live)

describe('a live record in the run format', () => {
  it('tells of a simulated loop what its run tells: steps, hosts, VMs, energy and load', () => {
    const [ours, truth] = [run.summary, simulated.summary]
    for (const key of ['migrations', 'powerOffs', 'powerOns', 'hostsOnMin', 'hostsOnMax'] as const) expect([key, ours[key]]).toEqual([key, truth[key]])
    expect(truth.migrations).toBeGreaterThan(3)
    expect(truth.powerOffs).toBeGreaterThan(0)
    // What lies between two looks is told by the later one.
    for (const key of ['energyKwh', 'hostsOnMean', 'demandMhzMean', 'utilizationMean'] as const) expect(Math.abs(ours[key] - truth[key]) / truth[key], key).toBeLessThan(0.05)
    expect(ours.sla.vmMinutes / truth.sla.vmMinutes).toBeCloseTo(1, 2)
    expect(ours.sla.downtimeS).toBe(0.25 * live.migrations.length)
  })

  it('has the same events in the same order, ends of steps included', () => {
    const told = (events: typeof run.events): string[] => events.flatMap((event) => (event.kind === 'start' || event.kind === 'end' || event.kind === 'plan' ? [`${event.kind} ${event.kind === 'plan' ? event.plan : event.step}`] : []))
    expect(told(run.events)).toEqual(told(simulated.events))
    expect(run.events.find((event) => event.kind === 'end' && event.action === 'migrate')).toMatchObject({ outcome: 'done', downtimeMs: 250, sentMib: 4096 })
  })

  it('has columns that agree with its figures', () => {
    const { header, columns, summary } = run
    expect(columns.hostsOn).toHaveLength(header.rowCount)
    expect(columns.hostUtilization).toHaveLength(header.rowCount * header.hosts.length)
    const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length
    expect(mean(columns.hostsOn) / summary.hostsOnMean).toBeCloseTo(1, 1)
    expect((mean(columns.powerW) * header.durationMs) / 3.6e9 / summary.energyKwh).toBeCloseTo(1, 1)
    expect(header.series.at(-1)!.offset + header.series.at(-1)!.width * header.rowCount).toBe(Object.values(columns).reduce((sum, column) => sum + column.length, 0))
  })
})
