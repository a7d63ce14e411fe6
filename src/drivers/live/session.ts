import type { ControlMessage } from '../../config/controlMessage.ts'
import type { Input, Output } from '../../control/messages.ts'
import { maintenanceFrom, modesToSet, recordOfMaintenance } from '../../control/maintenanceRecord.ts'
import { type ControllerConfig, type ControllerState, initialState } from '../../control/state.ts'
import type { Gate } from '../../control/hold.ts'
import { trustIn } from '../../control/autonomy.ts'
import { type Staging, follow, stagingIn } from '../../control/staging.ts'
import type { HostDriver } from '../../execute/protocol/effects.ts'
import { stepsUnderWay } from '../../execute/protocol/state.ts'
import type { ExecutorConfig } from '../../execute/protocol/state.ts'
import type { HostId } from '../../model/ids.ts'
import type { MigrationSample } from '../../model/migrations.ts'
import type { Autonomy, StagedAutonomy, Trust } from '../../model/livePool.ts'
import type { PolicySettings } from '../../model/policy.ts'
import { findVm, indexPool } from '../../model/poolIndex.ts'
import type { HostMode, Pool } from '../../model/pool.ts'
import type { Rule } from '../../model/rules.ts'
import type { RunEvent } from '../../model/run.ts'
import type { Plan } from '../../model/plan.ts'
import { type Measured, sampleOf } from '../../observe/liveSample.ts'
import { type ShownHost, keepPool, withSteps } from '../../observe/keepPool.ts'
import { greedySolver } from '../../optimize/greedy.ts'
import type { Packed, Packing, PackingLimits } from '../../optimize/packing.ts'
import type { MetricsStatus } from './metricEyes.ts'
import { type SessionStatus, type Told, learnedStatus } from './status.ts'
import { clearanceOf, clearedText } from './clearance.ts'
import { type Controlling, type LoopTimes, controlPool } from './controlLoop.ts'
import { type ExecutorLoop, type LoopJournal, type LoopLease, type LoopTime, runExecutor } from '../executorLoop.ts'

/** What is seen of a pool at one look. */
export interface Sight {
  readonly hosts: readonly ShownHost[]
  /** Null: nothing new was measured since the last look. */
  readonly measured: Measured | null
}

export interface SessionParts {
  readonly policy: PolicySettings
  /** How far the loop is trusted as it begins; its mode is the loop's. */
  readonly trust: Trust
  /** The mode that the pool's file says. */
  readonly configured: Autonomy
  /** Null: the mode changes by people's word alone. */
  readonly staged: StagedAutonomy | null
  readonly rules: readonly Rule[]
  /** Migrations of this pool before this session, oldest first. */
  readonly migrations: readonly MigrationSample[]
  readonly times: LoopTimes
  readonly executor: ExecutorConfig
  readonly journal: LoopJournal
  readonly lease: LoopLease
  readonly time: LoopTime
  readonly driver: HostDriver
  /** Looks at the pool; `modes` are what people wish of hosts. Times in it are of `nowMs`. */
  look(modes: ReadonlyMap<HostId, HostMode>): Promise<Sight>
  solve(packing: Packing, limits: PackingLimits, timeoutMs: number): Promise<Packed | null>
  /** How the metrics server stands; null: there is none. */
  metrics(): MetricsStatus | null
  /** Unix ms of the beginning, and whole ms of a steady clock since then. */
  readonly startUnixMs: number
  nowMs(): number
  wait(durationMs: number, until: Promise<void>): Promise<void>
  readonly listener: SessionListener
}

/** Who writes down and tells what happens. */
export interface SessionListener {
  /** What the controller began with, after the first look. */
  began(config: ControllerConfig, state: ControllerState): void
  turned(input: Input, outputs: readonly Output[]): void
  event(event: RunEvent): void
  planned(plan: Plan, state: ControllerState): void
  alarm(code: string, subject: string | null, message: string): void
  failed(error: unknown): void
}

/** Which planned steps may start in a mode of autonomy. */
export const gateOf = (mode: Autonomy): Gate => (mode === 'automatic' ? 'automatic' : mode === 'approve' ? 'approve' : 'recommend')

/**
 * A controller, the execution protocol and a driver, put together: what the simulator does with its world, done with a pool
 * of real hosts. Steps and cordons go through the protocol alone; in `observe` and `recommend` nothing goes to it.
 */
export class LiveSession {
  private readonly parts: SessionParts
  private readonly executor: ExecutorLoop
  private control: Controlling | null = null
  private isStopped = false
  private isOvertaken = false
  private endStopping: () => void = () => undefined
  private readonly stopping = new Promise<void>((resolve) => {
    this.endStopping = resolve
  })
  private pool: Pool | null = null
  private state: ControllerState
  private staging: Staging
  private doubled: readonly string[] = []
  private measuredAtMs = -Infinity

