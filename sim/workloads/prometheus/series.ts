import type { Inventory } from '../../../src/config/inventory.ts'
import type { IssueList } from '../reading/issueList.ts'
import { quoted } from '../reading/names.ts'
import { metricNamed, type Metric, type Quantity } from './metrics.ts'
import { SeriesFold, type CounterStretch, type RecordedRange } from './fold.ts'

/** Samples of one series in order of time. `labels` holds `__name__` too; handing in the same map again saves looking it up. */
export interface MetricSamples {
  readonly labels: ReadonlyMap<string, string>
  readonly timesMs: ArrayLike<number>
  readonly values: ArrayLike<number>
  /** Where they were read: a file or address, and the line of the first sample (the others follow it line by line). */
  readonly file: string
  readonly line: number | null
}

/** A value and since when it holds, Unix ms. */
export interface Change {
  readonly atMs: number
  readonly value: number
}

interface Track {
  readonly text: string
  readonly fold: SeriesFold
}

/** What the series of one VM on one host, or of a host itself, came to. */
export interface Subject {
  readonly host: string
  /** Series of a quantity, in groups of one metric and part (disk, interface, vCPU); those of a group are doubles, or follow each other. */
  readonly tracks: Map<Quantity, Track[][]>
  /** The same groups by metric and part. */
  readonly groups: Map<string, Track[]>
  readonly largest: Map<Quantity, number>
  readonly parts: Map<Quantity, Set<string>>
  readonly changes: Map<Quantity, Change[]>
}

interface SeriesEntry {
  readonly metric: Metric
  readonly subject: Subject
  readonly text: string
  /** Null where only values count, not their course. */
  readonly fold: SeriesFold | null
  lastValue: number
}

const SERIES_MAX = 2_000_000

/** Everything that was handed in, condensed by host and VM. */
export interface SeriesIndex {
  /** Condensed so far; `vms` by VM name, then by host name. */
  readonly vms: ReadonlyMap<string, ReadonlyMap<string, Subject>>
  readonly hosts: ReadonlyMap<string, Subject>
  readonly sampleCount: number
  readonly conflictCount: number
  /** Host label values that the inventory does not know, with the number of their series. */
  readonly strangers: ReadonlyMap<string, number>
  /** Series of VMs without the label that names the VM or host. */
  readonly unnamedCount: number
  add(samples: MetricSamples): void
}

/** An index that condenses samples of a range as they come. Samples that are negative, infinite or out of order go to `issues`. */
export function seriesIndex(inventory: Inventory, range: RecordedRange, issues: IssueList): SeriesIndex {
  return new Index(inventory, range, issues)
}

class Index implements SeriesIndex {
  readonly vms = new Map<string, Map<string, Subject>>()
  readonly hosts = new Map<string, Subject>()
  readonly strangers = new Map<string, number>()
  sampleCount = 0
  conflictCount = 0
  unnamedCount = 0
  readonly #inventory: Inventory
  readonly #range: RecordedRange
  readonly #issues: IssueList
  readonly #startMs: number
  readonly #endMs: number
  readonly #hostOf: (label: string) => string | null
  readonly #byLabels = new WeakMap<ReadonlyMap<string, string>, SeriesEntry | 'ignored'>()
  readonly #byText = new Map<string, SeriesEntry | 'ignored'>()

  constructor(inventory: Inventory, range: RecordedRange, issues: IssueList) {
    this.#inventory = inventory
    this.#range = range
    this.#issues = issues
    this.#startMs = range.fromMs - range.gapMaxMs
    this.#endMs = range.fromMs + range.stepCount * range.stepMs + range.gapMaxMs
    this.#hostOf = hostNames(inventory)
  }

  add(samples: MetricSamples): void {
    const entry = this.#entry(samples.labels)
    if (entry === 'ignored') return
    const { timesMs, values } = samples
    for (let index = 0; index < timesMs.length; index++) {
      const atMs = timesMs[index]!
      // NaN is Prometheus' mark for a series that ended: what follows shows by itself as a gap.
      if (atMs < this.#startMs || atMs > this.#endMs || Number.isNaN(values[index]!)) continue
      this.#addOne(entry, atMs, values[index]!, samples, index)
    }
  }

  #addOne(entry: SeriesEntry, atMs: number, value: number, { file, line }: MetricSamples, index: number): void {
    const where = line === null ? null : line + index
    if (value < 0 || value === Number.POSITIVE_INFINITY) {
      this.#issues.add(file, where, () => `${quotedSeries(entry.text)} is ${value} at ${atMs} ms: a finite number of 0 or more was expected`)
      return
    }
    this.sampleCount++
    const { metric, subject } = entry
    const added = entry.fold?.add(atMs, value)
    if (added === 'outOfOrder') this.#issues.add(file, where, () => `${quotedSeries(entry.text)} at ${atMs} ms comes after a later sample: write each series in order of time, as promtool does`)
    if (added === 'conflicting') this.conflictCount++
    if (metric.shape === 'largest') subject.largest.set(metric.quantity, Math.max(value, subject.largest.get(metric.quantity) ?? 0))
    if (metric.shape === 'changes' && added === 'added' && value !== entry.lastValue) {
      entry.lastValue = value
      putInto(subject.changes, metric.quantity, { atMs, value })
    }
  }

