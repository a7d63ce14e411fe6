/**
 * A plain model of the PlanetLab consolidation study, written for clarity: the reference that faster code must match.
 * "Section n" in comments points to the sections of shared/benchmarks/planetlab/README.md; the details that the
 * specification leaves open are collected in NOTES.md beside this file.
 */

export type Policy =
  | 'npa' | 'dvfs' | 'thr-mmt-0.8' | 'thr-mu-0.8' | 'thr-rs-0.8' | 'thr-mc-0.8' | 'iqr-mmt-1.5' | 'mad-mmt-2.5' | 'lr-mmt-1.2'

export interface OracleResult {
  energyKwh: number
  migrations: number
  /** Ratio, pooled over hosts (section 11). */
  slatah: number
  /** Ratio, pooled over VMs (section 11). */
  pdm: number
  slav: number
  esv: number
  /** Ratio, not percent. */
  overallSla: number
  hostShutdowns: number
  meanTimeBeforeShutdownS: number
}

// ---------------------------------------------------------------------------------------------------------------------
// The world (section 1)

interface HostModel { readonly coreMips: number; readonly mips: number; readonly watts: readonly number[] }

const G4: HostModel = { coreMips: 1860, mips: 3720, watts: [86, 89.4, 92.6, 96, 99.5, 102, 106, 108, 112, 114, 117] }
const G5: HostModel = { coreMips: 2660, mips: 5320, watts: [93.7, 97, 101, 105, 110, 116, 121, 125, 129, 133, 135] }
const HOST_COUNT = 800
const HOST_RAM = 4096

const VM_TYPES = [
  { mips: 2500, ram: 870 },
  { mips: 2000, ram: 1740 },
  { mips: 1000, ram: 1740 },
  { mips: 500, ram: 613 },
] as const

const STEP_S = 300
const FIRST_INSTANT_S = 0.1
const END_S = 86_400
/** Half of the network's 1 Gbit/s, in MB/s (section 10). */
const MIGRATION_MB_PER_S = 62.5
const HISTORY_LENGTH = 30

interface Vm {
  readonly id: number
  readonly mips: number
  readonly ram: number
  /** The demand d[0..288] as a fraction of the VM's MIPS. */
  readonly demand: readonly number[]
  /** u(t) at the last instant. */
  utilization: number
  /** u(t) x MIPS at the last instant, not capped to a core. */
  requested: number
  /** u at the steps, newest first, at most 30. */
  history: number[]
  host: Host
  migrating: boolean
  record: VmRecord
}

interface Host {
  readonly id: number
  readonly model: HostModel
  /** In order of arrival. A VM migrating in is listed here too, besides being listed at its source. */
  vms: Vm[]
  incoming: Set<Vm>
  /** Delivered MIPS as section 4 counts them, and the same / host MIPS. */
  usedMips: number
  utilization: number
  record: HostRecord
}

function makeHost(id: number): Host {
  const model = id % 2 === 0 ? G4 : G5
  return { id, model, vms: [], incoming: new Set(), usedMips: 0, utilization: 0, record: newHostRecord() }
}

function makeVm(id: number, count: number, samplesPercent: readonly number[], nowhere: Host): Vm {
  const type = VM_TYPES[Math.floor(id / Math.ceil(count / 4))]!
  const demand = samplesPercent.slice(0, 288).map((percent) => percent / 100)
  demand.push(demand[287]!)
  return {
    id, mips: type.mips, ram: type.ram, demand, utilization: 0, requested: 0, history: [],
    host: nowhere, migrating: false, record: newVmRecord(),
  }
}

/** u(t). The slope is worked out first and then applied; MU's ties hang on the last bit (section 9). */
function demandAt(vm: Vm, time: number): number {
  const before = Math.floor(time / STEP_S)
  const after = Math.ceil(time / STEP_S)
  const start = vm.demand[before]!
  if (before === after) return start
  const slope = (vm.demand[after]! - start) / ((after - before) * STEP_S)
  return start + slope * (time - before * STEP_S)
}