  constructor(parts: SessionParts) {
    this.parts = parts
    this.staging = stagingIn(parts.trust)
    this.state = initialState(parts.policy)
    this.executor = runExecutor({
      config: parts.executor, driver: parts.driver, journal: parts.journal, lease: parts.lease, time: parts.time,
      told: (output) => {
        // What ends before the first look was begun by a process before this one: no controller here waits for it.
        if (output.kind === 'ended') this.control?.ended(output.step.id, output.outcome, output.message)
        else parts.listener.alarm(output.code, output.subject, output.message)
        if (output.kind === 'alarm' && output.code === 'fenced') this.leave()
      },
    })
    // What it begins with holds for the next start as well, if this one says nothing further.
    this.setTrust(this.staging)
  }

  /** Looks until something is seen, then feeds the controller until `stop` is called. */
  async run(): Promise<void> {
    const first = await this.firstLook()
    // It may have been stopped while it looked.
    if (first === null || this.isStopped) return
    // Who was in maintenance when the process before ended, still is, and its VMs still have their homes there.
    const { parts } = this
    const maintenance = maintenanceFrom(first, this.executor.state.current.maintenance, parts.startUnixMs)
    this.state = { ...this.state, maintenance }
    if (gateOf(this.mode) !== 'recommend') for (const { host, mode } of modesToSet(first, maintenance)) this.executor.setMode(host, mode, 'controller')
    const config: ControllerConfig = { fallback: greedySolver, startUnixMs: parts.startUnixMs, memoryEnforced: true, baseline: null, gate: gateOf(this.mode) }
    parts.listener.began(config, this.state)
    this.control = controlPool(config, this.state, parts.times, {
      observe: () => this.observe(),
      start: (step, plan, revision) => this.executor.start(step, { plan, poolRevision: revision, memoryMib: 'vm' in step ? this.memoryOf(step.vm) : null }),
      mode: (host, mode) => {
        if (gateOf(this.mode) !== 'recommend') this.executor.setMode(host, mode, 'controller')
      },
      solve: (packing, limits, timeoutMs) => parts.solve(packing, limits, timeoutMs),
      nowMs: () => parts.nowMs(), wait: (durationMs, until) => parts.wait(durationMs, until),
      turned: (input, outputs, state) => this.turned(input, outputs, state),
      failed: (error) => parts.listener.failed(error),
    })
    // A loop that begins knows what those before it saw wake and powered off: the journal says so.
    for (const [host, { wakeProvenMs, offFor = null }] of this.executor.state.current.hosts) {
      if (wakeProvenMs !== null) this.control.request({ kind: 'wakeProven', host, atMs: wakeProvenMs - parts.startUnixMs })
      if (offFor !== null) this.control.request({ kind: 'wasPoweredOff', host, code: offFor })
    }
    if (parts.migrations.length > 0) this.migrated(parts.migrations)
    await this.control.over
  }

  private async firstLook(): Promise<Pool | null> {
    while (!this.isStopped) {
      try {
        return (await this.observe()).pool
      } catch (error) {
        this.parts.listener.failed(error)
        await this.parts.wait(this.parts.times.tickMs, this.stopping)
      }
    }
    return null
  }

  async stop(): Promise<void> {
    this.isStopped = true
    this.endStopping()
    this.control?.stop()
    await this.executor.stop()
  }

  /** Whether another controller has taken over: this one begins nothing more and has ended. */
  get isFenced(): boolean {
    return this.isOvertaken
  }

  private leave(): void {
    this.isOvertaken = true
    void this.stop()
  }

  /** Tells what migrations took. */
  migrated(samples: readonly MigrationSample[]): void {
    this.control?.request({ kind: 'migrated', samples })
  }

  /** A host told of a change: it is looked at soon. */
  hint(): void {
    this.control?.hint()
  }

  policy(policy: PolicySettings): void {
    this.control?.request({ kind: 'policy', policy })
  }

  get status(): SessionStatus {
    const { parts } = this
    const { state: current } = this.executor
    return {
      mode: this.mode, policy: this.state.policy.name, trust: parts.staged === null ? null : { ...this.staging.trust, upTo: parts.staged.upTo, goodDays: parts.staged.goodDays }, plan: this.state.plan, waiting: this.state.progress.waiting.length, underWay: stepsUnderWay(this.executor.state).map(({ id, kind }) => `${id} ${kind}`), openIntents: current.current.open.size,
      observing: current.observing, doubled: this.doubled, metrics: parts.metrics(), migrations: this.state.migrations.learned === null ? null : learnedStatus(this.state.migrations.learned),
    }
  }

