import { describe, expect, it } from 'vitest'
import type { EventFilter } from '../../src/model/expectation.ts'
import type { RunEvent } from '../../src/model/run.ts'
import { countElsewhere, measureEvents } from '../../src/report/measureEvents.ts'

const ANY: EventFilter = { kind: 'start', actions: [], vms: [], sources: [], targets: [], hosts: [], outcomes: [], changes: [], goals: [], codes: [], fromMs: 0, toMs: null }
const start = (atMs: number, step: string, vm: string, target: string, code = 'relieve'): RunEvent => ({ atMs, kind: 'start', step, action: 'migrate', vm, source: 'h0', target, reason: { code, text: '', numbers: {} } })
const end = (atMs: number, step: string, vm: string, target: string, outcome: 'done' | 'failed' = 'done'): RunEvent => ({ atMs, kind: 'end', step, action: 'migrate', vm, source: 'h0', target, outcome, durationMs: 1 })
const EVENTS: readonly RunEvent[] = [
  { atMs: 0, kind: 'vm', vm: 'a', change: 'placed', host: 'h0' }, { atMs: 0, kind: 'vm', vm: 'b', change: 'placed', host: 'h0' },
  start(10, 's0', 'a', 'h1'), start(20, 's1', 'a', 'h2'), start(30, 's2', 'b', 'h1'), start(40, 'x0', 'b', 'h2', 'foreign'), end(45, 'x0', 'b', 'h2'), end(50, 's0', 'a', 'h1'), end(60, 's1', 'a', 'h2', 'failed'),
]
const count = (filter: Partial<EventFilter>, each: 'vm' | 'host' | null = null, withinMs: number | null = null): number => measureEvents(EVENTS, { filter: { ...ANY, ...filter }, each, withinMs })

describe('counting events', () => {
  it('takes those that match all that is given, and leaves out what somebody else started', () => {
    expect(count({})).toBe(3)
    expect(count({ vms: ['a'], targets: ['h1', 'h3'] })).toBe(1)
    expect(count({ codes: ['foreign'] })).toBe(1)
    expect(count({ kind: 'end' })).toBe(2)
    expect(count({ kind: 'end', outcomes: ['failed'] })).toBe(1)
    expect(count({ actions: ['powerOff'] })).toBe(0)
  })

  it('begins at fromMs and ends before toMs', () => {
    expect(count({ fromMs: 20, toMs: 30 })).toBe(1)
  })

  it('finds the VM with most, and the busiest stretch, whose end belongs to the next', () => {
    expect(count({}, 'vm')).toBe(2)
    expect([10, 11, 21].map((withinMs) => count({}, null, withinMs))).toEqual([1, 2, 3])
    expect(count({}, 'vm', 11)).toBe(2)
  })

  it('says how many VMs are elsewhere in the end: a failed migration moves nothing, one that nobody told of is unknown', () => {
    expect(countElsewhere(EVENTS, { vms: ['a', 'b'], hosts: ['h1'] })).toBe(1)
    expect(countElsewhere(EVENTS, { vms: ['a', 'b'], hosts: ['h1', 'h2'] })).toBe(0)
    expect(countElsewhere(EVENTS, { vms: ['c'], hosts: ['h0', 'h1', 'h2'] })).toBe(1)
    expect(countElsewhere([...EVENTS, { atMs: 70, kind: 'vm', vm: 'a', change: 'lostHost', host: 'h1' }], { vms: ['a'], hosts: ['h1'] })).toBe(1)
  })
})
