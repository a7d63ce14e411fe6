import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Plan } from '../../src/model/plan.ts'
import { reason } from '../../src/model/result.ts'
import type { TransitionLimits } from '../../src/model/transition.ts'
import { planCampaign } from '../../src/plan/campaign.ts'
import { campaignBound } from '../../src/plan/campaignBound.ts'
import { checkStoredPlan } from '../../src/plan/check.ts'
import { trials } from '../support/parts.ts'
import { type HostSpec, type SmallPool, type VmSpec, smallPool } from '../support/pools.ts'

const LIMITS: TransitionLimits = { memoryEnforced: true, hostIncomingMax: 1, hostOutgoingMax: 1, poolMigrationsMax: 4, poolBootsMax: null, hostsOnMin: 1 }
const why = reason('rollingMaintenance', 'all are to be patched')
const roll = ({ pool, index }: SmallPool, hosts: readonly number[], parts: { hostsAwayMax?: number; limits?: TransitionLimits } = {}): Plan =>
  planCampaign(pool, index, hosts, { limits: LIMITS, load: null, prefix: 'c', reason: why, hostsAwayMax: null, cpuFillMax: 1, ...parts })

/** A pool of equal hosts, filled at random up to a part of their memory. */
function poolOf(sizes: readonly number[], hosts: number, fill: number): SmallPool {
  const held = new Float64Array(hosts)
  const vms: Record<string, VmSpec> = {}
  sizes.forEach((size, number) => {
    const at = Array.from({ length: hosts }, (_, host) => (host + number * 7) % hosts).find((host) => held[host]! + size <= fill * 1000)
    if (at === undefined) return
    held[at]! += size
    vms[`v${number}`] = { on: `h${at}`, memoryMib: size }
  })
  return smallPool(Object.fromEntries(Array.from({ length: hosts }, (_, host): [string, HostSpec] => [`h${host}`, { memoryMib: 1000, linkMibPerS: 10, bootMs: 20_000, shutdownMs: 10_000 }])), vms)
}

/** Where every VM is in the end, and which hosts were off and on again while empty. */
function followed({ pool }: SmallPool, { steps }: Plan): { readonly patched: ReadonlySet<string>; readonly places: ReadonlyMap<string, string> } {
  const places = new Map(pool.vms.map(({ id }, vm) => [id as string, pool.hosts[pool.vmHost[vm]!]!.id as string]))
  const patched = new Set<string>()
  for (const step of steps) {
    if (step.kind === 'migrate') {
      expect(places.get(step.vm)).toBe(step.source)
      places.set(step.vm, step.target)
    } else if (step.kind === 'powerOff') expect([...places.values()]).not.toContain(step.host)
    else if (step.kind === 'powerOn') patched.add(step.host)
  }
  return { patched, places }
}

describe('a rolling maintenance', () => {
  const sizes = fc.array(fc.integer({ min: 50, max: 400 }), { minLength: 4, maxLength: 30 })
  it('restarts every host while it is empty, ends with every VM on a restarted host, and is never quicker than its bound', () => {
    fc.assert(fc.property(sizes, fc.integer({ min: 4, max: 8 }), fc.constantFrom(0.3, 0.6, 0.75), (drawn, hosts, fill) => {
      const small = poolOf(drawn, hosts, fill)
      const all = small.pool.hosts.map((_, host) => host)
      const plan = roll(small, all)
      expect(checkStoredPlan(small.pool, plan, { memoryEnforced: true, hostsOnMin: 1 })).toEqual([])
      const { patched, places } = followed(small, plan)
      expect(patched.size + plan.unmet.length).toBe(hosts)
      expect(plan.estimate.makespanMs).toBeGreaterThan(0)
      if (plan.unmet.length > 0) return
      for (const host of places.values()) expect(patched.has(host)).toBe(true)
      const bound = campaignBound(small.pool, all, LIMITS, null)
      expect(plan.estimate.makespanMs).toBeGreaterThanOrEqual(Math.floor(Math.max(bound.totalMs, bound.roomMs)))
    }), trials(150))
  })

  it('of a few hosts moves each VM there once, and lets the others be', () => {
    const small = poolOf(Array.from({ length: 12 }, () => 150), 6, 0.5)
    const plan = roll(small, [0, 1])
    expect(plan.complete).toBe(true)
    const moved = plan.steps.flatMap((step) => (step.kind === 'migrate' ? [step.vm as string] : []))
    const leaving = small.pool.vms.flatMap(({ id }, vm) => (small.pool.vmHost[vm]! < 2 ? [id as string] : []))
    expect([...moved].sort()).toEqual([...leaving].sort())
    expect([...followed(small, plan).patched].sort()).toEqual(['h0', 'h1'])
  })

  it('keeps to the hosts that may be away at once', () => {
    const small = poolOf(Array.from({ length: 16 }, () => 100), 6, 0.4)
    const plan = roll(small, [0, 1, 2, 3, 4, 5], { hostsAwayMax: 1 })
    expect(plan.complete).toBe(true)
    const spans = plan.steps.flatMap((step, number) => (step.kind === 'powerOff' ? [plan.estimate.beginMs[number]!] : []))
    const ends = plan.steps.flatMap((step, number) => (step.kind === 'powerOn' ? [plan.estimate.endMs[number]!] : []))
    spans.forEach((begin) => expect(spans.filter((other) => other <= begin).length - ends.filter((end) => end <= begin).length).toBeLessThanOrEqual(1))
  })

  it('says which hosts it must leave out, and why', () => {
    const pinned = smallPool({ h0: { memoryMib: 1000 }, h1: { memoryMib: 1000 } }, { a: { on: 'h0', memoryMib: 100, movable: false } })
    expect(roll(pinned, [0, 1]).unmet.map(({ code }) => code)).toEqual(['cannotLeave'])
    const full = smallPool({ h0: { memoryMib: 1000 }, h1: { memoryMib: 1000 } }, { a: { on: 'h0', memoryMib: 900 }, b: { on: 'h1', memoryMib: 900 } })
    expect(roll(full, [0, 1])).toMatchObject({ complete: false, steps: [], unmet: [{ code: 'noRoomToEmpty' }, { code: 'noRoomToEmpty' }] })
    const few = smallPool({ h0: { memoryMib: 1000 }, h1: { memoryMib: 1000 } }, { a: { on: 'h0', memoryMib: 100 } })
    expect(roll(few, [0], { limits: { ...LIMITS, hostsOnMin: 2 } }).unmet.map(({ code }) => code)).toEqual(['cannotRestart'])
    expect(roll(few, []).steps).toEqual([])
  })
})
