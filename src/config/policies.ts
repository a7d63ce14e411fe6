import { MINUTE_MS } from '../model/resources.ts'
import { DEFAULT_POLICY, type BaselineSettings, type PolicySettings } from '../model/policy.ts'
import { PEER_POLICIES } from './peerPolicies.ts'

/** A policy that needs no file. */
export interface BuiltInPolicy {
  readonly settings: PolicySettings
  /** Where its settings come from. */
  readonly source: string
}

const DEFAULTS_SOURCE = 'Plimsoll defaults (starting values per goal, as in the policy format)'
const STUDY = 'Beloglazov & Buyya, Concurrency and Computation 24(13), 2012, as CloudSim 3.0.3 runs it'

const none = DEFAULT_POLICY

const evenDistribution: PolicySettings = {
  ...DEFAULT_POLICY,
  name: 'even-distribution',
  description: 'Relieves hosts above 80 % CPU and balances the pool when hosts differ too much; switches nothing off.',
  evenDistribution: { ...DEFAULT_POLICY.evenDistribution, enabled: true, balancePool: true },
}

const powerSave: PolicySettings = {
  ...DEFAULT_POLICY,
  name: 'power-save',
  description: 'Empties hosts that stay below 10 % CPU, powers them off, and wakes them when demand returns.',
  powerSave: { ...DEFAULT_POLICY.powerSave, enabled: true },
}

const balanced: PolicySettings = {
  ...DEFAULT_POLICY,
  name: 'balanced',
  description: 'Relieves loaded hosts and saves power on idle ones: even distribution and power save together.',
  evenDistribution: evenDistribution.evenDistribution,
  powerSave: powerSave.powerSave,
}

const plimsoll: PolicySettings = {
  ...DEFAULT_POLICY,
  name: 'plimsoll',
  description: 'Fills hosts as far as their VMs are likely to be served, by what is learned of each; empties the rest, relieves at once, steers by what is measured.',
  powerSave: {
    ...DEFAULT_POLICY.powerSave, enabled: true, fill: 'risk', overloadMax: 0.015, fillMax: 0.95, utilizationHigh: 1, poolUtilizationMin: 0.95, offWindowMs: 5 * MINUTE_MS,
  },
  budgets: { ...DEFAULT_POLICY.budgets, migrationsPerHourMax: 5000, hostIncomingMax: 2, hostOutgoingMax: 2 },
  optimizer: { ...DEFAULT_POLICY.optimizer, nodesMax: 0 },
}

const asRecorded: PolicySettings = {
  ...DEFAULT_POLICY,
  name: 'as-recorded',
  description: 'Everything off: replays what the administrators of a recorded pool did, and adds nothing.',
  placement: { ...DEFAULT_POLICY.placement, enabled: false },
  maintenance: { ...DEFAULT_POLICY.maintenance, method: 'leave', moveBack: false, moveBackWithinMs: 0 },
}

/** A policy of the study: it decides every 5 minutes, and none of our own goals takes part. */
const study = (name: string, description: string, baseline: BaselineSettings): PolicySettings => ({
  ...DEFAULT_POLICY, name, description, decisionIntervalMs: 300_000, placement: { ...DEFAULT_POLICY.placement, enabled: false }, baseline,
})

const dynamic = (overload: BaselineSettings['overload'], parameter: number, select: BaselineSettings['select']): BaselineSettings => ({
  overload, parameter, select, static: false, alwaysMaximumPower: false,
})

const fixed: BaselineSettings = { overload: 'never', parameter: 0, select: 'minimumMigrationTime', static: true, alwaysMaximumPower: false }

const STUDY_POLICIES: readonly PolicySettings[] = [
  study('npa', 'No power awareness: no migrations, and every host draws its maximum power all day.', { ...fixed, alwaysMaximumPower: true }),
  study('dvfs', 'No migrations; power follows load through frequency scaling alone.', fixed),
  study('thr-mmt-0.8', 'Overloaded above 80 % CPU; moves the VM that migrates fastest.', dynamic('threshold', 0.8, 'minimumMigrationTime')),
  study('thr-mu-0.8', 'Overloaded above 80 % CPU; moves the VM with the least CPU use.', dynamic('threshold', 0.8, 'minimumUtilization')),
  study('thr-rs-0.8', 'Overloaded above 80 % CPU; moves a random VM.', dynamic('threshold', 0.8, 'random')),
  study('thr-mc-0.8', 'Overloaded above 80 % CPU; moves the VM whose load correlates most with the rest.', dynamic('threshold', 0.8, 'maximumCorrelation')),
  study('iqr-mmt-1.5', 'Threshold from the interquartile range of past load; moves the VM that migrates fastest.', dynamic('interquartileRange', 1.5, 'minimumMigrationTime')),
  study('mad-mmt-2.5', 'Threshold from the median absolute deviation of past load; moves the VM that migrates fastest.', dynamic('medianAbsoluteDeviation', 2.5, 'minimumMigrationTime')),
  study('lr-mmt-1.2', 'Overloaded when a line through past load predicts it; moves the VM that migrates fastest.', dynamic('localRegression', 1.2, 'minimumMigrationTime')),
]

/** All built-in policies by name, in the order in which they are listed. */
export const BUILT_IN_POLICIES: ReadonlyMap<string, BuiltInPolicy> = new Map<string, BuiltInPolicy>([
  ...[none, evenDistribution, powerSave, balanced, plimsoll].map((settings) => [settings.name, { settings, source: DEFAULTS_SOURCE }] as const),
  [asRecorded.name, { settings: asRecorded, source: 'A recorded pool’s own events' }] as const,
  ...PEER_POLICIES.map((policy) => [policy.settings.name, policy] as const),
  ...STUDY_POLICIES.map((settings) => [settings.name, { settings, source: STUDY }] as const),
])
