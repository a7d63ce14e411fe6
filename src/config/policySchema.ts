import * as z from 'zod'
import { PEER_NAMES } from '../model/policy.ts'
import { choice, count, duration, flag, name, ratio, strict, text } from './fields.ts'
import { windowSchema } from './windowSchema.ts'

const windows = z.array(windowSchema).max(100).meta({ description: 'When it works; an empty list means always.' })
const interval = (about: string) => duration(about, 1000, 86_400_000)

const sections = {
  decisionIntervalMs: interval('How often the controller decides.'),
  placement: strict({ enabled: flag('Whether waiting VMs are placed.'), intervalMs: interval('How often waiting VMs are looked at again.') }).partial(),
  evenDistribution: strict({
    enabled: flag('Whether loaded hosts are relieved.'),
    utilizationHigh: ratio('A host above this CPU utilization for `holdMs` is loaded.', 0.01),
    utilizationLow: ratio('A loaded host is relieved to below this, and no target is filled beyond it.'),
    holdMs: duration('How long a host must be above `utilizationHigh`.'),
    balancePool: flag('Also balances the pool when no host is loaded.'),
    spreadMax: ratio('Balancing begins when the most and least utilized host differ by more.'),
    windows,
  }).partial(),
  powerSave: strict({
    enabled: flag('Whether hosts are drained and powered off.'),
    utilizationLow: ratio('A host below this CPU utilization for `holdMs` may be drained.'),
    holdMs: duration('How long a host must be below `utilizationLow`.'),
    offWindowMs: duration('Demand must have been low this long before a host is powered off.'),
    onWindowMs: duration('Window looked at for powering hosts on.'),
    fillMax: ratio('Consolidation fills a host at most to this.', 0.01),
    poolUtilizationMin: ratio('Hosts may also be drained, one after another, while the serving hosts’ mean utilization is below this.'),
    utilizationHigh: ratio('Hosts are woken when the mean utilization of the serving hosts passes this.', 0.01),
    reserveHosts: count('Hosts kept on beyond what demand needs.', 0, 100_000),
    hostsOnMin: count('Hosts that are always on.', 1, 100_000),
    hostsDrainedAtOnceMax: count('Hosts drained at the same time; null: by the pool’s size.', 1, 100_000).nullable(),
    powerCyclesPerHostDayMax: count('Times a host may be switched off per day.', 0, 1000),
    hostOnMinMs: duration('A host that came up stays up at least this long.'),
    bootsAtOnceMax: count('Hosts that may boot at the same time; null: by the pool’s size.', 1, 100_000).nullable(),
    windows,
  }).partial(),
  maintenance: strict({
    method: choice(['migrate', 'shutdown', 'suspend', 'leave'], 'What happens to the VMs of a host that enters maintenance.'),
    moveBack: flag('Whether VMs go home when the host is back.'),
    moveBackWithinMs: duration('A VM that cannot go home within this stays where it is.'),
  }).partial(),
  budgets: strict({
    migrationsPerHourMax: count('Migrations the pool may start per hour; null: by the pool’s size.').nullable(),
    reliefReserve: ratio('Share of these that only relief of loaded hosts may use.'),
    hostIncomingMax: count('Migrations a host may receive at once.', 1, 1000),
    hostOutgoingMax: count('Migrations a host may send at once.', 1, 1000),
    poolMigrationsMax: count('Migrations in the pool at once; null: by the pool’s size.', 1, 100_000).nullable(),
    vmCooldownMs: duration('A VM that was moved is not moved again within this, unless it must be.'),
    retryMs: duration('Wait after a failed migration, doubling with each further failure.'),
    retryMaxMs: duration('Longest such wait.'),
    blackouts: z.array(windowSchema).max(100).meta({ description: 'Windows in which nothing optional is started.' }),
  }).partial(),
  optimizer: strict({
    nodesMax: count('Proposals by which one solve may improve on its first answer.', 0, 1_000_000_000),
    deadlineMs: duration('A placement that is not found within this is not waited for.', 1, 3_600_000),
  }).partial(),
  observation: strict({
    ageMaxMs: duration('A sample older than this says nothing.', 1000),
    delayWeight: ratio('Share of vCPU waiting time that counts as unsatisfied demand.'),
  }).partial(),
  baseline: strict({
    overload: choice(['never', 'threshold', 'interquartileRange', 'medianAbsoluteDeviation', 'localRegression'], 'Overload test.'),
    parameter: z.number().min(0).max(100).meta({ description: 'Threshold of `threshold`, else the safety factor.' }),
    select: choice(['minimumMigrationTime', 'minimumUtilization', 'random', 'maximumCorrelation'], 'Which VM is moved.'),
    static: flag('Place at the start and never move.'),
    alwaysMaximumPower: flag('Every host draws its maximum power all the time.'),
  }, 'A policy of the PlanetLab study, for `world: reference` only.').nullable(),
  peer: choice(PEER_NAMES, 'What another system does, instead of even distribution and power save; only simulated.').nullable(),
}

/** Settings that differ from a base: every key may be left out. */
export const policyChangesSchema = strict(sections, 'Settings that differ from the base policy.').partial()
export type PolicyChanges = z.output<typeof policyChangesSchema>

/** A policy file, or a policy written out in a scenario. */
export const policySchema = strict(
  {
    formatVersion: z.literal(1).optional().meta({ description: 'Version of the policy format.' }),
    name: name('Name in tables, reports and run folders.').optional(),
    description: text('One sentence for people.').optional(),
    base: text('Built-in policy that this one differs from; `none` without it.', 64).optional(),
    ...policyChangesSchema.shape,
  },
  'A policy: what the pool should look like, as differences from a base.',
)
export type PolicyFields = z.output<typeof policySchema>
