import { describe, expect, it } from 'vitest'
import type { GuardClient } from '../../../src/drivers/guard/guardClient.ts'
import { type HostPower, poweredDriver } from '../../../src/drivers/live/poweredDriver.ts'
import type { PowerController } from '../../../src/drivers/power/controller.ts'
import type { Effect, HostDriver, SeenHost } from '../../../src/execute/protocol/effects.ts'
import { hostId, stepId, vmId } from '../../../src/model/ids.ts'
import type { Step } from '../../../src/model/plan.ts'
import { type Result, done, reason, refuse } from '../../../src/model/result.ts'

const H1 = hostId('h1')
const why = { id: stepId('s1'), after: [], estimateMs: 0, reason: reason('empty', '') }
const POWER_OFF: Step = { ...why, kind: 'powerOff', host: H1 }
const POWER_ON: Step = { ...why, kind: 'powerOn', host: H1 }
const MIGRATE: Step = { ...why, kind: 'migrate', vm: vmId('v'), source: H1, target: hostId('h2') }
const effect = (step: Step): Effect => ({ id: 'e-1', deadlineUnixMs: Date.now() + 10_000, action: { kind: 'step', step } })

/** VMs of one host, as somebody else's driver tells them, with what was asked of it. */
function vmsOf(reachable: boolean): HostDriver & { readonly asked: string[] } {
  const seen: SeenHost = { host: H1, seenUnixMs: 1, reachable, power: null, cordoned: false, vms: [], incoming: 0, outgoing: 0 }
  const asked: string[] = []
  return {
    asked,
    perform: ({ id, action }) => {
      asked.push(action.kind === 'step' ? action.step.kind : action.kind)
      return Promise.resolve({ id, ok: true, failure: null })
    },
    look: () => Promise.resolve([seen]), able: () => done(undefined), close: () => Promise.resolve(),
  }
}
const guard = (says: Result<void>, calls: string[] = []): GuardClient => ({
  status: () => Promise.resolve(done({ cordoned: true, guests: 0, clockUnixMs: 77 })),
  cordon: (id, cordoned) => Promise.resolve((calls.push(`${id} ${cordoned ? 'cordon' : 'uncordon'}`), says)),
  powerOff: (id) => Promise.resolve((calls.push(`${id} off`), says)),
})
const controller = (power: 'on' | 'off' | 'changing' | null): PowerController => ({ kind: 'ipmi', status: () => Promise.resolve({ power, failure: null }), powerOn: () => Promise.resolve({ ok: power !== null, failure: power === null ? 'no answer' : null }) })
const driverOf = (power: HostPower, vms = vmsOf(true)): HostDriver => poweredDriver(vms, () => power)

describe('a driver with power', () => {
  it('leaves VMs to the driver of VMs, cordons and switches off through the guard, and on through the controller', async () => {
    const vms = vmsOf(true)
    const calls: string[] = []
    const driver = driverOf({ controller: controller('on'), guard: guard(done(undefined), calls) }, vms)
    for (const step of [MIGRATE, POWER_OFF, POWER_ON]) expect((await driver.perform(effect(step))).ok).toBe(true)
    await driver.perform({ ...effect(MIGRATE), action: { kind: 'cordon', host: H1, cordoned: true } })
    expect(vms.asked).toEqual(['migrate'])
    expect(calls).toEqual(['e-1 off', 'e-1 cordon'])
  })

  it('knows which refusals of the guard pass, and takes a lost answer for unknown', async () => {
    const classes = await Promise.all(['hostNotEmpty', 'tooLate', 'noGuard', 'unknown', 'somethingNew'].map(async (code) => (await driverOf({ controller: null, guard: guard(refuse(code, 'x')) }).perform(effect(POWER_OFF))).failure?.class))
    expect(classes).toEqual(['sameLater', 'sameLater', 'hostOut', 'unknown', 'unknown'])
  })

  it('believes a host that answers, and of one that does not its controller; no answer is not off', async () => {
    const power = async (reachable: boolean, says: 'on' | 'off' | 'changing' | null): Promise<unknown> => (await driverOf({ controller: controller(says), guard: null }, vmsOf(reachable)).look([H1]))[0]!.power
    expect([await power(true, 'off'), await power(false, 'off'), await power(false, 'on'), await power(false, 'changing'), await power(false, null)]).toEqual(['on', 'off', 'on', null, null])
  })

  it('takes the cordon and the clock from the guard', async () => {
    expect((await driverOf({ controller: null, guard: guard(done(undefined)) }).look([H1]))[0]).toMatchObject({ cordoned: true, clockUnixMs: 77 })
    expect((await driverOf({ controller: null, guard: null }).look([H1]))[0]).toMatchObject({ cordoned: false })
  })

  it('is not able to switch off what it could not switch on again, or what has no guard', () => {
    const code = (power: HostPower, step: Step): string => {
      const result = driverOf(power).able({ kind: 'step', step })
      return result.ok ? 'able' : result.refusal.code
    }
    const full = { controller: controller('on'), guard: guard(done(undefined)) }
    expect([code(full, POWER_OFF), code({ ...full, guard: null }, POWER_OFF), code({ ...full, controller: null }, POWER_OFF), code({ ...full, controller: { ...full.controller, kind: 'dry' } }, POWER_OFF), code({ ...full, controller: null }, POWER_ON), code(full, MIGRATE)]).toEqual(['able', 'noGuard', 'noWake', 'noWake', 'noWake', 'able'])
  })
})
