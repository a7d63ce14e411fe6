import { describe, expect, it } from 'vitest'
import { planOnce } from '../../../src/control/planOnce.ts'
import type { Plan } from '../../../src/model/plan.ts'
import type { Rule } from '../../../src/model/rules.ts'
import { greedySolver } from '../../../src/optimize/greedy.ts'
import { checkPlan } from '../../../src/plan/check.ts'
import { seededRng } from '../../../sim/random.ts'
import { MONDAY_UNIX_MS, makePolicy, trials } from '../../support/parts.ts'
import { type HostSpec, type SmallPool, type VmSpec, smallPool } from '../../support/pools.ts'

const GIB = 1024
const N_PLUS_1: Rule = { id: 'n-plus-1', kind: 'failover', vms: [], failures: 1 }

const planFor = ({ pool }: SmallPool, hostFailures = 0): Plan =>
  planOnce({ pool, vmCpuMhz: Float64Array.from(pool.vms, () => 100), unixMs: MONDAY_UNIX_MS }, makePolicy({ availability: { hostFailures } }), greedySolver, { nodesMax: 0, seed: 1 }, () => false).plan

const started = (plan: Plan): string[] => plan.steps.flatMap((step) => (step.kind === 'startVm' ? [step.vm as string] : [])).sort()

const hosts = (count: number, memoryMib: number): Record<string, HostSpec> => Object.fromEntries(Array.from({ length: count }, (_, at) => [`h${at}`, { memoryMib }]))
const waits = (memoryMib: number): VmSpec => ({ memoryMib, state: 'pending' })

describe('new VMs under a failover rule', () => {
  it('get no place where the memory of all but the largest host is taken, and are told which rule keeps it', () => {
    const small = smallPool(hosts(2, 16 * GIB), { a: { on: 'h0', memoryMib: 10 * GIB }, x: waits(6 * GIB), y: waits(5 * GIB) }, [N_PLUS_1])
    const plan = planFor(small)
    expect(started(plan)).toEqual(['x'])
    expect(plan.unmet.map(({ code, text }) => `${code}: ${text}`)).toEqual([expect.stringContaining('failover: y (5120 MiB) would take the room that rule n-plus-1 keeps')])
  })

  it('get none where the sum would do, but no single host has room for a VM of the failed one', () => {
    const held = { a: { on: 'h0', memoryMib: 9 * GIB }, b: { on: 'h1', memoryMib: 9 * GIB }, c: { on: 'h2', memoryMib: 2 * GIB } }
    const fits = smallPool(hosts(3, 16 * GIB), { ...held, x: waits(5 * GIB) }, [N_PLUS_1])
    expect(started(planFor(fits))).toEqual(['x'])
    const tight = smallPool(hosts(3, 16 * GIB), { ...held, x: waits(8 * GIB) }, [N_PLUS_1])
    const plan = planFor(tight)
    expect(started(plan)).toEqual([])
    expect(plan.unmet.map(({ code }) => code)).toEqual(['failover'])
  })

  it('that are small get places after a large one was refused', () => {
    const small = smallPool(hosts(3, 16 * GIB), { a: { on: 'h0', memoryMib: 9 * GIB }, b: { on: 'h1', memoryMib: 9 * GIB }, c: { on: 'h2', memoryMib: 2 * GIB }, x: waits(8 * GIB), y: waits(GIB) }, [N_PLUS_1])
    expect(started(planFor(small))).toEqual(['y'])
  })

  it('get all places without the rule', () => {
    const small = smallPool(hosts(2, 16 * GIB), { a: { on: 'h0', memoryMib: 10 * GIB }, x: waits(6 * GIB), y: waits(5 * GIB) })
    expect(started(planFor(small))).toEqual(['x', 'y'])
  })

  it('are caught by the checker where a plan starts them all the same', () => {
    const small = smallPool(hosts(2, 16 * GIB), { a: { on: 'h0', memoryMib: 10 * GIB }, x: waits(6 * GIB), y: waits(5 * GIB) })
    const plan = planFor(small)
    const ruled = { ...small.pool, rules: [N_PLUS_1] }
    expect(checkPlan(ruled, plan, { memoryEnforced: true, hostsOnMin: 1, placementsEnforced: true }).map(({ message }) => message)).toEqual([expect.stringContaining('rule n-plus-1 keeps room')])
    expect(checkPlan(small.pool, plan, { memoryEnforced: true, hostsOnMin: 1, placementsEnforced: true })).toEqual([])
  })

  it('never leave a host whose VMs could not all restart, in random pools', () => {
    const { seed: first, numRuns } = trials(150)
    for (let seed = first; seed < first + numRuns; seed++) {
      const rng = seededRng(seed, 'failover places')
      const count = 2 + rng.below(4)
      const vms: Record<string, VmSpec> = {}
      for (let at = 0; at < 12; at++) vms[`v${at}`] = rng.next() < 0.5 ? waits(GIB * (1 + rng.below(9))) : { on: `h${at % count}`, memoryMib: GIB * (1 + rng.below(4)) }
      const small = smallPool(hosts(count, 16 * GIB), vms, [N_PLUS_1])
      expect(homeless(small, planFor(small)), `seed ${seed}`).toEqual([])
    }
  })
})

/** Hosts that hold new VMs' pool after the plan and whose VMs find no places by trying every way; only where the plan starts something. */
function homeless({ pool }: SmallPool, plan: Plan): string[] {
  if (started(plan).length === 0) return []
  const place = new Map<string, string>(pool.vms.flatMap(({ id }, vm) => (pool.vmHost[vm]! < 0 ? [] : [[id as string, pool.hosts[pool.vmHost[vm]!]!.id as string]])))
  for (const step of plan.steps) if ('target' in step) place.set(step.vm, step.target)
  const sizeOf = (id: string): number => pool.vms.find((vm) => vm.id === id)!.memoryMib
  const names = pool.hosts.map(({ id }) => id as string)
  const on = (host: string): string[] => [...place].filter(([, at]) => at === host).map(([vm]) => vm)
  return names.filter((failed) => {
    const free = names.filter((host) => host !== failed).map((host) => 16 * GIB - on(host).reduce((sum, vm) => sum + sizeOf(vm), 0))
    return !fitsSomehow(on(failed).map(sizeOf), free)
  })
}

function fitsSomehow([size, ...rest]: readonly number[], free: readonly number[]): boolean {
  if (size === undefined) return true
  return free.some((mib, at) => mib >= size && fitsSomehow(rest, free.map((other, position) => (position === at ? other - size : other))))
}
