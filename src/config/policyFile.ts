import { DEFAULT_POLICY, type PolicySettings, type Window, type Zone } from '../model/policy.ts'
import { unknownWord } from './nearest.ts'
import { BUILT_IN_POLICIES } from './policies.ts'
import { policyChangesSchema, policySchema, type PolicyChanges, type PolicyFields } from './policySchema.ts'
import { fit, problemsOf, refuseIssues, type Fitted, type Problems } from './problems.ts'
import { fieldText, type FieldPath, type SourceDocument } from './sourceDocument.ts'
import { fileOrigin } from './origin.ts'
import { tariffOf } from './tariffSchema.ts'
import { windowsOf, type WindowFields } from './windowSchema.ts'
import { zoneTable } from './zone.ts'

/**
 * Reads a policy file. `fallbackName` names a policy whose file does not (its file name); zones of windows are tabled
 * around `aroundMs` (Unix ms). Throws BadInput with everything that is wrong.
 */
export function parsePolicy(document: SourceDocument, fallbackName: string, aroundMs: number): PolicySettings {
  const problems = problemsOf(fileOrigin(document))
  const settings = policyOf(document.value, fallbackName, aroundMs, [], problems)
  refuseIssues(problems.issues)
  return settings ?? DEFAULT_POLICY
}

/** A policy written as a value at `path` of some file; null when it has faults, which go to `problems`. */
export function policyOf(value: unknown, fallbackName: string, aroundMs: number, path: FieldPath, problems: Problems): PolicySettings | null {
  const before = problems.issues.length
  const fitted = fit(policySchema, value, path, problems)
  if (fitted === null) return null
  const fields = fitted.value
  const base = BUILT_IN_POLICIES.get(fields.base ?? DEFAULT_POLICY.name)?.settings
  if (base === undefined) {
    problems.add([...path, 'base'], unknownWord('policy', fields.base ?? '', [...BUILT_IN_POLICIES.keys()]))
    return null
  }
  const settings = changed({ ...base, name: fields.name ?? fallbackName, description: descriptionOf(fields, base) }, fitted, aroundMs)
  return problems.issues.length === before ? settings : null
}

const descriptionOf = (fields: PolicyFields, base: PolicySettings): string => fields.description ?? (fields.base === undefined ? 'Settings of a policy file.' : `${base.name} with other settings.`)

/** A policy with some settings replaced by those at `path`; null when they have faults. */
export function changePolicy(base: PolicySettings, value: unknown, aroundMs: number, path: FieldPath, problems: Problems): PolicySettings | null {
  const before = problems.issues.length
  const fitted = fit(policyChangesSchema, value, path, problems)
  const settings = fitted && changed(base, fitted, aroundMs)
  return problems.issues.length === before ? settings : null
}

function changed(base: PolicySettings, fitted: Fitted<PolicyChanges>, aroundMs: number): PolicySettings {
  const changes = fitted.value
  const windows = (fields: readonly WindowFields[] | undefined, before: readonly Window[]): readonly Window[] => (fields === undefined ? before : windowsOf(fields, aroundMs))
  const settings: PolicySettings = {
    ...base,
    decisionIntervalMs: changes.decisionIntervalMs ?? base.decisionIntervalMs,
    placement: { ...merged(base.placement, changes.placement), scorers: merged(base.placement.scorers, changes.placement?.scorers) },
    evenDistribution: { ...merged(base.evenDistribution, changes.evenDistribution), windows: windows(changes.evenDistribution?.windows, base.evenDistribution.windows) },
    powerSave: { ...merged(base.powerSave, changes.powerSave), windows: windows(changes.powerSave?.windows, base.powerSave.windows) },
    forecast: { ...merged(base.forecast, changes.forecast), zone: zoneOf(changes.forecast?.zone, base.forecast.zone, aroundMs) },
    schedule: [],
    sla: merged(base.sla, changes.sla),
    maintenance: merged(base.maintenance, changes.maintenance),
    availability: merged(base.availability, changes.availability),
    optimizer: merged(base.optimizer, changes.optimizer),
    budgets: { ...merged(base.budgets, changes.budgets), blackouts: windows(changes.budgets?.blackouts, base.budgets.blackouts) },
    observation: merged(base.observation, changes.observation),
    tariff: changes.tariff === undefined ? base.tariff : changes.tariff && tariffOf(changes.tariff, aroundMs),
    baseline: changes.baseline === undefined ? base.baseline : changes.baseline,
    peer: changes.peer === undefined ? base.peer : changes.peer,
  }
  contradictions(settings, fitted)
  const { schedule } = changes
  return { ...settings, schedule: schedule === undefined ? rescheduled(base, settings) : schedule.map((entry, index) => ({ windows: windowsOf(entry.windows, aroundMs), settings: changed(settings, within(fitted, entry.settings, ['schedule', index, 'settings']), aroundMs) })) }
}

