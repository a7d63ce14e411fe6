import type { EventMeasure, PlaceMeasure } from '../model/expectation.ts'
import type { PolicySettings } from '../model/policy.ts'
import type { Rule } from '../model/rules.ts'
import type { Issue } from '../model/result.ts'
import type { FaultSettings, InitialHost, PhysicsSettings, SensorSettings } from '../model/scenario.ts'
import type { Snapshot } from '../model/snapshot.ts'
import type { SyntheticSettings } from '../model/synthetic.ts'
import type { WhatIfSettings } from '../model/whatif.ts'
import type { EventFields } from './eventSchema.ts'
import type { Figure } from './figures.ts'
import type { FieldPath, SourceDocument } from './sourceDocument.ts'
import type { ScenarioVariant } from './scenarioText.ts'
import type { TariffFields } from './tariffSchema.ts'

/** A path as it was written. Those of a file are relative to it, those of the command line to the working directory. */
export interface FileReference {
  readonly path: string
  readonly relativeTo: 'file' | 'workingDirectory'
}

/** Opens and parses a file that a scenario names; throws BadInput when it can't. Effects are the caller's. */
export type OpenFile = (reference: FileReference) => SourceDocument

export interface VmSizeSettings {
  readonly vcpus: number
  readonly cpuMhz: number
  readonly memoryMib: number
}

export interface TraceSource {
  readonly kind: 'trace'
  readonly format: string
  readonly file: FileReference
  readonly select: string | null
  /** Dealt in blocks of equal length to VMs whose trace has no sizes; null: the format's own default. */
  readonly sizes: readonly VmSizeSettings[] | null
  readonly coreMhz: number | null
  readonly lifetimes: 'draw' | 'lowerEdge'
}

export interface SyntheticSource {
  readonly kind: 'synthetic'
  readonly settings: SyntheticSettings
}

/** A limit on the runs of one policy (null: of all): on a figure or its ratio to another policy's, on events, or on where VMs are in the end. One of the three is not null. */
export interface Expectation {
  /** Which one of the file's list it is, from 0; absent: its place in this list. */
  readonly entry?: number
  readonly policy: string | null
  readonly figure: Figure | null
  readonly events: EventMeasure | null
  readonly placed: PlaceMeasure | null
  readonly min: number | null
  readonly max: number | null
  readonly ratioTo: string | null
  /** With a figure of `sla`: of this class; absent: of all VMs. */
  readonly class?: string
  /** What it means when it is not kept. */
  readonly because: string | null
}

/** A policy of the axis. Windows need the date of the run, so settings are made when that is known. */
export interface PolicyChoice {
  readonly name: string
  settingsAt(startUnixMs: number): PolicySettings
}

/** One variant of a scenario, checked, with its axes policy and seed still open. */
export interface Scenario {
  readonly name: string
  readonly description: string
  readonly world: 'standard' | 'reference'
  /** Null: that of the load or the snapshot. */
  readonly startUnixMs: number | null
  /** Null: that of the trace. */
  readonly durationMs: number | null
  readonly warmupMs: number
  readonly rowMs: number
  readonly snapshot: Snapshot | null
  readonly recorded: FileReference | null
  /** Null: those of the snapshot, of the recorded days or of the trace. */
  readonly hosts: readonly InitialHost[] | null
  readonly rules: readonly Rule[]
  /** Null: what the VMs of the snapshot used when it was taken. */
  readonly workload: TraceSource | SyntheticSource | null
  readonly events: readonly TimedFields[]
  readonly sensors: SensorSettings
  readonly faults: FaultSettings
  readonly physics: PhysicsSettings
  readonly solveDelayMs: number
  /** Its zones are tabled when the run's start is known; null: nothing is charged. */
  readonly tariff: TariffFields | null
  readonly policies: readonly PolicyChoice[]
  /** Policies that are shown beside, and whose failing is no fault of the scenario's own. */
  readonly against: readonly PolicyChoice[]
  readonly seeds: readonly number[]
  readonly expect: readonly Expectation[]
  readonly whatif: WhatIfSettings | null
  readonly variant: ScenarioVariant
}

/** An event as written, with its place in the file for messages. */
export interface TimedFields {
  readonly fields: EventFields
  readonly path: FieldPath
  /** Of an event that changes the policy. */
  readonly policy: PolicyChoice | null
}

/** A scenario with all that is wrong with it; the scenario is null when nothing can be made of it. */
export interface ScenarioReading {
  readonly scenario: Scenario | null
  readonly issues: readonly Issue[]
}
