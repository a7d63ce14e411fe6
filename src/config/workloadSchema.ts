import * as z from 'zod'
import { SYNTHETIC_PROFILES } from '../model/synthetic.ts'
import { choice, count, duration, flag, frequency, memory, name, ratio, strict, text } from './fields.ts'

const weight = z.number().positive().max(1e6).meta({ description: 'Relative share of the VMs.' })

const syntheticFields = strict(
  {
    profile: choice(SYNTHETIC_PROFILES, '`business`: managed hosting, mostly idle, heavy tail; `office`: working hours; `steady`; `planetlab`: white noise; `batch`: jobs at night.'),
    vmCount: count('VMs that are there all the time.', 0, 100_000),
    stepMs: duration('Time between load samples.', 10_000, 3_600_000),
    meanUtilization: ratio('Mean CPU utilization of the standing VMs; the profile’s own without it.', 0.0001, 0.9).nullable(),
    utcOffsetMinutes: z.number().int().min(-840).max(840).meta({ description: 'Local time of the working day is UTC plus this.' }),
    classes: z.array(strict({ name: name('Service class.'), weight, profile: choice(SYNTHETIC_PROFILES, 'Its load; that of the workload without it.').nullable().optional() })).max(100),
    flavors: z.array(strict({ vcpus: count('Virtual CPUs.', 1, 128), memoryMib: memory('Memory.', 64, 4_194_304), weight })).min(1).max(1000).nullable(),
    coreMhz: frequency('Speed of one vCPU.', 100, 10_000),
    memorySeries: flag('Whether guest memory use varies.'),
    churn: strict({
      arrivalsPerHour: z.number().positive().max(100_000).meta({ description: 'Mean VMs that arrive per hour.' }),
      batchMax: count('Largest batch of one tenant.', 1, 1000),
      lifetimeFactor: z.number().positive().max(1000).meta({ description: 'Multiplies all lifetimes; 1 as in the Azure trace.' }),
    }, 'Short-lived VMs on top of the standing ones.').nullable(),
  },
  'Settings of the load generator; what is left out has its default.',
).partial()

const size = strict({ vcpus: count('Virtual CPUs.', 1, 1024), cpuMhz: frequency('What load ratio 1 means; vCPUs x `coreMhz` without it.', 1).optional(), memoryMib: memory('Memory.', 1, 2 ** 26) })

export const workloadSchema = strict(
  {
    format: text('Format of a trace; `plimsoll import --help` lists them.', 64).optional(),
    path: text('File or folder of the trace.', 4096).optional(),
    select: text('Which of several traces in a folder.', 200).optional(),
    sizes: z.union([z.literal('planetlab'), z.array(size).min(1).max(1000)]).optional().meta({ description: 'Sizes of VMs whose trace has none, dealt in blocks of equal length; `planetlab`: the four of that study.' }),
    coreMhz: frequency('Core speed where a trace counts cores.', 100, 20_000).optional(),
    lifetimes: choice(['draw', 'lowerEdge'], 'Lifetimes known as a range: drawn inside it, or its lower edge.').optional(),
    synthetic: syntheticFields.optional(),
  },
  'What the pool has to carry: a trace (`format` and `path`) or generated load (`synthetic`).',
).superRefine((fields, context) => {
  const traceKeys = (['format', 'path', 'select', 'sizes', 'lifetimes'] as const).filter((key) => fields[key] !== undefined)
  if (fields.synthetic !== undefined && traceKeys.length > 0) context.addIssue({ code: 'custom', message: `gives both synthetic and ${traceKeys.join(', ')}: keep one kind of load` })
  if (fields.synthetic === undefined && fields.format === undefined) context.addIssue({ code: 'custom', path: fields.path === undefined ? [] : ['format'], message: 'gives neither format and path of a trace nor synthetic: give one' })
  if (fields.format !== undefined && fields.path === undefined) context.addIssue({ code: 'custom', path: ['path'], message: 'is missing: name the trace here, or with --set workload.path=FILE' })
})
export type WorkloadFields = z.output<typeof workloadSchema>
