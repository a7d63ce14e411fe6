import { describe, expect, it } from 'vitest'
import { planOnce } from '../../src/control/planOnce.ts'
import { hostId, vmId } from '../../src/model/ids.ts'
import type { PolicySettings } from '../../src/model/policy.ts'
import type { Rng } from '../../src/model/random.ts'
import { reason } from '../../src/model/result.ts'
import type { TransitionLimits } from '../../src/model/transition.ts'
import { greedySolver } from '../../src/optimize/greedy.ts'
import { checkPlan } from '../../src/plan/check.ts'
import { type Wanted, orderSteps } from '../../src/plan/order.ts'
import { seededRng } from '../../sim/random.ts'
import { MONDAY_UNIX_MS, makePolicy, trials } from '../support/parts.ts'
import { planFaults, worsenings } from '../support/planOracle.ts'
import { type SmallPool, smallPool } from '../support/pools.ts'
import { AMPLE_POOL, type PoolShape, TIGHT_POOL, WHOLE_CATALOGUE, randomPool, randomWanted } from '../support/randomPool.ts'

const SHAPES: readonly (readonly [string, PoolShape])[] = [
  ['tight', TIGHT_POOL], ['ample', AMPLE_POOL], ['tight, under all kinds of rules', { ...TIGHT_POOL, ...WHOLE_CATALOGUE }], ['ample, under all kinds of rules', { ...AMPLE_POOL, ...WHOLE_CATALOGUE }],
]

const LIMITS: TransitionLimits = { memoryEnforced: true, hostIncomingMax: 1, hostOutgoingMax: 1, poolMigrationsMax: 2, poolBootsMax: 1, hostsOnMin: 1 }

/** Seeded pools; the first that goes wrong is named by its seed. */
function eachPool(label: string, shape: PoolShape, usual: number, visit: (small: SmallPool, rng: Rng) => readonly string[]): void {
  const { seed: first, numRuns } = trials(usual)
  for (let seed = first; seed < first + numRuns; seed++) {
    const rng = seededRng(seed, label)
    const faults = visit(randomPool(rng, shape), rng)
    expect(faults, `${label}, seed ${seed}`).toEqual([])
  }
}

/** The policy's switches at random: packing or spreading, eager or lazy. */
function randomPolicy(rng: Rng): PolicySettings {
  const low = rng.next() * 0.4
  return makePolicy({
    evenDistribution: { enabled: rng.next() < 0.7, utilizationHigh: 0.5 + 0.4 * rng.next(), utilizationLow: 0.45 },
    powerSave: { enabled: rng.next() < 0.6, utilizationLow: low, fillMax: 0.5 + 0.5 * rng.next(), hostsOnMin: 1 + rng.below(2), reserveHosts: rng.below(2) },
    maintenance: { method: (['migrate', 'migrate', 'migrate', 'shutdown', 'suspend', 'leave'] as const)[rng.below(6)]! },
  })
}

/** CPU use from nearly nothing to more than hosts have. */
const randomUse = (rng: Rng, { pool }: SmallPool): Float64Array => {
  const level = rng.next()
  return Float64Array.from(pool.vms, ({ cpuMhz }) => cpuMhz * Math.min(1, level * 2 * rng.next()))
}

describe.each(SHAPES)('a plan for a pool that is %s', (name, shape) => {
  it('is safe at every instant, whichever steps run beside each other, passes the check, and makes nothing worse', () => {
    eachPool(`plan ${name}`, shape, 300, (small, rng) => {
      const policy = randomPolicy(rng)
      const { plan } = planOnce({ pool: small.pool, vmCpuMhz: randomUse(rng, small), unixMs: MONDAY_UNIX_MS }, policy, greedySolver, { nodesMax: 0, seed: 1 }, () => false)
      const hostsOnMin = policy.powerSave.enabled ? policy.powerSave.hostsOnMin : 1
      return [
        ...planFaults(small.pool, plan.steps, { rules: small.pool.rules, hostsOnMin }, rng), ...worsenings(small.pool, plan, small.pool.rules),
        ...checkPlan(small.pool, plan, { memoryEnforced: true, hostsOnMin }).map(({ message }) => `check: ${message}`),
      ]
    })
  })
})

