import * as z from 'zod'
import { virshInventorySchema } from './imports/virsh/schema.ts'
import { inventorySchema } from './inventory.ts'
import { planSchema } from './planFile.ts'
import { policySchema } from './policySchema.ts'
import { runHeaderSchema, runSummarySchema } from './runSchema.ts'
import { scenarioSchema } from './scenarioSchema.ts'
import { snapshotSchema } from './snapshotFile.ts'

const SCHEMAS = { scenario: scenarioSchema, policy: policySchema, snapshot: snapshotSchema, plan: planSchema, inventory: inventorySchema, 'virsh-inventory': virshInventorySchema, 'run-header': runHeaderSchema, 'run-summary': runSummarySchema } as const

/**
 * The file formats as JSON Schema (draft 2020-12) by file name: what may be written, before units are converted. Checks
 * between fields (contradictory limits, unknown names) are beyond them. The scenario's repeats hosts and VMs in many
 * places, so it refers to them.
 */
export function jsonSchemas(): ReadonlyMap<string, object> {
  return new Map(Object.entries(SCHEMAS).map(([name, schema]) => [`${name}.json`, { ...z.toJSONSchema(schema, { io: 'input', reused: name === 'scenario' ? 'ref' : 'inline' }), title: `Plimsoll ${name.replace('-', ' ')}` }]))
}
