import * as z from 'zod'
import { PEER_NAMES, SCORER_NAMES } from '../model/policy.ts'
import { choice, count, duration, flag, name, ratio, strict, text } from './fields.ts'
import { tariffSchema } from './tariffSchema.ts'
import { windowSchema } from './windowSchema.ts'
import { isZone } from './zone.ts'

const windows = z.array(windowSchema).max(100).meta({ description: 'When it works; an empty list means always.' })
const interval = (about: string) => duration(about, 1000, 86_400_000)

const SCORER_TEXTS: Readonly<Record<(typeof SCORER_NAMES)[number], string>> = {
  cpuFree: 'Weight of the CPU left for others.', memoryFree: 'Weight of the memory left for others.', fewVms: 'Weight of having few VMs.', cpuFull: 'Weight of being full: the opposite of `cpuFree`.',
}

const sections = {
  decisionIntervalMs: interval('How often the controller decides.'),
  placement: strict({
    enabled: flag('Whether waiting VMs are placed.'), intervalMs: interval('How often waiting VMs are looked at again.'),
    filtersOff: z.array(choice(['threads', 'cpu'], 'Name of a filter.')).max(2).meta({ description: 'Filters that `place` leaves out.' }),
    scorers: strict(Object.fromEntries(SCORER_NAMES.map((scorer) => [scorer, ratio(SCORER_TEXTS[scorer], 0, 100)])) as Record<(typeof SCORER_NAMES)[number], ReturnType<typeof ratio>>, 'Weight of each scorer.').partial(),
  }).partial(),
  evenDistribution: strict({
    enabled: flag('Whether loaded hosts are relieved.'),
    utilizationHigh: ratio('A host above this CPU utilization for `holdMs` is loaded.', 0.01),
    utilizationLow: ratio('A loaded host is relieved to below this, and no target is filled beyond it.'),
    holdMs: duration('How long a host must be above `utilizationHigh`.'),
    balancePool: flag('Also balances the pool when no host is loaded.'),
    spreadMax: ratio('Balancing begins when the most and least utilized host differ by more.'),
    aggressiveness: count('1: only what must be ... 5: small gains too; sets how far hosts may differ. null: `spreadMax` says so.', 1, 5).nullable(),
    happinessMin: ratio('A host is loaded, too, while one of its VMs gets less than this part of what it wants; null: VMs are not looked at.').nullable(),
    cpuWeight: ratio('What CPU counts for when the pool is balanced.', 0, 100),
    memoryWeight: ratio('What memory in use counts for.', 0, 100),
    networkWeight: ratio('What network traffic counts for.', 0, 100),
    windows,
  }).partial(),
  powerSave: strict({
    enabled: flag('Whether hosts are drained and powered off.'),
    utilizationLow: ratio('A host below this CPU utilization for `holdMs` may be drained.'),
    holdMs: duration('How long a host must be below `utilizationLow`.'),
    offWindowMs: duration('Demand must have been low this long before a host is powered off.'),
    onWindowMs: duration('Window looked at for powering hosts on.'),
    fillMax: ratio('Consolidation fills a host at most to this.', 0.01),
    fill: choice(['utilization', 'risk'], 'How full hosts are filled: to `fillMax` alone, or also by how likely their VMs want more than there is.'),
    overloadMax: ratio('By risk: share of samples in which a host in use may want more CPU than it has.', 0.00001),
    memoryMs: duration('By risk: over how long a VM’s mean and variance are learned.', 1000),
    massSurplusMin: ratio('By risk: from this share of serving hosts that demand does not need on, all of it is emptied at once.'),
    poolUtilizationMin: ratio('Hosts may also be drained, one after another, while the serving hosts’ mean utilization is below this.'),
    utilizationHigh: ratio('Hosts are woken when the mean utilization of the serving hosts passes this.', 0.01),
    reserveHosts: count('Hosts kept on beyond what demand needs.', 0, 100_000),
    hostsOnMin: count('Hosts that are always on.', 1, 100_000),
    hostsDrainedAtOnceMax: count('Hosts drained at the same time; null: by the pool’s size.', 1, 100_000).nullable(),
    powerCyclesPerHostDayMax: count('Times a host may be switched off per day.', 0, 1000),
    hostOnMinMs: duration('A host that came up stays up at least this long.'),
    bootsAtOnceMax: count('Hosts that may boot at the same time; null: by the pool’s size.', 1, 100_000).nullable(),
    wakeFailuresMax: count('A host that failed to wake so often in a row is left out for `quarantineMs`.', 1, 100),
    quarantineMs: duration('How long such a host is left out before it is tried again, once at a time; null: until a person clears it.', 60_000).nullable(),
    wakeProofAgeMaxMs: duration('A host that was not seen to wake within this is not powered off; null: that is not asked.', 60_000).nullable(),
    wakeDrills: flag('Whether a host that would be powered off but for that proof is powered off and woken at once, one at a time.'),
    order: choice(['efficiency', 'wear'], 'Which of several hosts are woken first, and of equals go off first: by work per watt, or those that were powered off least.'),
    wakeBeforeWindowEnd: flag('Whether hosts are woken so early that they serve when the window ends, and not only from then on.'),
    rolesOn: z.array(text('A role.', 64)).max(100).meta({ description: 'Hosts with one of these roles stay on, besides those of storage, quorum and gateway.' }),
    weigh: choice(['energy', 'cost'], 'What a host must save by being off: energy, or money by the tariff.'),
    offExpectedMs: duration('How long a host that is powered off is expected to stay off, unless a window ends before; null: the longer of `offWindowMs` and `hostOnMinMs`.', 60_000).nullable(),
    offLearned: flag('Whether that is learned instead: how long demand stayed low from this time of the day on, on the days before.'),
    windows,
  }).partial(),
  forecast: strict({
    enabled: flag('Whether power save acts on what demand is expected to be, where that has proven better than nothing.'),
    level: ratio('Chance that demand stays below what is reckoned with.', 0.5, 0.999),
    wakeMarginMs: duration('Besides the longest boot: how much earlier hosts are woken.', 0, 86_400_000),
    horizonMs: duration('What demand may rise to within this is not consolidated away.', 60_000, 86_400_000),
    memoryMs: duration('Over how long a VM’s rhythm is learned.', 86_400_000),
    zone: z.string().max(64).refine(isZone, { error: (issue) => `${JSON.stringify(issue.input)} is no time zone: use an IANA name such as "Europe/Berlin" or "UTC"` }).nullable().meta({ description: 'IANA time zone whose days and weeks demand follows; null: UTC.' }),
  }).partial(),
  sla: strict({
    targets: z.array(strict({ class: name('Class of VMs.'), attainmentMin: ratio('Share of their samples in which they must get at least 95 % of the CPU they want.') })).max(100).meta({ description: 'Classes to which consolidation by risk is steered.' }),
  }).partial(),
  maintenance: strict({
    method: choice(['migrate', 'shutdown', 'suspend', 'leave'], 'What happens to the VMs of a host that enters maintenance.'),
    moveBack: flag('Whether VMs go home when the host is back.'),
    moveBackWithinMs: duration('A VM that cannot go home within this stays where it is.'),
    hostsAtOnceMax: count('Hosts that a rolling maintenance takes away at a time.', 1, 100_000),
    enterWithinMs: duration('A rolling maintenance ends where a host could not be emptied within this.', 60_000),
    warnAheadMs: duration('So long before planned maintenance it is said what is to come and what stands in its way.'),
  }).partial(),
  availability: strict({
    hostFailures: count('Host failures at once after which all VMs must find room.', 0, 100),
    standAsideMaxMs: duration('Optional moves wait so long at most while an HA action or somebody else’s migration is under way.'),
    foreignBackOffMs: duration('A VM that somebody else migrated is left alone for so long; twice as long with each further time within a day, up to a day.'),
  }).partial(),
  budgets: strict({
    migrationsPerHourMax: count('Migrations the pool may start per hour; null: by the pool’s size.').nullable(),
    reliefReserve: ratio('Share of these that only relief of loaded hosts may use.'),
    hostIncomingMax: count('Migrations a host may receive at once.', 1, 1000),
    hostOutgoingMax: count('Migrations a host may send at once.', 1, 1000),
    poolMigrationsMax: count('Migrations in the pool at once; null: by the pool’s size.', 1, 100_000).nullable(),
    vmCooldownMs: duration('A VM that was moved is not moved again within this, unless it must be.'),
    migrationsPerPlanMax: count('Optional migrations of one plan; null: no such limit.').nullable(),
    migrationsPerHostHourMax: count('Optional migrations from and to one host within an hour; null: no such limit.', 1).nullable(),
    weighBenefit: flag('Whether optional migrations must bring more than they take.'),
    migrationSamplesMin: count('What migrations take is learned from those that came to their end, once there are so many; null: it is reckoned by sizes and links alone.', 4, 2000).nullable(),
    retryMs: duration('Wait after a failed migration, doubling with each further failure.'),
    retryMaxMs: duration('Longest such wait.'),
    planAgeMaxMs: duration('A plan that no decision has confirmed for so long is neither approved nor begun.', 60_000),
    blackouts: z.array(windowSchema).max(100).meta({ description: 'Windows in which nothing optional is started.' }),
  }).partial(),
  optimizer: strict({
    nodesMax: count('Proposals by which one solve may improve on its first answer.', 0, 1_000_000_000),
    deadlineMs: duration('A placement that is not found within this is not waited for.', 1, 3_600_000),
  }).partial(),
  observation: strict({
    ageMaxMs: duration('A sample older than this says nothing.', 1000),
    delayWeight: ratio('Share of vCPU waiting time that counts as unsatisfied demand.'),
    statistic: choice(['mean', 'percentile'], 'What stands for demand over a window.'),
    percentile: ratio('Which percentile of the samples.', 0.01),
    countBy: choice(['used', 'allocated'], 'Whether a VM counts with the CPU it uses, or with what it may use at most.'),
    cacheWeight: ratio('Share of guests’ reclaimable cache that counts as memory in use.'),
    zeroDoubtMs: duration('A VM that reads exactly 0 right after it used CPU is unknown for so long.'),
  }).partial(),
  tariff: tariffSchema.nullable(),
  baseline: strict({
    overload: choice(['never', 'threshold', 'interquartileRange', 'medianAbsoluteDeviation', 'localRegression'], 'Overload test.'),
    parameter: z.number().min(0).max(100).meta({ description: 'Threshold of `threshold`, else the safety factor.' }),
    select: choice(['minimumMigrationTime', 'minimumUtilization', 'random', 'maximumCorrelation'], 'Which VM is moved.'),
    static: flag('Place at the start and never move.'),
    alwaysMaximumPower: flag('Every host draws its maximum power all the time.'),
  }, 'A policy of the PlanetLab study, for `world: reference` only.').nullable(),
  peer: choice(PEER_NAMES, 'What another system does, instead of even distribution and power save; only simulated.').nullable(),
}

const schedule = z.array(strict({
  windows: z.array(windowSchema).min(1).max(100).meta({ description: 'When it holds.' }),
  settings: strict(sections, 'Settings that hold then instead of the policy’s own.').omit({ baseline: true, peer: true }).partial(),
})).max(100).meta({ description: 'Settings by day and hour; of several that are open the first holds.' })
export type ScheduleFields = z.output<typeof schedule>

/** Settings that differ from a base: every key may be left out. */
export const policyChangesSchema = strict({ ...sections, schedule }, 'Settings that differ from the base policy.').partial()
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
