import * as z from 'zod'
import { WHATIF_DEMANDS } from '../model/whatif.ts'
import { eventSchema } from './eventSchema.ts'
import { instantText } from './instantText.ts'
import { choice, count, duration, flag, frequency, memory, name, rate, ratio, strict, text } from './fields.ts'
import { expectation } from './expectationSchema.ts'
import { hostShape } from './hostSchema.ts'
import { policyChangesSchema, policySchema } from './policySchema.ts'
import { ruleFields } from './ruleSchema.ts'
import { tariffSchema } from './tariffSchema.ts'
import { workloadSchema } from './workloadSchema.ts'

const seed = count('A seed.', 0, 2 ** 32 - 1)
const policyChoice = z.union([text('Name of a built-in policy, or a policy file.', 4096), policySchema])

export const hostGroup = strict({ id: name('Name of the host; of a group, the beginning of the names.').optional(), count: count('Hosts of this kind.', 1, 100_000).optional(), ...hostShape }, 'Like hosts.')

const sensors = strict({ intervalMs: duration('Time between samples.', 1000, 86_400_000), delayMs: duration('From the end of an interval to the controller.', 0, 86_400_000), gapRatio: ratio('Chance that one VM’s sample is missing.') }, 'How samples reach the controller.').partial()

const faults = strict({
  wakeFailureRatio: ratio('Chance that a wake fails.'), migrationFailureRatio: ratio('Chance that a migration fails half-way.'),
  hostMtbfMs: duration('Mean time between failures of one host; none fail without it.', 60_000).nullable(), hostRepairMs: duration('Time to repair a host.', 1000),
}, 'What fails by chance.').partial()

const physics = strict({
  pue: z.number().min(1).max(10).meta({ description: 'Power usage effectiveness: plug energy is multiplied by it.' }),
  slaDeliveredMin: ratio('Delivered / demanded CPU below this violates the SLA.'),
  migrationCpuMhz: frequency('CPU that sending or receiving one migration costs, at full link rate.', 0, 1e6),
  migrationStreamMibPerS: rate('Cap of one migration stream.', 0.1),
  downtimeMaxMs: duration('Aim for the pause at the end of a migration.', 1, 3_600_000),
  migrationRoundsMax: count('Pre-copy rounds.', 1, 10_000),
  migrationTimeoutMs: duration('A migration that takes longer is given up.', 1000),
  pageSharingRatio: ratio('Share of a VM’s memory that page sharing saves where it has settled.', 0, 0.9),
  restartDelayMs: duration('A failed host’s VMs restart elsewhere after this.'),
  vmStartMs: duration('Time to start a VM.', 0, 3_600_000), vmStopMs: duration('Time to stop a VM.', 0, 3_600_000),
}, 'The physics of the standard world.').partial()

const whatif = strict({
  horizonMs: duration('How far to look.', 60_000),
  stepMs: duration('Demand is taken anew at least this often; only where something changes without it.', 60_000).nullable(),
  growthPerMonthRatio: ratio('Growth of all demand a month, compounding.', -0.99, 100),
  candidate: strict({ vcpus: count('Virtual CPUs.', 0, 1024), cpuMhz: frequency('Demand of one such VM.'), memoryMib: memory('Memory.', 0, 2 ** 26) }, 'The VM whose number is asked for.').partial(),
  limits: strict({
    utilizationMax: ratio('CPU demand / capacity of a host; the policy’s own threshold without it.', 0.01).nullable(), memoryMax: ratio('Memory held / capacity of a host.', 0.01),
    failoverHosts: count('Host failures at once to survive.', 0, 100), vcpusPerCoreMax: z.number().positive().max(1000).nullable().meta({ description: 'vCPUs per core; not limited without it.' }),
  }, 'How full the pool may be.').partial(),
  demand: choice(WHATIF_DEMANDS, 'What stands for a VM’s demand over a stretch of time.'),
  repack: flag('Whether VMs may migrate to make room.'),
}, 'Capacity questions, for `plimsoll whatif`.').partial()

export const scenarioSchema = strict(
  {
    formatVersion: z.literal(1).optional().meta({ description: 'Version of the scenario format.' }),
    name: name('Name in tables, reports and run folders; that of its folder or file without it.').optional(),
    description: text('What it shows.', 5000).optional(),
    world: choice(['standard', 'reference'], '`reference`: the PlanetLab study’s own rules of sharing, energy and SLA.').optional(),
    start: instantText('The run’s time 0.').optional(),
    durationMs: duration('Length of a run; that of the trace without it.', 1000, 10 * 366 * 86_400_000).optional(),
    warmupMs: duration('Beginning that figures leave out.').optional(),
    rowMs: duration('Time between rows of the run’s series; 5 minutes without it.', 1000, 86_400_000).optional(),
    snapshot: text('Pool snapshot to begin from.', 4096).optional(),
    recorded: text('Folder of recorded days to begin from.', 4096).optional(),
    hosts: z.union([z.literal('planetlab'), z.array(hostGroup).max(10_000)]).optional().meta({ description: 'Hosts in groups; `planetlab`: the 800 of that study.' }),
    rules: z.array(ruleFields).max(100_000).optional(),
    workload: workloadSchema.optional(),
    events: z.array(eventSchema).max(100_000).optional().meta({ description: 'Timed changes and requests.' }),
    sensors: sensors.optional(),
    faults: faults.optional(),
    physics: physics.optional(),
    tariff: tariffSchema.optional(),
    solveDelayMs: duration('How long the optimizer takes for a placement; 0 without it.', 0, 86_400_000).optional(),
    policies: z.union([policyChoice, z.array(policyChoice).min(1).max(1000)]).optional().meta({ description: 'Axis: one run for each. `none` without it.' }),
    against: z.union([z.literal('peers'), policyChoice, z.array(policyChoice).min(1).max(1000)]).optional().meta({ description: 'Policies that `compare` on a folder of scenarios shows beside; `peers`: all that stand for other systems.' }),
    policy: policyChangesSchema.optional().meta({ description: 'Settings that replace those of every policy.' }),
    seeds: z.union([seed, z.array(seed).min(1).max(10_000), strict({ first: seed.optional(), count: count('How many.', 1, 10_000) })]).optional().meta({ description: 'Axis: one run for each. 1 without it.' }),
    axes: z.record(z.string(), z.array(z.unknown()).min(1)).optional().meta({ description: 'Further axes: a path in this file and the values it takes, such as "hosts[0].count": [20, 30].' }),
    expect: z.array(expectation).max(1000).optional(),
    whatif: whatif.optional(),
  },
  'A scenario: a pool, its load, what happens, and the policies to try. Its runs are the product of its axes.',
)
export type ScenarioFields = z.output<typeof scenarioSchema>
