import { describe, expect, it } from 'vitest'
import { simulate } from '../../../sim/run.ts'
import type { PowerSaveSettings } from '../../../src/model/policy.ts'
import type { Host } from '../../../src/model/pool.ts'
import { greedySolver } from '../../../src/optimize/greedy.ts'
import { HOUR, MINUTE, initially, makeHost, makePolicy, makeRun } from '../../support/parts.ts'

/** What power save said over two hours of idle hosts, and how many it powered off. */
function said(hosts: readonly Host[], powerSave: Partial<PowerSaveSettings> = {}): { readonly offs: number; readonly notes: string } {
  const { events, summary } = simulate(makeRun({ hosts: hosts.map((host) => initially(host)), durationMs: 2 * HOUR, policy: makePolicy({ powerSave: { enabled: true, offWindowMs: 10 * MINUTE, reserveHosts: 0, hostsOnMin: 1, ...powerSave } }) }), { solver: greedySolver })
  return { offs: summary.powerOffs, notes: events.flatMap((event) => (event.kind === 'note' && event.goal === 'powerSave' ? [`${event.reason.code}: ${event.reason.text}`] : [])).join('\n') }
}

const idle = ['h0', 'h1', 'h2'].map((name) => makeHost(name))

describe('power save that powers nothing off says why', () => {
  // "Density mode did nothing": github.com/vatesfr/xen-orchestra/issues/5385.
  it.each<[string, readonly Host[], Partial<PowerSaveSettings>, RegExp]>([
    ['no host is under power management', idle.map((host) => ({ ...host, powerManaged: false })), {}, /kept on for other reasons: h0: it is left out of power management; h1: /],
    ['others rely on all of them', idle.map((host) => ({ ...host, traits: { roles: ['storage'] } })), {}, /h0: its role \(storage\)/],
    ['hosts may not be cycled', idle, { powerCyclesPerHostDayMax: 0 }, /h0: it was switched off 0 times within a day, which is the most/],
    ['none was seen to wake', idle, { wakeProofAgeMaxMs: HOUR, wakeDrills: false }, /wakeNotProven: 3 hosts could be powered off and stay on/],
    ['all must stay on', idle, { hostsOnMin: 3 }, /hostsOnMin: 3 hosts serve, 3 must stay on/],
    ['too little is known yet', idle, { offWindowMs: 5 * HOUR }, /historyShort: power-off looks at 300 min of demand/],
    ['it does not pay', idle, { offExpectedMs: MINUTE }, /doesNotPay: emptying h0 and booting it again costs more energy than 1 min off would save/],
  ])('where %s', (_, hosts, settings, expected) => {
    const { offs, notes } = said(hosts, settings)
    expect(offs).toBe(0)
    expect(notes).toMatch(expected)
  })

  it('and does power off where nothing stands in its way', () => {
    expect(said(idle).offs).toBe(2)
  })
})
