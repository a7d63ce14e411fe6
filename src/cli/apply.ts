import { resolve } from 'node:path'
import { parsePlan } from '../config/planFile.ts'
import { type ApplyRun, applyPlan } from '../drivers/live/applyPlan.ts'
import type { MigrationRecord } from '../drivers/libvirt/reach.ts'
import { vmTrouble } from '../execute/protocol/ledger.ts'
import { PROTOCOL_TIMES } from '../execute/protocol/state.ts'
import { stepsLeft } from '../execute/shows.ts'
import type { StepId } from '../model/ids.ts'
import type { LivePool } from '../model/livePool.ts'
import type { Plan, Step } from '../model/plan.ts'
import { findVm, indexPool } from '../model/poolIndex.ts'
import { NOWHERE, type Pool } from '../model/pool.ts'
import type { PolicySettings } from '../model/policy.ts'
import { poolBudgets } from '../model/poolBudgets.ts'
import { BadInput, type Issue, type Refusal, refuse } from '../model/result.ts'
import type { Rule } from '../model/rules.ts'
import type { TransitionLimits } from '../model/transition.ts'
import { type AppliedBefore, openApplied, readApplied } from '../store/applied.ts'
import { readJournal } from '../store/journal.ts'
import { doneSteps, misfits } from './applyFit.ts'
import { ApplyReport, type AppliedStep, appliedText, shownPlan } from './applyText.ts'
import { addressIssues } from './checkPlanFile.ts'
import type { ExitCode } from './exitCode.ts'
import { type Hands, holdPool, lookOnly } from './holdPool.ts'
import { type LiveOptions, livePoolFrom, policyOfPool } from './livePool.ts'
import { readDocument, readText } from './openFile.ts'
import { bad } from './options.ts'
import { readPool, type PoolFile } from './poolFile.ts'
import { beginSignals, type Signals } from './signals.ts'
import type { Terminal } from './terminal.ts'

export interface ApplyOptions extends LiveOptions {
  readonly yes?: boolean
  readonly dryRun?: boolean
  readonly snapshot?: string
  readonly goOn?: boolean
}

/** What is applied, where, and under which limits. */
export interface Order {
  /** How to go on with it, as a command. */
  readonly again: string
  readonly plan: Plan
  readonly planText: string
  readonly pool: LivePool
  readonly policy: PolicySettings
  /** What the plan was made from, where it was given. */
  readonly base: PoolFile | null
  readonly rules: readonly Rule[]
  readonly limits: TransitionLimits
  readonly goesOn: boolean
}

/**
 * `apply PLAN --config FILE`: carries a stored plan out on the real pool. Exits 0 when every step is done, 1 when it no
 * longer fits, was not wanted or a step was not done, 2 for bad input, 3 where hosts can't be reached or somebody else
 * holds the pool, 130 and 143 when it was ended by a signal.
 */
export async function applyCommand(given: string, options: ApplyOptions, terminal: Terminal): Promise<ExitCode> {
  const order = orderFrom(given, options, terminal)
  if (options.dryRun !== true && options.yes !== true && (options.json === true || terminal.ask === undefined)) throw bad('--yes', 'is missing: nobody can be asked here, so say --yes to begin, or --dry-run to look only')
  return options.dryRun === true ? dryRun(order, options, terminal) : withSignals((signals) => applied(order, options, terminal, signals))
}

async function withSignals(work: (signals: Signals) => Promise<ExitCode>): Promise<ExitCode> {
  const signals = beginSignals()
  try {
    return await work(signals)
  } finally {
    signals.end()
  }
}

