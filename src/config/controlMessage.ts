import * as z from 'zod'
import { NAME_PATTERN, hostId, vmId } from '../model/ids.ts'
import { AUTONOMY, type Autonomy } from '../model/livePool.ts'
import { RUNNABLE_GOALS, type OperatorRequest } from '../model/operatorRequest.ts'
import { BadInput } from '../model/result.ts'

/** What people tell a loop that runs. */
export type ControlMessage =
  | { readonly kind: 'status' }
  | OperatorRequest
  | { readonly kind: 'mode'; readonly mode: Autonomy }
  /** Nothing further is begun until it is cleared; what runs goes on to its end. */
  | { readonly kind: 'halt'; readonly why: string }
  | { readonly kind: 'clear'; readonly what: 'halt' | 'vm' | 'host' | 'wakeProven'; readonly name: string | null }

const id = z.string().regex(NAME_PATTERN, { error: 'expected a name of letters, digits, . _ and -' })
const host = id.transform(hostId)
const vm = id.transform(vmId)
const method = z.enum(['migrate', 'shutdown', 'suspend', 'leave']).nullable().default(null)
const length = z.number().int().min(60_000, { error: 'expected a minute at least, in ms' }).max(100 * 365 * 86_400_000)

const schema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('status') }),
  z.strictObject({ kind: z.literal('maintenanceEnter'), host, method }),
  z.strictObject({ kind: z.literal('maintenanceLeave'), host }),
  z.strictObject({ kind: z.literal('maintenancePlan'), host, atUnixMs: z.number().int().min(0), durationMs: length.nullable().default(null), method }),
  z.strictObject({ kind: z.literal('maintenanceUnplan'), host }),
  z.strictObject({ kind: z.literal('maintenanceRoll'), hosts: z.array(host).min(1).max(100_000).nullable().default(null), stayMs: length.nullable().default(null), method }),
  z.strictObject({ kind: z.literal('maintenanceRollStop') }),
  z.strictObject({ kind: z.literal('runNow'), goal: z.enum(RUNNABLE_GOALS), forMs: length.nullable().default(null) }),
  z.strictObject({ kind: z.literal('migrate'), vm, target: host }),
  z.strictObject({ kind: z.enum(['powerOn', 'powerOff']), host }),
  z.strictObject({ kind: z.literal('approve'), plan: z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected the hash of a plan: 64 hexadecimal digits' }) }),
  z.strictObject({ kind: z.literal('mode'), mode: z.enum(AUTONOMY) }),
  z.strictObject({ kind: z.literal('halt'), why: z.string().min(1).max(500) }),
  z.strictObject({ kind: z.literal('clear'), what: z.enum(['halt', 'vm', 'host', 'wakeProven']), name: id.nullable().default(null) }),
])

/** One line of the control socket as a message. Throws BadInput with what is wrong with it. */
export function parseControlMessage(line: string): ControlMessage {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new BadInput([{ path: 'message', message: 'is no JSON' }])
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new BadInput(parsed.error.issues.map(({ path, message }) => ({ path: ['message', ...path].join('.'), message })))
  return parsed.data
}
