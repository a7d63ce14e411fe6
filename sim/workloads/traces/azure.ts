import { vmId } from '../../../src/model/ids.ts'
import type { Rng } from '../../../src/model/random.ts'
import { BadInput } from '../../../src/model/result.ts'
import type { WorkloadVm } from '../../../src/model/scenario.ts'
import { seededRng } from '../../random.ts'
import { issueList } from '../reading/issueList.ts'
import { ARRIVALS_MAX, checkLimits, tooManyArrivals, UNDATED_START_UNIX_MS, type Load, type LoadOptions } from '../load.ts'
import { readRecords, type CsvRow } from '../reading/records.ts'
import { chooseTrace } from '../reading/select.ts'
import { chunksOf, needFile, pathOf, type LoadSource } from '../reading/source.ts'
import { standingVm, vmOfSize } from '../vm.ts'

const SLOT_S = 300
const MIB_PER_GB = 1024

const COLUMNS = { required: ['t_s', 'batch', 'flavor', 'vcpu', 'mem_gb'], optional: ['censored', 'dur_bin', 'dur_lo_s', 'dur_hi_s'] }

const SECONDS = { min: 0, max: 1e10, whole: true }
const COUNT = { min: 0, max: 1e9, whole: true }
const FLAG = { min: 0, max: 1, whole: true }

/**
 * Lifetimes where the trace has arrivals only (`train-arrivals`): quantiles of the lifetimes in `dev`, from its README;
 * between them log-linear. Long-lived VMs are too few in it, as those that outlived `dev` were not counted.
 */
const LIFETIME_QUANTILES_S: readonly (readonly [number, number])[] = [[0, 300], [0.25, 900], [0.5, 1500], [0.75, 3900], [0.9, 21_900], [0.95, 43_500], [0.99, 86_700], [1, 345_600]]

/**
 * Azure's 2017 arrivals with sizes, as one file or a folder of which `select` names one (`dev`, `train-arrivals`). The
 * first arrival is time 0; VM k of batch b is `b.k`. There is no load in the trace: columns are null, and a scenario
 * pairs the VMs with synthetic load. A VM that outlived the trace never departs. Throws BadInput with every problem found.
 */
export function readAzure(source: LoadSource, options: LoadOptions): Load {
  const issues = issueList()
  const select = source.kind === 'file' ? null : chooseTrace(source, /^(.+)\.csv(?:\.gz)?$/, options.select, 'dev.csv', issues)
  const name = select === null ? source.names[0]! : needFile(source, `${select}.csv`, issues)!
  const path = pathOf(source, name)
  const arrivals = new Arrivals(options)
  readRecords(path, chunksOf(source, name), COLUMNS, issues, (row) => {
    if (arrivals.vms.length >= ARRIVALS_MAX) throw new BadInput([{ path, message: tooManyArrivals(ARRIVALS_MAX) }])
    arrivals.add(row)
  })
  if (arrivals.vms.length === 0 && issues.count === 0) issues.add(path, null, () => 'has a header but no VMs')
  checkLimits(path, issues.count === 0 ? arrivals.vms : [], issues)
  issues.throwIfAny()
  return {
    workload: { vms: arrivals.vms, cpu: null, memory: null, network: null, disk: null }, hosts: null,
    startUnixMs: options.startUnixMs ?? UNDATED_START_UNIX_MS, notes: arrivals.notes(),
  }
}

/** Turns rows into VMs, in order. */
class Arrivals {
  readonly vms: WorkloadVm[] = []
  readonly #options: LoadOptions
  readonly #rng: Rng
  #firstS: number | null = null
  #lastS = 0
  #batch = -1
  #inBatch = 0
  #drawn = 0

  constructor(options: LoadOptions) {
    this.#options = options
    this.#rng = seededRng(options.seed, 'azure lifetimes')
  }

  add(row: CsvRow): void {
    const atS = row.number('t_s', SECONDS)
    this.#countBatch(row)
    if (atS < this.#lastS) row.add('t_s', `${atS} is before the row above: rows must be in order of time`)
    this.#lastS = Math.max(atS, this.#lastS)
    this.#firstS ??= atS
    const vcpus = row.number('vcpu', { min: 1, max: 4096, whole: true })
    const memoryMib = row.number('mem_gb', { min: 0.001, max: 2 ** 20, whole: false }) * MIB_PER_GB
    const lifetimeS = this.#lifetimeS(row)
    const arriveMs = (atS - this.#firstS) * 1000
    const vm = vmOfSize(vmId(`${this.#batch}.${this.#inBatch}`), { vcpus, cpuMhz: vcpus * this.#options.coreMhz, memoryMib })
    this.vms.push({ ...standingVm(vm), arriveMs, departMs: lifetimeS === null ? null : arriveMs + lifetimeS * 1000 })
  }

  notes(): string[] {
    return this.#drawn === 0 ? [] : [`The trace has no lifetimes: ${this.#drawn} are drawn from the quantiles of those in dev (seed ${this.#options.seed}).`]
  }

  #countBatch(row: CsvRow): void {
    const batch = row.number('batch', COUNT)
    if (batch < this.#batch) row.add('batch', `${batch} is before the row above: rows must be in order of batch`)
    this.#inBatch = batch === this.#batch ? this.#inBatch + 1 : 1
    this.#batch = Math.max(batch, this.#batch)
  }

  /** Null: it outlives the trace. A lifetime of 0 slots is less than one: half a slot. */
  #lifetimeS(row: CsvRow): number | null {
    if (!row.hasColumn('dur_lo_s') || !row.hasColumn('dur_hi_s')) return this.#drawLifetimeS()
    const low = row.number('dur_lo_s', SECONDS)
    const high = row.number('dur_hi_s', SECONDS)
    if (high < low) row.add('dur_hi_s', `${high} is below dur_lo_s, ${low}`)
    // Drawn for every VM, so that one VM's bin does not shift the draws of those after it.
    const slots = this.#rng.below((high - low) / SLOT_S + 1)
    if (row.hasColumn('censored') && row.number('censored', FLAG) === 1) return null
    const lifetimeS = this.#options.lifetimes === 'draw' ? low + slots * SLOT_S : low
    return lifetimeS === 0 ? SLOT_S / 2 : lifetimeS
  }

  #drawLifetimeS(): number {
    this.#drawn++
    const place = this.#rng.next()
    const above = LIFETIME_QUANTILES_S.findIndex(([share]) => share > place)
    const [low, lowS] = LIFETIME_QUANTILES_S[above - 1]!
    const [high, highS] = LIFETIME_QUANTILES_S[above]!
    return Math.round((lowS * (highS / lowS) ** ((place - low) / (high - low))) / SLOT_S) * SLOT_S
  }
}