/** Section 1. Hosts in one 10 % segment have equal costs but for rounding, so the order of operations picks the host. */
function power(model: HostModel, utilization: number): number {
  const u = utilization > 1 && utilization < 1.01 ? 1 : utilization
  const a = Math.floor(u * 10)
  const b = Math.ceil(u * 10)
  const low = model.watts[a]!
  return low + ((model.watts[b]! - low) / 10) * (u - a / 10) * 100
}

// ---------------------------------------------------------------------------------------------------------------------
// Sharing the CPU (section 4)

/** What a VM can ask of a host: it has one core. */
function cappedRequest(vm: Vm, host: Host): number {
  return Math.min(vm.requested, host.model.coreMips)
}

/** Delivered MIPS of each VM of a host, in the order of its list. */
function shareCpu(host: Host): number[] {
  let needed = 0
  // Last to first: the order can only matter where a share falls on a whole number of MIPS (NOTES.md).
  for (const vm of [...host.vms].reverse()) {
    const request = cappedRequest(vm, host)
    needed += host.incoming.has(vm) ? request * 0.1 : request
  }
  const fits = needed <= host.model.mips
  const scale = host.model.mips / needed
  return host.vms.map((vm) => {
    const request = cappedRequest(vm, host)
    const factor = host.incoming.has(vm) ? 0.1 : vm.migrating ? 0.9 : 1
    return fits ? request * factor : Math.floor(request * scale * factor)
  })
}

/** Takes the new shares of one host and records the state (sections 4 and 11). */
function updateHost(host: Host, time: number): void {
  const delivered = shareCpu(host)
  let used = 0
  let requested = 0
  host.vms.forEach((vm, i) => {
    const mips = delivered[i]!
    const arriving = host.incoming.has(vm)
    // A migrating VM is recorded by its source alone.
    if (!arriving) recordVm(vm.record, time, mips, vm.requested, vm.migrating)
    used += !arriving && vm.migrating ? mips / 0.9 : mips
    requested += vm.requested
  })
  host.usedMips = used
  host.utilization = used / host.model.mips
  recordHost(host.record, time, used, requested)
}

// ---------------------------------------------------------------------------------------------------------------------
// Metrics (section 11)

interface HostState { time: number; delivered: number; requested: number; active: boolean }

interface HostRecord {
  last: HostState | null
  activeTime: number
  violatedTime: number
  /** Before its first state a host counts as active since 0. */
  wasActive: boolean
  activeSince: number
  shutdowns: number
  timeBeforeShutdowns: number
}

function newHostRecord(): HostRecord {
  return { last: null, activeTime: 0, violatedTime: 0, wasActive: true, activeSince: 0, shutdowns: 0, timeBeforeShutdowns: 0 }
}

function recordHost(record: HostRecord, time: number, delivered: number, requested: number): void {
  const last = record.last
  if (last !== null && last.time !== time) closeHostState(record, last, time)
  record.last = { time, delivered, requested, active: delivered > 0 }
}

/** Only the state an instant ends with counts, so a state is booked when a later instant comes. */
function closeHostState(record: HostRecord, state: HostState, until: number): void {
  if (state.active) {
    record.activeTime += until - state.time
    if (state.delivered < state.requested) record.violatedTime += until - state.time
  }
  if (record.wasActive && !state.active) {
    record.shutdowns += 1
    record.timeBeforeShutdowns += state.time - record.activeSince
  }
  if (!record.wasActive && state.active) record.activeSince = state.time
  record.wasActive = state.active
}

interface VmState { time: number; delivered: number; requested: number; migrating: boolean }

interface VmRecord {
  last: VmState | null
  requestedMipsS: number
  deliveredMipsS: number
  lostInMigrationMipsS: number
}

function newVmRecord(): VmRecord {
  return { last: null, requestedMipsS: 0, deliveredMipsS: 0, lostInMigrationMipsS: 0 }
}