  /** Does what a person asks for, or says why not. */
  tell(message: ControlMessage, who: string): Told {
    const { control } = this
    if (message.kind === 'status') return { ok: true, message: JSON.stringify(this.status), status: this.status }
    if (control === null) return { ok: false, message: 'the pool was not seen yet: wait for the first look' }
    switch (message.kind) {
      case 'mode':
        this.setTrust(stagingIn(trustIn(message.mode, this.unixMs)))
        control.request({ kind: 'gate', gate: gateOf(message.mode) })
        return { ok: true, message: `the mode is ${message.mode} from here on` }
      case 'halt':
        this.executor.halt(`${who}: ${message.why}`)
        return { ok: true, message: 'nothing further is begun; what runs goes on to its end' }
      case 'clear':
        return this.clear(message, who)
      case 'approve':
        if (this.mode !== 'approve') return { ok: false, message: `the mode is ${this.mode}: plans are approved in mode approve` }
        control.request({ kind: 'approve', plan: message.plan })
        return { ok: true, message: 'told; the plan begins if it is the one that waits' }
      case 'runNow':
        control.request(message)
        return { ok: true, message: `told; ${message.goal} is asked at once${gateOf(this.mode) === 'automatic' ? '' : `, and its plan is shown in mode ${this.mode}`}` }
      case 'maintenanceEnter':
      case 'maintenanceLeave':
      case 'maintenancePlan':
      case 'maintenanceUnplan':
      case 'maintenanceRoll':
      case 'maintenanceRollStop':
      case 'migrate':
      case 'powerOn':
      case 'powerOff':
        if (gateOf(this.mode) === 'recommend') return { ok: false, message: `the mode is ${this.mode}, in which nothing is done: change it to approve or automatic first` }
        control.request(message)
        return { ok: true, message: 'told; status and journal show what comes of it' }
    }
  }

  private clear(message: Extract<ControlMessage, { kind: 'clear' }>, who: string): Told {
    const cleared = clearanceOf(message)
    if (!cleared.ok) return { ok: false, message: cleared.refusal.message }
    const what = cleared.value
    this.executor.clear(what, who)
    if (what.kind === 'wakeProven') this.control?.request({ kind: 'wakeProven', host: what.host, atMs: this.parts.nowMs() })
    if (what.kind === 'host') this.control?.request({ kind: 'clearHost', host: what.host })
    return { ok: true, message: clearedText(message) }
  }

  private async observe(): Promise<{ pool: Pool; samples: readonly ReturnType<typeof sampleOf>[] }> {
    const { hosts, measured } = await this.parts.look(this.executor.state.current.modes)
    const { pool, doubled } = keepPool(this.pool, hosts, this.parts.rules, this.parts.nowMs())
    this.pool = pool
    this.doubled = doubled
    const isNew = measured !== null && measured.takenAtMs > this.measuredAtMs
    if (isNew) this.measuredAtMs = measured.takenAtMs
    return { pool: withSteps(pool, stepsUnderWay(this.executor.state)), samples: isNew ? [sampleOf(pool, measured)] : [] }
  }

  private memoryOf(vm: Parameters<typeof findVm>[1]): number | null {
    const slot = this.pool === null ? -1 : findVm(indexPool(this.pool), vm)
    return slot < 0 ? null : this.pool!.vms[slot]!.memoryMib
  }

  private get mode(): Autonomy {
    return this.staging.trust.mode
  }

  private get unixMs(): number {
    return this.parts.startUnixMs + this.parts.nowMs()
  }

  private setTrust(staging: Staging): void {
    this.staging = staging
    this.executor.setTrust({ trust: staging.trust, configured: this.parts.configured })
  }

  /** Staged autonomy: what this turn shows of earlier predictions. A mode that fell is told as an alarm, one that rose as an event. */
  private judge(input: Input, before: ControllerState): void {
    const { staged, startUnixMs, listener } = this.parts
    if (staged === null) return
    const { staging, isNew, change } = follow(this.staging, staged, { input, before, after: this.state, startUnixMs })
    if (isNew) this.setTrust(staging)
    else this.staging = staging
    if (change === null) return
    this.control?.request({ kind: 'gate', gate: gateOf(this.mode), why: change })
    if (change.code === 'trustFell') listener.alarm(change.code, null, change.text)
  }

  /** Whatever is new of maintenance goes into the journal before anything of it is done. */
  private keepMaintenance(pool: Pool): void {
    const record = recordOfMaintenance(pool, this.state.maintenance, this.parts.startUnixMs)
    const kept = this.executor.state.current.maintenance
    const isNothing = kept === null && record.rolling === null && record.entries.length + record.displaced.length + record.planned.length === 0
    if (!isNothing && JSON.stringify(record) !== JSON.stringify(kept)) this.executor.setMaintenance(record)
  }

  private turned(input: Input, outputs: readonly Output[], state: ControllerState): void {
    const before = this.state
    this.state = state
    this.keepMaintenance(input.pool)
    this.judge(input, before)
    const { listener } = this.parts
    listener.turned(input, outputs)
    for (const output of outputs) {
      if (output.kind === 'record') listener.event(output.event)
      if (output.kind === 'planned') listener.planned(output.plan, state)
    }
  }
}
