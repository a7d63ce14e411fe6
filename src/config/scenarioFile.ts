import { ASSUMED_CORE_MHZ, STUDY_VM_SIZES } from '../model/hostModels.ts'
import { PEER_NAMES } from '../model/policy.ts'
import { BadInput } from '../model/result.ts'
import type { InitialHost } from '../model/scenario.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { DEFAULT_SYNTHETIC } from '../model/synthetic.ts'
import type { WhatIfSettings } from '../model/whatif.ts'
import { eventMeasureOf, placeMeasureOf } from './expectationSchema.ts'
import { eventFaults } from './eventFaults.ts'
import type { EventFields } from './eventSchema.ts'
import { parseInstant } from './instant.ts'
import { unknownWord } from './nearest.ts'
import { fit, problemsOf, type Fitted, type Problems } from './problems.ts'
import { given } from './given.ts'
import { ruleFaults } from './ruleFaults.ts'
import { ruleOf } from './ruleSchema.ts'
import type { Expectation, FileReference, OpenFile, PolicyChoice, Scenario, ScenarioReading, SyntheticSource, TimedFields, TraceSource } from './scenario.ts'
import { DEFAULT_FAULTS, DEFAULT_PHYSICS, DEFAULT_ROW_MS, DEFAULT_SENSORS, DEFAULT_START_UNIX_MS, DEFAULT_WHATIF } from './scenarioDefaults.ts'
import { hostsOfGroups, studyHosts } from './scenarioHosts.ts'
import { policyChoices, policyOfEvent } from './scenarioPolicies.ts'
import { scenarioSchema, type ScenarioFields } from './scenarioSchema.ts'
import type { ScenarioVariant } from './scenarioText.ts'
import { settingFaults } from './settingFaults.ts'
import { parseSnapshot } from './snapshotFile.ts'
import type { FieldPath } from './sourceDocument.ts'
import { largestOf, sizeFault } from './vmFaults.ts'

/**
 * Checks one variant of a scenario and opens what it names: the snapshot and policy files. `fallbackName` names a
 * scenario that does not name itself; `formats` are the known trace formats. All faults of all files come back together.
 */
export function parseScenario(variant: ScenarioVariant, fallbackName: string, formats: readonly string[], open: OpenFile): ScenarioReading {
  const problems = problemsOf(variant)
  const fitted = fit(scenarioSchema, variant.value, [], problems)
  if (fitted === null) return { scenario: null, issues: problems.issues }
  const fields = fitted.value
  const snapshot = fields.snapshot === undefined ? null : openSnapshot(referenceOf(variant, ['snapshot'], fields.snapshot), open, fitted.problems)
  const startUnixMs = fields.start === undefined ? (snapshot?.takenAtMs ?? null) : parseInstant(fields.start)
  const raw = (variant.value ?? {}) as { readonly policies?: unknown; readonly policy?: unknown; readonly against?: unknown }
  const scenario: Scenario = {
    name: fields.name ?? fallbackName, description: fields.description ?? '', world: fields.world ?? 'standard', startUnixMs, durationMs: fields.durationMs ?? null,
    warmupMs: fields.warmupMs ?? 0, solveDelayMs: fields.solveDelayMs ?? 0, rowMs: fields.rowMs ?? DEFAULT_ROW_MS, tariff: fields.tariff ?? null, snapshot,
    recorded: fields.recorded === undefined ? null : referenceOf(variant, ['recorded'], fields.recorded),
    hosts: hostsOf(fields, snapshot, fitted.problems), rules: [...(snapshot?.rules ?? []), ...(fields.rules ?? []).map(ruleOf)],
    workload: workloadOf(fields, variant, formats, fitted.problems),
    events: (fields.events ?? []).map((event, index) => timedOf(event, ['events', index], variant, open, startUnixMs, fitted.problems)),
    sensors: { ...DEFAULT_SENSORS, ...given(fields.sensors) }, faults: { ...DEFAULT_FAULTS, ...given(fields.faults) }, physics: { ...DEFAULT_PHYSICS, ...given(fields.physics) },
    policies: policyChoices(raw.policies, raw.policy, variant, open, startUnixMs ?? DEFAULT_START_UNIX_MS, problems),
    against: raw.against === undefined ? [] : policyChoices(raw.against === 'peers' ? [...PEER_NAMES] : raw.against, undefined, variant, open, startUnixMs ?? DEFAULT_START_UNIX_MS, problems),
    seeds: seedsOf(fields.seeds), expect: expectationsOf(fields), whatif: whatifOf(fields), variant,
  }
  const applicable = { ...scenario, expect: variant.isFromCommandLine(['policies']) ? withoutOthers(scenario) : scenario.expect }
  crossFaults(applicable, fitted)
  return { scenario: applicable, issues: problems.issues }
}