function recordVm(record: VmRecord, time: number, delivered: number, requested: number, migrating: boolean): void {
  const last = record.last
  if (last !== null && last.time !== time) {
    const seconds = time - last.time
    record.requestedMipsS += last.requested * seconds
    record.deliveredMipsS += last.delivered * seconds
    if (last.migrating && last.delivered < last.requested) {
      record.lostInMigrationMipsS += (last.requested - last.delivered) * seconds
    }
  }
  record.last = { time, delivered, requested, migrating }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function summarize(world: World, energyKwh: number): OracleResult {
  const hosts = world.hosts.map((host) => host.record)
  const vms = world.vms.map((vm) => vm.record)
  for (const record of hosts) if (record.last !== null) closeHostState(record, record.last, record.last.time)
  const slatah = sum(hosts.map((r) => r.violatedTime)) / sum(hosts.map((r) => r.activeTime))
  const requested = sum(vms.map((r) => r.requestedMipsS))
  const pdm = sum(vms.map((r) => r.lostInMigrationMipsS)) / requested
  const shutdowns = sum(hosts.map((r) => r.shutdowns))
  return {
    energyKwh,
    migrations: world.migrations,
    slatah,
    pdm,
    slav: slatah * pdm,
    esv: energyKwh * slatah * pdm,
    overallSla: (requested - sum(vms.map((r) => r.deliveredMipsS))) / requested,
    hostShutdowns: shutdowns,
    meanTimeBeforeShutdownS: sum(hosts.map((r) => r.timeBeforeShutdowns)) / shutdowns,
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Overload tests (section 8)

/** Decides on the host as if it held exactly `vms`, in this order. */
type OverloadTest = (model: HostModel, vms: readonly Vm[]) => boolean

function requestedRatio(model: HostModel, vms: readonly Vm[]): number {
  let requested = 0
  for (const vm of vms) requested += vm.requested
  return requested / model.mips
}

/** Newest first: what the VMs now on the host used in the past, wherever they were then. */
function hostHistory(model: HostModel, vms: readonly Vm[]): number[] {
  const history = new Array<number>(HISTORY_LENGTH).fill(0)
  for (const vm of vms) vm.history.forEach((u, i) => { history[i]! += (u * vm.mips) / model.mips })
  while (history.length > 1 && history[history.length - 1] === 0) history.pop()
  return history
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b)
}

function median(values: readonly number[]): number {
  const sorted = ascending(values)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function interquartileRange(values: readonly number[]): number {
  const sorted = ascending(values)
  const n = sorted.length
  return sorted[Math.round(0.75 * (n + 1)) - 1]! - sorted[Math.round(0.25 * (n + 1)) - 1]!
}

function medianAbsoluteDeviation(values: readonly number[]): number {
  const middle = median(values)
  return median(values.map((value) => Math.abs(middle - value)))
}

/** The straight line through the last ten samples, continued by one (the migration takes at most one step). */
function predictNext(history: readonly number[]): number {
  const y = history.slice(0, 10).reverse()
  const n = y.length
  const meanX = (n + 1) / 2
  const meanY = sum(y) / n
  let xy = 0
  let xx = 0
  y.forEach((value, i) => {
    xy += (i + 1 - meanX) * (value - meanY)
    xx += (i + 1 - meanX) ** 2
  })
  const slope = xy / xx
  const intercept = meanY - slope * meanX
  return intercept + slope * (n + 1)
}

const FALLBACK_THRESHOLD = 0.7

const threshold08: OverloadTest = (model, vms) => requestedRatio(model, vms) > 0.8

/** Threshold 1 - safety x spread of the host's history (IQR, MAD). */
function adaptiveThreshold(safety: number, spread: (history: readonly number[]) => number): OverloadTest {
  return (model, vms) => {
    const history = hostHistory(model, vms)
    const limit = history.length < 12 ? FALLBACK_THRESHOLD : 1 - safety * spread(history)
    return requestedRatio(model, vms) > limit
  }
}

const localRegression12: OverloadTest = (model, vms) => {
  const history = hostHistory(model, vms)
  if (history.length < 10) return requestedRatio(model, vms) > FALLBACK_THRESHOLD
  return 1.2 * predictNext(history) >= 1
}

// ---------------------------------------------------------------------------------------------------------------------
// VM selection (section 9)

/** Called with at least one VM; none of them migrates, since all migrations end before the next step. */
type VmSelection = (vms: readonly Vm[]) => Vm

function first<T>(items: readonly T[], better: (candidate: T, best: T) => boolean): T {
  return items.reduce((best, candidate) => (better(candidate, best) ? candidate : best))
}

const minimumMigrationTime: VmSelection = (vms) => first(vms, (vm, best) => vm.ram < best.ram)

/** Not simply u: multiplying and dividing rounds, and ties are decided by that. */
const minimumUtilization: VmSelection = (vms) =>
  first(vms, (vm, best) => vm.requested / vm.mips < best.requested / best.mips)

/** mulberry32: any generator will do, the study's was not seeded. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296
  }
}

function randomSelection(seed: number): VmSelection {
  const random = randomNumbers(seed)
  return (vms) => vms[Math.floor(random() * vms.length)]!
}

/** Ties and a fit through every sample (R² = 1 for all) go to the first VM; an R² that is NaN never wins. */
const maximumCorrelation: VmSelection = (vms) => {
  const samples = Math.min(...vms.map((vm) => vm.history.length))
  // With the constant there are as many coefficients as VMs; an exact fit (samples = VMs) is still tried.
  if (vms.length < 2 || samples < vms.length) return minimumMigrationTime(vms)
  const histories = vms.map((vm) => vm.history.slice(0, samples))
  let best: Vm | null = null
  let highest = -Infinity
  for (const [i, vm] of vms.entries()) {
    const r2 = determination(histories[i]!, histories.filter((_, j) => j !== i))
    if (r2 === null) return minimumMigrationTime(vms)
    if (r2 > highest) {
      highest = r2
      best = vm
    }
  }
  return best ?? minimumMigrationTime(vms)
}

/** R² of the least-squares regression of y on a constant and the others, or null where it is singular. */
function determination(y: readonly number[], others: readonly (readonly number[])[]): number | null {
  const constant = new Array<number>(y.length).fill(1)
  const columns = [constant, ...others]
  const coefficients = solveLeastSquares(columns, y)
  if (coefficients === null) return null
  const mean = sum(y) / y.length
  let residual = 0
  let total = 0
  y.forEach((value, i) => {
    let fitted = coefficients[0]!
    for (let j = 1; j < columns.length; j++) fitted += coefficients[j]! * columns[j]![i]!
    residual += (value - fitted) ** 2
    total += (value - mean) ** 2
  })
  return 1 - residual / total
}

/**
 * Householder's QR, column by column, without pivoting. The method matters: a VM whose history is constant makes its
 * column all but dependent on the constant's, and what rounding leaves of it decides which VM is taken.
 */
function solveLeastSquares(columns: readonly (readonly number[])[], y: readonly number[]): number[] | null {
  const count = columns.length
  const work = [...columns, y].map((column) => [...column])
  const diagonal: number[] = []
  for (let k = 0; k < count; k++) {
    const v = work[k]!
    const length = Math.sqrt(dotFrom(k, v, v))
    if (length === 0) return null
    const pivot = v[k]! > 0 ? -length : length
    v[k]! -= pivot
    for (let j = k + 1; j <= count; j++) reflect(work[j]!, v, k, pivot)
    diagonal.push(pivot)
  }
  const rest = work[count]!
  const coefficients = new Array<number>(count).fill(0)
  for (let k = count - 1; k >= 0; k--) {
    coefficients[k] = rest[k]! / diagonal[k]!
    for (let i = 0; i < k; i++) rest[i]! -= coefficients[k]! * work[k]![i]!
  }
  return coefficients
}

/** The mirror image of a column in the plane at right angles to v, whose entries before k count as 0. */
function reflect(column: number[], v: readonly number[], k: number, pivot: number): void {
  const along = dotFrom(k, column, v) / (pivot * v[k]!)
  for (let i = k; i < column.length; i++) column[i]! += along * v[i]!
}

function dotFrom(start: number, a: readonly number[], b: readonly number[]): number {
  let total = 0
  for (let i = start; i < a.length; i++) total += a[i]! * b[i]!
  return total
}

// ---------------------------------------------------------------------------------------------------------------------
// Planning (sections 6 and 7)

interface Consolidation { readonly overloaded: OverloadTest; readonly select: VmSelection }

interface Migration { readonly vm: Vm; readonly target: Host }

/** The allocation being planned: the lists of VMs by host. The real hosts are not touched, so nothing is to be restored. */
type Plan = Vm[][]

/** What the planned VMs of a host are delivered, and what is then free. */
function plannedLoad(host: Host, vms: readonly Vm[]): { delivered: number; free: number } {
  let needed = 0
  for (const vm of vms) needed += cappedRequest(vm, host)
  if (needed <= host.model.mips) return { delivered: needed, free: host.model.mips - needed }
  const scale = host.model.mips / needed
  let delivered = 0
  for (const vm of vms) delivered += Math.floor(cappedRequest(vm, host) * scale)
  // A host that cannot meet its requests has nothing free, though rounding down leaves a little.
  return { delivered, free: 0 }
}

/** Section 7: the host whose power rises least, or null. */
function findHost(world: World, plan: Plan, vm: Vm, excluded: ReadonlySet<Host>, overloaded: OverloadTest): Host | null {
  let best: Host | null = null
  let leastCost = Infinity
  for (const host of world.hosts) {
    const { model } = host
    if (excluded.has(host) || model.coreMips < vm.requested) continue
    const vms = plan[host.id]!
    const load = plannedLoad(host, vms)
    if (load.free < vm.requested) continue
    const utilization = (load.delivered + vm.requested) / model.mips
    if (utilization > 1) continue
    const cost = power(model, utilization) - power(model, host.utilization)
    if (cost >= leastCost) continue
    // The dearest test comes last; the order of the tests doesn't change which host is found.
    if (load.delivered !== 0 && overloaded(model, [...vms, vm])) continue
    leastCost = cost
    best = host
  }
  return best
}

function byDemandDescending(vms: readonly Vm[]): Vm[] {
  return [...vms].sort((a, b) => b.requested - a.requested)
}

/** Section 6.2: the VMs taken off the overloaded hosts. */
function relieve(plan: Plan, over: ReadonlySet<Host>, { overloaded, select }: Consolidation): Vm[] {
  const taken: Vm[] = []
  for (const host of over) {
    let vms = plan[host.id]!
    do {
      const chosen = select(vms)
      taken.push(chosen)
      vms = vms.filter((vm) => vm !== chosen)
    } while (vms.length > 0 && overloaded(host.model, vms))
    plan[host.id] = vms
  }
  return taken
}

/** Section 6.3. */
function placeTaken(world: World, plan: Plan, taken: readonly Vm[], over: ReadonlySet<Host>, overloaded: OverloadTest): Migration[] {
  const migrations: Migration[] = []
  for (const vm of byDemandDescending(taken)) {
    const target = findHost(world, plan, vm, over, overloaded)
    if (target === null) continue
    plan[target.id]!.push(vm)
    migrations.push({ vm, target })
  }
  return migrations
}

/** All VMs of the host placed elsewhere, or an unchanged plan and null. The emptied host's own list stays as it is. */
function evacuate(world: World, plan: Plan, host: Host, excluded: ReadonlySet<Host>, overloaded: OverloadTest): Migration[] | null {
  const migrations: Migration[] = []
  for (const vm of byDemandDescending(plan[host.id]!)) {
    const target = findHost(world, plan, vm, excluded, overloaded)
    if (target === null) {
      for (const placed of migrations) {
        plan[placed.target.id] = plan[placed.target.id]!.filter((other) => other !== placed.vm)
      }
      return null
    }
    plan[target.id]!.push(vm)
    migrations.push({ vm, target })
  }
  return migrations
}

/** Section 6.4. Every utilization is the one of the start of the step. */
function emptyUnderloaded(world: World, plan: Plan, over: ReadonlySet<Host>, overloaded: OverloadTest): Migration[] {
  const idle = world.hosts.filter((host) => host.utilization === 0)
  const untouchable = new Set<Host>([...over, ...idle])
  const noTargets = new Set<Host>(untouchable)
  const migrations: Migration[] = []
  for (;;) {
    const candidates = world.hosts.filter((host) =>
      !untouchable.has(host) && host.utilization > 0 && host.utilization < 1 && plan[host.id]!.length > 0)
    if (candidates.length === 0) return migrations
    const host = first(candidates, (candidate, best) => candidate.utilization < best.utilization)
    untouchable.add(host)
    noTargets.add(host)
    const moves = evacuate(world, plan, host, noTargets, overloaded)
    for (const move of moves ?? []) {
      untouchable.add(move.target)
      migrations.push(move)
    }
  }
}

/** Section 6: the migrations of one step, in the order in which they start. */
function planStep(world: World, policy: Consolidation): Migration[] {
  const { overloaded } = policy
  const plan: Plan = world.hosts.map((host) => [...host.vms])
  const over = new Set(world.hosts.filter((host) => overloaded(host.model, host.vms)))
  const taken = relieve(plan, over, policy)
  const relieving = placeTaken(world, plan, taken, over, overloaded)
  return [...relieving, ...emptyUnderloaded(world, plan, over, overloaded)]
}

// ---------------------------------------------------------------------------------------------------------------------
// Placement at t = 0 (section 3)

interface Room { mips: number; ram: number }

function hasRoom(host: Host, room: Room, vm: Vm): boolean {
  return host.model.coreMips >= vm.mips && room.mips >= vm.mips && room.ram >= vm.ram
}

/** NPA and DVFS take the first host with room. The others take the one whose power rises least, from P(0). */
function placeAll(world: World, firstFit: boolean): void {
  const rooms = world.hosts.map((host): Room => ({ mips: host.model.mips, ram: HOST_RAM }))
  const costOf = (host: Host, vm: Vm): number => {
    if (firstFit) return 0
    const load = host.model.mips - rooms[host.id]!.mips
    return power(host.model, (load + vm.mips) / host.model.mips) - power(host.model, 0)
  }
  for (const vm of world.vms) {
    // The overload test sees the new VM alone (section 3) and so never holds: 2500 / 3720 is below 0.7.
    const candidates = world.hosts.filter((host) => hasRoom(host, rooms[host.id]!, vm))
    const host = first(candidates, (candidate, best) => costOf(candidate, vm) < costOf(best, vm))
    host.vms.push(vm)
    vm.host = host
    rooms[host.id]!.mips -= vm.mips
    rooms[host.id]!.ram -= vm.ram
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// The time line (section 2)

interface World { readonly hosts: Host[]; readonly vms: Vm[]; lastInstant: number; energyWs: number; migrations: number }

function makeWorld(samplesPercent: readonly (readonly number[])[]): World {
  const hosts = Array.from({ length: HOST_COUNT }, (_, id) => makeHost(id))
  const vms = samplesPercent.map((samples, id) => makeVm(id, samplesPercent.length, samples, hosts[0]!))
  return { hosts, vms, lastInstant: 0, energyWs: 0, migrations: 0 }
}

/** Points 1 to 3 of an instant. */
function advance(world: World, time: number, isStep: boolean): void {
  const before = world.hosts.map((host) => host.utilization)
  for (const vm of new Set(world.hosts.flatMap((host) => host.vms))) {
    vm.utilization = demandAt(vm, time)
    vm.requested = vm.utilization * vm.mips
    if (isStep) vm.history = [vm.utilization, ...vm.history].slice(0, HISTORY_LENGTH)
  }
  for (const host of world.hosts) updateHost(host, time)
  const seconds = time - world.lastInstant
  for (const host of world.hosts) world.energyWs += frameEnergy(host.model, before[host.id]!, host.utilization, seconds)
  for (const host of world.hosts) host.vms = host.vms.filter((vm) => vm.migrating || vm.requested !== 0)
  world.lastInstant = time
}

/** Section 5. */
function frameEnergy(model: HostModel, start: number, end: number, seconds: number): number {
  return start === 0 ? 0 : ((power(model, start) + power(model, end)) / 2) * seconds
}

/** Starts all migrations: from now on the VM is listed at both hosts (sections 4 and 10). */
function startMigrations(world: World, migrations: readonly Migration[], time: number): void {
  for (const { vm, target } of migrations) {
    vm.migrating = true
    target.incoming.add(vm)
    target.vms.push(vm)
  }
  for (const host of world.hosts) updateHost(host, time)
  world.migrations += migrations.length
}

/** A VM that arrives goes to the end of the target's list. */
function finishMigration({ vm, target }: Migration): void {
  const without = (host: Host): Vm[] => host.vms.filter((other) => other !== vm)
  vm.host.vms = without(vm.host)
  target.vms = [...without(target), vm]
  target.incoming.delete(vm)
  vm.host = target
  vm.migrating = false
}

/** Runs the instants at which migrations finish, in order of time and, within one, in order of their start. */
function runMigrations(world: World, migrations: readonly Migration[], startedAt: number): void {
  const finishOf = (migration: Migration): number => startedAt + migration.vm.ram / MIGRATION_MB_PER_S
  const instants = ascending([...new Set(migrations.map(finishOf))])
  for (const instant of instants) {
    advance(world, instant, false)
    migrations.filter((migration) => finishOf(migration) === instant).forEach(finishMigration)
    advance(world, instant, false)
  }
}

function consolidationOf(policy: Policy, seed: number): Consolidation | null {
  const select = minimumMigrationTime
  switch (policy) {
    case 'npa':
    case 'dvfs': return null
    case 'thr-mmt-0.8': return { overloaded: threshold08, select }
    case 'thr-mu-0.8': return { overloaded: threshold08, select: minimumUtilization }
    case 'thr-rs-0.8': return { overloaded: threshold08, select: randomSelection(seed) }
    case 'thr-mc-0.8': return { overloaded: threshold08, select: maximumCorrelation }
    case 'iqr-mmt-1.5': return { overloaded: adaptiveThreshold(1.5, interquartileRange), select }
    case 'mad-mmt-2.5': return { overloaded: adaptiveThreshold(2.5, medianAbsoluteDeviation), select }
    case 'lr-mmt-1.2': return { overloaded: localRegression12, select }
  }
}

/** samplesPercent[vm][k]: integer percent, k = 0..287, VMs in byte order of their names. */
export function runOracle(samplesPercent: number[][], policy: Policy, seed = 1): OracleResult {
  const world = makeWorld(samplesPercent)
  const consolidation = consolidationOf(policy, seed)
  placeAll(world, consolidation === null)
  // Accumulated in doubles (section 2).
  for (let time = FIRST_INSTANT_S + STEP_S; time < END_S; time += STEP_S) {
    advance(world, time, true)
    if (consolidation === null) continue
    const migrations = planStep(world, consolidation)
    startMigrations(world, migrations, time)
    runMigrations(world, migrations, time)
  }
  return summarize(world, (policy === 'npa' ? fullPowerWs(world) : world.energyWs) / 3_600_000)
}

/** Section 5: NPA draws the maximum from 0 to the last instant. */
function fullPowerWs(world: World): number {
  return sum(world.hosts.map((host) => power(host.model, 1))) * world.lastInstant
}
