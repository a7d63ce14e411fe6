import { describe, expect, it } from 'vitest'
import { vmId } from '../../src/model/ids.ts'
import type { MigrationSample } from '../../src/model/migrations.ts'
import type { MigrateStep, Plan } from '../../src/model/plan.ts'
import type { ScenarioEvent } from '../../src/model/scenario.ts'
import { hostId } from '../../src/model/ids.ts'
import { explainPlan } from '../../src/plan/explain.ts'
import { simulate } from '../../sim/run.ts'
import { drive, runMinutes } from '../support/controller.ts'
import { HOUR, MINUTE, PLAIN_PHYSICS, initially, makeHost, makePolicy, makeRun, makeVm, workloadVm } from '../support/parts.ts'
import { sampleOf, smallPool } from '../support/pools.ts'

const took = (vm: string, memoryMib: number, times = 1): MigrationSample => ({ vm: vmId(vm), memoryMib, dirtyMibPerS: 0, durationMs: times * (5000 + 20 * memoryMib), downtimeMs: 90, converged: true })
const samples = [500, 1000, 2000, 4000, 8000].map((mib, at) => took(`x${at}`, mib))

/** Plans that bring one VM off a host that enters maintenance. */
function evacuated(migrationSamplesMin: number | null, told: readonly MigrationSample[]): { readonly plan: Plan; readonly codes: readonly string[] } {
  const small = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0', memoryMib: 4096 } })
  const driven = drive(small, makePolicy({ decisionIntervalMs: MINUTE, budgets: { migrationSamplesMin } }))
  const plans: Plan[] = []
  const keep = (outputs: ReturnType<typeof driven.tick>): void => void plans.push(...outputs.flatMap((output) => (output.kind === 'planned' ? [output.plan] : [])))
  runMinutes(driven, MINUTE, 5 * MINUTE, (atMs) => sampleOf(small, atMs, { a: 500 }))
  keep(driven.request(5 * MINUTE, { kind: 'migrated', samples: told }))
  keep(driven.request(5 * MINUTE, { kind: 'maintenanceEnter', host: hostId('h0'), method: null }))
  keep(driven.tick(5 * MINUTE))
  return { plan: plans.find(({ steps }) => steps.length > 0)!, codes: driven.notes.map(({ reason }) => reason.code) }
}
const stepOf = ({ steps }: Plan): MigrateStep => steps.find((step) => step.kind === 'migrate')!

describe('a controller that is told what migrations took', () => {
  it('reckons with it from the least number on, says so once, and not where the policy does not want it', () => {
    const truth = 5000 + 20 * 4096
    const learned = evacuated(5, samples)
    expect(Math.abs(stepOf(learned.plan).estimateMs - truth) / truth).toBeLessThan(0.05)
    expect(learned.plan.estimate.makespanMs).toBe(stepOf(learned.plan).estimateMs)
    expect(learned.plan.estimate.downtimeMs).toBe(90)
    expect(learned.codes.filter((code) => code === 'migrationsLearned')).toHaveLength(1)
    for (const other of [evacuated(6, samples), evacuated(null, samples)]) {
      expect(stepOf(other.plan).estimateMs).toBeLessThan(truth / 10)
      expect(other.codes).not.toContain('migrationsLearned')
    }
  })

  it('tells in the explanation what the times rest on', () => {
    const { plan } = evacuated(5, [...samples, took('a', 4096, 2), took('a', 4096, 2), took('a', 4096, 2)])
    expect(explainPlan(plan)).toContain('(as 3 migrations of it before)')
    expect(explainPlan(plan)).toContain('reckoned with what migrations here took before')
    expect(explainPlan(evacuated(null, samples).plan)).not.toContain('before)')
  })
})

describe('a simulated pool whose network is slower than was thought', () => {
  // The inventory says 1,000 MiB/s, streams get 40.
  const maintained = (migrationSamplesMin: number | null): { readonly plans: readonly Plan[]; readonly tookMs: ReadonlyMap<string, number> } => {
    const enter = (host: string, atMs: number): ScenarioEvent[] => [{ atMs, kind: 'maintenanceEnter', host: hostId(host), method: null }, { atMs: atMs + 20 * MINUTE, kind: 'maintenanceLeave', host: hostId(host) }]
    const vms = [1024, 2048, 4096, 512, 8192].map((memoryMib, at) => workloadVm(makeVm(`v${at}`, { memoryMib }), 'h0'))
    const plans: Plan[] = []
    const { events } = simulate(makeRun({
      hosts: [initially(makeHost('h0')), initially(makeHost('h1'))], durationMs: 3 * HOUR, physics: { ...PLAIN_PHYSICS, migrationStreamMibPerS: 40 }, workload: { vms, cpu: null, memory: null, network: null, disk: null },
      events: [...enter('h0', 10 * MINUTE), ...enter('h0', 70 * MINUTE), ...enter('h0', 120 * MINUTE)], policy: makePolicy({ budgets: { migrationSamplesMin } }),
    }), { onTurn: (_, outputs) => void plans.push(...outputs.flatMap((output) => (output.kind === 'planned' ? [output.plan] : []))) })
    return { plans, tookMs: new Map(events.flatMap((event) => (event.kind === 'end' && event.action === 'migrate' ? [[event.step, event.durationMs] as const] : []))) }
  }
  const errors = ({ plans, tookMs }: ReturnType<typeof maintained>): number[] => plans.flatMap(({ steps }) => steps.flatMap(({ id, kind, estimateMs }) => (kind === 'migrate' && tookMs.has(id) ? [Math.abs(estimateMs - tookMs.get(id)!) / tookMs.get(id)!] : [])))

  it('is known after its first migrations, by the same planner as a live pool', () => {
    const learning = errors(maintained(4))
    expect(learning.length).toBeGreaterThanOrEqual(20)
    expect(Math.min(...learning.slice(0, 5))).toBeGreaterThan(0.9)
    expect(Math.max(...learning.slice(-10))).toBeLessThan(0.1)
    expect(Math.min(...errors(maintained(null)))).toBeGreaterThan(0.9)
  })
})
