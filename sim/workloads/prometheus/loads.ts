import type { VmId } from '../../../src/model/ids.ts'
import type { LoadSeries } from '../../../src/model/load.ts'
import type { Host } from '../../../src/model/pool.ts'
import type { RecordedRange } from './fold.ts'
import type { Quantity } from './metrics.ts'
import type { Stay } from './places.ts'
import { stepAmount, type StepAmount, type Subject } from './series.ts'

const MIB_BYTES = 2 ** 20
/** Samples must cover this much of the part of a step in which the VM is there; else the step is a gap. */
const COVERED_MIN = 0.5
/** Ratios are kept as whole ten-thousandths. */
const RATIO_DIVISOR = 10_000
/** Rates are rounded to thousandths of a MiB/s. */
const RATE_PARTS = 1000

/** A stay with the series of its VM on each host and its sizes. */
export interface MeasuredStay {
  readonly name: VmId
  readonly stay: Stay
  readonly subjects: ReadonlyMap<string, Subject>
  readonly vcpus: number
  readonly memoryMib: number
}

/** A table of loads, and each stay's column in it: null where it has no such load. */
export interface LoadTable {
  readonly series: LoadSeries | null
  readonly columns: readonly (number | null)[]
}

export interface StayLoads {
  readonly cpu: LoadTable
  readonly memory: LoadTable
  readonly network: LoadTable
  readonly disk: LoadTable
  /** Share of the CPU demand that waited for a core (vCPU delay). */
  readonly delayedRatio: number
}

/** A stay's value in a step; NaN is a gap. */
type ValueAt = (step: number) => number

/**
 * Loads of all stays in steps. CPU is what the VM wanted: time used plus time its vCPUs waited for a core, at most what
 * its vCPUs can take, as a ratio of its vCPUs on the pool's fastest core (`speedMhz`), so that unlike hosts compare.
 */
export function loadsOf(stays: readonly MeasuredStay[], hosts: ReadonlyMap<string, Host>, speedMhz: number, range: RecordedRange): StayLoads {
  const demand = { wantedS: 0, delayedS: 0 }
  const weigh = (host: string): number => speedOf(hosts.get(host)) / speedMhz
  return {
    cpu: table(stays, range, RATIO_DIVISOR, (one) => cpuRatio(one, range, weigh, demand)),
    memory: table(stays, range, RATIO_DIVISOR, (one) => memoryRatio(one, range)),
    network: table(stays, range, 1, (one) => rateMibPerS(one, 'networkBytes', range)),
    disk: table(stays, range, 1, (one) => rateMibPerS(one, 'diskBytes', range)),
    delayedRatio: demand.wantedS > 0 ? demand.delayedS / demand.wantedS : 0,
  }
}

/** Speed of one core of a host, MHz of the reference generation. */
export const speedOf = (host: Host | undefined): number => (host === undefined ? 0 : host.coreMhz * host.performanceFactor)

function table(stays: readonly MeasuredStay[], range: RecordedRange, divisor: number, sourceOf: (one: MeasuredStay) => ValueAt | null): LoadTable {
  const having: { readonly one: MeasuredStay; readonly valueAt: ValueAt }[] = []
  const columns = stays.map((one) => {
    const valueAt = sourceOf(one)
    return valueAt === null ? null : having.push({ one, valueAt }) - 1
  })
  if (having.length === 0) return { series: null, columns }
  const codes = new Float32Array(having.length * range.stepCount).fill(Number.NaN)
  for (const [column, { one, valueAt }] of having.entries()) {
    const [first, last] = stepsOf(one.stay, range)
    for (let step = first; step <= last; step++) {
      const value = valueAt(step)
      codes[step * having.length + column] = divisor === 1 ? Math.round(value * RATE_PARTS) / RATE_PARTS : Math.round(value * divisor)
    }
  }
  return { series: { names: having.map(({ one }) => one.name), stepMs: range.stepMs, sampleCount: range.stepCount, codes, divisor }, columns }
}

