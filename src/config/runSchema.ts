import * as z from 'zod'
import { SERIES_NAMES, type RunHeader, type RunSummary } from '../model/run.ts'
import { strict } from './fields.ts'
import { fileOrigin } from './origin.ts'
import { fit, problemsOf, refuseIssues } from './problems.ts'
import type { SourceDocument } from './sourceDocument.ts'

const whole = z.number().int().min(0)
const label = z.string().min(1).max(1000)

/** `timing` holds all that depends on the machine. */
export const timingSchema = strict({ wallMs: z.number(), cpuMs: z.number(), peakMemoryMib: z.number(), commit: z.string(), machine: z.string() })

export const runHeaderSchema = strict(
  {
    formatVersion: z.literal(1), scenario: label, policy: label, seed: whole, startUnixMs: z.number().int(), durationMs: whole, warmupMs: whole,
    world: z.enum(['standard', 'reference']),
    hosts: z.array(strict({ id: label, cpuMhz: z.number().min(0), memoryMib: z.number().min(0), rack: z.string().nullable() })).max(200_000),
    vmCount: whole,
    series: z.array(strict({ name: z.enum(SERIES_NAMES), width: whole, offset: whole })).max(SERIES_NAMES.length),
    rowMs: z.number().int().min(1), rowCount: whole, timing: timingSchema.nullable(),
  },
  'What a run is: header.json of a run folder. Times are ms since the run’s start.',
)

const slaSchema = strict({
  vmCount: whole, vmMinutes: z.number(), violationMinutes: z.number(), violationRatio: z.number(), p99VmRatio: z.number(), worstVmRatio: z.number(), worstVm: z.string().nullable(), downtimeS: z.number(),
})
const daySchema = strict({ energyKwh: z.number(), violationMinutes: z.number(), vmMinutes: z.number(), migrations: whole, powerCycles: whole, hostsOnMean: z.number() })
const referenceSchema = strict({
  energyKwh: z.number(), migrations: whole, slatah: z.number(), pdm: z.number(), slav: z.number(), esv: z.number(), hostShutdowns: whole, overallSla: z.number(),
  meanTimeBeforeShutdownS: z.number(), energyToBound: z.number(),
})

export const runSummarySchema = strict(
  {
    formatVersion: z.literal(1), scenario: label, policy: label, seed: whole, measuredMs: whole, energyKwh: z.number(), hostsOnMean: z.number(), hostsOnMin: z.number(), hostsOnMax: z.number(),
    utilizationMean: z.number(), demandMhzMean: z.number(), undeliveredRatio: z.number(), sla: slaSchema, slaByClass: z.record(z.string(), slaSchema), migrations: whole, migrationsFailed: whole,
    migratedMib: z.number(), migrationMeanS: z.number(), powerOns: whole, powerOffs: whole, wakeFailures: whole, hostFailures: whole, placements: whole, placementWaitMeanS: z.number(),
    unplacedAtEnd: whole, decisions: whole, days: z.array(daySchema).max(100_000), reference: referenceSchema.nullable(),
  },
  'Figures of a run, warm-up left out: summary.json of a run folder.',
)

/** Reads header.json. Throws BadInput with everything that is wrong. */
export function parseRunHeader(document: SourceDocument): RunHeader {
  const header = parsed(runHeaderSchema, document)
  return header satisfies RunHeader
}

/** Reads summary.json. Throws BadInput with everything that is wrong. */
export function parseRunSummary(document: SourceDocument): RunSummary {
  return parsed(runSummarySchema, document) satisfies RunSummary
}

function parsed<Schema extends z.ZodType>(schema: Schema, document: SourceDocument): z.output<Schema> {
  const problems = problemsOf(fileOrigin(document))
  const fitted = fit(schema, document.value, [], problems)
  if (fitted === null) problems.add([], 'is not what a run folder holds')
  refuseIssues(problems.issues)
  return fitted!.value
}
