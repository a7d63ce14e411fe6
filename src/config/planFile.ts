import * as z from 'zod'
import { hostId, stepId, vmId } from '../model/ids.ts'
import type { Plan, Step } from '../model/plan.ts'
import { count, flag, name, strict, text } from './fields.ts'
import { fileOrigin } from './origin.ts'
import { fit, problemsOf, refuseIssues, type Problems } from './problems.ts'
import type { SourceDocument } from './sourceDocument.ts'

const finite = (about: string) => z.number().meta({ description: about })
const milliseconds = (about: string) => z.number().int().min(0).meta({ description: about })
const id = z.string().min(1).max(200)
const hash = z.string().regex(/^[0-9a-f]{64}$/)

const reasonFields = strict({ code: text('Stable code, to branch on.', 64), text: z.string().max(4000).meta({ description: 'A sentence for people.' }), numbers: z.record(z.string(), z.number()).meta({ description: 'The numbers in it, units last in their names.' }) }, 'Why something is or is not done.')
const worthFields = strict({ totalWh: finite('What it is worth, in Wh.'), amounts: z.record(z.string(), z.number()) })

const stepBase = { id: id.meta({ description: 'Name of the step in this plan.' }), after: z.array(id).meta({ description: 'Steps that must have ended well before this one may start.' }), estimateMs: milliseconds('How long it is expected to take.'), reason: reasonFields }
const vm = name('The VM.')
const host = (about: string) => name(about)
const stepFields = z.discriminatedUnion('kind', [
  strict({ ...stepBase, kind: z.literal('migrate'), vm, source: host('Where it is.'), target: host('Where it goes.') }),
  strict({ ...stepBase, kind: z.literal('startVm'), vm, target: host('Where it starts.') }),
  strict({ ...stepBase, kind: z.literal('resumeVm'), vm, target: host('Where it resumes.') }),
  strict({ ...stepBase, kind: z.literal('shutdownVm'), vm, source: host('Where it is.') }),
  strict({ ...stepBase, kind: z.literal('suspendVm'), vm, source: host('Where it is.') }),
  strict({ ...stepBase, kind: z.literal('powerOn'), host: host('The host.') }),
  strict({ ...stepBase, kind: z.literal('powerOff'), host: host('The host.') }),
])

/** A stored plan; `score`, `assumptions` and `timing` are what `plimsoll plan --json` prints beside it, and no part of its address. */
export const planSchema = strict(
  {
    formatVersion: z.literal(1).meta({ description: 'Version of the plan format.' }),
    hash: hash.meta({ description: 'Content address: SHA-256 of the canonical bytes (RFC 8785) of all that follows but score, assumptions and timing.' }),
    baseRevision: count('Revision of the pool that it was made on.', 0, Number.MAX_SAFE_INTEGER),
    baseHash: hash.nullable().meta({ description: 'Address of the snapshot that it was made from: SHA-256 of its canonical bytes; null where there was none.' }),
    goal: text('The goal that asked first.', 64),
    reason: reasonFields,
    complete: flag('Whether it reaches everything that was wished.'),
    unmet: z.array(reasonFields).meta({ description: 'What it does not reach, and why.' }),
    notDone: z.array(strict({ reason: reasonFields, vms: z.array(vm), hosts: z.array(host('A host.')) })).meta({ description: 'What was considered and not done.' }),
    objective: strict({ before: finite('Before the plan.'), after: finite('After it.'), lowerBound: finite('No placement under the same constraints is below this.').nullable() }, 'Value of the objective; lower is better.'),
    estimate: strict({
      beginMs: z.array(milliseconds('Begin of a step, in the order of the steps.')), endMs: z.array(milliseconds('End of a step.')), makespanMs: milliseconds('Length of the whole plan.'),
      makespanBoundMs: milliseconds('No order of the same steps ends sooner.'), sentMib: finite('What migrations send.'), downtimeMs: finite('Pauses of all migrated VMs together.'),
    }),
    groups: z.array(strict({ name: text('Name of the group.'), steps: z.array(id), mandatory: flag('Done whatever it costs.'), benefit: worthFields, cost: worthFields })).meta({ description: 'Steps that only pay together.' }),
    steps: z.array(stepFields).max(1_000_000).meta({ description: 'In an order in which they may be started one after another.' }),
    score: z.looseObject({}).optional().meta({ description: 'Scores as `plimsoll plan` prints them.' }),
    assumptions: z.array(z.string()).optional().meta({ description: 'What was assumed, as `plimsoll plan` prints it.' }),
    timing: z.looseObject({}).nullable().optional().meta({ description: 'What depends on the machine.' }),
  },
  'A plan: a graph of steps with reasons, made by `plimsoll plan`.',
)
type PlanFields = z.output<typeof planSchema>

/** Reads a stored plan. Throws BadInput with everything that is wrong in its form; whether it is safe, the checker says. */
export function parsePlan(document: SourceDocument): Plan {
  const problems = problemsOf(fileOrigin(document))
  const fitted = fit(planSchema, document.value, [], problems)
  if (fitted !== null && problems.issues.length === 0) refuseTwice(fitted.value, problems)
  refuseIssues(problems.issues)
  return planOf(fitted!.value)
}

/** Steps are named by their ids: those must differ, and exist. */
function refuseTwice({ steps, groups }: PlanFields, problems: Problems): void {
  const ids = new Set<string>()
  for (const [index, step] of steps.entries()) {
    if (ids.has(step.id)) problems.add(['steps', index, 'id'], `is ${step.id}, as that of another step: ids must differ`)
    ids.add(step.id)
  }
  for (const [index, { steps: named }] of groups.entries()) for (const [at, step] of named.entries()) if (!ids.has(step)) problems.add(['groups', index, 'steps', at], `is ${step}, which is no step of the plan`)
}

function planOf(fields: PlanFields): Plan {
  const { formatVersion, hash: address, baseRevision, baseHash, goal, reason, complete, unmet, notDone, objective, estimate, groups, steps } = fields
  return {
    formatVersion, hash: address, baseRevision, baseHash, goal, reason, complete, unmet, objective, estimate,
    notDone: notDone.map(({ reason: why, vms, hosts }) => ({ reason: why, vms: vms.map(vmId), hosts: hosts.map(hostId) })), groups: groups.map((group) => ({ ...group, steps: group.steps.map(stepId) })),
    steps: steps.map((step) => ({ ...step, id: stepId(step.id), after: step.after.map(stepId) }) as unknown as Step),
  }
}

