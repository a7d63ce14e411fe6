import { fileOrigin } from '../../origin.ts'
import { fit, issuePath, problemsOf, refuseIssues } from '../../problems.ts'
import type { FieldPath, SourceDocument } from '../../sourceDocument.ts'
import { importedSnapshot, type Entry, type Imported } from '../imported.ts'
import { domainOf } from './domains.ts'
import { hostEntry } from './hosts.ts'
import { outputOf, wholeOf } from './output.ts'
import { virshInventorySchema, type VirshHostFields, type VirshInventoryFields } from './schema.ts'

/** An inventory of virsh's outputs as a snapshot. Throws BadInput with all faults, each with its line. */
export function importVirsh(document: SourceDocument): Imported {
  const origin = fileOrigin(document)
  const problems = problemsOf(origin)
  const fitted = fit(virshInventorySchema, document.value, [], problems)
  if (fitted === null) refuseIssues(problems.issues)
  const before = problems.issues.length
  const fields: VirshInventoryFields = fitted?.value ?? { hosts: [] }
  const at = (path: FieldPath): string => issuePath(origin, path)
  const read = fields.hosts.map((host, index) => hostWithDomains(host, index, fields, at, (path, message) => fitted?.problems.add(path, message)))
  const rules = (fields.rules ?? []).map((rule, index): Entry => ({ place: at(['rules', index]), fields: rule }))
  const entries = { hosts: read.map(({ host }) => host), vms: read.flatMap(({ vms }) => vms), rules }
  return importedSnapshot(document.file, entries, problems.issues, before > 0, notesOf(entries.vms), fields.takenAt === undefined ? {} : { takenAt: fields.takenAt })
}

function hostWithDomains(host: VirshHostFields, index: number, { intervalMs }: VirshInventoryFields, at: (path: FieldPath) => string, add: (path: FieldPath, message: string) => void): { host: Entry; vms: Entry[] } {
  const path = ['hosts', index]
  const coreMhz = host.coreMhz ?? wholeOf(outputOf(host.nodeinfo).get('CPU frequency'))
  const domains = (host.domains ?? []).map((domain, number) => {
    const inner = [...path, 'domains', number]
    return domainOf(domain, host.name, intervalMs, coreMhz, at(inner), (key, message) => add([...inner, key], message))
  })
  const heldMib = domains.reduce((sum, domain) => sum + domain.heldMib, 0)
  return { host: hostEntry(host, heldMib, at(path), (key, message) => add([...path, key], message)), vms: domains.map(({ entry }) => entry) }
}

function notesOf(vms: readonly Entry[]): string[] {
  const unknown = vms.filter(({ fields }) => fields.usage === undefined && fields.state !== 'stopped').length
  return unknown === 0 ? [] : [`${unknown} of ${vms.length} domains tell no usage: it takes two domstats each, and intervalMs between them.`]
}