const stepsOf = ({ arriveMs, departMs }: Stay, { fromMs, stepMs, stepCount }: RecordedRange): readonly [number, number] => [
  arriveMs === null ? 0 : Math.floor((arriveMs - fromMs) / stepMs),
  departMs === null ? stepCount - 1 : Math.min(stepCount - 1, Math.floor((departMs - fromMs) / stepMs)),
]

const ONE = (): number => 1

/** Sum over the hosts that a VM was on in a step; null is a gap. `weigh` scales what a host adds. */
function measured({ stay, subjects }: MeasuredStay, quantity: Quantity, step: number, range: RecordedRange, weigh = ONE as (host: string) => number): StepAmount | null {
  const startMs = range.fromMs + step * range.stepMs
  const endMs = startMs + range.stepMs
  let amount = 0
  let coveredMs = 0
  const counted: string[] = []
  for (const { host, startMs: cameMs, endMs: wentMs } of stay.segments) {
    if (cameMs >= endMs || wentMs <= startMs || counted.includes(host)) continue
    counted.push(host)
    const subject = subjects.get(host)
    const added = subject === undefined ? null : stepAmount(subject, quantity, step, range.stepMs)
    if (added === null) continue
    amount += added.amount * weigh(host)
    coveredMs += added.coveredMs
  }
  const presentMs = Math.min(endMs, stay.departMs ?? endMs) - Math.max(startMs, stay.arriveMs ?? startMs)
  return coveredMs > 0 && coveredMs >= COVERED_MIN * presentMs ? { amount, coveredMs } : null
}

/** While a VM migrates both ends report it, so what they cover may overlap: of a counter the growth adds up, the time does not. */
const growthPerS = (sum: StepAmount, { stepMs }: RecordedRange): number => sum.amount / (Math.min(sum.coveredMs, stepMs) / 1000)

function cpuRatio(one: MeasuredStay, range: RecordedRange, weigh: (host: string) => number, demand: { wantedS: number; delayedS: number }): ValueAt {
  return (step) => {
    const used = measured(one, 'cpuS', step, range, weigh)
    if (used === null) return Number.NaN
    const delayed = measured(one, 'delayS', step, range, weigh)
    const usedPerS = growthPerS(used, range)
    const wantedPerS = Math.max(usedPerS, Math.min(usedPerS + (delayed === null ? 0 : growthPerS(delayed, range)), one.vcpus))
    demand.wantedS += wantedPerS
    demand.delayedS += wantedPerS - usedPerS
    return wantedPerS / one.vcpus
  }
}

/**
 * Memory in use: what the guest sees less what it could still give away (`available` - `usable`), which is right with a
 * balloon; an older guest's `available` - `unused` counts its page cache as used; without a guest's word what the host
 * holds for it (`rss`). Null when there is none of these: the VM counts as using all of its memory.
 */
function memoryRatio(one: MeasuredStay, range: RecordedRange): ValueAt | null {
  const level = (quantity: Quantity, step: number): number => {
    const sum = measured(one, quantity, step, range)
    return sum === null ? Number.NaN : sum.amount / (sum.coveredMs / 1000) / MIB_BYTES
  }
  const free: Quantity = has(one, 'guestUsable') ? 'guestUsable' : 'guestUnused'
  const ratio = (usedMib: number): number => Math.max(0, Math.min(1, usedMib / one.memoryMib))
  if (has(one, 'guestAvailable') && has(one, free)) return (step) => ratio(level('guestAvailable', step) - level(free, step))
  return has(one, 'resident') ? (step) => ratio(level('resident', step)) : null
}

function rateMibPerS(one: MeasuredStay, quantity: Quantity, range: RecordedRange): ValueAt | null {
  if (!has(one, quantity)) return null
  return (step) => {
    const sum = measured(one, quantity, step, range)
    return sum === null ? Number.NaN : growthPerS(sum, range) / MIB_BYTES
  }
}

const has = ({ stay, subjects }: MeasuredStay, quantity: Quantity): boolean => stay.segments.some(({ host }) => subjects.get(host)?.parts.has(quantity) === true)