/** What a base schedules is written against that base: with other settings of its own, only those that the file gives on top would differ. */
const rescheduled = (base: PolicySettings, settings: PolicySettings): PolicySettings['schedule'] => base.schedule.map((entry) => ({ ...entry, settings: { ...entry.settings, name: settings.name, description: settings.description } }))

/** Part of a fitted value, which tells its faults under its own path. */
const within = (fitted: Fitted<unknown>, value: PolicyChanges, path: FieldPath): Fitted<PolicyChanges> => ({
  value, lost: [], isLost: (field) => fitted.isLost([...path, ...field]),
  problems: { issues: fitted.problems.issues, add: (field, message) => fitted.problems.add([...path, ...field], message), addIssue: (issue) => fitted.problems.addIssue(issue) },
})

function zoneOf(name: string | null | undefined, before: Zone | null, aroundMs: number): Zone | null {
  if (name === undefined || name === null) return name === undefined ? before : null
  const zone = zoneTable(name, aroundMs)
  return zone.ok ? zone.value : before
}

/** The base with what was given; windows are written in another form, which the caller sets. */
function merged<T extends object>(base: T, changes: object | undefined): T {
  const given = Object.entries(changes ?? {}).filter(([, value]) => value !== undefined)
  return { ...base, ...(Object.fromEntries(given) as Partial<T>) }
}

/** Limits that can't hold together. */
function contradictions(settings: PolicySettings, fitted: Fitted<unknown>): void {
  const { evenDistribution: even, powerSave: save, budgets, baseline, peer } = settings
  const below = (low: FieldPath, lowValue: number, high: FieldPath, highValue: number, why: string): void => {
    if (lowValue >= highValue && !fitted.isLost(low) && !fitted.isLost(high)) fitted.problems.add(low, `is ${lowValue}, but ${fieldText(high)} is ${highValue}: ${why}`)
  }
  const evenHigh = ['evenDistribution', 'utilizationHigh']
  const saveLow = ['powerSave', 'utilizationLow']
  const fill = ['powerSave', 'fillMax']
  below(['evenDistribution', 'utilizationLow'], even.utilizationLow, evenHigh, even.utilizationHigh, 'hosts are relieved to below the threshold, so it must be lower')
  below(saveLow, save.utilizationLow, fill, save.fillMax, 'a host filled to fillMax would be drained again, so it must be lower')
  below(fill, save.fillMax, ['powerSave', 'utilizationHigh'], save.utilizationHigh, 'consolidation would wake the hosts that it emptied, so it must be lower')
  below(['powerSave', 'poolUtilizationMin'], save.poolUtilizationMin, ['powerSave', 'utilizationHigh'], save.utilizationHigh, 'hosts would be drained and woken at once, so it must be lower')
  if (even.enabled && save.enabled) below(fill, save.fillMax, evenHigh, even.utilizationHigh, 'consolidation would make hosts loaded, so it must be lower')
  // Equal waits are legal: then the first wait is the longest one.
  if (budgets.retryMs > budgets.retryMaxMs) below(['budgets', 'retryMs'], budgets.retryMs, ['budgets', 'retryMaxMs'], budgets.retryMaxMs, 'the first wait can’t pass the longest')
  if (baseline !== null && (even.enabled || save.enabled)) {
    fitted.problems.add(['baseline'], 'is set, but so is evenDistribution or powerSave: the study’s policies stand alone, so switch those off')
  }
  if (peer !== null && (even.enabled || baseline !== null)) fitted.problems.add(['peer'], 'is set, but so is evenDistribution or baseline: a peer decides instead of them, so switch those off')
}
