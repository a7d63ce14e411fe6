import fc from 'fast-check'
import type { PolicySettings, Window } from '../../src/model/policy.ts'
import { DAY, HOUR, MINUTE, MONDAY_UNIX_MS, makePolicy } from './parts.ts'

/** Fixed offsets and one zone that changes its clock on the second day. */
const ZONES = [
  { name: 'UTC', fromMs: [0], offsetMs: [0] }, { name: 'Test/Plus', fromMs: [0], offsetMs: [330 * MINUTE] },
  { name: 'Test/Change', fromMs: [0, MONDAY_UNIX_MS + DAY + HOUR], offsetMs: [HOUR, 2 * HOUR] },
]

const windowArbitrary: fc.Arbitrary<Window> = fc.record({
  days: fc.constantFrom([1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5], [1], [2, 7]), fromMinute: fc.integer({ min: 0, max: 1439 }), toMinute: fc.integer({ min: 0, max: 1439 }), zone: fc.constantFrom(...ZONES),
})

const windowsArbitrary = fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(windowArbitrary, { minLength: 1, maxLength: 2 }) })

/** Any policy that its file could state, extremes included. */
export const policyArbitrary: fc.Arbitrary<PolicySettings> = fc
  .record({
    decisionIntervalMs: fc.constantFrom(MINUTE, MINUTE, 30_000, 5 * MINUTE), placement: fc.record({ enabled: fc.constantFrom(true, true, true, true, false) }),
    evenDistribution: fc.record({
      enabled: fc.constantFrom(true, true, false), utilizationHigh: fc.constantFrom(0.8, 0.8, 0.5, 0.95), utilizationLow: fc.constantFrom(0.65, 0.65, 0.4), holdMs: fc.constantFrom(5 * MINUTE, 5 * MINUTE, 0, 30 * MINUTE), balancePool: fc.boolean(), spreadMax: fc.constantFrom(0.3, 0.1, 0.02),
      aggressiveness: fc.constantFrom(null, null, 1, 2, 3, 4, 5), happinessMin: fc.constantFrom(null, null, 0.9), cpuWeight: fc.constantFrom(1, 1, 0.5), memoryWeight: fc.constantFrom(0, 0, 1), networkWeight: fc.constantFrom(0, 0, 1), windows: windowsArbitrary,
    }),
    powerSave: fc.record({
      enabled: fc.constantFrom(true, true, false), utilizationLow: fc.constantFrom(0.1, 0.3), holdMs: fc.constantFrom(5 * MINUTE, 0), offWindowMs: fc.constantFrom(40 * MINUTE, 5 * MINUTE, 10 * MINUTE), onWindowMs: fc.constantFrom(5 * MINUTE, MINUTE), fillMax: fc.constantFrom(0.65, 0.65, 0.9, 0.3),
      fill: fc.constantFrom('utilization', 'utilization', 'risk'), overloadMax: fc.constantFrom(0.01, 0.1), memoryMs: fc.constantFrom(6 * HOUR, 30 * MINUTE), massSurplusMin: fc.constantFrom(0.25, 0, 1),
      poolUtilizationMin: fc.constantFrom(0.45, 0.6, 0), utilizationHigh: fc.constantFrom(0.81, 0.7), reserveHosts: fc.constantFrom(0, 0, 1, 3), hostsOnMin: fc.constantFrom(1, 2, 2, 4), hostsDrainedAtOnceMax: fc.constantFrom(1, 1, 3), powerCyclesPerHostDayMax: fc.constantFrom(4, 1, 24, 0),
      hostOnMinMs: fc.constantFrom(30 * MINUTE, 0, 2 * HOUR), bootsAtOnceMax: fc.constantFrom(2, 1, 8), wakeFailuresMax: fc.constantFrom(3, 1), quarantineMs: fc.constantFrom(DAY, HOUR, null), wakeProofAgeMaxMs: fc.constant(null), wakeDrills: fc.constant(true), order: fc.constant('efficiency' as const), wakeBeforeWindowEnd: fc.boolean(), rolesOn: fc.constant([]), weigh: fc.constant('energy' as const), offExpectedMs: fc.constantFrom(null, null, 4 * HOUR), offLearned: fc.constant(false), windows: windowsArbitrary,
    }),
    maintenance: fc.record({ method: fc.constantFrom('migrate', 'migrate', 'migrate', 'shutdown', 'suspend', 'leave'), moveBack: fc.constantFrom(true, true, false), moveBackWithinMs: fc.constantFrom(DAY, HOUR, 10 * MINUTE), hostsAtOnceMax: fc.constantFrom(1, 2) }),
    availability: fc.record({ hostFailures: fc.constantFrom(0, 0, 1, 2), standAsideMaxMs: fc.constantFrom(30 * MINUTE, 0), foreignBackOffMs: fc.constantFrom(30 * MINUTE, 0) }),
    budgets: fc.record({
      migrationsPerHourMax: fc.constantFrom(null, 120, 10, 2, 0), reliefReserve: fc.constantFrom(0.25, 0, 1), hostIncomingMax: fc.constantFrom(1, 1, 2, 4), hostOutgoingMax: fc.constantFrom(1, 1, 2, 4), poolMigrationsMax: fc.constantFrom(8, 2, 1), vmCooldownMs: fc.constantFrom(30 * MINUTE, 30 * MINUTE, 0, 6 * HOUR), retryMs: fc.constantFrom(20_000, MINUTE), retryMaxMs: fc.constantFrom(30 * MINUTE, 2 * MINUTE),
      migrationsPerPlanMax: fc.constantFrom(null, null, 1, 5), migrationsPerHostHourMax: fc.constantFrom(null, null, 2, 10), weighBenefit: fc.boolean(), blackouts: windowsArbitrary,
    }),
    optimizer: fc.record({ nodesMax: fc.constantFrom(0, 300, 2000), deadlineMs: fc.constantFrom(20_000, 20_000, 1, 5 * MINUTE) }),
    observation: fc.record({ ageMaxMs: fc.constantFrom(15 * MINUTE, 6 * MINUTE), delayWeight: fc.constantFrom(1, 0), statistic: fc.constantFrom('mean', 'mean', 'percentile'), percentile: fc.constantFrom(0.95, 0.5), countBy: fc.constantFrom('used', 'used', 'used', 'allocated'), cacheWeight: fc.constantFrom(0, 1), zeroDoubtMs: fc.constantFrom(0, 10 * MINUTE) }),
  })
  .map((parts) => makePolicy(consistent(parts as Parts)))

type Parts = Required<Pick<PolicySettings, 'evenDistribution' | 'powerSave'>> & Parameters<typeof makePolicy>[0]

/** What a policy file refuses: marks that contradict each other. */
function consistent(parts: Parts): Parts {
  const { evenDistribution, powerSave } = parts
  const fillMax = Math.min(powerSave.fillMax, powerSave.utilizationHigh - 0.05, evenDistribution.utilizationHigh - 0.05)
  return {
    ...parts, evenDistribution: { ...evenDistribution, utilizationLow: Math.min(evenDistribution.utilizationLow, evenDistribution.utilizationHigh - 0.1) },
    powerSave: { ...powerSave, fillMax, utilizationLow: Math.min(powerSave.utilizationLow, fillMax - 0.05) },
  }
}