  #entry(labels: ReadonlyMap<string, string>): SeriesEntry | 'ignored' {
    const known = this.#byLabels.get(labels)
    if (known !== undefined) return known
    const text = seriesText(labels)
    let entry = this.#byText.get(text)
    if (entry === undefined) {
      if (this.#byText.size >= SERIES_MAX) {
        this.#issues.add('metrics', null, () => `hold more than ${SERIES_MAX} series: narrow them to one pool with --hosts`)
        this.#issues.throwIfAny()
      }
      entry = this.#newEntry(labels, text)
      this.#byText.set(text, entry)
    }
    this.#byLabels.set(labels, entry)
    return entry
  }

  #newEntry(labels: ReadonlyMap<string, string>, text: string): SeriesEntry | 'ignored' {
    const metric = metricNamed(labels.get('__name__') ?? '')
    if (metric === undefined || (metric.only && labels.get(metric.only.label) !== metric.only.value)) return 'ignored'
    const hostLabel = labels.get(this.#inventory.hostLabel)
    const vm = metric.about === 'vm' ? labels.get(this.#inventory.vmLabel) : ''
    if (hostLabel === undefined || vm === undefined || (metric.about === 'vm' && vm === '')) {
      this.unnamedCount++
      return 'ignored'
    }
    const host = this.#hostOf(hostLabel)
    if (host === null) {
      this.strangers.set(hostLabel, (this.strangers.get(hostLabel) ?? 0) + 1)
      return 'ignored'
    }
    const subject = this.#subject(host, vm)
    return addSeries(subject, metric, metric.part === null ? '' : (labels.get(metric.part) ?? ''), text, this.#range)
  }

  #subject(host: string, vm: string): Subject {
    let byHost = this.hosts
    if (vm !== '') {
      byHost = this.vms.get(vm) ?? new Map<string, Subject>()
      this.vms.set(vm, byHost)
      // A host with VMs exists, whatever its own exporter says.
      this.#subject(host, '')
    }
    let subject = byHost.get(host)
    if (subject === undefined) {
      subject = { host, tracks: new Map(), groups: new Map(), largest: new Map(), parts: new Map(), changes: new Map() }
      byHost.set(host, subject)
    }
    return subject
  }
}

function addSeries(subject: Subject, metric: Metric, part: string, text: string, range: RecordedRange): SeriesEntry {
  if (!subject.parts.has(metric.quantity)) subject.parts.set(metric.quantity, new Set())
  subject.parts.get(metric.quantity)!.add(part)
  const fold = metric.shape === 'largest' ? null : new SeriesFold(range, metric.shape)
  if (fold !== null) {
    const key = `${metric.name} ${part}`
    if (!subject.groups.has(key)) {
      subject.groups.set(key, [])
      putInto(subject.tracks, metric.quantity, subject.groups.get(key)!)
    }
    subject.groups.get(key)!.push({ text, fold })
  }
  return { metric, subject, text, fold, lastValue: Number.NaN }
}

function putInto<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

/** Host name of a label value: as the inventory says, in full or without its port; without an inventory the value without its port. */
function hostNames({ hosts }: Inventory): (label: string) => string | null {
  if (hosts === null) return withoutPort
  const byInstance = new Map(hosts.flatMap((host) => host.instances.map((instance) => [instance, host.name] as const)))
  return (label) => byInstance.get(label) ?? byInstance.get(withoutPort(label)) ?? null
}

const withoutPort = (label: string): string => label.replace(/:\d{1,5}$/, '')

const seriesText = (labels: ReadonlyMap<string, string>): string =>
  [...labels].map(([name, value]) => `${name}=${JSON.stringify(value)}`).sort().join(',')

const quotedSeries = (text: string): string => quoted(text).replaceAll('\\"', "'")

/** All unbroken stretches of a subject's series of a quantity, in no order. */
export const stretchesOf = (subject: Subject, quantity: Quantity): CounterStretch[] => (subject.tracks.get(quantity) ?? []).flat().flatMap(({ fold }) => fold.stretches)

/** Growth, or level x seconds, of a quantity in a step, with the ms that samples cover. */
export interface StepAmount {
  amount: number
  coveredMs: number
}

/**
 * Amount of a quantity in one step, summed over its metrics and parts; null where there is none. Of doubles of a series
 * (two Prometheus servers, two jobs) the one counts that covers the step best; series that follow each other add up.
 */
export function stepAmount(subject: Subject, quantity: Quantity, step: number, stepMs: number): StepAmount | null {
  const groups = subject.tracks.get(quantity)
  if (groups === undefined) return null
  let perMs = 0
  let coveredMs = 0
  for (const group of groups) {
    const one = oneSeries(group, step, stepMs)
    if (one.coveredMs === 0) continue
    perMs += one.amount / one.coveredMs
    coveredMs = Math.max(coveredMs, one.coveredMs)
  }
  return coveredMs === 0 ? null : { amount: perMs * coveredMs, coveredMs }
}

function oneSeries(tracks: readonly Track[], step: number, stepMs: number): StepAmount {
  if (tracks.length === 1) return { amount: tracks[0]!.fold.amount(step), coveredMs: tracks[0]!.fold.coveredMs(step) }
  const sum = { amount: 0, coveredMs: 0 }
  let best: Track | null = null
  for (const track of tracks) {
    sum.amount += track.fold.amount(step)
    sum.coveredMs += track.fold.coveredMs(step)
    if (best === null || isBetter(track, best, step)) best = track
  }
  if (sum.coveredMs <= stepMs || best === null) return sum
  return { amount: best.fold.amount(step), coveredMs: best.fold.coveredMs(step) }
}

/** Ties go by the series' text, so that the order in which they came does not matter. */
function isBetter(track: Track, best: Track, step: number): boolean {
  const more = track.fold.coveredMs(step) - best.fold.coveredMs(step)
  return more > 0 || (more === 0 && track.text < best.text)
}