function timedOf(fields: EventFields, path: FieldPath, variant: ScenarioVariant, open: OpenFile, startUnixMs: number | null, problems: Problems): TimedFields {
  const policy = fields.kind === 'policy' ? policyOfEvent(fields.policy, [...path, 'policy'], variant, open, startUnixMs ?? DEFAULT_START_UNIX_MS, problems) : null
  return { fields, path, policy }
}

const referenceOf = (variant: ScenarioVariant, field: FieldPath, path: string): FileReference => ({ path, relativeTo: variant.isFromCommandLine(field) ? 'workingDirectory' : 'file' })

function openSnapshot(reference: FileReference, open: OpenFile, problems: Problems): Snapshot | null {
  try {
    return parseSnapshot(open(reference))
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    for (const issue of error.issues) problems.addIssue(issue)
    return null
  }
}

function hostsOf(fields: ScenarioFields, snapshot: Snapshot | null, problems: Problems): readonly InitialHost[] | null {
  const bases = (['snapshot', 'recorded', 'hosts'] as const).filter((key) => fields[key] !== undefined)
  if (bases.length > 1) problems.add([bases[1]!], `is given, and so is ${bases[0]!}: a scenario has one base, keep one`)
  if (bases.length === 0 && fields.workload?.format === undefined) problems.add(['hosts'], 'is missing: give hosts, or a snapshot or recorded days to begin from')
  if (fields.hosts === 'planetlab') return studyHosts()
  if (fields.hosts !== undefined) return hostsOfGroups(fields.hosts, ['hosts'], problems)
  return snapshot?.hosts.map(({ host, power }) => ({ host, power })) ?? null
}

function workloadOf(fields: ScenarioFields, variant: ScenarioVariant, formats: readonly string[], problems: Problems): TraceSource | SyntheticSource | null {
  const { workload } = fields
  if (workload === undefined) return null
  if (workload.synthetic !== undefined) {
    const { classes, ...rest } = workload.synthetic
    const named = classes?.map((one) => ({ ...one, profile: one.profile ?? null }))
    return { kind: 'synthetic', settings: { ...DEFAULT_SYNTHETIC, ...given(rest), ...(named === undefined ? {} : { classes: named }), ...(workload.coreMhz === undefined ? {} : { coreMhz: workload.coreMhz }) } }
  }
  const { format, path } = workload
  if (format !== undefined && !formats.includes(format)) problems.add(['workload', 'format'], unknownWord('format', format, formats))
  if (format === undefined || path === undefined) return null
  const coreMhz = workload.coreMhz ?? null
  const sizes = workload.sizes === 'planetlab' ? STUDY_VM_SIZES : workload.sizes?.map((size) => ({ vcpus: size.vcpus, memoryMib: size.memoryMib, cpuMhz: size.cpuMhz ?? size.vcpus * (coreMhz ?? ASSUMED_CORE_MHZ) }))
  return { kind: 'trace', format, file: referenceOf(variant, ['workload', 'path'], path), select: workload.select ?? null, sizes: sizes ?? null, coreMhz, lifetimes: workload.lifetimes ?? 'draw' }
}

function seedsOf(seeds: ScenarioFields['seeds']): readonly number[] {
  if (seeds === undefined) return [1]
  if (typeof seeds === 'number') return [seeds]
  if ('count' in seeds) return Array.from({ length: seeds.count }, (_, index) => (seeds.first ?? 1) + index)
  return seeds
}