describe.each(SHAPES)('the order of any steps in a pool that is %s', (name, shape) => {
  it('is safe at every instant, whichever steps run beside each other, and passes the check; what it leaves out it names', () => {
    eachPool(`order ${name}`, shape, 300, (small, rng) => {
      const wanted = randomWanted(rng, small)
      const hostsOnMin = 1 + rng.below(4)
      const { steps, unmet } = orderSteps(small.pool, small.index, wanted, { ...LIMITS, hostsOnMin }, 'p')
      const parked = steps.length - new Set(steps.map((step) => ('vm' in step ? step.vm : step.host))).size
      return [
        ...planFaults(small.pool, steps, { rules: small.pool.rules, hostsOnMin }, rng), ...checkPlan(small.pool, { steps }, { memoryEnforced: true, hostsOnMin }).map(({ message }) => `check: ${message}`),
        ...(steps.length - parked + unmet.length < wanted.length ? [`${wanted.length} steps were wanted, ${steps.length} are done and ${unmet.length} named`] : []),
      ]
    })
  })
})

describe('what random pools have found before', () => {
  it('an order ends although one step waits for a rule for ever and another finds no way', () => {
    const small = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0' }, b: { on: 'h0', movable: false } }, [{ id: 'r', kind: 'keepOff', vms: [vmId('a')], hosts: [hostId('h1')] }])
    const to = (vm: string): Wanted => ({ kind: 'migrate', vm: vmId(vm), source: hostId('h0'), target: hostId('h1'), estimateMs: 1, reason: reason('test', 'test') })
    expect(orderSteps(small.pool, small.index, [to('a'), to('b')], LIMITS, 'p').unmet.map(({ code }) => code)).toEqual(['rule', 'vmNotMovable'])
  })

  it('nobody is sent to a third host and back to go where it is', () => {
    const small = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0' } })
    const wanted: Wanted = { kind: 'migrate', vm: vmId('a'), source: hostId('h0'), target: hostId('h0'), estimateMs: 1, reason: reason('test', 'test') }
    const { steps, unmet } = orderSteps(small.pool, small.index, [wanted], LIMITS, 'p')
    expect(steps).toEqual([])
    expect(unmet.map(({ code }) => code)).toEqual(['sameHost'])
  })

  it('a host that makes up for another under a failover rule is up before the other goes off', () => {
    const small = smallPool({ h0: { memoryMib: 8192 }, h1: { memoryMib: 8192 }, h2: { memoryMib: 8192, power: 'off' } }, { a: { on: 'h1', memoryMib: 4096 } }, [{ id: 'r', kind: 'failover', vms: [], failures: 1 }])
    const power = (kind: 'powerOn' | 'powerOff', host: string): Wanted => ({ kind, host: hostId(host), estimateMs: 1, reason: reason('test', 'test') })
    const { steps } = orderSteps(small.pool, small.index, [power('powerOn', 'h2'), power('powerOff', 'h0')], LIMITS, 'p')
    expect(steps.map(({ kind, after }) => `${kind} ${after.length}`)).toEqual(['powerOn 0', 'powerOff 1'])
  })

  it('a host that replaces one of the least number that must be on is up before the other goes off', () => {
    const small = smallPool({ h0: {}, h1: {}, h2: { power: 'off' } })
    const power = (kind: 'powerOn' | 'powerOff', host: string): Wanted => ({ kind, host: hostId(host), estimateMs: 1, reason: reason('test', 'test') })
    const { steps } = orderSteps(small.pool, small.index, [power('powerOn', 'h2'), power('powerOff', 'h0')], { ...LIMITS, hostsOnMin: 2 }, 'p')
    expect(planFaults(small.pool, steps, { rules: [], hostsOnMin: 2 }, seededRng(1))).toEqual([])
    expect(steps.map(({ kind, after }) => `${kind} ${after.length}`)).toEqual(['powerOn 0', 'powerOff 1'])
  })

  it('a pool with fewer hosts on than must be may wake some and then power one off', () => {
    const small = smallPool({ h0: {}, h1: {}, h2: { power: 'off' }, h3: { power: 'off' } })
    const power = (kind: 'powerOn' | 'powerOff', host: string): Wanted => ({ kind, host: hostId(host), estimateMs: 1, reason: reason('test', 'test') })
    const { steps } = orderSteps(small.pool, small.index, [power('powerOn', 'h2'), power('powerOn', 'h3'), power('powerOff', 'h0')], { ...LIMITS, hostsOnMin: 3 }, 'p')
    expect(checkPlan(small.pool, { steps }, { memoryEnforced: true, hostsOnMin: 3 })).toEqual([])
    expect(checkPlan(small.pool, { steps: steps.map((step) => ({ ...step, after: [] })) }, { memoryEnforced: true, hostsOnMin: 3 }).map(({ message }) => message)).toEqual(['only 1 of at least 3 hosts could be on when steps run beside each other'])
  })
})
