import * as z from 'zod'
import { hostId, type HostId } from '../model/ids.ts'
import { name, strict } from './fields.ts'
import { hostShape, type HostFields } from './hostSchema.ts'
import { fileOrigin } from './origin.ts'
import { fit, issuePath, problemsOf, refuseIssues, type Problems } from './problems.ts'
import type { SourceDocument } from './sourceDocument.ts'

/** A host as its owner describes it: what its fields leave out and no model says is taken from its metrics. */
export interface InventoryHost {
  readonly name: HostId
  /** Values of the inventory's `hostLabel` that mean this host; one without a port means every port. */
  readonly instances: readonly string[]
  readonly fields: HostFields
  /** Where it stands in the file, for messages. */
  readonly path: string
}

/** The hosts behind recorded metrics, and the labels that name hosts and VMs in them. */
export interface Inventory {
  readonly hostLabel: string
  readonly vmLabel: string
  /** Null: the hosts are those that the metrics name. */
  readonly hosts: readonly InventoryHost[] | null
}

/** No inventory: libvirt-exporter's and Prometheus' own labels, all hosts from their metrics. */
export const NO_INVENTORY: Inventory = { hostLabel: 'instance', vmLabel: 'domain', hosts: null }

const label = (about: string) => z.string().refine((written) => /^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/.test(written), { error: 'is not a label: use letters, digits and "_", not beginning with a digit' }).meta({ description: about })
const instance = z.string().min(1).max(255)

// Whether a host is on at the beginning is what the metrics tell.
const describedShape = z.object(hostShape).omit({ state: true }).shape

/** A host inventory file. */
export const inventorySchema = strict({
  formatVersion: z.literal(1).optional(),
  hostLabel: label('Label that names the host; `instance` without it.').optional(),
  vmLabel: label('Label that names the VM; `domain` without it.').optional(),
  defaults: strict(describedShape, 'What holds for every host that does not say otherwise.').optional(),
  hosts: z
    .array(
      strict({
        name: name('The host’s name in the recorded base.'),
        instance: z.union([instance, z.array(instance).min(1).max(20)]).optional().meta({ description: 'Values of the host label that mean this host; one without a port means every port. Its name without this key.' }),
        ...describedShape,
      }),
    )
    .min(1)
    .max(10_000),
})

/** Reads a host inventory. Throws BadInput with everything that is wrong with it. */
export function parseInventory(document: SourceDocument): Inventory {
  const origin = fileOrigin(document)
  const problems = problemsOf(origin)
  const fitted = fit(inventorySchema, document.value, [], problems)
  if (fitted === null) refuseIssues(problems.issues)
  const fields = fitted?.value
  const hosts = (fields?.hosts ?? []).map(({ name, instance: given, ...own }, index): InventoryHost => ({
    name: hostId(name), instances: given === undefined ? [name] : [given].flat(), fields: { ...fields?.defaults, ...onlyGiven(own) }, path: issuePath(origin, ['hosts', index]),
  }))
  refuseTwice(hosts, fitted?.problems ?? problems)
  refuseIssues(problems.issues)
  return { hostLabel: fields?.hostLabel ?? NO_INVENTORY.hostLabel, vmLabel: fields?.vmLabel ?? NO_INVENTORY.vmLabel, hosts }
}

/** A key that is there without a value must not hide a default. */
const onlyGiven = (fields: HostFields): HostFields => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

const RESERVED_NAMES = new Set(['__proto__', 'constructor', 'prototype'])

function refuseTwice(hosts: readonly InventoryHost[], problems: Problems): void {
  const names = new Map<string, number>()
  const instances = new Map<string, number>()
  for (const [index, host] of hosts.entries()) {
    if (RESERVED_NAMES.has(host.name)) problems.add(['hosts', index, 'name'], `is ${host.name}, a reserved word: rename it`)
    const before = names.get(host.name)
    if (before !== undefined) problems.add(['hosts', index, 'name'], `is ${host.name}, as that of hosts[${before}]: names must differ`)
    names.set(host.name, index)
    for (const one of host.instances) {
      const other = instances.get(one)
      if (other !== undefined && before === undefined) problems.add(['hosts', index, 'instance'], `names ${JSON.stringify(one)}, and so does hosts[${other}]: one of them is wrong`)
      instances.set(one, index)
    }
  }
}
