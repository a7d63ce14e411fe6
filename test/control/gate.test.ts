import { describe, expect, it } from 'vitest'
import type { Gate } from '../../src/control/hold.ts'
import type { Output } from '../../src/control/messages.ts'
import { hostId, vmId } from '../../src/model/ids.ts'
import type { Plan } from '../../src/model/plan.ts'
import { type Driven, drive } from '../support/controller.ts'
import { MINUTE, makePolicy } from '../support/parts.ts'
import { sampleOf, smallPool } from '../support/pools.ts'

/** h0 is loaded by six VMs; the plan that relieves it has more steps than may run at once. */
function loaded(gate: Gate): { readonly driven: Driven; readonly plans: readonly Plan[]; readonly tick: (minute: number) => readonly Output[] } {
  const small = smallPool({ h0: {}, h1: {}, h2: {} }, Object.fromEntries(Array.from({ length: 6 }, (_, number) => [`v${number}`, { on: 'h0' }])))
  const driven = drive(small, makePolicy({ evenDistribution: { enabled: true, utilizationLow: 0.3 } }), 'atOnce', gate)
  const plans: Plan[] = []
  const tick = (minute: number): readonly Output[] => {
    const outputs = driven.tick(minute * MINUTE, [sampleOf(small, minute * MINUTE, Object.fromEntries(small.pool.vms.map(({ id }) => [id, 1500])))])
    plans.push(...outputs.flatMap((output) => (output.kind === 'planned' ? [output.plan] : [])))
    return outputs
  }
  for (let minute = 1; minute <= 6; minute++) tick(minute)
  return { driven, plans, tick }
}

describe('a gate', () => {
  it('that is open lets every step of a plan start', () => {
    expect(loaded('automatic').driven.started.length).toBeGreaterThan(0)
  })

  it('that only recommends tells whole plans, and never starts a step, a person’s own neither', () => {
    const { driven, plans, tick } = loaded('recommend')
    expect(plans.length).toBeGreaterThan(0)
    driven.request(7 * MINUTE, { kind: 'approve', plan: plans.at(-1)!.hash })
    driven.request(7 * MINUTE, { kind: 'migrate', vm: vmId('v0'), target: hostId('h1') })
    for (let minute = 8; minute < 40; minute++) tick(minute)
    expect(driven.started).toEqual([])
  })

  it('that wants approval starts nothing before, and a person’s own step at once', () => {
    const { driven } = loaded('approve')
    expect(driven.started).toEqual([])
    driven.request(7 * MINUTE, { kind: 'migrate', vm: vmId('v0'), target: hostId('h1') })
    expect(driven.started.map(({ reason }) => reason.code)).toEqual(['operator'])
  })

  it('opens for the plan whose hash is approved, which then is carried out whole before anything else is planned', () => {
    const { driven, plans, tick } = loaded('approve')
    const plan = plans.at(-1)!
    driven.request(7 * MINUTE, { kind: 'approve', plan: plan.hash })
    for (let minute = 8; minute < 40 && driven.started.length < plan.steps.length; minute++) {
      for (const step of [...driven.open]) driven.end(minute * MINUTE, step)
      tick(minute)
    }
    expect(driven.started.map(({ id }) => id)).toEqual(plan.steps.map(({ id }) => id))
    expect(plans.at(-1)!.hash).toBe(plan.hash)
  })

  it('may be changed while it runs', () => {
    const { driven, tick } = loaded('recommend')
    driven.request(7 * MINUTE, { kind: 'gate', gate: 'automatic' })
    for (let minute = 8; minute < 12; minute++) tick(minute)
    expect(driven.started.length).toBeGreaterThan(0)
  })

  it('stays shut for another plan’s hash, and says that it does not wait', () => {
    const { driven } = loaded('approve')
    driven.request(7 * MINUTE, { kind: 'approve', plan: '0'.repeat(64) })
    expect(driven.started).toEqual([])
    expect(driven.events.at(-1)).toMatchObject({ kind: 'request', request: 'approve', reason: { code: 'planGone' } })
  })
})