const expectationsOf = (fields: ScenarioFields): Expectation[] =>
  (fields.expect ?? []).map((given, entry) => {
    const { policy, figure, min, max, ratioTo, because, class: ofClass } = given
    const placed = placeMeasureOf(given)
    return { entry, policy: policy ?? null, figure: figure ?? null, events: eventMeasureOf(given), placed, min: min ?? null, max: max ?? (placed === null ? null : 0), ratioTo: ratioTo ?? null, because: because ?? null, ...(ofClass === undefined ? {} : { class: ofClass }) }
  })

/** What a scenario expects of policies that the command line replaced can't be judged. */
function withoutOthers({ expect, policies }: Scenario): readonly Expectation[] {
  const names: readonly (string | null)[] = [null, ...policies.map((policy) => policy.name)]
  return expect.filter(({ policy, ratioTo }) => names.includes(policy) && names.includes(ratioTo))
}

function whatifOf({ whatif }: ScenarioFields): WhatIfSettings | null {
  if (whatif === undefined) return null
  const { candidate, limits, ...rest } = whatif
  return { ...DEFAULT_WHATIF, ...given(rest), candidate: { ...DEFAULT_WHATIF.candidate, ...given(candidate) }, limits: { ...DEFAULT_WHATIF.limits, ...given(limits) } }
}

/** Faults between fields that are right by themselves. */
function crossFaults(scenario: Scenario, fitted: Fitted<ScenarioFields>): void {
  const { isLost, problems } = fitted
  // A host whose size is faulty still has a name; one whose entry is gone does not.
  const isNameLost = fitted.lost.some((path) => path[0] === 'hosts' && (path.length < 3 || path[2] === 'id' || path[2] === 'count'))
  const hosts = isNameLost || scenario.hosts?.length === 0 ? null : scenario.hosts
  settingFaults(scenario, fitted)
  expectationFaults(scenario.expect, scenario.policies, isLost(['policies']), problems)
  // Capacity questions look further than runs do.
  const untilMs = scenario.durationMs === null ? null : Math.max(scenario.durationMs, scenario.whatif?.horizonMs ?? 0)
  const ground = { startUnixMs: scenario.startUnixMs, durationMs: untilMs, hosts: hosts?.map(({ host }) => host) ?? null, vms: null }
  eventFaults(scenario.events, ground, problems)
  if (hosts === null) return
  const ruleStart = scenario.snapshot?.rules.length ?? 0
  ruleFaults(scenario.rules.slice(ruleStart), { hosts: new Map(hosts.map(({ host }) => [host.id, host])), vmMemoryMib: null }, (path, message) => problems.add(['rules', ...path], message))
  if (!isLost(['hosts'])) sizeFaults(scenario, problems)
}

function expectationFaults(expect: readonly Expectation[], policies: readonly PolicyChoice[], isUnknown: boolean, problems: Problems): void {
  const names = policies.map((policy) => policy.name)
  for (const [index, { policy, ratioTo }] of expect.entries()) {
    if (policy !== null && !isUnknown && names.length > 0 && !names.includes(policy)) problems.add(['expect', index, 'policy'], `${unknownWord('policy', policy, names)}: expectations are about the scenario’s own policies`)
    if (ratioTo !== null && !isUnknown && names.length > 0 && !names.includes(ratioTo)) problems.add(['expect', index, 'ratioTo'], unknownWord('policy', ratioTo, names))
  }
}

/** Sizes that a workload deals out must fit somewhere; hosts that join later count. */
function sizeFaults(scenario: Scenario, problems: Problems): void {
  const { workload, hosts, events } = scenario
  if (hosts === null || workload === null || scenario.world === 'reference' || events.some(({ fields }) => fields.kind === 'hostAdd' || fields.kind === 'hostReplace')) return
  const { memoryMib, threads } = largestOf(hosts.map(({ host }) => host))
  const [sizes, path] = workload.kind === 'synthetic' ? [workload.settings.flavors ?? [], ['workload', 'synthetic', 'flavors']] : [workload.sizes ?? [], ['workload', 'sizes']]
  for (const [index, size] of sizes.entries()) {
    const fault = sizeFault({ id: 'a VM of this size', vcpus: size.vcpus, memoryMib: size.memoryMib }, memoryMib, threads)
    if (fault !== null) problems.add([...path, index, fault.key], fault.message)
  }
}