function orderFrom(given: string, options: ApplyOptions, terminal: Terminal): Order {
  const { pool, file } = livePoolFrom(options, terminal)
  const path = resolve(terminal.workingDirectory, given)
  const plan = parsePlan(readDocument(path))
  const base = options.snapshot === undefined ? null : readPool(resolve(terminal.workingDirectory, options.snapshot))
  const policy = policyOfPool(pool, file, Date.now())
  const issues = [...addressIssues(plan), ...baseIssues(plan, base), ...budgetIssues(plan, pool)]
  if (issues.length > 0) throw new BadInput(issues.map(({ path: at, message }) => ({ path: `${given}, ${at}`, message })))
  return { again: `plimsoll apply ${given} --config ${options.config ?? ''}`, plan, planText: readText(path), pool, policy, base, rules: base?.snapshot.rules ?? [], limits: limitsOf(policy, pool), goesOn: options.goOn === true }
}

function baseIssues({ baseHash }: Plan, base: PoolFile | null): Issue[] {
  if (base === null || baseHash === base.hash) return []
  return [{ path: 'baseHash', message: baseHash === null ? 'says not what the plan was made from, so --snapshot can\'t be compared: leave it out' : `the plan was made from a snapshot with hash ${baseHash.slice(0, 12)}, ${base.file} has ${base.hash.slice(0, 12)}: give the one it was made from` }]
}

/** What the pool's file sets holds for people's plans as well. */
function budgetIssues({ steps }: Plan, { limits }: LivePool): Issue[] {
  const migrations = steps.filter(({ kind }) => kind === 'migrate').length
  const most = limits.migrationsPerHourMax
  return most === null || migrations <= most ? [] : [{ path: 'steps', message: `hold ${migrations} migrations, and limits.migrationsPerHourMax of the pool's file allows ${most} within an hour: raise it, or make a smaller plan (--moves-max ${most})` }]
}

function limitsOf(policy: PolicySettings, { hosts }: LivePool): TransitionLimits {
  const { hostIncomingMax, hostOutgoingMax } = policy.budgets
  const { poolMigrationsMax, bootsAtOnceMax } = poolBudgets(policy, hosts.length)
  return { memoryEnforced: true, hostIncomingMax, hostOutgoingMax, poolMigrationsMax, poolBootsMax: bootsAtOnceMax, hostsOnMin: Math.max(1, policy.powerSave.hostsOnMin) }
}

/** Shows what would be done and whether it still fits. Nothing is taken, written or begun. */
async function dryRun(order: Order, options: ApplyOptions, terminal: Terminal): Promise<ExitCode> {
  const { plan, pool } = order
  const say = sayOf(options, terminal)
  const { ledger } = await readJournal(`${pool.stateFolder}/journal`, PROTOCOL_TIMES)
  const seen = await lookOnly(pool, ledger.modes, order.rules, say)
  const before = readApplied(pool.stateFolder, plan.hash)
  const done = doneSteps(plan, seen, before, new Set())
  const faults = misfits(claimOf(order), seen, ledger, done, say)
  if (options.json) terminal.out(`${JSON.stringify({ pool: pool.name, plan: plan.hash, dryRun: true, fits: faults.length === 0, faults, done: [...done], steps: stepsLeft(plan.steps, done) })}\n`)
  else terminal.out(`${shownPlan(plan, done, pool.name)}${faultsText(faults, before)}${faults.length === 0 ? 'It fits the pool as it is now. Nothing was done (--dry-run).\n' : ''}`)
  return faults.length === 0 ? 0 : 1
}

const claimOf = ({ plan, base, limits }: Order): Parameters<typeof misfits>[0] => ({ plan, base: base?.pool ?? null, hostsOnMin: limits.hostsOnMin })

const sayOf = (options: ApplyOptions, terminal: Terminal) => (text: string): void => (options.quiet === true ? undefined : terminal.err(`${text}\n`))

function faultsText(faults: readonly Issue[], { completedUnixMs }: AppliedBefore): string {
  if (faults.length === 0) return ''
  const earlier = completedUnixMs === null ? '' : `It was carried out to its end at ${new Date(completedUnixMs).toISOString()}.\n`
  return `The plan does not fit the pool as it is now:\n${faults.map(({ message }) => `  ${message}\n`).join('')}${earlier}Make a new one: plimsoll observe, then plimsoll plan.\n`
}

