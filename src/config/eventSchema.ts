import * as z from 'zod'
import { choice, count, duration, frequency, memory, name, ratio, strict, text } from './fields.ts'
import { hostShape } from './hostSchema.ts'
import { instantText } from './instantText.ts'
import { unknownWord } from './nearest.ts'
import { RUNNABLE_GOALS } from '../model/operatorRequest.ts'
import { SENSOR_READINGS } from '../model/scenario.ts'
import { policySchema } from './policySchema.ts'
import { vmShape } from './vmSchema.ts'

const when = { atMs: duration('When, since the run’s start.').optional(), at: instantText('When, as an instant, instead of `atMs`.').optional() }
const host = name('The host.')
const vm = name('The VM.')
const method = choice(['migrate', 'shutdown', 'suspend', 'leave'], 'What happens to its VMs; the policy’s method without it.').optional()
const copies = count('How many; numbers are added to the name.', 1, 100_000).optional()

const kind = <const Kind extends string, Shape extends z.core.$ZodLooseShape>(word: Kind, shape: Shape, about: string) => strict({ kind: z.literal(word), ...when, ...shape }, about)

const options = [
  kind('maintenanceEnter', { host, method }, 'A host is asked into maintenance.'),
  kind('maintenanceLeave', { host }, 'A host comes back from maintenance.'),
  kind('maintenancePlan', { host, enterAtMs: duration('When it enters, since the run’s start.'), forMs: duration('It leaves so long after that; when it is asked to without it.', 60_000).optional(), method }, 'A host is to enter maintenance later on.'),
  kind('maintenanceUnplan', { host }, 'Planned maintenance that has not begun is taken back.'),
  kind('maintenanceRoll', { hosts: z.array(host).min(1).max(100_000).optional().meta({ description: 'The hosts; all in service without it.' }), stayMs: duration('How long each stays, once it is empty; until it is asked to leave without it.', 60_000).optional(), method }, 'Hosts go through maintenance, a few at a time.'),
  kind('maintenanceRollStop', {}, 'No further host begins.'),
  kind('runNow', { goal: choice(RUNNABLE_GOALS, 'The goal.'), forMs: duration('For so long at most; an hour without it.', 60_000).optional() }, 'An operator lets a goal run now, once, whatever its windows say.'),
  kind('hostFail', { host }, 'A host fails.'),
  kind('hostRepair', { host }, 'A failed host is repaired.'),
  kind('hostRemove', { host }, 'A host is taken out of the pool.'),
  kind('hostAdd', { id: name('Name, or beginning of the names.'), count: copies, ...hostShape }, 'Hosts join the pool.'),
  kind('hostReplace', { host, by: strict({ id: name('Name of the new host.'), ...hostShape }) }, 'A host joins and another leaves.'),
  kind('vmAdd', { id: name('Name, or beginning of the names.'), count: copies, ...vmShape, utilization: ratio('CPU it uses all the time; none without it.').optional(), host: name('Where it starts; to be placed without it.').optional() }, 'VMs arrive.'),
  kind('clone', { vm: vm.optional(), class: name('All VMs of this class.').optional(), count: copies }, 'Copies of VMs with their load, each named `<vm>-copy-<number>`.'),
  kind('vmRemove', { vm }, 'A VM leaves.'),
  kind('vmResize', { vm, vcpus: count('New number.', 1, 1024).optional(), cpuMhz: frequency('New size.', 1).optional(), memoryMib: memory('New size.', 1, 2 ** 26).optional() }, 'A VM changes size.'),
  kind('migrate', { vm, target: host }, 'An administrator migrates a VM.'),
  kind('powerOn', { host }, 'An administrator wakes a host.'),
  kind('powerOff', { host }, 'An administrator powers a host off.'),
  kind('demandScale', { factor: ratio('From here on demand is multiplied by this; several multiply.', 0, 1000), class: name('Only VMs of this class.').optional() }, 'Demand changes at once.'),
  kind('growth', { perMonth: ratio('Growth a month of 365/12 days, compounding.', -0.99, 100), everyMs: duration('Step in which it is applied; a day without it.', 60_000).optional(), untilMs: duration('When it ends; with the run without it.').optional(), class: name('Only VMs of this class.').optional() }, 'Demand grows.'),
  kind('foreignMigrate', { vm, target: host, everyMs: duration('And again so often, whenever it is elsewhere.', 1000).optional(), untilMs: duration('Until when; with the run without it.').optional() }, 'Somebody else, such as another balancer, migrates a VM; nobody asks the controller.'),
  kind('vmLock', { vm, forMs: duration('How long; for good without it.', 1000).optional() }, 'A VM is locked, by a backup say: it can be neither migrated nor stopped.'),
  kind('vmUnlock', { vm }, 'A lock is taken away.'),
  kind('wakeBreak', { host }, 'From here on a host does not come up when it is woken.'),
  kind('wakeMend', { host }, 'It comes up again.'),
  kind('sensorFault', { host: host.optional(), vm: vm.optional(), reads: choice(SENSOR_READINGS, 'What sensors show: no sample, 0, or noise around the value.'), forMs: duration('How long.', 1000) }, 'Sensors of a VM, of a host with its VMs, or of all fail.'),
  kind('demandCycle', { periodMs: duration('Length of a cycle.', 1000), factor: ratio('Demand in the first part of each cycle is multiplied by this.', 0.0001, 1000), dutyRatio: ratio('That part of the cycle; a half without it.', 0.01, 0.99).optional(), untilMs: duration('When it ends; with the run without it.').optional(), class: name('Only VMs of this class.').optional() }, 'Demand goes up and down.'),
  kind('policy', { policy: z.union([text('Name of a built-in policy, or a file.', 4096), policySchema]) }, 'Another policy takes over.'),
] as const

const kinds = options.map((option) => option.shape.kind.value)

/** One timed change. `growth`, `clone`, `hostReplace` and `count` stand for several. */
export const eventSchema = z.discriminatedUnion('kind', options, {
  error: (issue) => {
    const given = (issue.input as { kind?: unknown } | null | undefined)?.kind
    return typeof given === 'string' ? unknownWord('kind', given, kinds) : undefined
  },
})
export type EventFields = z.output<typeof eventSchema>
