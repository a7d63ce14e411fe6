import { NOWHERE } from '../model/pool.ts'
import { LeastFirst } from './heap.ts'
import { type Jobs, type Lanes, aloneOf } from './jobs.ts'

export interface Schedule {
  /** By job, whole ms after the beginning. */
  readonly beginMs: Float64Array
  readonly endMs: Float64Array
  readonly makespanMs: number
  readonly sentMib: number
  readonly downtimeMs: number
}

/** What is started first of all that may be. */
export type Priority = 'mostLeft' | 'longestChain' | 'inOrder'
const PRIORITIES: readonly Priority[] = ['mostLeft', 'longestChain', 'inOrder']

/** Above so many jobs one priority is tried, not all. */
const JOBS_TRIED_MAX = 2_000

/** The shortest of the schedules that the priorities give; the first of equals. */
export function schedule(jobs: Jobs, lanes: Lanes, priorities: readonly Priority[] = jobs.count > JOBS_TRIED_MAX ? PRIORITIES.slice(0, 1) : PRIORITIES): Schedule {
  const [first, ...others] = priorities
  return others.reduce((best, priority) => {
    const next = scheduleBy(jobs, lanes, priority)
    return next.makespanMs < best.makespanMs ? next : best
  }, scheduleBy(jobs, lanes, first!))
}

/**
 * List scheduling of a plan's graph: whenever something ends, all that may start does, the most urgent first. Urgent is the
 * job with the longest chain behind it or the most work left on one of its hosts (Graham, "Bounds on multiprocessing timing
 * anomalies", SIAM J. Appl. Math. 17(2), 1969, for what that guarantees). Streams share their hosts' links evenly and
 * what a VM dirties is sent again round by round (as in precopy.ts), now at rates that change. A job that waits for one
 * which is not there never ends: predecessors must come first.
 */
export function scheduleBy(jobs: Jobs, lanes: Lanes, priority: Priority): Schedule {
  const run = begin(jobs, lanes, priority)
  for (let job = 0; job < jobs.count; job++) if (run.missing[job] === 0) makeReady(run, job)
  startAll(run)
  while (run.events.size > 0) {
    run.nowMs = run.events.key
    while (run.events.size > 0 && run.events.key === run.nowMs) handle(run, run.events.pop()!)
    startAll(run)
  }
  return { beginMs: run.beginMs.map(wholeMs), endMs: run.endMs.map(wholeMs), makespanMs: wholeMs(run.nowMs), sentMib: run.sentMib, downtimeMs: Math.round(run.downtimeMs) }
}

const ROUNDING_MS = 1e-6
const wholeMs = (ms: number): number => Math.max(0, Math.ceil(ms - ROUNDING_MS))

/** A schedule under way. Columns by job unless said otherwise. */
interface Run {
  readonly jobs: Jobs
  readonly lanes: Lanes
  readonly priority: Priority
  readonly beginMs: Float64Array
  readonly endMs: Float64Array
  /** Predecessors that have not ended; successors by job. */
  readonly missing: Int32Array
  readonly next: readonly number[][]
  readonly aloneMs: Float64Array
  readonly chainMs: Float64Array
  /** By host: work of jobs that have not begun. */
  readonly leftMs: Float64Array
  readonly events: LeastFirst
  readonly ready: LeastFirst
  readonly readyBoots: LeastFirst
  /** By host: ready jobs that wait for a lane there. */
  readonly forSending: (LeastFirst | undefined)[]
  readonly forReceiving: (LeastFirst | undefined)[]
  readonly sending: Int32Array
  readonly receiving: Int32Array
  /** By host: streams that use its link. */
  readonly streams: (number[] | undefined)[]
  readonly restMib: Float64Array
  readonly dirtiedMib: Float64Array
  readonly rate: Float64Array
  readonly settledMs: Float64Array
  readonly rounds: Int32Array
  readonly pausedMs: Float64Array
  /** 1 when all is sent and only what it takes besides is left. */
  readonly isSent: Uint8Array
  /** When the job's present round, or the job, ends: events at other times are void. */
  readonly dueMs: Float64Array
  nowMs: number
  streamCount: number
  bootCount: number
  sentMib: number
  downtimeMs: number
}