async function applied(order: Order, options: ApplyOptions, terminal: Terminal, signals: Signals): Promise<ExitCode> {
  const { plan, pool, policy } = order
  const say = sayOf(options, terminal)
  const report = new ApplyReport(plan, options.quiet === true || options.json === true ? null : terminal)
  const held = await holdPool({ pool, policy, command: 'apply', say, onMigration: (record: MigrationRecord) => report.migrated(record), onProgress: (vm, progress) => report.progress(vm, progress) })
  try {
    return await applyOn(order, held, { report, signals, options, terminal })
  } finally {
    report.clear()
    await held.close()
  }
}

/** Everything between taking the pool and giving it back. */
export async function applyOn(order: Order, held: Hands, around: ApplySession): Promise<ExitCode> {
  const ready = await prepared(order, held, around)
  return typeof ready === 'number' ? ready : carriedOut(order, held, ready, around)
}

interface Ready {
  readonly done: ReadonlySet<StepId>
}

/** Settles what is open, looks, checks, shows and asks; a number: it ends there. */
async function prepared(order: Order, held: Hands, { options, terminal, signals }: ApplySession): Promise<Ready | ExitCode> {
  const { plan, pool, rules } = order
  const say = sayOf(options, terminal)
  const before = readApplied(pool.stateFolder, plan.hash)
  const settled = new Set<string>()
  const ours = new Set([...held.found.open.values()].flatMap(({ action, plan: of }) => (of === plan.hash && action.kind === 'step' ? [action.step.id as string] : [])))
  held.onEnded(({ step, outcome }) => { if (ours.has(step) && outcome === 'done') settled.add(step) })
  if (held.found.open.size > 0) say(`${held.found.open.size} actions of an earlier process are open: they are settled first, which takes half a minute at least`)
  await held.settle(() => signals.came() !== null)
  if (signals.came() !== null) return leftWith(signals, options, terminal, 'Nothing was begun.')
  const seen = await held.look(rules)
  const done = doneSteps(plan, seen, before, settled)
  const faults = misfits(claimOf(order), seen, held.executor.state.current, done, say)
  const observing = held.executor.state.observing
  if (faults.length > 0 || observing !== null) return refused(order, faults, observing, before, options, terminal)
  if (options.json !== true) terminal.out(shownPlan(plan, done, pool.name))
  if (options.yes !== true && stepsLeft(plan.steps, done).length > 0 && !(await isWanted(terminal, signals))) return signals.came() === null ? (terminal.err('Nothing was done.\n'), 1) : leftWith(signals, options, terminal, 'Nothing was begun.')
  return { done }
}

function refused({ plan, pool }: Order, faults: readonly Issue[], observing: string | null, before: AppliedBefore, options: ApplyOptions, terminal: Terminal): ExitCode {
  if (options.json) terminal.out(`${JSON.stringify({ pool: pool.name, plan: plan.hash, fits: false, faults, observing })}\n`)
  else terminal.err(`${faultsText(faults, before)}${observing === null ? '' : `Nothing may be begun on ${pool.name}: ${observing}.\n`}`)
  return 1
}

async function isWanted(terminal: Terminal, signals: Signals): Promise<boolean> {
  const answer = await Promise.race([terminal.ask!('Carry it out? Type yes: '), signals.first.then(() => '')])
  return answer.trim().toLowerCase() === 'yes'
}

function leftWith(signals: Signals, options: ApplyOptions, terminal: Terminal, text: string): ExitCode {
  if (options.json) terminal.out(`${JSON.stringify({ stopped: signals.came(), message: text })}\n`)
  else terminal.err(`${text}\n`)
  return signals.came() === 'SIGTERM' ? 143 : 130
}

export interface ApplySession {
  readonly report: ApplyReport
  readonly signals: Signals
  readonly options: ApplyOptions
  readonly terminal: Terminal
}

