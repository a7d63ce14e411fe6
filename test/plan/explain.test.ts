import { describe, expect, it } from 'vitest'
import { hostId, vmId } from '../../src/model/ids.ts'
import { reason } from '../../src/model/result.ts'
import { problemOf } from '../../src/optimize/problem.ts'
import { explainPlan, explainSubject } from '../../src/plan/explain.ts'
import { type PlacementModel, type WhyNot, whyNot, whyNotText } from '../../src/plan/whyNot.ts'
import { EXAMPLE_LIMITS, exampleLoad, examplePlan, examplePool } from '../support/examplePlan.ts'
import { smallPool } from '../support/pools.ts'

describe('the explanation of a plan', () => {
  it('reads like a note to a colleague: goal, why, steps with figures at their point, what was not done, time, risk, undo', () => {
    const lines = explainPlan(examplePlan()).split('\n').filter((line) => !line.startsWith('Plan '))
    expect(lines.join('\n')).toBe(`Goal overload: 3 migrations, 1 host to power off.
Why now: h1 is above 80 % of CPU for 6 min (now 88 %).
Objective: 80 before, 12 after; nothing that keeps the same limits is below 10 (at most 16.7 % from the best).

To relieve h1, because h1 is above 80 % of CPU for 6 min (now 88 %) [relieve]:
  p7.0  migrate web-1 from h1 to h3 (h1 88 % to 43 %, h3 15 % to 60 % of CPU); begins at 0 s, takes 8 s
  Brings 81.0 Wh (0.81 core hours of demand that would run short), takes 1.2 Wh (8.1 GiB sent, guests slowed for 8 s together).

To empty h5, because h5 was below 10 % for 40 min and is to be switched off [empty]:
  p7.1  migrate log-1 from h5 to h4 (h5 5.0 % to 2.5 %, h4 0.0 % to 2.5 % of CPU); begins at 0 s, takes 4 s
  p7.2  migrate log-2 from h5 to h4 (h5 2.5 % to 0.0 %, h4 2.5 % to 5.0 % of CPU); begins at 4 s, takes 4 s
  p7.3  power off h5; begins at 8 s, takes 30 s, after p7.1, p7.2
  Brings 92.0 Wh (92.0 Wh of power), takes 7.5 Wh (8.0 GiB sent, guests slowed for 8 s together).

Considered and not done:
  h6 stays on: it came up 10 min ago and is to stay up at least 30 min. [hostOnMin]

How long: about 38 s, sending 16.1 GiB; no order of these steps takes less than 34 s.
Risk: every state on the way keeps the limits, whichever steps run beside each other. If a step fails, what comes after it is dropped and the rest goes on. Each migrated VM stands still for about 49 ms and is slower while it moves; its memory is held at both ends until it has arrived.
To undo: power h5 on again; migrate log-2 from h4 back to h5; migrate log-1 from h4 back to h5; migrate web-1 from h3 back to h1.
`)
  })

  it('says why nothing was done', () => {
    const small = examplePool()
    const idle = { ...examplePlan(small), steps: [], groups: [], unmet: [], notDone: [], complete: true, reason: reason('nothingToDo', 'no host is above 80 %') }
    expect(explainPlan(idle)).toContain('Nothing was done because there is nothing to do: no host is above 80 %.')
    expect(explainPlan(idle).match(/no host is above/g)).toHaveLength(1)
    const wished = { ...idle, reason: reason('consolidate', 'demand fits fewer hosts') }
    expect(explainPlan(wished)).toMatch(/What is wished: demand fits fewer hosts\.\nNothing was done because no change was found/)
    const cut = { reason: reason('searchCutShort', 'ended by its deadline'), vms: [], hosts: [] }
    expect(explainPlan({ ...wished, notDone: [cut] })).toMatch(/because the search ended before it found anything better:[^]*\[searchCutShort\]/)
    expect(explainPlan({ ...wished, unmet: [reason('noRoomToRelieve', 'h1 stays loaded')], complete: false })).toMatch(/can't be reached[^]*h1 stays loaded. \[noRoomToRelieve\]/)
  })

  it('tells what the plan says of one step, VM or host, and nothing of others', () => {
    const plan = examplePlan()
    expect(explainSubject(plan, 'log-2')).toMatch(/p7\.2 {2}migrate log-2[^]*part of "empty h5"/)
    expect(explainSubject(plan, 'p7.1')).toContain('p7.3 waits for it.')
    expect(explainSubject(plan, 'h6')).toContain('not done: h6 stays on')
    expect(explainSubject({ ...plan, unmet: [reason('x', 'db-1 stays')] }, 'db-1')).toContain('not reached: db-1 stays.')
    expect(explainSubject({ ...plan, unmet: [reason('x', 'db-1 stays')] }, 'db')).toBeNull()
    expect(explainSubject(plan, 'h7')).toBeNull()
  })

  it('shows the first of many steps, and how many more there are', () => {
    expect(explainPlan(examplePlan(), { stepsShownMax: 1 })).toContain('... and 2 more: 1 migration, 1 host to power off.')
  })
})

describe('why not another host', () => {
  const ask = (vm: string, host: string, model: PlacementModel | null = null): WhyNot => {
    const small = examplePool()
    const answer = whyNot({ pool: small.pool, index: small.index, plan: examplePlan(small), limits: EXAMPLE_LIMITS, load: exampleLoad(small), model }, vmId(vm), hostId(host))
    if (!answer.ok) throw new Error(answer.refusal.message)
    return answer.value
  }

  it('names the memory that is missing, and the smallest VM that would make room', () => {
    const answer = ask('web-1', 'h2')
    expect(answer).toMatchObject({ chosen: 'h3', reason: { code: 'noMemory', numbers: { freeMib: 4536, neededMib: 8192 } } })
    expect(answer.change).toEqual(['h2 needs 3656 MiB more free memory, say without app-1 (61000 MiB)'])
  })

  it('names the rule, as it stands at that point of the plan', () => {
    expect(ask('web-2', 'h3')).toMatchObject({ chosen: 'h1', reason: { code: 'rule' } })
    expect(whyNotText(ask('web-2', 'h3'))).toContain('web-2 is kept apart from web-1, which is on h3')
  })

  it('says why the VM was taken away from where it was', () => {
    expect(ask('web-1', 'h1').reason).toMatchObject({ code: 'relieve' })
    expect(ask('web-1', 'h3').reason.code).toBe('sameHost')
  })

  it('compares both hosts by utilization where there is no model', () => {
    expect(ask('web-1', 'h4')).toMatchObject({ reason: { code: 'notChosen' }, scores: [{ name: 'CPU utilization with it', chosen: 0.6, asked: 0.45 }, { chosen: 0.375, asked: 0.125 }] })
  })

  it('compares cost by term, and says how much lighter the other host would have to be', () => {
    // Bins are hosts; cost is the load above 20,000.
    const limit = new Float64Array(6).fill(20_000)
    const scale = new Float64Array(6).fill(1)
    const demand = Float64Array.from([9000, 18_000, 8000, 6000, 6000, 1000, 1000])
    const problem = problemOf({ itemCount: 7, binCount: 6, dimensions: 1, demand, capacity: new Float64Array(6).fill(40_000), initial: Int32Array.of(0, 0, 0, 1, 2, 4, 4), terms: [{ name: 'load above 20,000', weight: 1, kind: 'excess', dimension: 0, limit, scale }] })
    const model = (assignment: number[]): PlacementModel => ({ problem, assignment: Int32Array.from(assignment), itemOf: (vm) => vm, binOf: (host) => host, dimensionNames: ['MHz of CPU'] })
    expect(ask('web-1', 'h4', model([0, 2, 0, 1, 2, 3, 3])).reason).toMatchObject({ code: 'betterScore', numbers: { valueMore: -4000 } })
    expect(ask('web-1', 'h6', model([0, 2, 0, 1, 0, 5, 5])).reason.code).toBe('equalScore')
    const worse = ask('web-1', 'h4', model([2, 2, 0, 3, 3, 3, 3]))
    expect(worse.reason).toMatchObject({ code: 'worseScore', numbers: { valueMore: 5000 } })
    expect(worse.change).toEqual(['h4 would win with 5001 MHz of CPU less on it'])
    expect(whyNotText(worse)).toContain('load above 20,000: 7,000 on h3, 12,000 on h4')
  })

  it('names the limit that the other host would break, by how much, and what would lift it', () => {
    const demand = Float64Array.from([9000, 18_000, 8000, 6000, 6000, 1000, 1000])
    const parts = { itemCount: 7, binCount: 6, dimensions: 1, demand, capacity: new Float64Array(6).fill(20_000), initial: Int32Array.of(0, 0, 0, 1, 2, 4, 4), terms: [] }
    const model = (more: object): PlacementModel => ({ problem: { ...problemOf(parts), ...more }, assignment: Int32Array.of(0, 2, 0, 1, 4, 3, 3), itemOf: (vm) => vm, binOf: (host) => host, dimensionNames: ['MHz of CPU'] })
    const full = ask('web-1', 'h4', { ...model({}), assignment: Int32Array.of(2, 2, 0, 3, 3, 3, 3) })
    expect(full.reason).toMatchObject({ code: 'hardLimit', numbers: { limit: 20_000, load: 32_000 } })
    expect(full.reason.text).toContain('in the end h4 would carry 32,000 MHz of CPU, and is filled to 20,000 at most')
    expect(full.change).toEqual(['h4 needs 12,000 MHz of CPU less on it, or a higher limit in the policy'])
    expect(ask('web-1', 'h4', model({ receives: Uint8Array.of(1, 1, 1, 0, 1, 1) })).reason.text).toContain('h4 takes nothing in this plan')
    const apart = { name: 'keep-two-apart', kind: 'perZoneMax', members: Int32Array.of(1, 5), zoneOf: Int32Array.of(0, 1, 2, 3, 4, 5), zoneCount: 6, weight: null, max: new Float64Array(6).fill(1), amount: null }
    expect(ask('web-1', 'h4', model({ rules: [apart] })).change).toEqual(['rule keep-two-apart would have to be changed or made soft, or the VMs it speaks of placed otherwise'])
    expect(ask('web-1', 'h4', model({ allowedRow: new Int32Array(7), allowed: [Uint8Array.of(1, 1, 1, 0, 1, 1)] })).reason.text).toContain('may not be on h4')
    expect(ask('web-2', 'h4', model({ movable: Uint8Array.of(1, 1, 0, 1, 1, 1, 1) })).reason.code).toBe('notAsked')
  })

  it('tells what the host is in the way of: off, in maintenance, silent', () => {
    const cases = [[{ power: 'off' }, 'hostNotOn'], [{ mode: 'maintenance' }, 'hostInMaintenance'], [{ reachable: false }, 'hostUnreachable']] as const
    for (const [parts, code] of cases) {
      const small = smallPool({ h1: {}, h2: parts }, { a: { on: 'h1' } })
      const plan = { ...examplePlan(), steps: [] }
      const answer = whyNot({ pool: small.pool, index: small.index, plan, limits: EXAMPLE_LIMITS, load: null, model: null }, vmId('a'), hostId('h2'))
      expect(answer).toMatchObject({ ok: true, value: { chosen: 'h1', reason: { code } } })
    }
  })

  it('refuses names that are not there', () => {
    const small = examplePool()
    const question = { pool: small.pool, index: small.index, plan: examplePlan(small), limits: EXAMPLE_LIMITS, load: null, model: null }
    expect(whyNot(question, vmId('nobody'), hostId('h1'))).toMatchObject({ ok: false, refusal: { code: 'unknownVm' } })
    expect(whyNot(question, vmId('web-1'), hostId('h9'))).toMatchObject({ ok: false, refusal: { code: 'unknownHost' } })
  })
})