function begin(jobs: Jobs, lanes: Lanes, priority: Priority): Run {
  const { count } = jobs
  const hosts = lanes.linkMibPerS.length
  const column = (): Float64Array => new Float64Array(count)
  const next: number[][] = Array.from({ length: count }, () => [])
  jobs.after.forEach((list, job) => list.forEach((before) => void next[before]!.push(job)))
  const run: Run = {
    jobs, lanes, priority, beginMs: column(), endMs: column(), missing: Int32Array.from(jobs.after, (list) => list.length), next, aloneMs: column(), chainMs: column(), leftMs: new Float64Array(hosts),
    events: new LeastFirst(), ready: new LeastFirst(), readyBoots: new LeastFirst(), forSending: new Array<LeastFirst | undefined>(hosts), forReceiving: new Array<LeastFirst | undefined>(hosts),
    sending: new Int32Array(hosts), receiving: new Int32Array(hosts), streams: new Array<number[] | undefined>(hosts), restMib: column(), dirtiedMib: column(), rate: column(), settledMs: column(),
    rounds: new Int32Array(count), pausedMs: column().fill(NaN), isSent: new Uint8Array(count), dueMs: column().fill(NaN), nowMs: 0, streamCount: 0, bootCount: 0, sentMib: 0, downtimeMs: 0,
  }
  for (let job = count - 1; job >= 0; job--) {
    run.aloneMs[job] = aloneOf(jobs, lanes, job).durationMs
    run.chainMs[job] = run.aloneMs[job]! + next[job]!.reduce((most, after) => Math.max(most, run.chainMs[after]!), 0)
    if (jobs.source[job] === NOWHERE) continue
    run.leftMs[jobs.source[job]!]! += run.aloneMs[job]!
    run.leftMs[jobs.target[job]!]! += run.aloneMs[job]!
  }
  return run
}

/** The less, the sooner. What is left on hosts only falls, so a key that was right once is never too late. */
function urgency({ priority, chainMs, leftMs, jobs }: Run, job: number): number {
  if (priority === 'inOrder') return 0
  const source = jobs.source[job]!
  if (priority === 'longestChain' || source === NOWHERE) return -chainMs[job]!
  return -Math.max(chainMs[job]!, leftMs[source]!, leftMs[jobs.target[job]!]!)
}

function makeReady(run: Run, job: number): void {
  if (run.jobs.source[job] !== NOWHERE) run.ready.push(urgency(run, job), job)
  else if (run.jobs.boots[job] === 1) run.readyBoots.push(urgency(run, job), job)
  else startTimed(run, job)
}

function startTimed(run: Run, job: number): void {
  run.beginMs[job] = run.nowMs
  run.dueMs[job] = run.nowMs + run.jobs.durationMs[job]!
  run.events.push(run.dueMs[job], job)
}

const isFull = (now: number, max: number | null): boolean => max !== null && now >= Math.max(1, max)

/** Starts all that lanes allow now. */
function startAll(run: Run): void {
  const { lanes, ready, readyBoots } = run
  while (readyBoots.size > 0 && !isFull(run.bootCount, lanes.poolBootsMax)) {
    run.bootCount++
    startTimed(run, readyBoots.pop()!)
  }
  while (ready.size > 0 && !isFull(run.streamCount, lanes.poolMigrationsMax)) {
    const key = ready.key
    const job = ready.pop()!
    const current = urgency(run, job)
    if (current > key && ready.size > 0 && current > ready.key) ready.push(current, job)
    else startStream(run, job)
  }
}

/** Starts a migration, or puts it in the queue of the host that has no lane free. */
function startStream(run: Run, job: number): void {
  const { jobs, lanes, sending, receiving } = run
  const source = jobs.source[job]!
  const target = jobs.target[job]!
  if (isFull(sending[source]!, lanes.hostOutgoingMax)) {
    ;(run.forSending[source] ??= new LeastFirst()).push(urgency(run, job), job)
    if (!isFull(receiving[target]!, lanes.hostIncomingMax)) callNext(run, run.forReceiving[target])
    return
  }
  if (isFull(receiving[target]!, lanes.hostIncomingMax)) {
    ;(run.forReceiving[target] ??= new LeastFirst()).push(urgency(run, job), job)
    callNext(run, run.forSending[source])
    return
  }
  sending[source]!++
  receiving[target]!++
  run.streamCount++
  run.beginMs[job] = run.settledMs[job] = run.nowMs
  run.restMib[job] = jobs.memoryMib[job]!
  for (const host of [source, target]) {
    run.leftMs[host]! -= run.aloneMs[job]!
    ;(run.streams[host] ??= []).push(job)
  }
  reRate(run, source, target)
  // What is small enough at once is sent with the VM paused.
  if ((run.restMib[job] / run.rate[job]!) * 1000 <= lanes.downtimeMaxMs) run.pausedMs[job] = run.nowMs
}