async function carriedOut(order: Order, held: Hands, { done }: Ready, { report, signals, options, terminal }: ApplySession): Promise<ExitCode> {
  const { plan, pool, rules, limits, goesOn } = order
  const record = openApplied(pool.stateFolder, plan.hash, order.planText)
  const { time } = held
  record.add({ kind: 'begin', atUnixMs: time.unixMs(), who: held.who })
  for (const id of done) {
    report.before(id)
    if (!record.before.done.has(id)) record.add({ kind: 'end', atUnixMs: time.unixMs(), step: id, outcome: 'done', code: 'settled', message: 'the hosts show it' })
  }
  // What the executor tells is written down before the journal has the outcome: after a crash it is told again.
  held.onEnded(({ step, outcome, code, message }) => record.add({ kind: 'end', atUnixMs: time.unixMs(), step, outcome, code, message }))
  const run: ApplyRun = applyPlan({ steps: stepsLeft(plan.steps, done), limits, goesOn }, {
    observe: () => held.look(rules),
    start: (step, seen) => {
      record.add({ kind: 'start', atUnixMs: time.unixMs(), step: step.id })
      report.began(step, time.unixMs())
      held.executor.start(step, { plan: plan.hash, poolRevision: plan.baseRevision, memoryMib: 'vm' in step ? memoryOf(seen, step.vm) : null })
    },
    rests: (step) => resting(held, step), nowMs: () => time.steadyMs(), wait: (durationMs, until) => waitFor(held, durationMs, until),
    ended: (end) => report.ended(end, time.unixMs()), notBegun: (step, why) => report.notBegun(step, why),
    failed: (error) => report.say(`the pool could not be looked at: ${error instanceof Error ? error.message : String(error)}`),
  })
  held.onEnded((end) => run.ended(end))
  signals.listen(run, report)
  await run.over
  await held.rest(() => run.isLeft || signals.came() === 'SIGTERM')
  const steps = report.steps
  const isComplete = steps.every(({ outcome }) => outcome === 'done')
  const open = held.executor.state.jobs.length
  record.add({ kind: 'over', atUnixMs: time.unixMs(), complete: isComplete })
  record.close()
  return told(order, steps, open, signals, options, terminal)
}

/** What failed is tried again later, by the protocol's own rule: so it is waited for rather than refused. */
function resting({ executor, time }: Hands, step: Step): Refusal | null {
  if (step.kind !== 'migrate') return null
  const { failures, notBeforeMs } = vmTrouble(executor.state.current, step.vm)
  const leftMs = notBeforeMs - time.unixMs()
  return leftMs <= 0 ? null : refuse('backOff', `${step.vm} failed ${failures} times: it is tried again in ${Math.ceil(leftMs / 1000)} s`).refusal
}

const memoryOf = (pool: Pool, vm: Parameters<typeof findVm>[1]): number | null => {
  const slot = findVm(indexPool(pool), vm)
  return slot === NOWHERE ? null : pool.vms[slot]!.memoryMib
}

const waitFor = (held: Hands, durationMs: number, until: Promise<void>): Promise<void> => {
  let cancel: () => void = () => undefined
  const passed = new Promise<void>((resolve) => { cancel = held.time.after(durationMs, resolve) })
  return Promise.race([until, passed]).finally(() => cancel())
}

function told({ again, plan, pool }: Order, steps: readonly AppliedStep[], open: number, signals: Signals, options: ApplyOptions, terminal: Terminal): ExitCode {
  const complete = steps.every(({ outcome }) => outcome === 'done')
  if (options.json) terminal.out(`${JSON.stringify({ pool: pool.name, plan: plan.hash, complete, open, steps, ...(signals.came() === null ? {} : { stopped: signals.came() }) })}\n`)
  else terminal.out(appliedText(steps, { complete, open, again }))
  if (complete) return 0
  return signals.came() === null ? 1 : signals.came() === 'SIGTERM' ? 143 : 130
}
