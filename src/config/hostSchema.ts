import * as z from 'zod'
import { HOST_MODELS } from '../model/hostModels.ts'
import { choice, count, duration, flag, frequency, memory, power, rate, strict, text } from './fields.ts'
import { unknownWord } from './nearest.ts'
import { traitShape } from './needsSchema.ts'

const modelNames = HOST_MODELS.map((model) => model.name)
const model = z
  .string()
  .refine((written) => modelNames.includes(written), { error: (issue) => unknownWord('host model', String(issue.input), modelNames) })
  .meta({ description: 'A kind of host whose figures are built in; what is given beside it replaces them.', enum: modelNames })

const watts = (about: string) => power(about, 0, 100_000)

const powerFields = strict({
  model: model.optional(),
  curveW: z.array(watts('At utilization 0, 0.1, ..., 1.')).length(11).optional().meta({ description: 'Power at utilization 0, 0.1, ..., 1: eleven values, never falling.' }),
  idleW: watts('Power at utilization 0; the curve is a straight line to `fullW`.').optional(),
  fullW: watts('Power at utilization 1.').optional(),
  offW: watts('Draw of a host that is off: its BMC.').optional(),
  bootMs: duration('Time to boot.', 0, 3_600_000).optional(),
  bootW: watts('Mean power while booting.').optional(),
  shutdownMs: duration('Time to shut down.', 0, 3_600_000).optional(),
  shutdownW: watts('Mean power while shutting down.').optional(),
}).superRefine((fields, context) => {
  const forms = [fields.model !== undefined, fields.curveW !== undefined, fields.idleW !== undefined || fields.fullW !== undefined].filter(Boolean).length
  if (forms > 1) context.addIssue({ code: 'custom', message: 'gives more than one of model, curveW, and idleW with fullW: keep one' })
  if ((fields.idleW === undefined) !== (fields.fullW === undefined)) context.addIssue({ code: 'custom', message: 'gives one of idleW and fullW: give both' })
  if (fields.idleW !== undefined && fields.fullW !== undefined && fields.idleW > fields.fullW) context.addIssue({ code: 'custom', path: ['idleW'], message: `is ${fields.idleW} W, above fullW, which is ${fields.fullW} W` })
  const falls = fields.curveW?.findIndex((watt, point, curve) => point > 0 && watt < curve[point - 1]!) ?? -1
  if (falls > 0) context.addIssue({ code: 'custom', path: ['curveW', falls], message: `is below the point before it: power may not fall as utilization rises` })
})
export type PowerFields = z.output<typeof powerFields>

/** What a host is: of a group in a scenario, or of one host in a snapshot. */
export const hostShape = {
  model: model.optional(),
  cores: count('Physical cores.', 1, 4096).optional(),
  coreMhz: frequency('Speed of one core.', 100, 20_000).optional(),
  performanceFactor: z.number().min(0.01).max(100).optional().meta({ description: 'Work per MHz against the pool’s reference generation; 1 without it.' }),
  smtYield: z.number().min(1).max(2).optional().meta({ description: 'Throughput of a core’s hardware threads against one thread: 1 without SMT; 1.25 without this key.' }),
  memoryMib: memory('Memory.', 64, 2 ** 28).optional(),
  networkMibPerS: rate('Network throughput; that of the migration link without it.').optional(),
  diskMibPerS: rate('Disk throughput; 1000 without it.').optional(),
  reserve: strict({
    cpuMhz: frequency('CPU.').optional(), memoryMib: memory('Memory.').optional(), networkMibPerS: rate('Network.').optional(), diskMibPerS: rate('Disk.').optional(),
  }, 'Kept for the host itself; VMs cannot have it. None without it.').optional(),
  migrationLinkMibPerS: rate('Line rate of the network that migrations use; 10 Gbit/s without it.', 0.1).optional(),
  power: z.union([model, powerFields]).optional().meta({ description: 'Electric behaviour: the name of a model, or its points. Without it and without a model: assumed from the cores.' }),
  powerManaged: flag('Whether power save may switch it off; true without it.').optional(),
  rack: text('Rack or other group that fails together.', 64).nullable().optional(),
  state: choice(['on', 'off'], 'Power state at the beginning; on without it.').optional(),
  ...traitShape,
}
export type HostFields = z.output<z.ZodObject<typeof hostShape>>