/** The host has a lane free: the most urgent of those that wait for one is ready again. */
function callNext(run: Run, queue: LeastFirst | undefined): void {
  const job = queue?.pop()
  if (job !== undefined) run.ready.push(urgency(run, job), job)
}

/** Streams on these hosts get their new parts of the links. */
function reRate(run: Run, source: number, target: number): void {
  for (const host of [source, target]) {
    for (const job of run.streams[host] ?? []) {
      const rate = rateOf(run, job)
      if (rate === run.rate[job]) continue
      settle(run, job)
      run.rate[job] = rate
      due(run, job)
    }
  }
}

function rateOf({ jobs, lanes, streams }: Run, job: number): number {
  const part = (host: number): number => lanes.linkMibPerS[host]! / streams[host]!.length
  return Math.min(lanes.streamMibPerS, part(jobs.source[job]!), part(jobs.target[job]!))
}

/** Accounts what was sent and dirtied at the rate that held until now. */
function settle(run: Run, job: number): void {
  const seconds = (run.nowMs - run.settledMs[job]!) / 1000
  run.settledMs[job] = run.nowMs
  const sentMib = Math.min(run.restMib[job]!, run.rate[job]! * seconds)
  run.restMib[job]! -= sentMib
  run.sentMib += sentMib
  if (Number.isNaN(run.pausedMs[job]!)) run.dirtiedMib[job] = Math.min(run.jobs.memoryMib[job]!, run.dirtiedMib[job]! + run.jobs.dirtyMibPerS[job]! * seconds)
}

function due(run: Run, job: number): void {
  run.dueMs[job] = run.nowMs + (run.restMib[job]! / run.rate[job]!) * 1000
  run.events.push(run.dueMs[job], job)
}

function handle(run: Run, job: number): void {
  if (run.dueMs[job] !== run.nowMs) return
  if (run.jobs.source[job] === NOWHERE) {
    if (run.jobs.boots[job] === 1) run.bootCount--
    end(run, job)
    return
  }
  if (run.isSent[job] === 1) {
    freeLanes(run, job)
    end(run, job)
    return
  }
  settle(run, job)
  const { downtimeMaxMs, roundsMax } = run.lanes
  const isPaused = !Number.isNaN(run.pausedMs[job]!)
  if (isPaused) run.downtimeMs += run.nowMs - run.pausedMs[job]!
  run.restMib[job] = isPaused ? 0 : run.dirtiedMib[job]!
  run.dirtiedMib[job] = 0
  run.rounds[job]!++
  if (isPaused || run.restMib[job] === 0) endStream(run, job)
  else if ((run.restMib[job] / run.rate[job]!) * 1000 <= downtimeMaxMs) {
    run.pausedMs[job] = run.nowMs
    due(run, job)
  } else if (run.rounds[job]! >= roundsMax) endStream(run, job)
  else due(run, job)
}

/** Its part of the links is free; its lanes once it is over. */
function endStream(run: Run, job: number): void {
  const source = run.jobs.source[job]!
  const target = run.jobs.target[job]!
  for (const host of [source, target]) run.streams[host] = run.streams[host]!.filter((other) => other !== job)
  const besidesMs = run.jobs.besidesMs?.[job] ?? 0
  if (besidesMs === 0) freeLanes(run, job)
  else {
    run.isSent[job] = 1
    run.dueMs[job] = run.nowMs + besidesMs
    run.events.push(run.dueMs[job], job)
  }
  reRate(run, source, target)
  if (besidesMs === 0) end(run, job)
}

function freeLanes(run: Run, job: number): void {
  const source = run.jobs.source[job]!
  const target = run.jobs.target[job]!
  run.streamCount--
  run.sending[source]!--
  run.receiving[target]!--
  callNext(run, run.forSending[source])
  callNext(run, run.forReceiving[target])
}

function end(run: Run, job: number): void {
  run.endMs[job] = run.nowMs
  run.dueMs[job] = NaN
  for (const after of run.next[job]!) if (--run.missing[after]! === 0) makeReady(run, after)
}
